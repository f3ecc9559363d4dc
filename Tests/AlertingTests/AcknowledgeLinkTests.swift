import Alerting
import Foundation
import Model
import Testing

@testable import Alerting

@Suite("Links that acknowledge")
struct AcknowledgeLinkTests {
    private static let links = AcknowledgeLinks(key: Secret(String(repeating: "ab", count: 32)))
    private static let until = "1774836075"
    /// Made by another program: HMAC-SHA-256 of "acknowledge INCIDENT until SECONDS" under the key above.
    private static let key = "94c9e3bfecc42ca32b605f6e7851f7439093bc1c475db824765b9a84ebf2fa2f"

    private static func notification() -> Notification {
        var notification = Example.notification(.trigger)
        notification.links = [
            Notification.Link(
                "Acknowledge",
                AcknowledgeLinks.address("https://ops.example.com", incident: Example.incident, sentAt: notification.at))
        ]
        // Every channel writes out what a template says.
        notification.words.lines = ["Take it: \(notification.links[0].address)"]
        return notification
    }

    /// The body as its reader sees it: without what a vendor's form puts between letters.
    private static func read(_ body: String) -> String {
        body.replacing("=\r\n", with: "").replacing("=3D", with: "=").replacing("\\", with: "").replacing("&amp;", with: "&")
    }

    @Test("what is stored of a message has no key, and what is sent has it, through every channel")
    func everyChannel() {
        for (channel, suffix) in Example.channels {
            let row = Example.row(channel, Self.notification())
            let address = "https://ops.example.com/ack/\(Example.incident)?until=\(Self.until)&key="
            #expect(Self.read(row.message.body).contains(address + AcknowledgeLinks.standIn), "\(type(of: channel).kind)")
            #expect(!row.message.body.contains(Self.key))
            let signed = Self.links.signed(row)
            #expect(Self.read(signed.message.body).contains(address + Self.key), "\(type(of: channel).kind)")
            #expect(!Self.read(signed.message.body).contains(AcknowledgeLinks.standIn), "\(type(of: channel).kind) .\(suffix)")
            #expect(signed.message.body.utf8.count == row.message.body.utf8.count)
            var same = signed
            same.message = row.message
            #expect(same == row)
        }
    }

    @Test("a program gets the whole link in its title, too")
    func headers() {
        var row = Example.row(Example.exec, Example.notification(.trigger))
        row.message.headers = ["MONITORD_TITLE": "x \(AcknowledgeLinks.standIn) y"]
        let title = Self.links.signed(row).message.headers["MONITORD_TITLE"]
        #expect(title?.contains(AcknowledgeLinks.standIn) == false && title?.hasPrefix("x ") == true)
        #expect(title?.utf8.count == row.message.headers["MONITORD_TITLE"]?.utf8.count)
    }

    @Test("a message without a link is sent as it is stored")
    func untouched() {
        for (channel, _) in Example.channels {
            let row = Example.row(channel, Example.notification(.trigger))
            #expect(Self.links.signed(row) == row)
        }
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var incident = Example.incident
        var until = AcknowledgeLinkTests.until
        var key = AcknowledgeLinkTests.key
        var at: Int64 = 1_774_836_074
        var verdict: LinkVerdict
    }

    static let rows = [
        Row(testDescription: "as it was sent", verdict: .genuine),
        Row(testDescription: "at its end", at: 1_774_836_075, verdict: .expired),
        Row(testDescription: "long after it", at: 1_874_836_075, verdict: .expired),
        Row(testDescription: "of another incident", incident: "01KMVH5J8Q4Y7T2N6R0C3D9ZXB", verdict: .forged),
        Row(testDescription: "made longer", until: "1774836076", verdict: .forged),
        Row(testDescription: "with its end written in another way", until: "+1774836075", verdict: .forged),
        Row(testDescription: "with an end that is no number", until: "never", verdict: .forged),
        Row(testDescription: "with an end beyond all numbers", until: "99999999999999999999", verdict: .forged),
        Row(testDescription: "with an end before all time", until: "-1", verdict: .forged),
        Row(testDescription: "without a key", key: "", verdict: .forged),
        Row(testDescription: "with half a key", key: String(key.prefix(32)), verdict: .forged),
        Row(testDescription: "with what stands for the key", key: AcknowledgeLinks.standIn, verdict: .forged),
        Row(testDescription: "with a key in capitals", key: key.uppercased(), verdict: .forged),
        Row(testDescription: "of an endless incident", incident: String(repeating: "0", count: 65), verdict: .forged),
    ]

    @Test("only what this monitord made, and only until its end, is a link", arguments: rows)
    func verdicts(row: Row) {
        let verdict = Self.links.verdict(
            incident: row.incident, until: row.until, key: row.key, now: Timestamp(seconds: row.at))
        #expect(verdict == row.verdict)
    }

    @Test("another monitord's link is forged")
    func otherKey() {
        let others = AcknowledgeLinks(key: Secret(String(repeating: "ac", count: 32)))
        #expect(
            others.verdict(incident: Example.incident, until: Self.until, key: Self.key, now: Timestamp(seconds: 0)) == .forged)
    }

    @Test("what the holder of a link finds: open, acknowledged, used before, over")
    func states() throws {
        var world = World(World.configuration())
        world.fail()
        let id = try #require(world.incidents.keys.first)
        let state = world.state.linkState(incident: id, until: "7")
        guard case .open(let incident) = state else { return #expect(Bool(false), "\(state)") }
        #expect(incident.title == "api failing" && incident.level == .critical && incident.openedAt == World.start)
        #expect(incident.alerts == ["api/failing (critical): failed: status 503, expected 200"])

        let actor = AcknowledgeLinks.actor(name: " ada \u{202E}\n", address: "192.0.2.7")
        #expect(actor.name == "ada, acknowledge link (192.0.2.7)")
        #expect(AcknowledgeLinks.actor(name: "", address: "192.0.2.7").name == "acknowledge link (192.0.2.7)")
        let command = AcknowledgeLinks.commandID(incident: id, until: "7")
        #expect(CommandRow.isID(command))
        let decision = world.state.decide(.command(.acknowledge(incident: id), by: actor, id: command), now: world.now)
        world.take(decision)
        #expect(decision.reply?.status == .done)
        #expect(world.state.linkState(incident: id, until: "7") == .acknowledged(incident, by: actor.name))
        #expect(world.records.contains("acknowledged by ada, acknowledge link (192.0.2.7)"))
        #expect(world.records.last?.hasPrefix("ada, acknowledge link (192.0.2.7): ack \(id): done: ") == true)

        _ = world.command(.unacknowledge(incident: id))
        #expect(world.state.linkState(incident: id, until: "7") == .used(incident))
        guard case .open = world.state.linkState(incident: id, until: "8") else {
            return #expect(Bool(false), "a newer message's link is not used")
        }
        let again = world.state.decide(.command(.acknowledge(incident: id), by: actor, id: command), now: world.now)
        #expect(again.reply == decision.reply && again.incidents.isEmpty, "pressed twice is pressed once")
        world.ok()
        #expect(world.state.linkState(incident: id, until: "8") == .over)
        #expect(world.state.linkState(incident: "01Z", until: "8") == .over)
    }
}
