package import Model

/// What the server asks of the daemon. It never sees the engine: these closures are all that it knows.
package struct Backend: Sendable {
    /// nil: the daemon did not answer within its limit.
    package var snapshot: @Sendable () async -> Snapshot?
    package var past: @Sendable (_ at: Timestamp) async throws -> PastReply
    /// With the id that the sender chose: the same one again is answered again and not carried out.
    package var command: @Sendable (Command, Actor, _ id: String?) async -> CommandReply
    /// The newest `limit` runs of that time, oldest first; nil: no such probe.
    package var history:
        @Sendable (_ probe: String, _ since: Timestamp, _ until: Timestamp, _ limit: Int) async throws -> [Snapshot.Run]?
    /// Resolved ones too, newest first.
    package var incidents: @Sendable (_ limit: Int) async throws -> [Snapshot.Incident]
    package var outbox: @Sendable (_ deadOnly: Bool) async throws -> [OutboxRow]
    package var explain: @Sendable (ExplanationQuery) async throws -> ExplanationReply
    /// What a reload would change, of this file or of the one that the daemon runs.
    package var plan: @Sendable (_ file: String?) async throws -> PlanReply
    /// Those that are not over; `all`: also those that are, and ad-hoc maintenance.
    package var silences: @Sendable (_ all: Bool) async throws -> [Snapshot.Silence]
    package var maintenance: @Sendable () async throws -> [Snapshot.Maintenance]
    /// Of one schedule or of all; nil: no such schedule.
    package var onCall: @Sendable (_ schedule: String?, _ at: Timestamp) async throws -> [Snapshot.OnCall]?
    package var health: @Sendable () -> Health
    package var now: @Sendable () -> Timestamp
    package var messages = MessageBackend()

    package init(
        snapshot: @escaping @Sendable () async -> Snapshot?,
        past: @escaping @Sendable (Timestamp) async throws -> PastReply,
        command: @escaping @Sendable (Command, Actor, String?) async -> CommandReply,
        history: @escaping @Sendable (String, Timestamp, Timestamp, Int) async throws -> [Snapshot.Run]?,
        incidents: @escaping @Sendable (Int) async throws -> [Snapshot.Incident],
        outbox: @escaping @Sendable (Bool) async throws -> [OutboxRow],
        explain: @escaping @Sendable (ExplanationQuery) async throws -> ExplanationReply,
        plan: @escaping @Sendable (String?) async throws -> PlanReply,
        silences: @escaping @Sendable (Bool) async throws -> [Snapshot.Silence],
        maintenance: @escaping @Sendable () async throws -> [Snapshot.Maintenance],
        onCall: @escaping @Sendable (String?, Timestamp) async throws -> [Snapshot.OnCall]?,
        health: @escaping @Sendable () -> Health,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.snapshot = snapshot
        self.past = past
        self.command = command
        self.history = history
        self.incidents = incidents
        self.outbox = outbox
        self.explain = explain
        self.plan = plan
        self.silences = silences
        self.maintenance = maintenance
        self.onCall = onCall
        self.health = health
        self.now = now
    }
}

/// What `/healthz` and `/readyz` answer.
package struct Health: Sendable, Hashable {
    /// The daemon makes progress and stores what it decides.
    package var isLive: Bool
    /// It has started and takes part in monitoring.
    package var isReady: Bool
    /// A sentence each.
    package var problems: [String]
    package init(isLive: Bool, isReady: Bool, problems: [String] = []) {
        self.isLive = isLive
        self.isReady = isReady
        self.problems = problems
    }
}

/// Where to listen.
package struct ServerConfiguration: Sendable, Hashable {
    package var httpHost: String
    /// nil: no TCP listener. 0: any free port.
    package var httpPort: Int?
    package var socketPath: String
    package var version: String
    package init(httpHost: String = "127.0.0.1", httpPort: Int?, socketPath: String, version: String) {
        self.httpHost = httpHost
        self.httpPort = httpPort
        self.socketPath = socketPath
        self.version = version
    }
}

/// Where the server listens once it does.
package struct ListeningAddresses: Sendable, Hashable {
    package var httpPort: Int?
    package var socketPath: String
}

/// Why the server cannot listen: a sentence with the address and what to do.
package struct ServerError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Reason: String, Sendable, Hashable, CaseIterable {
        case addressInUse = "address_in_use"
        case notASocket = "not_a_socket"
        case pathTooLong = "path_too_long"
        case cannotListen = "cannot_listen"
    }
    package var reason: Reason
    package var sentence: String
    package init(_ reason: Reason, _ sentence: String) {
        self.reason = reason
        self.sentence = sentence
    }
    package var description: String { sentence }
}

/// Every limit of the server. One slow or hostile client must not keep another one waiting.
enum Limit {
    /// Connections open at once. The control socket has its own, so that a crowd on TCP does not lock an operator out.
    static let httpConnections = 256
    static let socketConnections = 64
    /// One header line, the request line among them, and all of them.
    static let headerField = 8 << 10
    static let headerList = 16 << 10
    static let headerCount = 100
    static let body = 64 << 10
    /// What a receiver tells us: an incident of PagerDuty with all that hangs on it.
    static let hookBody = 256 << 10
    /// A form with one name.
    static let form = 4 << 10
    /// From the connection to the end of the first request's headers.
    static let firstHeader = Duration.seconds(5)
    /// From the end of the headers to the end of the body.
    static let requestBody = Duration.seconds(10)
    /// For the client to take a whole answer; a status page of 10,000 probes is some megabytes.
    static let response = Duration.seconds(30)
    /// Between requests of one connection, the next one's headers included.
    static let idle = Duration.seconds(30)
    /// For requests in progress when the daemon stops; then they are cancelled.
    static let gracefulStop = Duration.seconds(5)
    /// For the cancelled ones; then they are abandoned, and the stop goes on.
    static let cancelledStop = Duration.seconds(2)
    /// Rows of one answer.
    static let rows = 100_000
}
