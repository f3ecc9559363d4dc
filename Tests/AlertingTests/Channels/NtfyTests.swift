import Model
import Testing

@testable import Alerting

@Suite struct NtfyTests {
    @Test func everyStatus() {
        let accepted: [StatusRow] = [
            ("the message", 200...200, "delivered"), ("not an answer of ntfy", 201...299, "rejected"),
        ]
        check(Example.ntfy, body: #"{"id":"x1","event":"message"}"#, accepted + usualRows)
        check(Example.ntfy, body: "<html>", [("a page is no acceptance", 200...200, "rejected")] + accepted + usualRows)
        let sent = TransferReply(status: 200, body: Array(#"{"id":"sPs71M8A2T","time":1,"event":"message"}"#.utf8))
        #expect(Example.ntfy.judge(sent) == .delivered(reference: "sPs71M8A2T"))
        let refused = TransferReply(status: 403, body: Array("forbidden: verysecret-topic tk_verysecret".utf8))
        #expect(Example.ntfy.judge(refused) == .rejected("403, refused: forbidden: \(Secret.mask) \(Secret.mask)"))
        let broken = TransferReply(status: 200, error: TransferError(.timeout, "timed out"), mayHaveArrived: true)
        #expect(Example.ntfy.judge(broken) == .inDoubt("200, but the answer broke off"))
    }

    @Test func topicAndTokenAreAdded() throws {
        let request = try #require(Example.ntfy.outgoing(Example.row(Example.ntfy, Example.notification(.trigger))).request)
        #expect(request.url.reveal() == "https://ntfy.sh/")
        #expect(request.headers.contains(Header("Authorization", "Bearer tk_verysecret")))
        #expect(try json(String(decoding: request.body, as: UTF8.self))["topic"] as? String == "verysecret-topic")
        let open = Ntfy(topic: Secret("t"))
        let plain = try #require(open.outgoing(Example.row(open, Example.notification(.trigger))).request)
        #expect(!plain.headers.contains { $0.name == "Authorization" })
    }

    @Test func theLevelIsThePriority() throws {
        var warning = Example.notification(.trigger)
        warning.level = .warning
        var acked = Example.notification(.update)
        acked.ackedBy = "anna"
        let rows: [(sentence: String, notification: Notification, priority: Int)] = [
            ("critical rings until it is seen", Example.notification(.trigger), 5), ("a warning rings", warning, 4),
            ("somebody is on it", acked, 3), ("over", Example.notification(.resolve), 3),
            ("a test", Example.notification(.test), 3),
            ("long over: no sound", Example.notification(.delayed), 2),
        ]
        for row in rows {
            #expect(
                try json(Example.ntfy.message(for: row.notification).body)["priority"] as? Int == row.priority,
                "\(row.sentence)")
        }
    }

    @Test func aMessageFits() throws {
        for kind in [Notification.Kind.trigger, .delayed] {
            for character in ["&", "😀", "👩‍👩‍👧", "ש"] {
                var notification = Example.overflowing(kind)
                notification.title = String(repeating: character, count: 1_000)
                let row = Example.row(Example.ntfy, notification, tries: 2, inDoubt: true)
                let message = try json(Example.ntfy.outgoing(row).text)
                let text = try #require(message["message"] as? String)
                #expect(text.utf8.count <= 4_096 && text.utf8.count > 3_000, "\(kind): \(text.utf8.count) bytes")
                let title = try #require(message["title"] as? String)
                #expect(
                    title.utf8.count <= 250 && title.hasPrefix("(resent) ") && title.hasSuffix("…"), "\(title.utf8.count) bytes"
                )
                #expect(title.dropLast().suffix(5).allSatisfy { $0 == Character(character) }, "no character is split")
            }
        }
    }
}
