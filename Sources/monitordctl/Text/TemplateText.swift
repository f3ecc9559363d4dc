import Model

/// `monitordctl template preview`: the words, and the message that bears them.
enum TemplateText {
    static func lines(_ preview: TemplatePreview) -> [String] {
        let of = preview.incident.map { "incident \($0)" } ?? "an example"
        var lines = ["\(preview.template), of \(of):"]
        if let fallback = preview.fallback { lines.append("  \(fallback)") }
        if let title = preview.title { lines.append("  title: \(title.withoutControls)") }
        lines += preview.lines.map { "  | \($0.withoutControls)" }
        if let channel = preview.channel, let body = preview.body {
            lines.append("through \(channel):")
            lines += body.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map {
                String($0).withoutControls
            }
        }
        return lines
    }
}
