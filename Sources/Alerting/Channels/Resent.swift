import Model

extension OutboxRow {
    /// This attempt may repeat one that arrived.
    var isRepeat: Bool { isInDoubt && tries > 1 }

    /// The stored document; a repeat has the mark in front of the first text of that name, for a receiver that cannot tell
    /// repeats itself.
    func body(markedIn name: String) -> String {
        guard isRepeat else { return message.body }
        // A quote inside a JSON string is escaped, so this is found only where a member begins.
        let start = "\"\(name)\":\""
        precondition(message.body.contains(start), "the message has no text \(name)")
        return message.body.replacing(start, with: start + Resent.mark, maxReplacements: 1)
    }
}

/// What people see of a repeat of a message that may have arrived.
enum Resent {
    static let mark = "(resent) "
    static let sentence = "\(mark)an earlier attempt may have arrived"
}
