package import Model
package import Settings

/// A kind of measurement with its settings. Probes measure; rules judge.
package protocol Probe: Sendable {
    /// The key in the configuration.
    static var kind: String { get }
    /// The names of the samples that it can yield, for validation and reference; `*` ends an open family (`check_*`).
    static var samples: [String] { get }
    /// Reads its mapping; nil where a problem was found. It need not close `fields`.
    init?(_ fields: Fields, timeout: Duration)
    /// What is measured, for people and for identity; without secrets.
    var address: String { get }
    /// How to measure once.
    var measurement: Measurement { get }
}

/// The work of one run: a transfer and how to read its reply, or a call that blocks a worker.
package enum Measurement: Sendable {
    /// `now` is when the reply was complete: the validity that a certificate has left depends on it.
    case transfer(Outgoing, read: @Sendable (_ reply: TransferReply, _ now: Timestamp) -> Measured)
    /// Returns by the deadline; runs on a worker thread.
    case blocking(@Sendable (BlockingRun) -> Measured)
}

/// What a run that blocks a worker is given.
package struct BlockingRun: Sendable {
    package var deadline: Uptime
    package var clock: any Clock
    /// The addresses of a name in digits, in the order to try them; returns by the deadline.
    package var resolve: @Sendable (_ host: String, _ port: Int, _ deadline: Uptime) -> Result<[String], Failure>
    package init(
        deadline: Uptime, clock: any Clock,
        resolve: @escaping @Sendable (_ host: String, _ port: Int, _ deadline: Uptime) -> Result<[String], Failure>
    ) {
        self.deadline = deadline
        self.clock = clock
        self.resolve = resolve
    }
}

/// Every kind. A new probe is one file, one line here, one test and one example.
package enum ProbeCatalog {
    package static let all: [any Probe.Type] = [
        HTTPProbe.self,
        TLSProbe.self,
        PostgresProbe.self,
        QualityProbe.self,
    ]
}
