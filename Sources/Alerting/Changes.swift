import Model

// Changes made on purpose are told to receivers that show them beside incidents: they may be what broke something.
extension AlertingState {
    /// Such word is news for an hour.
    static let changeLifetime = Duration.seconds(3600)

    /// One message a channel that takes changes; they wake nobody.
    mutating func tellChange(_ title: String, now: Timestamp) {
        let takers = configuration.channels.keys.sorted().filter { configuration.channels[$0]?.takes(.change) == true }
        guard !takers.isEmpty else { return }
        let id = "change/\(ULID.make(at: now, using: &random))"
        let change = Announcement(kind: .change, id: id, title: title, from: now, lifetime: AlertingState.changeLifetime)
        for target in takers.flatMap(targets(ofChannel:)) { announce(change, to: target, now: now) }
    }

    /// A silence of the kind maintenance began or ended.
    mutating func tellMaintenance(_ silence: Silence, isActive: Bool, now: Timestamp) {
        guard silence.kind == .maintenance else { return }
        let what = "maintenance of \(silence.matchers.text)"
        let comment = silence.comment.isEmpty ? "" : ": \(silence.comment)"
        tellChange(
            isActive
                ? "\(what) by \(silence.author) begins, until \(silence.endsAt)\(comment)"
                : "\(what) by \(silence.author) is over",
            now: now)
    }
}
