package import Model
package import Settings

/// A POST of our own JSON, described in `docs/webhook.md`. The receiver tells repeats by `Idempotency-Key`, and by the signature
/// who sent it.
package struct Webhook: Channel {
    package static let kind = "webhook"

    static let version = 1
    /// Bytes. Members are left out beyond it.
    static let maxBody = 512_000

    let url: Secret
    let signingKey: Secret?
    let headers: [Header]
    let caFile: String?
    /// Reloads, maintenance and what else is changed on purpose goes there, too.
    let tellsChanges: Bool

    package init(
        url: Secret, signingKey: Secret? = nil, headers: [Header] = [], caFile: String? = nil, tellsChanges: Bool = false
    ) {
        self.url = url
        self.signingKey = signingKey
        self.headers = headers
        self.caFile = caFile
        self.tellsChanges = tellsChanges
    }

    package init?(_ fields: Fields) {
        let before = fields.problems.all.count
        let isInClear = fields.shape(of: "url") == .text
        let url = fields.textOrSecret("url", required: true)
        let key = fields.secret("signing_key")
        let caFile = fields.readableFile("ca_file")
        if let url, case .failure(let wrong) = WebAddress.read(url.reveal()) {
            fields.problem(at: "url", "url: \(wrong.sentence)")
        }
        if let url, isInClear, WebAddress.hasUser(url.reveal()) {
            fields.problem(at: "url", "url: it holds a user or password: write the whole address as a secret, or use headers")
        }
        if let key, key.isEmpty { fields.problem(at: "signing_key", "signing_key: the key is empty") }
        let headers = fields.headers("headers")
        let tellsChanges = fields.boolean("change_events") ?? false
        guard fields.problems.all.count == before, let url else { return nil }
        self.init(url: url, signingKey: key, headers: headers, caFile: caFile, tellsChanges: tellsChanges)
    }

    package var attemptsPerMinute: Int { 120 }
    package func takes(_ kind: Notification.Kind) -> Bool { kind != .change || tellsChanges }

    package func message(for notification: Notification) -> Message { Message(body: Webhook.body(of: notification)) }

    static func body(of notification: Notification) -> String {
        let wording = Wording(notification)
        var head: [JSON.Member] = [
            .init("version", .integer(Webhook.version)),
            .init("kind", .string(notification.kind.rawValue)),
            .init("idempotency_key", .string(notification.idempotencyKey)),
            .init("dedup_key", .string(notification.dedupKey)),
            .init("root_key", .string(notification.rootKey)),
            .init("is_first", .boolean(notification.isFirst)),
            .init("is_unrecorded", .boolean(notification.isUnrecorded)),
            .init("node", .string(notification.node)),
            .init("incident", .string(notification.incident)),
            .init("level", .string(notification.level.rawValue)),
            .init("title", .string((notification.words.title ?? wording.title).shortened(to: 1_000))),
            .init("text", .string((wording.ownText ?? wording.fullSummary).shortened(to: 2_000))),
            .init("at", .string(notification.at.description)),
            .init("opened_at", .string(notification.openedAt.description)),
            .init("resolved_at", .optional(notification.resolvedAt?.description)),
            .init("acked_by", .optional(notification.ackedBy?.oneLine.shortened(to: 200))),
            .init("labels", .object(wording.labelMembers(atMost: 100, name: 200, value: 1_000))),
            .init("facts", .array(wording.facts.map { ["name": .string($0.name), "text": .string($0.text)] })),
            .init("links", .array(wording.links.map { ["text": .string($0.text), "address": .string($0.address)] })),
            .init("is_drill", .boolean(notification.isDrill)),
        ]
        if notification.kind == .digest {
            head.append(.init("sections", .array(wording.sections.map(Webhook.section))))
        }
        let all = wording.members.map(Webhook.member)
        let whole = Webhook.document(head, all, of: all.count)
        if whole.utf8.count <= Webhook.maxBody { return whole }
        var members: [JSON] = []
        var used = JSON.object(head).text.utf8.count + 100
        for value in all {
            used += value.text.utf8.count + 1
            if used > Webhook.maxBody { break }
            members.append(value)
        }
        return Webhook.document(head, members, of: all.count)
    }

    private static func document(_ head: [JSON.Member], _ members: [JSON], of count: Int) -> String {
        let tail: [JSON.Member] = [
            .init("members", .array(members)), .init("omitted_members", .integer(count - members.count)),
        ]
        return JSON.object(head + tail).text
    }

    private static func section(_ section: Notification.Section) -> JSON {
        ["title": .string(section.title), "lines": .array(section.lines.map(JSON.string))]
    }

    private static func member(_ member: Notification.Member) -> JSON {
        [
            "probe": .string(member.key.probe.oneLine.shortened(to: 300)),
            "rule": .string(member.key.rule.oneLine.shortened(to: 300)),
            "level": .string(member.level.rawValue),
            "since": .string(member.since.description),
            "resolved_at": .optional(member.resolvedAt?.description),
            "reason": .string(member.reason.oneLine.shortened(to: 2_000)),
            "address": .string(member.address.oneLine.shortened(to: 1_000)),
        ]
    }

    /// The signature's time is the attempt's, so that a receiver can refuse what is old.
    package func outgoing(_ row: OutboxRow) -> Outgoing {
        var sent = [
            Header("Content-Type", "application/json"), Header("User-Agent", "monitord"),
            Header("Idempotency-Key", row.idempotencyKey), Header("X-Monitord-Attempt", String(max(1, row.tries))),
        ]
        if let signingKey {
            let seconds = (row.lastAttemptAt ?? row.createdAt).microseconds / 1_000_000
            let signed = Array("\(seconds).\(row.message.body)".utf8)
            let signature = Digest.hmacSHA256(key: Array(signingKey.reveal().utf8), signed)
            sent.append(Header("X-Monitord-Signature", "t=\(seconds),v1=\(signature)"))
        }
        return .http(.post(url, headers: sent + headers, body: row.message.body, caFile: caFile))
    }

    package func judge(_ reply: TransferReply) -> DeliveryVerdict {
        switch reply.status {
        case 0: TransferVerdict.failure(reply.error, mayHaveArrived: reply.mayHaveArrived)
        case 200...299: .delivered(reference: nil)
        default: TransferVerdict.status(reply)
        }
    }
}
