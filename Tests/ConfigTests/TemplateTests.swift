import Alerting
import Config
import Foundation
import Model
import Testing

@Suite("Templates") struct TemplateTests {
    @Test(
        "with one mistake are refused with one exact line",
        arguments: [
            WrittenLine(
                "a misspelt field", #"templates: {a: {title: "{{lvel}} {{title}}"}}"#,
                #"6:24: title: there is no field "lvel"; did you mean "level"?"#),
            WrittenLine(
                "a field that there is not", #"templates: {a: {title: "{{weather}}"}}"#,
                #"6:24: title: there is no field "weather"; fields: kind, level, title, incident, node, since, lasted, acked_by, "#
                    + "acknowledge, more, facts, links, members, is_trigger, is_update, is_acknowledge, is_resolve, is_delayed"),
            WrittenLine(
                "a section that is not closed", #"templates: {a: {text: "{{#members}}{{reason}}"}}"#,
                "6:23: text: the section members has no {{/members}}"),
            WrittenLine("neither title nor text", "templates: {a: {}}", "6:16: a says nothing: give title, text or both"),
            WrittenLine(
                "a misspelt key", "templates: {a: {titel: x}}", #"6:17: unknown key "titel"; did you mean "title"?"#),
            WrittenLine(
                "a name with a space", "templates: {my own: {title: x}}",
                #"6:13: "my own" cannot name a template: expected \#(nameRule)"#),
            WrittenLine(
                "a channel's template that there is not",
                "channels: {chat: {slack: {webhook_url: {env: HOOK}}, template: shrot}, "
                    + "pager: {pagerduty: {routing_key: {env: ROUTING_KEY}}}}",
                #"1:64: unknown template "shrot"; none is defined"#),
            WrittenLine(
                "a route's template that there is not", "routes: [{policy: default, template: short}]",
                #"5:38: unknown template "short"; none is defined"#),
        ])
    func refused(_ row: WrittenLine) {
        // A template without a title or text is no second mistake.
        let lines = row.refusal().filter { !$0.contains("no channel and no route") }
        #expect(lines == ["monitord.yaml:" + row.message])
    }

    @Test("a mistake in a text of several lines is told with its line") func severalLines() {
        let text =
            WrittenLine.good + """
                templates:
                  a:
                    text: |
                      {{title}}
                      {{#members}}
                      {{resaon}}
                      {{/members}}

                """
        let lines = MemoryFiles(files: ["monitord.yaml": text, "probes.d/a.yaml": WrittenLine.probes]).problems()
        #expect(lines == [#"monitord.yaml:8:11: text: line 3: there is no field "resaon"; did you mean "reason"?"#])
    }

    @Test("are used by channels and by routes, and those within a route have its") func used() throws {
        let text =
            WrittenLine.good
            .replacing("{webhook_url: {env: HOOK}}}", with: "{webhook_url: {env: HOOK}}, template: a}")
            .replacing(
                "routes: [{policy: default}]",
                with: "routes: [{match: {team: ops}, policy: default, template: b, "
                    + "routes: [{match: {service: api}}, {match: {service: db}, template: a}]}, {policy: default}]")
            + "templates: {a: {title: '{{title}}'}, b: {text: '{{title}}'}, c: {text: x}}\n"
        let read = MemoryFiles(files: ["monitord.yaml": text, "probes.d/a.yaml": WrittenLine.probes]).read()
        let alerting = try read.get().alerting
        #expect(alerting.channelTemplates == ["chat": "a"])
        #expect(alerting.routes.map(\.template) == ["b", nil])
        #expect(alerting.routes[0].routes.map(\.template) == ["b", "a"])
        #expect(alerting.templates["b"]?.title == nil && alerting.templates["b"]?.text == "{{title}}")
        #expect(read.warnings == [#"monitord.yaml:6:62: no channel and no route uses the template "c""#])
    }

    // MARK: The guide

    private static let guide = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "docs/templates.md")

    /// Each configuration in the guide, and what stands below it.
    private static func examples() throws -> [(configuration: String, words: String)] {
        let blocks = try String(contentsOf: guide, encoding: .utf8).components(separatedBy: "```yaml\n").dropFirst()
        return try blocks.map { block in
            let parts = block.components(separatedBy: "```")
            let words = try #require(parts.dropFirst(2).first { $0.hasPrefix("text\n") })
            return (parts[0], String(words.dropFirst("text\n".count)))
        }
    }

    @Test("of the guide say what the guide says") func guide() throws {
        let examples = try Self.examples()
        #expect(examples.count == 2)
        for (configuration, words) in examples {
            let files = MemoryFiles(files: ["monitord.yaml": configuration, "probes.d/a.yaml": WrittenLine.probes])
            #expect(files.problems() == [])
            let alerting = try files.read().get().alerting
            let name = try #require(alerting.templates.keys.first)
            guard case .shown(let preview) = alerting.preview(template: name, channel: nil, of: .example(node: "ops-1")) else {
                Issue.record("\(name) has no preview")
                continue
            }
            let shown = [preview.title ?? ""] + (preview.lines.isEmpty ? [] : [""] + preview.lines)
            #expect(shown.joined(separator: "\n") + "\n" == words)
        }
    }

    @Test("have a guide that names every field") func fields() throws {
        let text = try String(contentsOf: Self.guide, encoding: .utf8)
        for name in MessageTemplate.fieldNames { #expect(text.contains("`\(name)`"), "docs/templates.md: \(name)") }
    }
}
