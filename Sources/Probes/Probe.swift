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
    case transfer(Outgoing, read: @Sendable (TransferReply) -> Measured)
    /// Returns by the deadline; runs on a worker thread.
    case blocking(@Sendable (_ deadline: Uptime, _ clock: any Clock) -> Measured)
}

/// Every kind. A new probe is one file, one line here, one test and one example.
package enum ProbeCatalog {
    package static let all: [any Probe.Type] = []
}
