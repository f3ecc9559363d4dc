import Model
import Testing

@testable import Alerting

@Suite struct TeamsTests {
    private func judge(_ status: Int, _ body: String) -> DeliveryVerdict {
        Example.teams.judge(TransferReply(status: status, body: Array(body.utf8), mayHaveArrived: true))
    }

    @Test func everyStatus() {
        let accepted: [StatusRow] = [
            ("a connector's acceptance", 200...200, "delivered"), ("a workflow's acceptance", 202...202, "delivered"),
            ("not an answer of Teams", 200...299, "rejected"),
        ]
        check(Example.teams, accepted + usualRows)
        check(Example.teams, body: "1", accepted + usualRows)
        check(Example.teams, body: "<html>", [("a page is no acceptance", 200...200, "rejected")] + accepted + usualRows)
    }

    @Test func aRefusalInASuccessfulAnswerCounts() {
        func sentence(_ status: Int) -> String {
            "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error \(status) with ContextId tcid=1."
        }
        #expect(
            judge(200, sentence(413)) == .rejected("200, but Teams answered 413, refused: \(sentence(413))"))
        #expect(
            judge(200, sentence(429))
                == .retry("200, but Teams answered 429, too many requests: \(sentence(429))", after: nil))
        #expect(judge(202, sentence(400)).outcome == "rejected")
        #expect(judge(200, sentence(500)).outcome == "in_doubt")
        #expect(judge(200, sentence(503)).outcome == "retry")
        #expect(judge(200, "Bad payload received by generic incoming webhook.").outcome == "rejected")
        #expect(judge(403, "no \(Example.teamsHook)") == .rejected("403, refused: no \(Secret.mask)"))
        let broken = TransferReply(status: 200, error: TransferError(.timeout, "timed out"), mayHaveArrived: true)
        #expect(Example.teams.judge(broken) == .inDoubt("200, but the answer broke off"))
    }

    @Test("an empty line of a template is no text of a card, which Teams would refuse")
    func emptyLines() {
        var notification = Example.notification(.trigger)
        notification.words.lines = ["api fails", "", " ", "see the wiki"]
        let body = Example.teams.message(for: notification).body
        #expect(body.contains("see the wiki") && !body.contains(#""text":"""#) && !body.contains(#""text":" ""#))
    }

    @Test func aCardFits() throws {
        for kind in [Notification.Kind.trigger, .delayed] {
            let row = Example.row(Example.teams, Example.overflowing(kind), tries: 2, inDoubt: true)
            let text = Example.teams.outgoing(row).text
            #expect(
                text.utf8.count <= Teams.maxBody && text.utf8.count > Teams.maxBody - 700, "\(kind): \(text.utf8.count) bytes")
            #expect(try texts(json(text)).contains { $0.hasPrefix("and ") && $0.hasSuffix(" more") })
        }
    }

    @Test(arguments: InjectionTests.attacks) func textIsNoMarkdown(attack: (sentence: String, text: String)) throws {
        for kind in Notification.Kind.allCases {
            let message = try json(Example.teams.message(for: Example.poisoned(attack.text, kind)).body)
            let card = try #require(((message["attachments"] as? [[String: Any]])?.first?["content"]) as? [String: Any])
            let blocks = try #require(card["body"] as? [[String: Any]])
            for action in card["actions"] as? [[String: Any]] ?? [] {
                #expect(action["type"] as? String == "Action.OpenUrl" && Example.isSafe(action["url"] as? String ?? ""))
            }
            #expect(blocks.allSatisfy { $0["type"] as? String == "RichTextBlock" }, "\(attack.sentence)")
            #expect(texts(blocks).allSatisfy { $0.unicodeScalars.allSatisfy { $0.value >= 0x20 } }, "\(attack.sentence)")
        }
    }
}
