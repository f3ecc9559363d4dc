import Model
import Testing

@testable import Alerting

@Suite struct TelegramTests {
    @Test func everyStatus() {
        let accepted: [StatusRow] = [
            ("acceptance says so", 200...200, "delivered"), ("not an answer of Telegram", 201...299, "rejected"),
        ]
        check(Example.telegram, body: #"{"ok":true,"result":{"message_id":5}}"#, accepted + usualRows)
        for body in [#"{"ok":false,"description":"no"}"#, "<html>", "", #"{"ok":"true"}"#] {
            check(Example.telegram, body: body, [("no acceptance", 200...200, "rejected")] + accepted + usualRows)
        }
        let sent = TransferReply(status: 200, body: Array(#"{"ok":true,"result":{"message_id":5}}"#.utf8))
        #expect(Example.telegram.judge(sent) == .delivered(reference: "5"))
        let wrong = #"{"ok":false,"error_code":404,"description":"Not Found"}"#
        #expect(
            Example.telegram.judge(TransferReply(status: 404, body: Array(wrong.utf8))) == .rejected("404, refused: \(wrong)"))
        let broken = TransferReply(status: 200, error: TransferError(.timeout, "timed out"), mayHaveArrived: true)
        #expect(Example.telegram.judge(broken) == .inDoubt("200, but the answer broke off"))
    }

    @Test func theTokenStandsInTheAddressOnly() throws {
        let request = try #require(
            Example.telegram.outgoing(Example.row(Example.telegram, Example.notification(.trigger))).request)
        #expect(request.url.reveal() == "https://api.telegram.org/bot\(Example.botToken)/sendMessage")
        #expect(!String(decoding: request.body, as: UTF8.self).contains(Example.botToken))
    }

    @Test func theSecretPartOfTheTokenIsMaskedByItself() {
        let said = Array("no bot has verysecret_telegram-0001".utf8)
        #expect(
            Example.telegram.judge(TransferReply(status: 401, body: said))
                == .rejected("401, refused: no bot has \(Secret.mask)"))
    }

    @Test func aTextFits() throws {
        for kind in [Notification.Kind.trigger, .delayed] {
            let row = Example.row(Example.telegram, Example.overflowing(kind), tries: 2, inDoubt: true)
            let text = try #require(try json(Example.telegram.outgoing(row).text)["text"] as? String)
            #expect(text.utf16.count <= 4_096 && text.utf16.count > 3_000, "\(kind): \(text.utf16.count)")
            #expect(text.contains(" more\n") && text.hasPrefix("(resent) "))
        }
        var many = Example.notification(.trigger, title: String(repeating: "@", count: 5_000))
        many.labels = ["who": String(repeating: "@x ", count: 2_000)]
        let text = try #require(try json(Example.telegram.message(for: many).body)["text"] as? String)
        #expect(text.utf16.count <= 4_096, "with what stands between an @ and its name")
    }

    @Test(arguments: InjectionTests.attacks) func nobodyIsMentioned(attack: (sentence: String, text: String)) throws {
        for kind in Notification.Kind.allCases {
            let message = try json(Example.telegram.message(for: Example.poisoned(attack.text, kind)).body)
            #expect(message["parse_mode"] == nil && message["entities"] == nil)
            let text = try #require(message["text"] as? String)
            #expect(text.firstMatch(of: #/(^|[^\p{L}\p{N}])@[A-Za-z]/#) == nil, "\(attack.sentence): \(text)")
            #expect(message["disable_notification"] as? Bool == ([.delayed, .digest].contains(kind) ? true : nil))
        }
    }

    @Test func aMailAddressStaysWhole() {
        #expect(Telegram.withoutMentions("to eve@example.com and @eve") == "to eve@example.com and @\u{2060}eve")
    }
}
