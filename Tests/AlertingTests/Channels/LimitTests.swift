import Foundation
import Model
import Testing

@testable import Alerting

@Suite struct LimitTests {
    @Test func aSummaryAtTheLimitKeepsWholeCharacters() throws {
        let rows: [(sentence: String, filler: String)] = [
            ("ASCII", "x"), ("four-byte scalars", "😀"), ("a family joined of five scalars", "👩‍👩‍👧"),
            ("right-to-left text", "ש"),
            ("letters with combining marks", "e\u{301}\u{323}"), ("flags of two scalars", "🇫🇷"),
        ]
        for row in rows {
            for offset in 0..<6 {
                let title = String(repeating: "a", count: offset) + String(repeating: row.filler, count: 1_100)
                let body = Example.pagerduty.message(for: Example.notification(.trigger, title: title)).body
                let payload = try #require(try json(body)["payload"] as? [String: Any])
                let summary = try #require(payload["summary"] as? String)
                #expect(summary.unicodeScalars.count <= 1024, "\(row.sentence)")
                #expect(summary.unicodeScalars.count > 1024 - 8, "\(row.sentence): no more is cut than must be")
                #expect(summary.last == "…", "\(row.sentence)")
                let kept = summary.dropFirst("CRITICAL: ".count + offset).dropLast()
                #expect(kept.allSatisfy { $0 == Character(row.filler) }, "\(row.sentence): no character is split")
            }
        }
    }

    @Test func shorteningKeepsTheLimit() {
        #expect("abc".shortened(to: 3) == "abc")
        #expect("abcd".shortened(to: 3) == "ab…")
        #expect("".shortened(to: 3) == "")
        #expect("abcdef".shortened(to: 5) { $0.utf8.count } == "ab…", "the sign of omission has three bytes")
        #expect(("e" + String(repeating: "\u{301}", count: 50)).shortened(to: 10) == "…")
        #expect(Shortened.list(["a", "b"], to: 4) { $0 } == ["a", "b"])
        #expect(Shortened.list(["aaaa", "bbbb", "cccc"], to: 14) { $0 } == ["and 3 more"])
        #expect(Shortened.list(["a", "b", "cccccccccccccccccc"], to: 16) { $0 } == ["a", "b", "and 1 more"])
    }

    @Test func namesThatAreEqualWhenCutStandOnce() {
        let labels = ["kkkkk1": "a", "kkkkk2": "b", "k": "c"]
        let wording = Wording(Example.notification(.trigger, labels: labels))
        #expect(wording.labelMembers(atMost: 9, name: 5, value: 5) == [.init("k", "c"), .init("kkkk…", "a")])
        #expect(wording.labelMembers(atMost: 1, name: 5, value: 5) == [.init("k", "c")])
    }

    @Test func noNumberOfMembersExceedsAVendorsLimit() throws {
        for kind in [Notification.Kind.trigger, .delayed] {
            let notification = Example.overflowing(kind)
            let page = Example.pagerduty.outgoing(Example.row(Example.pagerduty, notification)).text
            #expect(page.utf8.count <= 512_000, "PagerDuty, \(kind): \(page.utf8.count) bytes")
            let hook = Example.webhook.message(for: notification).body
            #expect(hook.utf8.count <= 512_000, "webhook, \(kind): \(hook.utf8.count) bytes")
            #expect(try json(hook)["omitted_members"] is Int)
            let slack = Example.slack.outgoing(Example.row(Example.slack, notification, tries: 2, inDoubt: true)).text
            try checkSlack(slack, "\(kind)")
            let mail = Example.email.message(for: notification).body
            #expect(mail.split(separator: "\r\n").allSatisfy { $0.utf8.count <= 78 }, "\(kind)")
        }
    }

    private func checkSlack(_ text: String, _ kind: String) throws {
        let document = try json(text)
        #expect(texts(document).reduce(0) { $0 + $1.utf16.count } <= 12_000, "\(kind)")
        #expect(try #require(document["text"] as? String).utf16.count <= 4_000)
        let blocks = try #require(document["blocks"] as? [[String: Any]])
        #expect(blocks.count <= 50)
        for block in blocks {
            let size = ((block["text"] as? [String: Any])?["text"] as? String)?.utf16.count ?? 1
            #expect(size >= 1 && size <= (block["type"] as? String == "header" ? 150 : 3_000), "\(kind)")
            let fields = block["fields"] as? [[String: Any]] ?? []
            #expect(fields.count <= 10)
            #expect(fields.allSatisfy { ($0["text"] as? String ?? "").utf16.count <= 2_000 })
        }
    }
}
