import Model

/// A test of a channel whose messages are on their way: it is answered when the last of them is settled.
struct AwaitedTest {
    /// Those not settled yet.
    private(set) var rows: Set<Int64>
    let reply: @Sendable (CommandReply) -> Void
    private var accepted: [String] = []
    private var refused: [String] = []

    init(rows: Set<Int64>, reply: @escaping @Sendable (CommandReply) -> Void) {
        self.rows = rows
        self.reply = reply
    }

    mutating func settle(_ settled: [OutboxRow]) {
        for row in settled where row.isSettled && rows.remove(row.id) != nil {
            if row.phase == .done {
                accepted.append(row.target)
            } else {
                refused.append("\(row.target) did not accept the test message: \(row.note)")
            }
        }
    }

    /// Done only where every recipient's server accepted it.
    var answer: CommandReply {
        let accepted = accepted.sorted().joined(separator: ", ")
        guard !refused.isEmpty else { return CommandReply(.done, "\(accepted) accepted the test message") }
        let others = accepted.isEmpty ? "" : "; \(accepted) accepted it"
        return CommandReply(.failed, refused.sorted().joined(separator: "; ") + others)
    }
}
