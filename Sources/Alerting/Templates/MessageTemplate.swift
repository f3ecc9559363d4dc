import Model
import Mustache

/// Words of the configuration for messages about incidents: a title, a text, or both, in a part of Mustache's language
/// (<https://mustache.github.io/mustache.5.html>). It has no code and no files; its tags are checked when it is read.
package struct MessageTemplate: Sendable {
    /// Bytes of what it makes, before a channel cuts it to its own limits.
    static let maxOutput = 16 << 10
    static let maxLines = 200
    static let maxTitle = 500
    /// What one message may take: so many tags, and bytes between them, are written out for all members together.
    static let maxWork = (tags: 20_000, bytes: 512 << 10)

    package let name: String
    package let title: String?
    package let text: String?
    private let titleTemplate: MustacheTemplate?
    private let textTemplate: MustacheTemplate?

    /// What a template may name, the fields of lists among them.
    package static var fieldNames: [String] {
        TemplateFields.names + TemplateFields.lists.keys.sorted().flatMap { TemplateFields.lists[$0] ?? [] }
    }

    /// Everything that is wrong with a title or a text, in the order of their lines.
    package static func problems(in source: String) -> [TemplateProblem] {
        let problems = TemplateScanner.problems(in: source)
        guard problems.isEmpty else { return problems }
        do {
            _ = try compiled(source)
            return []
        } catch {
            return [TemplateProblem(line: 1, sentence: "the template cannot be read: \(error)")]
        }
    }

    /// Throws where there are problems.
    package init(name: String, title: String?, text: String?) throws {
        for source in [title, text].compactMap(\.self) {
            if let problem = TemplateScanner.problems(in: source).first { throw problem }
        }
        self.name = name
        self.title = title
        self.text = text
        titleTemplate = try title.map(MessageTemplate.compiled)
        textTemplate = try text.map(MessageTemplate.compiled)
    }

    /// As plain text: each channel escapes for itself.
    private static func compiled(_ source: String) throws -> MustacheTemplate {
        // The library does not take a brace as the last character.
        try MustacheTemplate(string: "{{% CONTENT_TYPE:TEXT}}\n\(source)\n")
    }

    /// How many members are given to a source: as many as any template may have, or fewer where much is written for each.
    private static func members(for source: String) -> Int {
        let tags = max(1, source.ranges(of: "{{").count)
        return min(TemplateValues.maxMembers, maxWork.tags / tags, maxWork.bytes / max(1, source.utf8.count))
    }

    /// What it says of a notification; a title or text that comes out empty is not there.
    func words(for notification: Notification) -> Notification.Words {
        var words = Notification.Words()
        func rendered(_ template: MustacheTemplate, _ source: String?) -> String {
            template.render(TemplateValues(notification, members: MessageTemplate.members(for: source ?? "")).values)
        }
        if let titleTemplate {
            let title = rendered(titleTemplate, self.title).oneLine.shortened(to: MessageTemplate.maxTitle)
            if !title.isEmpty { words.title = title }
        }
        if let textTemplate {
            let lines = MessageTemplate.lines(rendered(textTemplate, text))
            if !lines.isEmpty { words.lines = lines }
        }
        return words
    }

    /// Lines without control characters, none empty at the beginning, at the end or after another, together within `maxOutput`.
    private static func lines(_ text: String) -> [String] {
        var lines: [String] = []
        var used = 0
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            let line = String(line).oneLine
            if line.isEmpty, lines.last?.isEmpty ?? true { continue }
            used += line.utf8.count + 1
            guard used <= maxOutput, lines.count < maxLines else {
                lines.append("…")
                break
            }
            lines.append(line)
        }
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }
}

extension MessageTemplate: Equatable {
    package static func == (a: MessageTemplate, b: MessageTemplate) -> Bool {
        (a.name, a.title ?? "", a.text ?? "") == (b.name, b.title ?? "", b.text ?? "")
    }
}
