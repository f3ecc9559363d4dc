import Alerting
import Model

/// How the way to a receiver, and the receiver, are.
package enum NetworkHealth: String, Sendable, Hashable, CaseIterable {
    case well
    /// Some attempts fail, in every way.
    case shaky
    /// Nothing gets through, and it is known.
    case unreachable
    /// Requests arrive or not, and no reply comes back.
    case mute
    /// The receiver asks to be left alone.
    case throttled
}

/// What becomes of one attempt: decided when it starts, so that a kill of the daemon does not change what the receiver got.
struct Fate {
    var reply: TransferReply
    /// Until the reply is there.
    var latency: Duration
    /// Until the receiver has applied the request; nil: never.
    var applied: Duration?
}

struct Network {
    /// An attempt without a reply ends after this.
    static let timeout = Duration.seconds(15)
    /// A request is applied within this of its start, or never: shorter than the time for which a resolve is held.
    static let latest = Duration.seconds(89)

    private var health: [String: NetworkHealth] = [:]
    /// The true time of the latest change of each channel.
    private var changed: [String: Int64] = [:]
    private var healed: Int64 = 0

    mutating func set(_ channel: String, _ health: NetworkHealth, now: Int64) {
        if health != self.health[channel, default: .well] { changed[channel] = now }
        self.health[channel] = health
    }
    mutating func heal(now: Int64) {
        healed = now
        health = [:]
        changed = [:]
    }
    /// nil: it is not.
    func wellSince(_ channel: String) -> Int64? {
        health[channel, default: .well] == .well ? max(healed, changed[channel] ?? 0) : nil
    }

    func fate(of row: OutboxRow, _ random: inout SeededGenerator) -> Fate {
        let quick = Duration.milliseconds(Int.random(in: 20...400, using: &random))
        let roll = Int.random(in: 0..<100, using: &random)
        switch health[row.channel, default: .well] {
        case .well: return roll == 0 ? lost(&random) : accepted(row, quick)
        case .unreachable: return refusedToConnect(quick)
        case .mute: return lost(&random)
        case .throttled: return throttled(quick, &random)
        case .shaky:
            switch roll {
            case 0..<40: return accepted(row, quick)
            case 40..<50: return refusedToConnect(quick)
            case 50..<70: return lost(&random)
            case 70..<80: return answered(500, quick, applied: Bool.random(using: &random))
            case 80..<88: return answered(503, quick, applied: false)
            case 88..<96: return throttled(quick, &random)
            default: return answered(row.kind == .resolve ? 408 : 400, quick, applied: false)
            }
        }
    }

    private func accepted(_ row: OutboxRow, _ latency: Duration) -> Fate {
        Fate(
            reply: TransferReply(status: row.channel == "pager" ? 202 : 200, body: Array("ok".utf8), mayHaveArrived: true),
            latency: latency, applied: latency / 2)
    }

    private func refusedToConnect(_ latency: Duration) -> Fate {
        Fate(reply: TransferReply(error: TransferError(.connect, "connection refused")), latency: latency)
    }

    /// No reply: the request was lost, or its reply, or it is applied late.
    private func lost(_ random: inout SeededGenerator) -> Fate {
        let error = TransferError(.timeout, "no reply within 15s")
        var fate = Fate(reply: TransferReply(error: error, mayHaveArrived: true), latency: Network.timeout)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: fate.applied = .milliseconds(50)
        case 1: fate.applied = .milliseconds(Int.random(in: 50..<Int(Network.latest.seconds * 1000), using: &random))
        default: break
        }
        return fate
    }

    private func throttled(_ latency: Duration, _ random: inout SeededGenerator) -> Fate {
        var fate = answered(429, latency, applied: false)
        if Bool.random(using: &random) { fate.reply.retryAfter = .seconds(Int.random(in: 1...900, using: &random)) }
        return fate
    }

    private func answered(_ status: Int, _ latency: Duration, applied: Bool) -> Fate {
        Fate(reply: TransferReply(status: status), latency: latency, applied: applied ? latency / 2 : nil)
    }
}
