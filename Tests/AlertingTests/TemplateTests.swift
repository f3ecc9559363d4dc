import Foundation
import Model
import Testing

@testable import Alerting

@Suite("Templates: messages in the words of the configuration")
struct TemplateTests {
    private static func template(title: String? = nil, text: String? = nil) throws -> MessageTemplate {
        try MessageTemplate(name: "own", title: title, text: text)
    }

    private static func words(
        _ text: String, _ notification: Notification = Example.notification(.trigger)
    ) throws -> [String] {
        try template(text: text).words(for: notification).lines ?? []
    }

    // MARK: What is wrong with one

    static let wrong: [(source: String, problems: [String])] = [
        ("{{title}} and {{ level }}", []),
        ("{{#members}}{{probe}} {{level}} {{title}}{{/members}}", []),
        ("{{{title}}} {{&title}} {{! anything at all }}", []),
        ("{{#labels.team}}of {{labels.team}}{{/labels.team}}", []),
        ("no tag } { at all", []),
        ("{{reason}}", ["1: reason stands within {{#members}} only"]),
        ("{{text}}", ["1: text stands within {{#facts}} only"]),
        ("{{members}}", ["1: members is a list: write {{#members}}...{{/members}}"]),
        ("{{labels}}", ["1: labels are read by their names: {{labels.team}}"]),
        ("{{labels.a.b}}", [#"1: there is no field "labels.a.b"; fields: \#(TemplateFields.names.joined(separator: ", "))"#]),
        ("{{labels.my-team}}", ["1: {{labels.my-team}} is not the name of a field"]),
        ("{{labels.4u}}", [#"1: there is no field "labels.4u"; fields: \#(TemplateFields.names.joined(separator: ", "))"#]),
        ("{{{labels.team#{{/acked_by}}}", ["1: {{labels.team#{{/acked_by}} is not the name of a field"]),
        (
            "a\n{{#members}}\n{{tilte}}",
            [#"3: there is no field "tilte"; did you mean "title"?"#, "2: the section members has no {{/members}}"]
        ),
        ("{{/members}}", ["1: {{/members}} ends a section that has not begun"]),
        (
            "{{#members}}{{#acked_by}}{{/members}}{{/acked_by}}",
            [
                "1: {{/members}} stands where {{/acked_by}} is expected",
                "1: the section members has no {{/members}}",
            ]
        ),
        (
            "{{#members}}{{#facts}}{{/facts}}{{/members}}",
            ["1: {{#facts}} stands within {{#members}}: a list has no list within"]
        ),
        ("{{title", ["1: a tag that begins with {{ has no }}"]),
        ("{{{title}}", ["1: a tag that begins with {{{ has no }}}"]),
        ("{{}}", ["1: {{}} is not the name of a field"]),
        ("{{a b}}", ["1: {{a }} is not the name of a field"]),
        ("{{>secrets}}", ["1: {{>secrets}}: a template stands alone, it has no partials and no blocks"]),
        (
            "{{<base}}{{$x}}",
            [
                "1: {{<base}}: a template stands alone, it has no partials and no blocks",
                "1: {{$x}}: a template stands alone, it has no partials and no blocks",
            ]
        ),
        ("{{=<% %>=}}", ["1: {{=<% %>=}}: a template has no other delimiters than {{ and }}"]),
        ("{{% CONTENT_TYPE:HTML}}", ["1: {{% CONTENT_TYPE:HTML}}: a template has no settings, it is always plain text"]),
        ("{{uppercased(title)}}", ["1: {{uppercased(title)}}: a template has no functions"]),
        (String(repeating: "{{title}}", count: 101), ["1: a template has at most 100 tags, this one has 101"]),
        (String(repeating: "a", count: 8193), ["1: a template has at most 8 KiB, this one has 8193 bytes"]),
        (
            String(repeating: "{{#title}}", count: 9) + String(repeating: "{{/title}}", count: 9),
            ["1: sections stand at most 8 deep"]
        ),
    ]

    @Test("every mistake is told with its line", arguments: wrong)
    func mistakes(row: (source: String, problems: [String])) {
        let found = MessageTemplate.problems(in: row.source).map { "\($0.line): \($0.sentence)" }
        #expect(found == row.problems, "\(row.source.prefix(100))")
        var isRefused = false
        do {
            _ = try Self.template(text: row.source)
        } catch {
            isRefused = true
        }
        #expect(isRefused == !row.problems.isEmpty, "\(row.source.prefix(100))")
    }

    @Test("random texts are either refused or rendered")
    func randomTexts() throws {
        var random = SeededGenerator(seed: 20_260_329)
        let parts = [
            "{{", "}}", "{{{", "}}}", "#", "/", "^", "members", "title", "labels.team", "reason", " ", "\n", "{", "}", "!", ".",
            "é",
            "{{#members}}", "{{/members}}", "{{title}}", "{{probe}}", "{{^acked_by}}", "{{/acked_by}}", "\r\n", "%", "=",
        ]
        var good = 0
        for _ in 0..<20_000 {
            let source = (0..<Int.random(in: 1...10, using: &random)).map { _ in
                parts[Int.random(in: 0..<parts.count, using: &random)]
            }.joined()
            guard TemplateScanner.problems(in: source).isEmpty, MessageTemplate.problems(in: source).isEmpty else { continue }
            good += 1
            #expect(throws: Never.self, "seed 20260329: \(source.debugDescription)") { try Self.words(source) }
        }
        #expect(good > 300, "only \(good) were good")
    }

    // MARK: What it says

    static let said: [(text: String, lines: [String])] = [
        (
            "{{kind}} {{level}} {{title}} {{incident}} {{node}}",
            ["trigger critical api-health failing \(Example.incident) ops-1"]
        ),
        ("{{since}}, {{lasted}}", ["2026-03-29 02:01:05 UTC, 10s"]),
        ("{{labels.team}}{{labels.none}}", ["platform"]),
        (
            "{{#members}}\n{{level}} {{probe}}/{{rule}}: {{reason}}\n{{/members}}\n",
            [
                "critical api-health/failing: status 503, expected 200; 2 bad in a row",
                "warning api-health/slow: p95(duration, 15m) 1.4s > 1s (n=40)",
            ]
        ),
        ("{{#acked_by}}{{acked_by}} has it{{/acked_by}}{{^acked_by}}nobody has it{{/acked_by}}", ["nobody has it"]),
        ("{{acknowledge}}", ["monitordctl ack \(Example.incident)"]),
        ("{{#is_resolve}}over{{/is_resolve}}{{#is_trigger}}new{{/is_trigger}}", ["new"]),
        ("<b>{{title}}</b> & \"{{node}}\"", ["<b>api-health failing</b> & \"ops-1\""]),
        ("\n\n a \n\n\n b\t\tc \n\n", ["a", "", "b c"]),
        ("{{more}}{{#acked_by}}x{{/acked_by}}", []),
        (
            String(repeating: "{{#is_trigger}}", count: 8) + "eight deep" + String(repeating: "{{/is_trigger}}", count: 8),
            ["eight deep"]
        ),
    ]

    @Test("a template says what its fields hold, as plain text", arguments: said)
    func says(row: (text: String, lines: [String])) throws {
        #expect(try Self.words(row.text) == row.lines)
    }

    @Test("every field has a value when there is one")
    func everyField() {
        var notification = Example.notification(.acknowledge, members: many(501))
        notification.facts = [Notification.Fact("Last deploy", "4.2")]
        notification.links = [Notification.Link("Runbook", "https://wiki")]
        var values = TemplateValues(notification).values
        values.merge(TemplateValues(Example.notification(.trigger)).values) { first, _ in first }
        for name in TemplateFields.texts + TemplateFields.flags { #expect(values[name] != nil, "\(name)") }
        for (list, fields) in TemplateFields.lists {
            let elements = values[list] as? [[String: Any]] ?? []
            #expect(Set(elements.first?.keys.map(\.self) ?? []) == Set(fields), "\(list)")
        }
        let known = Set(TemplateFields.names + ["labels"])
        #expect(Set(values.keys).isSubset(of: known))
        #expect((values["members"] as? [[String: Any]])?.count == TemplateValues.maxMembers)
        #expect(values["more"] as? String == "and 1 more")
    }

    @Test("the words replace headline and text in every channel, and nothing else")
    func everyChannel() throws {
        let template = try Self.template(
            title: "OWN TITLE {{title}}", text: "OWN TEXT\n{{#members}}\n* {{reason}}\n{{/members}}")
        // Who takes states of alerts takes no words.
        for (channel, suffix) in Example.channels where channel.resends == nil {
            let notification = template.applied(to: Example.notification(.trigger)).0
            let body = channel.message(for: notification).body.replacing("=\r\n", with: "")
            let plain = channel.message(for: Example.notification(.trigger)).body.replacing("=\r\n", with: "")
            let name = "\(type(of: channel).kind)"
            #expect(body.contains("OWN TITLE api-health failing"), "\(name).\(suffix): \(body)")
            #expect(body.contains("OWN TEXT"), "\(name): \(body)")
            #expect(!body.contains("CRITICAL: api-health failing"), "\(name): \(body)")
            for kept in [notification.dedupKey, notification.idempotencyKey, "monitordctl ack \(Example.incident)"] {
                #expect(plain.contains(kept) == body.contains(kept), "\(name): \(kept) stays")
            }
        }
    }

    @Test("where much is written for each alert, fewer are written out, and the rest is counted")
    func work() throws {
        let notification = Example.notification(.trigger, members: many(500))
        let long = String(repeating: "-", count: 4_000)
        let words = try Self.words("{{more}}\n{{#members}}{{#address}}{{/address}}{{! \(long) }}{{/members}}x", notification)
        #expect(words == ["and 372 more", "x"])
        #expect(try Self.words("{{more}}{{#members}}{{probe}} {{/members}}", notification).first?.hasPrefix("host-0 ") == true)
    }

    @Test("whatever a template says, every channel keeps to its receiver's limits")
    func limits() throws {
        let text = "{{#members}}\n\(String(repeating: "<&\"\\é😀 {{reason}} ", count: 4))\n{{/members}}"
        let template = try Self.template(title: String(repeating: "{{title}}&", count: 50), text: text)
        for kind in Notification.Kind.templated {
            let notification = template.applied(to: Example.overflowing(kind)).0
            let bytes = notification.words.lines?.reduce(0) { $0 + $1.utf8.count + 1 } ?? 0
            #expect(bytes <= MessageTemplate.maxOutput + 4)
            #expect((notification.words.title?.unicodeScalars.count ?? 0) <= MessageTemplate.maxTitle)
            for (channel, _) in Example.channels where channel.takes(kind) {
                let body = channel.message(for: notification).body
                #expect(
                    body.utf8.count < (channel.resends == nil ? 600_000 : Alertmanager.maxBody), "\(type(of: channel).kind)")
            }
        }
    }

    // MARK: In use

    private static func world(_ templates: [MessageTemplate], route: String? = nil) -> World {
        var configuration = World.configuration()
        configuration.channels["chat"] = FactChannel()
        configuration.templates = Dictionary(uniqueKeysWithValues: templates.map { ($0.name, $0) })
        configuration.channelTemplates = ["chat": "own"]
        configuration.routes[0].template = route
        return World(configuration)
    }

    @Test("a channel's template words its messages; the route's goes before it, also after a restart")
    func precedence() throws {
        let own = try Self.template(title: "own {{kind}}")
        let other = try MessageTemplate(name: "other", title: "other {{kind}}", text: nil)
        var world = Self.world([own, other])
        world.fail()
        #expect(world.lastLines() == ["| own trigger"])
        world = Self.world([own, other], route: "other")
        world.fail()
        #expect(world.lastLines() == ["| other trigger"])
        world.crashAndRestart()
        world.ok()
        #expect(world.lastLines() == ["| other resolve"])
        #expect(world.command(.testChannel("chat")) == nil)
        #expect(world.lastLines() == [], "a test keeps its words")
    }

    @Test("a template that says nothing, or is gone, holds nothing up: the built-in words are used, and that is recorded")
    func fallback() throws {
        var world = Self.world([try Self.template(text: "{{#is_resolve}}over{{/is_resolve}}")])
        world.fail()
        #expect(world.received == ["0s chat: trigger api failing"])
        #expect(
            world.records.contains(
                "the template own says nothing of this trigger: the built-in words are used for chat"))
        world.ok()
        #expect(world.lastLines() == ["| over"])
        world = Self.world([], route: "gone")
        world.fail()
        #expect(world.received == ["0s chat: trigger api failing"])
        #expect(world.records.contains("the template gone is not configured any more: the built-in words are used for chat"))
    }

    @Test("facts stand where a text puts them, and as usual where it has none")
    func facts() throws {
        for (text, lines) in [
            (nil, ["Last deploy: 4 of everything", "| t"]), ("{{#facts}}{{text}}{{/facts}}", ["| t", "| 4 of everything"]),
        ] as [(String?, [String])] {
            var notification = Example.notification(.trigger)
            notification.facts = [Notification.Fact("Last deploy", "4 of everything")]
            notification.links = []
            let worded = try Self.template(title: "t", text: text).applied(to: notification).0
            #expect(FactChannel().message(for: worded).body.split(separator: "\n").dropFirst().map(String.init) == lines)
        }
    }

    // MARK: Trying one

    @Test("a preview is of an example or an open incident, through a channel where there is one")
    func preview() throws {
        var world = Self.world([try Self.template(title: "{{level}} {{title}}", text: "{{node}}")])
        guard case .shown(let example) = world.state.preview(template: "own", channel: nil, incident: nil) else {
            return #expect(Bool(false))
        }
        #expect(example.title == "critical api-health failing" && example.lines == ["test"] && example.incident == nil)
        #expect(example.channel == "chat")
        #expect(example.body?.hasSuffix("| critical api-health failing\n| test") == true, "\(example)")
        world.fail()
        let id = try #require(world.incidents.keys.first)
        guard case .shown(let real) = world.state.preview(template: "own", channel: "chat", incident: id.lowercased()) else {
            return #expect(Bool(false))
        }
        #expect(real.title == "critical api failing" && real.incident == id)
        let before = world.received
        world.pass(.seconds(1))
        #expect(world.received == before, "nothing is sent")
        for (template, channel, incident, sentence) in [
            ("onw", nil, nil, #"There is no template onw; did you mean "own"?"#),
            ("zzzzz", nil, nil, "There is no template zzzzz; configured: own."),
            ("own", "caht", nil, #"There is no channel caht; did you mean "chat"?"#),
            ("own", nil, "01Z", "There is no open incident 01Z."),
        ] as [(String, String?, String?, String)] {
            #expect(world.state.preview(template: template, channel: channel, incident: incident) == .unknown(sentence))
        }
    }
}
