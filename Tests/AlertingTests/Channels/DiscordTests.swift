import Foundation
import Model
import Testing

@testable import Alerting

@Suite struct DiscordTests {
    @Test func everyStatus() {
        let accepted: [StatusRow] = [
            ("the message, for it was asked for", 200...200, "delivered"), ("acceptance without it", 204...204, "delivered"),
            ("not an answer of Discord", 201...299, "rejected"),
        ]
        check(Example.discord, body: #"{"id":"1","content":"x"}"#, accepted + usualRows)
        check(Example.discord, body: "<html>", [("a page is no acceptance", 200...200, "rejected")] + accepted + usualRows)
        let posted = TransferReply(status: 200, body: Array(#"{"id":"1199","type":0}"#.utf8))
        #expect(Example.discord.judge(posted) == .delivered(reference: "1199"))
        let invalid = #"{"code":50035,"message":"Invalid Form Body"}"#
        #expect(
            Example.discord.judge(TransferReply(status: 400, body: Array(invalid.utf8)))
                == .rejected("400, refused: \(invalid)"))
        let broken = TransferReply(status: 200, error: TransferError(.timeout, "timed out"), mayHaveArrived: true)
        #expect(Example.discord.judge(broken) == .inDoubt("200, but the answer broke off"))
    }

    @Test func theAddressSaysVersionAndWait() {
        #expect(
            Discord.versioned("https://discord.com/api/webhooks/1/t") == "https://discord.com/api/v10/webhooks/1/t?wait=true")
        #expect(
            Discord.versioned("https://discord.com/api/webhooks/1/t?thread_id=2")
                == "https://discord.com/api/v10/webhooks/1/t?thread_id=2&wait=true")
        #expect(
            Discord.versioned("https://discord.com/api/v9/webhooks/1/t") == "https://discord.com/api/v9/webhooks/1/t?wait=true")
    }

    @Test func aMessageFits() throws {
        for kind in [Notification.Kind.trigger, .delayed] {
            let row = Example.row(Example.discord, Example.overflowing(kind), tries: 2, inDoubt: true)
            let message = try json(Example.discord.outgoing(row).text)
            let content = try #require(message["content"] as? String)
            #expect(content.utf16.count <= 2_000 && content.hasPrefix("(resent) "), "\(kind)")
            let embed = try #require((message["embeds"] as? [[String: Any]])?.first)
            let description = try #require(embed["description"] as? String)
            #expect(description.utf16.count <= 4_096 && description.utf16.count > 3_000, "\(kind): \(description.utf16.count)")
            #expect(description.contains(" more\n"))
        }
    }

    @Test(arguments: InjectionTests.attacks) func nobodyIsMentioned(attack: (sentence: String, text: String)) throws {
        for kind in Notification.Kind.allCases {
            let message = try json(Example.discord.message(for: Example.poisoned(attack.text, kind)).body)
            #expect(Set(message.keys) == ["content", "embeds", "allowed_mentions"], "\(attack.sentence)")
            #expect((message["allowed_mentions"] as? [String: [String]]) == ["parse": []])
            for whole in texts(message) where whole != "Links" {
                let text = whole.replacing(#/\[(?:[^\[\]\\]|\\.)*\]\((https:[^\s()]*)\)/#.matchingSemantics(.unicodeScalar)) {
                    match in
                    let address = ["%28": "(", "%29": ")", "%2A": "*", "%5F": "_", "%5B": "[", "%5D": "]"].reduce(
                        String(match.1)
                    ) {
                        $0.replacing($1.key, with: $1.value)
                    }
                    return Example.isSafe(address) ? "" : String(match.0)
                }
                var isEscaped = false
                for scalar in text.unicodeScalars {
                    #expect(isEscaped || !["*", "<", "[", "`", "|"].contains(scalar), "\(attack.sentence): \(text)")
                    isEscaped = scalar == "\\" && !isEscaped
                }
            }
        }
    }

    @Test func addressesStayLinks() {
        #expect(Markdown.escaped("see https://x.example/a_b_c?d=~e~ now_or") == #"see https://x.example/a_b_c?d=~e~ now\_or"#)
        #expect(Markdown.escaped("https://x.example/<@1>") == #"https://x.example/\<@1\>"#)
        #expect(Markdown.escaped("[a](https://x.example/_)") == #"\[a\](https://x.example/\_)"#)
    }
}
