import Alerting
import Model

/// How a probed service is.
package enum ServiceHealth: String, Sendable, Hashable, CaseIterable {
    case well, down, slow, verySlow
    /// Good and bad by turns.
    case shaky
    /// The monitor itself cannot measure.
    case unmeasurable
}

/// What the probes find.
struct Services {
    private var health: [String: ServiceHealth] = [:]

    private var isFrozen = false

    mutating func set(_ name: String, _ health: ServiceHealth) { self.health[name] = health }

    /// From now on nothing changes.
    mutating func freeze() {
        isFrozen = true
        for (name, now) in health where now == .shaky { health[name] = .down }
    }

    /// Behind a gateway that is down nothing answers.
    func measure(_ name: String, _ random: inout SeededGenerator) -> Measured {
        if health[WholeScene.canary] == .down { return .failed(.connect, "no route to host") }
        return switch health[name, default: .well] {
        case .well:
            !isFrozen && Int.random(in: 0..<500, using: &random) == 0
                ? failed : took(Double.random(in: 0.05...0.4, using: &random))
        case .down: failed
        case .slow: took(Double.random(in: 2.1...4.5, using: &random))
        case .verySlow: took(Double.random(in: 5.1...9, using: &random))
        case .shaky: Bool.random(using: &random) ? failed : took(Double.random(in: 0.1...6, using: &random))
        case .unmeasurable: .failed(.saturated, "no worker is free")
        }
    }

    private var failed: Measured { .failed(.status, "status 503, expected 200") }
    private func took(_ seconds: Double) -> Measured { Measured(samples: [Sample(Sample.duration, seconds)]) }
}
