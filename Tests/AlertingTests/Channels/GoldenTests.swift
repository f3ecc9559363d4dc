import Foundation
import Model
import Testing

@testable import Alerting

@Suite struct GoldenTests {
    @Test func everyKindIsWordedAsRecorded() throws {
        for (channel, suffix) in Example.channels {
            for kind in Notification.Kind.allCases where channel.takes(kind) {
                let message = channel.message(for: Example.notification(kind))
                try Golden.check(message.body, "\(Example.name(channel))-\(kind.rawValue).\(suffix)")
            }
        }
    }

    @Test func aDrillIsWordedAsRecorded() throws {
        for (channel, suffix) in Example.channels {
            let message = channel.message(for: Example.drill(.trigger))
            try Golden.check(message.body, "\(Example.name(channel))-drill.\(suffix)")
        }
    }

    @Test func aMailToAnAddressOutsideASCIIIsWordedAsRecorded() throws {
        let channel = Email(
            server: Example.email.server, sender: MailAddress(local: "größe", domain: "example.com"),
            addresses: [MailAddress(local: "jörg", domain: "example.com")])
        var notification = Example.notification(.trigger)
        notification.recipient = "jörg@example.com"
        try Golden.check(channel.message(for: notification).body, "email-outside-ascii.eml")
    }

    @Test func aChangeIsWordedAsRecorded() throws {
        try Golden.check(Example.changes.message(for: Example.notification(.change)).body, "change-event.json")
    }

    @Test func awkwardTextIsWordedAsRecorded() throws {
        let member = Notification.Member(
            key: AlertKey(probe: "shop", rule: "failing"), level: .critical, since: Example.began,
            reason: "body was \u{0}<!channel> & \u{202E}gnp.exe\r\nBcc: eve@example.com 👩‍👩‍👧 שלום",
            address: "https://shop.example.com/?q=é")
        for (channel, suffix) in Example.channels {
            var notification = Example.notification(
                .trigger, title: "Größe 🚨 <!here>\r\nBcc: eve@example.com", members: [member],
                labels: ["team": "données & <@U1>", "service": "shop"])
            notification.isUnrecorded = true
            try Golden.check(channel.message(for: notification).body, "\(Example.name(channel))-awkward.\(suffix)")
        }
    }

    @Test func fiveHundredMembersFitAsRecorded() throws {
        for (channel, suffix) in Example.channels {
            let message = channel.message(for: Example.notification(.trigger, members: many(500)))
            try Golden.check(message.body, "\(Example.name(channel))-500-members.\(suffix)")
        }
    }

    @Test func theExampleInTheGuideIsWhatIsSent() throws {
        let guide = String(
            decoding: try Data(contentsOf: Golden.root.appending(path: "docs/webhook.md")), as: UTF8.self)
        let block = try #require(
            guide.components(separatedBy: "```json\n").dropFirst().first?.components(separatedBy: "```").first)
        let sent = Example.webhook.message(for: Example.notification(.trigger)).body
        #expect(try NSDictionary(dictionary: json(block)) == NSDictionary(dictionary: json(sent)))
        for name in try json(sent).keys { #expect(guide.contains("| `\(name)` |"), "the guide explains \(name)") }
    }
}

func many(_ count: Int) -> [Notification.Member] {
    (0..<count).map { index in
        Notification.Member(
            key: AlertKey(probe: "host-\(index)", rule: "failing"), level: index % 7 == 0 ? .critical : .warning,
            since: Example.began + .seconds(index % 50), reason: "connection refused",
            address: "10.0.\(index / 250).\(index % 250):443")
    }
}
