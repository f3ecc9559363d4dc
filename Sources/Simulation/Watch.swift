import Alerting
import Model

/// Watches the attempts as they start: rates, the receivers' wish to be left alone, and that nothing is sent after it was accepted.
struct Watch {
    private struct Rate {
        var perMicrosecond: Double
        var burst: Double
        var tokens: Double
        var at: Int64
    }
    private var rates: [String: Rate] = [:]
    /// No attempt before this true time.
    private var floors: [String: Floor] = [:]
    private struct Floor {
        var until: Int64
        var isStored = false
    }
    /// What rates and waits were at the next start is not known: they are stored by the wall clock, which was set, or not at all.
    private var isUncertain = false
    /// Keys of messages whose acceptance is stored.
    private var accepted: Set<String> = []

    /// A process began, or took a new configuration.
    mutating func restarted(now: Int64, channels: [String: any Channel], isReload: Bool = false) {
        if !isReload {
            floors = floors.filter { $0.value.isStored && !isUncertain }
            if isUncertain { rates = [:] }
            isUncertain = false
        }
        for (name, channel) in channels where rates[name] == nil {
            rates[name] = Rate(
                perMicrosecond: Double(channel.attemptsPerMinute) / 60e6, burst: Double(channel.burst),
                tokens: Double(channel.burst), at: now)
        }
    }

    mutating func starts(_ row: OutboxRow, now: Int64) -> String? {
        let name = "\(row.kind.rawValue) \(row.id) to \(row.target)"
        if accepted.contains(row.idempotencyKey) { return "\(name) is sent although it was accepted before" }
        if let floor = floors[row.channel]?.until, now < floor {
            return "\(name) is sent \(Duration.microseconds(floor - now).short) before the receiver wants to hear again"
        }
        guard var rate = rates[row.channel] else { return "\(name) goes to a channel that is not configured" }
        rate.tokens = min(rate.burst, rate.tokens + Double(now - rate.at) * rate.perMicrosecond) - 1
        rate.at = now
        rates[row.channel] = rate
        return rate.tokens < -0.01 ? "\(name) exceeds the rate of its channel" : nil
    }

    mutating func settled(_ settlement: Settlement, channel: String, now: Int64) {
        guard case .retry(_, let after?) = settlement.verdict else { return }
        floors[channel] = Floor(until: now + min(after, .seconds(3600)).microseconds)
    }

    /// All that was decided is stored.
    mutating func allStored() { for name in floors.keys { floors[name]!.isStored = true } }

    /// The wall clock was set, or what was decided is lost.
    mutating func loseTrack() { isUncertain = true }

    /// The acceptance of a row is stored.
    mutating func stored(_ row: OutboxRow) {
        if row.phase == .done { accepted.insert(row.idempotencyKey) }
    }
}
