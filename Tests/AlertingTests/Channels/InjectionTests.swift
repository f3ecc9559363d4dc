import Foundation
import Model
import Testing

@testable import Alerting

@Suite struct InjectionTests {
    static let attacks: [(sentence: String, text: String)] = [
        (
            "a mention at Discord and Telegram",
            "@everyone @here, @someone <@!123> <@&456> **x** [ok](https://evil.example) @a.example"
        ),
        ("markup after a combining mark", "*\u{301}x*\u{301} `\u{301}code`\u{301}"),
        ("a Slack broadcast", "<!channel> <!here|x> <@U012AB3CD> <https://evil.example|ok>"),
        ("a header after CR LF", "x\r\nBcc: eve@example.com\r\n\r\nbody"),
        ("a header after a bare line feed", "x\nBcc: eve@example.com"),
        ("a header after a bare carriage return", "x\rBcc: eve@example.com"),
        ("a header after a Unicode line separator", "x\u{2028}Bcc: eve@example.com\u{85}Bcc: eve@example.com"),
        ("a folded header", "x\r\n Bcc: eve@example.com"),
        ("an encoded word", "=?UTF-8?Q?=0D=0ABcc:_eve@example.com?="),
        ("a boundary", "--=_monitord_\r\nContent-Type: text/html"),
        ("a NUL and other control characters", "a\u{0}b\u{1B}[31mc\u{7F}d\u{9B}e"),
        ("text that turns direction", "\u{202E}gnp.exe\u{2066}x\u{200F}"),
        ("JSON", "\"},\"routing_key\":\"x\",\"blocks\":[{\\"),
        ("HTML", "<script>alert('x')</script>"),
        ("an end of mail", "x\r\n.\r\nMAIL FROM:<eve@example.com>"),
        ("a link of Markdown", "](http://evil.example) [ok](http://evil.example) ![x](https://evil.example/x.png)"),
        ("a link of Slack", "|ok> <https://evil.example|> &lt;!channel&gt;"),
        ("an end of an attribute", "\" onclick=\"alert(1) ' onerror='x"),
        ("a combining mark first", "\u{301}\u{301}x"),
        ("nothing", ""),
    ]

    @Test(arguments: attacks) func slackSeesNoMarkupFromOutside(attack: (sentence: String, text: String)) throws {
        for kind in Notification.Kind.allCases {
            let sent = Example.slack.outgoing(
                Example.row(Example.slack, Example.poisoned(attack.text, kind), tries: 2, inDoubt: true)
            )
            .text
            let document = try json(sent)
            #expect(Set(document.keys) == ["text", "blocks"])
            for text in texts(document) {
                // Links of ours, and nothing else, stand between angle brackets.
                let rest = text.replacing(#/<([^|<>]*)\|[^|<>]*>/#.matchingSemantics(.unicodeScalar)) { match in
                    Example.isSafe(String(match.1).replacing("&amp;", with: "&")) ? "" : String(match.0)
                }
                #expect(!rest.contains("<") && !rest.contains(">"), "\(attack.sentence): \(text)")
            }
            #expect(!sent.contains("\\u00") && !sent.contains("\u{202E}"), "\(attack.sentence)")
            #expect((document["text"] as? String)?.hasPrefix("(resent) ") == true)
            let first = (document["blocks"] as? [[String: Any]])?.first?["text"] as? [String: Any]
            #expect(first?["text"] as? String == "(resent) an earlier attempt may have arrived")
        }
    }

    @Test(arguments: attacks) func pagerDutyKeepsItsForm(attack: (sentence: String, text: String)) throws {
        for kind in Notification.Kind.allCases where kind != .change {
            let sent = Example.pagerduty.outgoing(Example.row(Example.pagerduty, Example.poisoned(attack.text, kind))).text
            let document = try json(sent)
            #expect(document["routing_key"] as? String == Example.routingKey, "\(attack.sentence)")
            #expect(document["dedup_key"] as? String == Example.notification(kind).dedupKey)
            if let payload = document["payload"] as? [String: Any] {
                #expect((payload["summary"] as? String)?.isEmpty == false)
                #expect((payload["source"] as? String)?.isEmpty == false)
                for link in document["links"] as? [[String: String]] ?? [] {
                    #expect(Example.isSafe(link["href"] ?? ""), "\(attack.sentence)")
                }
                let values = payload.values.compactMap { $0 as? String }
                #expect(values.allSatisfy { $0.unicodeScalars.allSatisfy { $0.value >= 0x20 } })
            }
        }
    }

    @Test(arguments: attacks) func aMailHasItsOwnHeadersOnly(attack: (sentence: String, text: String)) throws {
        for kind in Notification.Kind.allCases {
            let mail = try #require(
                Example.email.outgoing(Example.row(Example.email, Example.poisoned(attack.text, kind), tries: 2, inDoubt: true))
                    .mail)
            let text = String(decoding: mail.message, as: UTF8.self)
            #expect(mail.message.allSatisfy { $0 < 0x7F }, "\(attack.sentence): ASCII only")
            let isClean = mail.message.indices.allSatisfy { index in
                switch mail.message[index] {
                case 10: mail.message[index - 1] == 13
                case 13: mail.message[index + 1] == 10
                case let byte: byte >= 0x20
                }
            }
            #expect(isClean, "\(attack.sentence): no control characters but CR LF together")
            let head = try #require(text.components(separatedBy: "\r\n\r\n").first)
            let names = head.components(separatedBy: "\r\n").filter { !$0.hasPrefix(" ") }.compactMap {
                $0.components(separatedBy: ":").first
            }
            var expected = ["X-Monitord-Resent", "From", "To", "Subject", "Date", "Message-ID"]
            if ![.trigger, .test, .digest].contains(kind) { expected += ["In-Reply-To", "References"] }
            expected += ["Auto-Submitted", "X-Monitord-Incident", "X-Monitord-Kind", "MIME-Version", "Content-Type"]
            #expect(names == expected, "\(attack.sentence)")
            #expect(text.components(separatedBy: "\r\n--=_monitord_").count == 4, "\(attack.sentence): three boundary lines")
        }
    }

    @Test(arguments: attacks) func aWebhookKeepsItsForm(attack: (sentence: String, text: String)) throws {
        for kind in Notification.Kind.allCases {
            let document = try json(Example.webhook.message(for: Example.poisoned(attack.text, kind)).body)
            #expect(document.count == (kind == .digest ? 23 : 22), "\(attack.sentence)")
            #expect(document["kind"] as? String == kind.rawValue)
            for link in document["links"] as? [[String: String]] ?? [] {
                #expect(Example.isSafe(link["address"] ?? ""), "\(attack.sentence)")
            }
        }
    }

    @Test func noMessageHoldsACredential() {
        for (channel, _) in Example.channels {
            for kind in Notification.Kind.allCases {
                let row = Example.row(channel, Example.notification(kind))
                for secret in Example.secrets.values.joined() {
                    #expect(!row.message.body.contains(secret))
                    #expect(!row.message.headers.description.contains(secret))
                }
            }
        }
    }

    @Test func noJudgementHoldsACredential() throws {
        for (channel, _) in Example.channels {
            let secrets = try #require(Example.secrets[Example.name(channel)])
            for status in [200, 202, 302, 400, 403, 404, 429, 500] {
                var reply = TransferReply(status: status, body: Array("bad \(secrets.joined(separator: " and "))".utf8))
                reply.headers = [(name: "Location", value: "https://u:verysecret@elsewhere.example/verysecret?verysecret")]
                let reason = channel.judge(reply).reason
                for secret in secrets + ["verysecret"] { #expect(!reason.contains(secret), "\(type(of: channel).kind)") }
            }
        }
    }
}
