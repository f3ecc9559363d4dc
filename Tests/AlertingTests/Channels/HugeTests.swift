import Foundation
import Model
import Testing

@testable import Alerting

/// Messages of any size and any characters, against the limits of every vendor. `SEED=n` repeats a run.
@Suite struct HugeTests {
    private static let characters = [
        "a", "é", "😀", "👩‍👩‍👧", "ש", "e\u{301}\u{323}", "&", "<", ">", "\"", "\\", "@", "*", "_", "|", "]", ")", "\n", "\r",
        "\u{0}", "\u{202E}", " ", "x y", "https://x.example/a_b", "=", "🇫🇷", "\u{2028}", "`",
    ]
    private static let lengths = [0, 1, 20, 79, 80, 81, 150, 255, 399, 401, 1_000, 1_024, 2_000, 4_096, 20_000]

    private struct Maker {
        var random: SeededGenerator

        mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

        mutating func text() -> String {
            guard let length = lengths.randomElement(using: &random) else { return "" }
            // Most texts are of few different characters, as people's are.
            let part = (0..<number(1...3)).compactMap { _ in characters.randomElement(using: &random) }.joined()
            return String(repeating: part, count: (length + part.unicodeScalars.count - 1) / part.unicodeScalars.count)
        }

        mutating func address() -> String {
            switch number(0...5) {
            case 0: text()
            case 1: "https://x.example/" + String(repeating: "a&b=(c)", count: number(0...200))
            case 2: "ftp://x.example/"
            default: "https://x.example/d/\(number(0...99))?from=now-1h&to=now&var-a=[b]&c='d'*_"
            }
        }

        mutating func notification(_ kind: Notification.Kind) -> Notification {
            var notification = Example.notification(kind, title: text())
            if kind != .digest {
                let count = [0, 1, 2, 10, 200].randomElement(using: &random) ?? 1
                let (reasons, address, labels) = ([text(), text(), text()], address(), [text(): text()])
                notification.members = (0..<count).map { index in
                    var member = Notification.Member(
                        key: AlertKey(probe: "p\(index)", rule: "failing"), level: index % 3 == 0 ? .critical : .warning,
                        since: Example.began + .seconds(Int64(index)), reason: reasons[index % 3], address: address)
                    member.labels = index % 5 == 0 ? labels : [:]
                    return member
                }
            } else {
                notification.sections = (0..<number(0...30)).map { _ in
                    .init(text(), (0..<number(0...9)).map { _ in text() })
                }
            }
            notification.labels = Dictionary((0..<number(0...60)).map { _ in (text(), text()) }) { first, _ in first }
            notification.facts = (0..<number(0...30)).map { _ in .init(text(), text()) }
            notification.links = (0..<number(0...12)).map { _ in .init(text(), address()) }
            notification.isDrill = number(0...9) == 0
            notification.isUnrecorded = number(0...3) == 0
            notification.ackedBy = number(0...1) == 0 ? text() : nil
            notification.isFirst = number(0...1) == 0
            notification.node = text()
            return notification
        }
    }

    @Test func nothingExceedsAVendorsLimit() throws {
        let seed = ProcessInfo.processInfo.environment["SEED"].flatMap { UInt64($0) } ?? 20_260_329
        print("seed \(seed)")
        var maker = Maker(random: SeededGenerator(seed: seed))
        for turn in 0..<6 {
            for kind in Notification.Kind.allCases {
                let notification = maker.notification(kind)
                for channel in Example.channels.map(\.channel) + [Example.exec, Example.changes] where channel.takes(kind) {
                    var row = Example.row(channel, notification, tries: 2, inDoubt: true)
                    row.reference = "C0123456789:1774749675.000200"
                    let place: Comment = "\(Example.name(channel)) \(kind), turn \(turn) of seed \(seed)"
                    try check(channel, channel.outgoing(row), place)
                }
            }
        }
    }

    private func check(_ channel: any Channel, _ outgoing: Outgoing, _ place: Comment) throws {
        switch channel {
        case is Slack: try checkSlack(try json(outgoing.text), place)
        case is PagerDuty: try checkPagerDuty(outgoing.text, place)
        case is Discord: try checkDiscord(try json(outgoing.text), place)
        case is Telegram:
            let size = try #require(try json(outgoing.text)["text"] as? String).utf16.count
            #expect((1...4_096).contains(size), place)
        case is Teams: #expect(outgoing.text.utf8.count <= Teams.maxBody, place)
        case is Ntfy:
            let message = try json(outgoing.text)
            #expect(try #require(message["message"] as? String).utf8.count <= 4_096, place)
            #expect((1...250).contains(try #require(message["title"] as? String).utf8.count), place)
            #expect((message["actions"] as? [Any])?.count ?? 0 <= 3, place)
        case is Opsgenie: try checkOpsgenie(try json(outgoing.text), place)
        case is Webhook: #expect(outgoing.text.utf8.count <= 512_000, place)
        case is Exec: #expect((outgoing.process?.input.count ?? .max) <= 512_000, place)
        case is Alertmanager: #expect(outgoing.text.utf8.count <= 1_000_000, place)
        case is Email:
            let lines = outgoing.text.components(separatedBy: "\r\n")
            #expect(lines.allSatisfy { $0.utf8.count <= 78 && !$0.contains("\n") && !$0.contains("\r") }, place)
            #expect(outgoing.text.utf8.count < 2_000_000, place)
        default: Issue.record("no limits are known of \(type(of: channel).kind)")
        }
    }

    private func checkSlack(_ document: [String: Any], _ place: Comment) throws {
        #expect(texts(document).reduce(0) { $0 + $1.utf16.count } <= 12_000, place)
        #expect((1...4_000).contains(try #require(document["text"] as? String).utf16.count), place)
        let blocks = try #require(document["blocks"] as? [[String: Any]])
        #expect(blocks.count <= 50, place)
        for block in blocks {
            let size = ((block["text"] as? [String: Any])?["text"] as? String)?.utf16.count ?? 1
            #expect((1...(block["type"] as? String == "header" ? 150 : 3_000)).contains(size), place)
            let fields = block["fields"] as? [[String: Any]] ?? []
            #expect(fields.count <= 10 && fields.allSatisfy { ($0["text"] as? String ?? "").utf16.count <= 2_000 }, place)
        }
    }

    private func checkPagerDuty(_ text: String, _ place: Comment) throws {
        #expect(text.utf8.count <= 512_000, place)
        let event = try json(text)
        guard let payload = event["payload"] as? [String: Any] else { return }
        #expect((1...1_024).contains(try #require(payload["summary"] as? String).unicodeScalars.count), place)
        #expect(try #require(payload["source"] as? String).isEmpty == false, place)
        #expect((event["links"] as? [[String: String]] ?? []).allSatisfy { $0["href"]?.isEmpty == false }, place)
    }

    private func checkDiscord(_ message: [String: Any], _ place: Comment) throws {
        #expect((1...2_000).contains(try #require(message["content"] as? String).utf16.count), place)
        let embed = try #require((message["embeds"] as? [[String: Any]])?.first)
        let description = try #require(embed["description"] as? String).utf16.count
        let fields = embed["fields"] as? [[String: String]] ?? []
        #expect(description <= 4_096 && fields.allSatisfy { $0["value"]?.utf16.count ?? 0 <= 1_024 }, place)
        #expect(description + fields.reduce(0) { $0 + texts($1).reduce(0) { $0 + $1.utf16.count } } <= 6_000, place)
    }

    private func checkOpsgenie(_ alert: [String: Any], _ place: Comment) throws {
        for (name, limit) in ["message": 130, "description": 15_000, "source": 100, "entity": 512, "note": 25_000] {
            guard let text = alert[name] as? String else { continue }
            #expect((1...limit).contains(text.utf16.count), "\(name): \(place.rawValue)")
        }
        let details = alert["details"] as? [String: String] ?? [:]
        #expect(details.reduce(0) { $0 + $1.key.utf16.count + $1.value.utf16.count } <= 8_000, place)
    }
}
