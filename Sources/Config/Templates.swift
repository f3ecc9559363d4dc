import Alerting
package import Model
import Settings

// Words for messages: what is defined, and who uses it.
extension Reading {
    static let maximumTemplates = 100

    /// `templates: {NAME: {title: ..., text: ...}}`
    func templates(_ fields: Fields) -> [String: MessageTemplate] {
        let all = fields.fields("templates")
        let defined = Defined(all)
        var templates: [String: MessageTemplate] = [:]
        for name in defined.names {
            guard let all else { break }
            checkName(name, "template", at: all.keyPlace(of: name))
            guard let written = all.fields(name) else { continue }
            let (title, text) = (written.string("title"), written.string("text"))
            if !written.has("title"), !written.has("text"), written.remainingKeys.isEmpty {
                problems.add(all.place(of: name), "\(name) says nothing: give title, text or both")
            }
            let wrong = [("title", title), ("text", text)].map { check($1, $0, written) }.contains(true)
            if !wrong { templates[name] = made(name, title: title, text: text, at: all.place(of: name)) }
        }
        if defined.names.count > Reading.maximumTemplates {
            let limit = Reading.maximumTemplates
            fields.problem(at: "templates", "templates: at most \(limit), got \(defined.names.count)")
        }
        for (name, place) in mentions.templates where defined.places[name] == nil {
            problems.add(place, unknown("template", name, defined.names))
        }
        let used = Set(mentions.templates.map(\.name))
        for name in defined.names where !used.contains(name) {
            warnings.add(defined.places[name] ?? fields.place, "no channel and no route uses the template \"\(name)\"")
        }
        return templates
    }

    /// Whether there is a problem.
    private func check(_ source: String?, _ key: String, _ fields: Fields) -> Bool {
        let found = source.map(MessageTemplate.problems) ?? []
        for problem in found {
            let isLong = source?.contains { $0.isNewline } == true
            fields.problem(at: key, "\(key): \(isLong ? "line \(problem.line): " : "")\(problem.sentence)")
        }
        return !found.isEmpty
    }

    private func made(_ name: String, title: String?, text: String?, at place: Place) -> MessageTemplate? {
        do {
            return try MessageTemplate(name: name, title: title, text: text)
        } catch {
            problems.add(place, "\(name) cannot be read: \(error)")
            return nil
        }
    }

    /// The template that a channel or route names; whether there is one is known later.
    func template(_ fields: Fields) -> String? {
        guard fields.has("template") else {
            fields.expect(["template"])
            return nil
        }
        guard let name = fields.string("template") else { return nil }
        mentions.templates.append((name, fields.place(of: "template")))
        return name
    }
}

extension DaemonConfiguration {
    /// What a template says of an example, through a channel: the one that is named, or else the first that has the template.
    package func preview(template name: String, channel: String?) -> PreviewReply {
        alerting.preview(template: name, channel: channel, of: .example(node: node))
    }
}
