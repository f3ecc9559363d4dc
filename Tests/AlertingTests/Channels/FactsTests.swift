import Foundation
import Model
import Testing

@testable import Alerting

@Suite struct FactsTests {
    /// What people read of a message, as plain text.
    private func read(_ channel: any Channel, _ notification: Notification) throws -> String {
        let row = Example.row(channel, notification)
        let text = channel.outgoing(row).text
        guard channel is Email else {
            let document = try JSONSerialization.jsonObject(with: Data(text.utf8))
            return texts(document).joined(separator: "\n").replacing("&amp;", with: "&").replacing("&lt;", with: "<")
                .replacing("&gt;", with: ">").replacing("\\", with: "")
        }
        return text.replacing("=\r\n", with: "").replacing("=3D", with: "=").replacing("&amp;", with: "&")
    }

    @Test func everyChannelShowsFactsAndLinks() throws {
        for (channel, _) in Example.channels {
            let shown = try read(channel, Example.notification(.trigger))
            for fact in Example.notification(.trigger).facts {
                #expect(shown.contains(fact.text.prefix(30)), "\(Example.name(channel)): \(fact.name)\n\(shown)")
            }
            for link in Example.notification(.trigger).links {
                #expect(shown.contains(link.address), "\(Example.name(channel)): \(link.text)\n\(shown)")
            }
        }
    }

    @Test func linksAreLinksWhereTheVendorHasThem() throws {
        let notification = Example.notification(.trigger)
        func text(_ channel: any Channel) -> String { channel.message(for: notification).body }
        let runbook = "https://wiki.example.com/runbooks/api-health"
        #expect(
            text(Example.slack).contains("<\(runbook)|Runbook> · <https://grafana.example.com/d/api?from=now-1h&amp;to=now"))
        #expect(text(Example.discord).contains("[Runbook](\(runbook))"))
        #expect(text(Example.teams).contains(#"{"type":"Action.OpenUrl","title":"Runbook","url":"\#(runbook)"}"#))
        #expect(
            text(Example.ntfy).contains(
                #""click":"\#(runbook)","actions":[{"action":"view","label":"Runbook","url":"\#(runbook)"}"#))
        #expect(text(Example.pagerduty).contains(#""links":[{"href":"\#(runbook)","text":"Runbook"}"#))
        #expect(
            text(Example.pagerduty).contains(#""client_url":"https://monitord.example.com/incidents/\#(Example.incident)""#))
        #expect(text(Example.telegram).contains("Runbook: \(runbook)"))
        #expect(text(Example.opsgenie).contains(#""Runbook":"\#(runbook)""#))
        #expect(text(Example.alertmanager).contains(#""runbook_url":"\#(runbook)""#))
        #expect(text(Example.alertmanager).contains(#""generatorURL":"https://monitord.example.com/incidents/"#))
        let mail = text(Example.email).replacing("=\r\n", with: "").replacing("=3D", with: "=")
        #expect(mail.contains(#"<a href="\#(runbook)">Runbook</a>"#) && mail.contains("\r\nRunbook: \(runbook)\r\n"))
    }

    @Test func mailsOfOneIncidentKeepTheirSubjectAlthoughItsTitleChanges() {
        var notification = Example.notification(.update)
        notification.title = "platform: 4 of service fail at once: a, b, c, d"
        notification.stem = "platform: many fail at once"
        let wording = Wording(notification)
        #expect(wording.subject == "Update, CRITICAL: platform: many fail at once")
        #expect(wording.headline == "Update, CRITICAL: platform: 4 of service fail at once: a, b, c, d")
        #expect(
            Example.email.message(for: notification).body.contains("\r\nSubject: [monitord] Update, CRITICAL: platform: many"))
    }

    @Test func aTitleThatStandsAloneCountsTheOthers() {
        let alone = { (notification: Notification, limit: Int) in
            Wording(notification).headlineAlone(to: limit) { $0.unicodeScalars.count }
        }
        #expect(alone(Example.notification(.trigger), 100) == "CRITICAL: api-health failing, and 1 more")
        #expect(alone(Example.notification(.trigger), 30) == "CRITICAL: api-hea…, and 1 more")
        var one = Example.notification(.trigger)
        one.members.removeLast()
        #expect(alone(one, 100) == "CRITICAL: api-health failing")
        one = Example.notification(.trigger)
        one.words.title = "of a template"
        #expect(alone(one, 100) == "of a template")
    }

    @Test func whatCannotBeFollowedIsLeftOut() {
        let rows: [(sentence: String, address: String, isShown: Bool)] = [
            ("https", "https://x.example/", true), ("http, inside", "http://grafana:3000/d/1?a=b&c=[d]#e", true),
            ("another scheme", "javascript:alert(1)", false), ("a path", "/runbook", false), ("nothing", "", false),
            ("a space", "https://x.example/a b", false), ("a line end", "https://x.example/\r\nX: y", false),
            ("an end of a Slack link", "https://x.example/>", false), ("a bar", "https://x.example/|", false),
            ("an end of an attribute", "https://x.example/\"", false), ("letters outside ASCII", "https://x.example/é", false),
            ("no host", "https:///x", false), ("too long", "https://x.example/" + String(repeating: "x", count: 1_000), false),
        ]
        for row in rows {
            var notification = Example.notification(.trigger)
            notification.links = [.init("x", row.address)]
            #expect(Wording(notification).links.isEmpty == !row.isShown, "\(row.sentence)")
        }
        var nameless = Example.notification(.trigger)
        nameless.links = [.init(" ", "https://x.example/a")]
        #expect(Wording(nameless).links == [.init("x.example", "https://x.example/a")])
    }

    @Test func imagesAreImagesAtPagerDuty() throws {
        var notification = Example.notification(.trigger)
        notification.links = [
            .init("Graph", "https://grafana.example.com/render/1.PNG?x=1"), .init("Clear", "http://grafana.example.com/2.png"),
        ]
        let event = try json(Example.pagerduty.message(for: notification).body)
        #expect((event["images"] as? [[String: String]])?.map { $0["src"] } == ["https://grafana.example.com/render/1.PNG?x=1"])
        #expect((event["links"] as? [[String: String]])?.map { $0["href"] } == ["http://grafana.example.com/2.png"])
    }

    @Test func alertsAreLeftOutBeforeFacts() {
        var notification = Example.notification(.trigger, members: many(300))
        notification.facts = (1...12).map { .init("Fact \($0)", "the text of it") }
        let wording = Wording(notification)
        for limit in [2_000, 2_200, 2_500, 3_000, 8_000] {
            let lines = wording.lines(to: limit)
            #expect(lines.reduce(0) { $0 + $1.unicodeScalars.count + 1 } <= limit, "\(limit)")
            #expect(lines.contains { $0.hasPrefix("• critical host-0/failing") }, "the worst stands: \(limit)")
            #expect(lines.contains { $0.hasPrefix("and 2") && $0.hasSuffix(" more") }, "\(limit)")
            #expect(lines.filter { $0.hasPrefix("Fact ") }.count == 12, "\(limit)")
        }
        let order = wording.lines(to: 8_000).map { $0.prefix { $0 != " " && $0 != ":" } }
        #expect(order.first == "Since" && Array(order.suffix(3)) == ["Acknowledge", "Labels", "Incident"])
        let worst = order.firstIndex(of: "•") ?? 0
        let fact = order.firstIndex(of: "Fact") ?? 0
        let link = order.firstIndex(of: "Runbook") ?? 0
        #expect(worst < fact && fact < link && link < order.count - 3, "\(order)")
    }

    @Test func theLastFactsAreLeftOutFirst() {
        var notification = Example.notification(.trigger)
        notification.facts = (1...20).map { .init("Fact \($0)", String(repeating: "x", count: 300)) }
        let facts = Wording(notification).lines(to: 3_500).filter { $0.hasPrefix("Fact ") || $0.hasPrefix("and ") }
        #expect(facts.first?.hasPrefix("Fact 1:") == true && facts.last?.hasPrefix("and ") == true && facts.count < 15)
    }

    @Test func aDrillSaysSoEverywhere() throws {
        for (channel, _) in Example.channels {
            for kind in Notification.Kind.allCases where channel.takes(kind) && kind != .digest && kind != .test {
                let notification = Example.drill(kind)
                let shown = try read(channel, notification)
                let isBare = (channel is PagerDuty || channel is Opsgenie) && kind != .trigger
                #expect(isBare || shown.contains("DRILL"), "\(Example.name(channel)) \(kind): \(shown)")
                #expect(isBare || shown.contains("nothing is wrong"), "\(Example.name(channel)) \(kind)")
            }
        }
        #expect(Wording(Example.drill(.trigger)).headline == "DRILL, CRITICAL: drill of platform")
        #expect(Wording(Example.drill(.resolve)).headline == "DRILL, over: drill of platform")
        #expect(Wording(Example.drill(.trigger)).times == "since 02:01 UTC; this is a drill, nothing is wrong")
        #expect(Sign(Example.drill(.trigger)) == .drill && Sign(Example.drill(.resolve)) == .drill)
    }

    @Test func whatLastsIsToldWithItsLength() {
        var notification = Example.notification(.update)
        notification.at = Example.began + .seconds(299)
        #expect(Wording(notification).times == "since 02:01 UTC")
        notification.at = Example.began + .seconds(7_859)
        #expect(Wording(notification).times == "since 02:01 UTC, for 2h10m")
    }
}
