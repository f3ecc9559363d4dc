/// One rule of one probe.
package struct AlertKey: Sendable, Hashable, Codable, Comparable, CustomStringConvertible {
    package var probe: String
    package var rule: String
    package init(probe: String, rule: String) {
        self.probe = probe
        self.rule = rule
    }
    package static func < (a: AlertKey, b: AlertKey) -> Bool { (a.probe, a.rule) < (b.probe, b.rule) }
    package var description: String { "\(probe)/\(rule)" }

    /// Of a probe that gives no results: no rule judges it.
    package static let noDataRule = "no-data"
}

/// The state machine of one rule of one probe, as it is stored.
package struct Alert: Sendable, Hashable, Codable {
    package enum Phase: String, Sendable, Hashable, Codable, CaseIterable {
        /// No verdict yet.
        case new
        case ok, pending, firing, recovering
    }
    package var key: AlertKey
    package var phase: Phase
    /// The level of a pending, firing or recovering alert.
    package var level: Level?
    /// When the phase began.
    package var since: Timestamp
    /// When the present run of bad results began; the clock of `for`.
    package var badSince: Timestamp?
    /// The same of results bad enough for critical.
    package var criticalSince: Timestamp?
    package var goodSince: Timestamp?
    /// Of a critical alert whose rule has `downgrade_for`: when the present run of results began that were not critical.
    package var milderSince: Timestamp?
    /// When the alert last began to fire.
    package var firedAt: Timestamp?
    /// The latest verdicts, newest in bit 0: bad at all, and bad enough for critical. `known` counts them, up to 64.
    package var badBits: UInt64
    package var criticalBits: UInt64
    package var known: Int
    /// Good verdicts in a row.
    package var goodRun: Int
    /// The open incidents that tell people about it while it fires: one a route that takes it.
    package var incidents: [String]
    /// What holds its problem messages back, the first that applies.
    package var suppression: Suppression?
    /// After what held it was over, only a bad result that ended later than this may be told.
    package var freshAfter: Timestamp?
    /// It changes too often: its end is held until it settles.
    package var isFlapping: Bool
    /// The sentence of the verdict that brought it into this phase.
    package var reason: String

    package init(key: AlertKey, since: Timestamp) {
        self.key = key
        self.phase = .new
        self.since = since
        self.badBits = 0
        self.criticalBits = 0
        self.known = 0
        self.goodRun = 0
        self.incidents = []
        self.isFlapping = false
        self.reason = ""
    }

    /// People are, or are about to be, told of it.
    package var isFiring: Bool { phase == .firing || phase == .recovering }
}
