import Alerting
import Model

/// One step of a history, with the words that a counterexample is told in.
struct Move {
    var text: String
    var apply: (inout ExploredState) -> Void
}

extension ExploredState {
    /// Everything that can happen next.
    func moves() -> [Move] {
        var moves: [Move] = []
        for (index, row) in underWay.enumerated() { moves += ends(of: row, index) }
        for (index, lost) in lost.enumerated() {
            moves.append(Move(text: "late, \(lost.row.target) applies \(name(lost.row))") { $0.applyLost(index) })
        }
        if left.results > 0 {
            for result in ExploredScene.Result.allCases {
                moves.append(observing(ExploredScene.child, result))
                if result != .warning { moves.append(observing(ExploredScene.parent, result)) }
            }
        }
        if left.crashes > 0 {
            moves.append(
                Move(text: "kill -9 and a start") {
                    $0.left.crashes -= 1
                    $0.crash()
                })
        }
        if left.commands > 0 { moves += commands() }
        // While an attempt is on its way time passes only to its timeout, which is one of its ends.
        if underWay.isEmpty, let due = core.nextDue() {
            moves.append(Move(text: "time passes by \((max(.zero, due - now.wall)).short)") { $0.wait(until: due) })
        }
        return moves
    }

    private func name(_ row: OutboxRow) -> String { "\(row.kind.rawValue) \(row.id) of page \(row.page)" }

    private func observing(_ probe: String, _ result: ExploredScene.Result) -> Move {
        Move(text: "\(probe) is \(result.rawValue)") {
            $0.left.results -= 1
            $0.observe(probe, result)
        }
    }

    private func ends(of row: OutboxRow, _ index: Int) -> [Move] {
        let name = "\(name(row)) to \(row.target)"
        var moves = [
            Move(text: "\(name) is accepted") {
                $0.settle(index, .delivered(reference: nil), isApplied: true, isLate: false)
            }
        ]
        if left.failures > 0 {
            moves.append(
                Move(text: "\(name) is surely not accepted") {
                    $0.left.failures -= 1
                    $0.settle(index, .retry("503", after: nil), isApplied: false, isLate: false)
                })
        }
        guard left.losses > 0 else { return moves }
        for (text, isApplied, isLate) in [("its reply is lost", true, false), ("nobody knows where it is", false, true)] {
            moves.append(
                Move(text: "\(name) times out: \(text)") {
                    $0.left.losses -= 1
                    $0.settle(index, .inDoubt("no reply"), isApplied: isApplied, isLate: isLate)
                })
        }
        return moves
    }

    private func commands() -> [Move] {
        var moves: [Move] = []
        if core.silences.isEmpty {
            let request = SilenceRequest(
                matchers: [[Matcher("probe", equals: ExploredScene.child)]], end: .after(.seconds(200)), comment: "explored")
            moves.append(
                Move(text: "an operator silences \(ExploredScene.child) for 200s") {
                    $0.left.commands -= 1
                    $0.command(.addSilence(request))
                })
        }
        for incident in mirror.now.open.sorted() {
            moves.append(
                Move(text: "an operator acknowledges") {
                    $0.left.commands -= 1
                    $0.command(.acknowledge(incident: incident))
                })
            moves.append(
                Move(text: "an operator resolves") {
                    $0.left.commands -= 1
                    $0.command(.resolve(incident: incident))
                })
        }
        return moves
    }
}
