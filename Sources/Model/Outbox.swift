/// A delivery: one message to one target, from the decision to its settlement.
package struct OutboxRow: Sendable, Hashable, Codable {
    package enum Phase: String, Sendable, Hashable, Codable, CaseIterable {
        /// Waiting for its turn or its time.
        case pending
        /// An attempt has started and is not settled.
        case inflight
        case done
        /// A newer message, an acknowledgement or the end of the incident made it needless.
        case superseded
        /// Given up; kept until an operator looks.
        case dead
    }
    package var id: Int64
    /// Rows of one incident to one target go out in the order of `id`.
    package var incident: String
    package var target: String
    package var channel: String
    package var recipient: String?
    package var kind: Notification.Kind
    package var level: Level
    package var page: Int
    package var idempotencyKey: String
    package var message: Message
    package var createdAt: Timestamp
    package var notBefore: Timestamp
    package var deadline: Timestamp
    package var phase: Phase
    /// Attempts started so far.
    package var tries: Int
    /// An attempt may have arrived although no acceptance was seen.
    package var isInDoubt: Bool
    package var lastAttemptAt: Timestamp?
    package var settledAt: Timestamp?
    /// Why it waits, was superseded, or died.
    package var note: String
    /// The contacts whom it is to reach: where the channel does not accept it, the next one of each has its turn. Empty where the
    /// channel itself was named.
    package var contacts: [String]
    /// What the receiver called the first message of the page, as known when the latest attempt started: what a channel that
    /// keeps threads needs at the moment of sending, for when the row was worded nobody knew it.
    package var reference: String?
    /// As `outbox --json` names them.
    enum CodingKeys: String, CodingKey {
        case id, incident, target, channel, recipient, kind, level, page, message, deadline, phase, tries, note, contacts,
            reference
        case idempotencyKey = "idempotency_key"
        case createdAt = "created_at"
        case notBefore = "not_before"
        case isInDoubt = "in_doubt"
        case lastAttemptAt = "last_attempt_at"
        case settledAt = "settled_at"
    }

    package init(
        id: Int64, incident: String, target: String, channel: String, recipient: String? = nil, kind: Notification.Kind,
        level: Level,
        page: Int, idempotencyKey: String, message: Message, createdAt: Timestamp, notBefore: Timestamp, deadline: Timestamp
    ) {
        self.id = id
        self.incident = incident
        self.target = target
        self.channel = channel
        self.recipient = recipient
        self.kind = kind
        self.level = level
        self.page = page
        self.idempotencyKey = idempotencyKey
        self.message = message
        self.createdAt = createdAt
        self.notBefore = notBefore
        self.deadline = deadline
        self.phase = .pending
        self.tries = 0
        self.isInDoubt = false
        self.note = ""
        self.contacts = []
    }

    package var isSettled: Bool { phase != .pending && phase != .inflight }
}

/// A channel's judgement of a receiver's reply.
package enum DeliveryVerdict: Sendable, Hashable {
    /// Accepted; the receiver may have named the message.
    case delivered(reference: String?)
    /// Surely not accepted; worth another attempt, no sooner than `after` if the receiver said so.
    case retry(String, after: Duration?)
    /// Will never be accepted.
    case rejected(String)
    /// It may have arrived: no acceptance was seen. `after` as above.
    case inDoubt(String, after: Duration? = nil)
    /// Surely not accepted: what it refers to is not there any more. It is worth another attempt by itself.
    case unanchored(String)

    package var outcome: String {
        switch self {
        case .delivered: "delivered"
        case .retry, .unanchored: "retry"
        case .rejected: "rejected"
        case .inDoubt: "in_doubt"
        }
    }
    package var reason: String {
        switch self {
        case .delivered: ""
        case .retry(let reason, _), .rejected(let reason), .inDoubt(let reason, _), .unanchored(let reason): reason
        }
    }
}

/// One try of one row.
package struct Attempt: Sendable, Hashable, Codable {
    package var row: Int64
    /// 1 is the first.
    package var number: Int
    package var startedAt: Timestamp
    package var endedAt: Timestamp?
    package var outcome: String?
    package var status: Int
    package var detail: String
    package init(row: Int64, number: Int, startedAt: Timestamp) {
        self.row = row
        self.number = number
        self.startedAt = startedAt
        self.status = 0
        self.detail = ""
    }
}

/// What the courier reports of an attempt.
package struct Settlement: Sendable, Hashable {
    package var row: Int64
    package var attempt: Int
    package var verdict: DeliveryVerdict
    package var status: Int
    package init(row: Int64, attempt: Int, verdict: DeliveryVerdict, status: Int = 0) {
        self.row = row
        self.attempt = attempt
        self.verdict = verdict
        self.status = status
    }
}
