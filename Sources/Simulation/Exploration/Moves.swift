import Alerting
import Model

/// One step of a history.
enum Move: Sendable, Hashable {
    /// The ends of an attempt, by its place among those under way.
    case accepted(Int)
    case refused(Int)
    case doubted(Int)
    /// A request whose fate was unknown arrives.
    case arrives(Int)
    case observe(String, ExploredScene.Result)
    case silence
    case acknowledge(String)
    case resolve(String)
    case crash
    case wait
}

extension ExploredState {
    /// Everything that can happen next.
    ///
    /// An attempt has no end "it arrived and the reply was lost": that is "nobody knows" and then "arrives", for the daemon cannot
    /// tell them apart and the receiver does not look at the daemon. Nor does one arrive where the receiver would do nothing: with it
    /// still on its way all can happen that can without it.
    func moves() -> [Move] {
        var moves: [Move] = []
        if left.crashes > 0 { moves.append(.crash) }
        if left.commands > 0 {
            if core.silences.isEmpty { moves.append(.silence) }
            for incident in mirror.now.open.sorted() { moves += [.acknowledge(incident), .resolve(incident)] }
        }
        if left.results > 0 {
            for result in ExploredScene.Result.allCases {
                moves.append(.observe(ExploredScene.child, result))
                if result != .warning { moves.append(.observe(ExploredScene.parent, result)) }
            }
        }
        if left.losses > 0 { moves += underWay.indices.map(Move.doubted) }
        if left.failures > 0 { moves += underWay.indices.map(Move.refused) }
        // While an attempt is on its way time passes only to its timeout, which is one of its ends.
        if underWay.isEmpty, core.nextDue() != nil || !lost.isEmpty { moves.append(.wait) }
        moves += lost.indices.filter { changesReceiver(lost[$0].row) }.map(Move.arrives)
        moves += underWay.indices.map(Move.accepted)
        return moves
    }

    mutating func apply(_ move: Move) {
        switch move {
        case .accepted(let index): settle(index, .delivered(reference: nil), isApplied: true)
        case .refused(let index):
            left.failures -= 1
            settle(index, .retry("503", after: nil), isApplied: false)
        case .doubted(let index):
            left.losses -= 1
            settle(index, .inDoubt("no reply"), isApplied: false)
        case .arrives(let index): apply(lost.remove(at: index).row)
        case .observe(let probe, let result):
            left.results -= 1
            observe(probe, result)
        case .silence:
            left.commands -= 1
            silence()
        case .acknowledge(let incident):
            left.commands -= 1
            command(.acknowledge(incident: incident))
        case .resolve(let incident):
            left.commands -= 1
            command(.resolve(incident: incident))
        case .crash:
            left.crashes -= 1
            crash()
        case .wait: wait()
        }
    }

    /// The words that a counterexample is told in; asked before the move is made.
    func words(_ move: Move) -> String {
        func name(_ row: OutboxRow) -> String { "\(row.kind.rawValue) \(row.id) of page \(row.page)" }
        func attempt(_ index: Int) -> String { "\(name(underWay[index])) to \(underWay[index].target)" }
        switch move {
        case .accepted(let index): return "\(attempt(index)) is accepted"
        case .refused(let index): return "\(attempt(index)) is surely not accepted"
        case .doubted(let index): return "\(attempt(index)) times out: nobody knows where it is"
        case .arrives(let index): return "late, \(lost[index].row.target) gets \(name(lost[index].row))"
        case .observe(let probe, let result): return "\(probe) is \(result.rawValue)"
        case .silence: return "an operator silences \(ExploredScene.child) for \(ExploredScene.silenced.short)"
        case .acknowledge: return "an operator acknowledges"
        case .resolve: return "an operator resolves"
        case .crash: return "kill -9 and a start"
        case .wait:
            var after = self
            after.wait()
            return "time passes by \((after.now.wall - now.wall).short)"
        }
    }
}
