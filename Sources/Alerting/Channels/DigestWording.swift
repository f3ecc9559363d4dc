import Model

// What a digest says: its parts, each a title and lines, made one line each.
extension Wording {
    static let maxDigestLine = 400

    var sections: [Notification.Section] {
        notification.sections.map { section in
            Notification.Section(
                section.title.oneLine.shortened(to: Wording.maxDigestLine),
                section.lines.map { $0.oneLine.shortened(to: Wording.maxDigestLine) })
        }
    }

    /// A line for each title, and one for each of its lines.
    var digestLines: [String] { sections.flatMap { [$0.title] + $0.lines.map { "• \($0)" } } }
}
