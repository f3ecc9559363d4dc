import Model
import Testing

@testable import Alerting

@Suite("What PagerDuty tells us")
struct PagerDutyHookTests {
    private static let ping =
        #"{"event":{"id":"01EVENT","event_type":"pagey.ping","data":{"message":"Hello from your friend Pagey!","type":"ping"}}}"#
    /// Made by another program: HMAC-SHA-256 of the text above under "webhook-secret".
    private static let pingSignature = "6867a0d0713224a711cfec41667323150a7baa824b0da317e22ac842e6288e3c"

    private static func channels(_ secrets: [String: String?]) -> [String: any Channel] {
        secrets.mapValues { secret in
            var channel = PagerDuty(routingKey: Secret(Example.routingKey))
            channel.webhookSecret = secret.map(Secret.init)
            return channel
        }
    }
    private static let pager = channels(["pager": "webhook-secret"])

    private static func event(
        _ type: String, id: String = "5ac64822-4adc-4fda-ade0-410becf0de4f", key: String? = "md-\(Example.incident)-2",
        agent: String? = "Tenex Engineer"
    ) -> String {
        let agent = agent.map { #"{"id":"PLH1HKV","summary":"\#($0)","type":"user_reference"}"# } ?? "null"
        let key = key.map { "\"\($0)\"" } ?? "null"
        return
            #"{"event":{"id":"\#(id)","event_type":"\#(type)","resource_type":"incident","occurred_at":"2026-03-29T02:03:04.169Z","#
            + #""agent":\#(agent),"client":{"name":"PagerDuty"},"data":{"id":"PGR0VU2","type":"incident","number":2,"#
            + #""status":"acknowledged","incident_key":\#(key),"title":"A little bump in the road"}}}"#
    }

    private static func signed(_ body: String, _ secret: String = "webhook-secret") -> String {
        "v1=" + Digest.hmacSHA256(key: Array(secret.utf8), Array(body.utf8))
    }

    private static func read(
        _ body: String, _ signature: String? = nil, _ channels: [String: any Channel] = pager
    ) -> PagerDutyHook.Heard {
        PagerDutyHook.read(Array(body.utf8), signatures: signature ?? signed(body), channels: channels)
    }

    // MARK: Signatures

    static let signatures: [(what: String, header: String, isGood: Bool)] = [
        ("the signature", "v1=\(pingSignature)", true),
        ("in capitals", "v1=\(pingSignature.uppercased())", true),
        ("the second of two", "v1=\(String(repeating: "0", count: 64)),v1=\(pingSignature)", true),
        ("with a space between", "v1=\(String(repeating: "0", count: 64)), v1=\(pingSignature)", true),
        ("none", "", false),
        ("of another version", "v2=\(pingSignature)", false),
        ("without a version", pingSignature, false),
        ("of another body", "v1=\(signed("{}").dropFirst(3))", false),
        ("cut off", "v1=\(pingSignature.dropLast())", false),
        ("behind ten others", String(repeating: "v1=0,", count: 10) + "v1=\(pingSignature)", false),
    ]

    @Test("one good signature of version 1 is enough", arguments: signatures)
    func signature(row: (what: String, header: String, isGood: Bool)) {
        #expect(Self.read(Self.ping, row.header) == (row.isGood ? .ignored("pagey.ping") : .forged), "\(row.what)")
    }

    @Test("any channel's secret may have signed, and without one nothing is taken")
    func secrets() {
        let none = Self.channels(["pager": nil])
        #expect(Self.read(Self.ping, "v1=\(Self.pingSignature)", none) == .notConfigured)
        #expect(Self.read(Self.ping, "v1=\(Self.pingSignature)", ["chat": Example.slack]) == .notConfigured)
        let several = Self.channels(["a": "other", "b": "webhook-secret", "c": "webhook-secret", "d": nil])
        guard case .relayed(let relayed, _, _) = Self.read(Self.event("incident.acknowledged"), nil, several) else {
            return #expect(Bool(false))
        }
        #expect(relayed.channels == ["b", "c"])
        #expect(Self.read("{", Self.signed("{", "other"), several) == .malformed(PagerDutyHook.malformed))
    }

    // MARK: Events

    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var body: String
        var heard: PagerDutyHook.Heard
    }

    private static func relayed(
        _ action: Relayed.Action, _ incident: String = Example.incident, page: Int = 2, by name: String = "Tenex Engineer",
        id: String = "pagerduty-5ac64822-4adc-4fda-ade0-410becf0de4f"
    ) -> PagerDutyHook.Heard {
        .relayed(
            Relayed(
                action, incident: incident, page: page, channels: ["pager"], at: Timestamp("2026-03-29T02:03:04.169Z")),
            .remote("\(name) (PagerDuty)"), id: id)
    }

    static let rows = [
        Row(testDescription: "somebody has it", body: event("incident.acknowledged"), heard: relayed(.acknowledge)),
        Row(testDescription: "nobody has it any more", body: event("incident.unacknowledged"), heard: relayed(.unacknowledge)),
        Row(testDescription: "it was resolved there", body: event("incident.resolved"), heard: relayed(.resolve)),
        Row(
            testDescription: "nobody is said to have done it", body: event("incident.resolved", agent: nil),
            heard: relayed(.resolve, by: "somebody")),
        Row(
            testDescription: "a name with a line end is one line", body: event("incident.resolved", agent: #"Eve\r\nroot"#),
            heard: relayed(.resolve, by: "Eve root")),
        Row(
            testDescription: "an incident without a key", body: event("incident.acknowledged", key: nil),
            heard: relayed(.acknowledge, "", page: 0)),
        Row(
            testDescription: "an incident of another sender",
            body: event("incident.acknowledged", key: "d3640fbd41094207a1c11e58e46b1662"),
            heard: relayed(.acknowledge, "", page: 0)),
        Row(
            testDescription: "a key that is nearly ours", body: event("incident.acknowledged", key: "md-\(Example.incident)-0"),
            heard: relayed(.acknowledge, "", page: 0)),
        Row(
            testDescription: "an id that is no name becomes its hash", body: event("incident.resolved", id: "a b"),
            heard: relayed(.resolve, id: "pagerduty-\(Digest.sha256(Array("a b".utf8)).prefix(40))")),
        Row(testDescription: "it was escalated", body: event("incident.escalated"), heard: .ignored("incident.escalated")),
        Row(testDescription: "a new one", body: event("incident.triggered"), heard: .ignored("incident.triggered")),
        Row(testDescription: "no JSON", body: "event=1", heard: .malformed(PagerDutyHook.malformed)),
        Row(testDescription: "no event", body: "{}", heard: .malformed(PagerDutyHook.malformed)),
        Row(testDescription: "nothing", body: "", heard: .malformed(PagerDutyHook.malformed)),
    ]

    @Test("an event is what somebody did, or says nothing to us", arguments: rows)
    func events(row: Row) {
        #expect(Self.read(row.body) == row.heard)
    }

    // MARK: What follows

    /// A pager and a chat, both told of one incident.
    private static func told() throws -> (World, id: String) {
        var world = World(
            World.configuration(
                channels: ["pager": .pager, "chat": LineChannel()],
                steps: [PolicySpec.Step(after: .zero, notify: ["pager", "chat"])]))
        world.fail()
        let id = try #require(world.incidents.keys.first)
        return (world, id)
    }

    private static func decide(_ world: inout World, _ relayed: Relayed, id: String? = nil) -> CommandReply? {
        let decision = world.state.decide(
            .command(.relayed(relayed), by: .remote("Eve (PagerDuty)"), id: id), now: world.now)
        world.take(decision)
        world.take(world.state.decide(.tick, now: world.now))
        return decision.reply
    }

    @Test("an acknowledgement from PagerDuty is told to others, and not back to PagerDuty")
    func acknowledged() throws {
        var (world, id) = try Self.told()
        world.received = []
        let reply = Self.decide(&world, Relayed(.acknowledge, incident: id, page: 1, channels: ["pager"]), id: "e1")
        #expect(reply?.message == "acknowledged \(id): api failing")
        #expect(world.incidents[id]?.ackedBy == "Eve (PagerDuty)")
        #expect(world.received == ["0s chat: update api failing critical page 1 firing 1"])
        #expect(
            world.records.contains(
                "Eve (PagerDuty): acknowledge \(id), page 1, said by a receiver: done: acknowledged \(id): api failing"))
        let again = Self.decide(&world, Relayed(.acknowledge, incident: id, page: 1, channels: ["other"]), id: "e1")
        #expect(again == reply, "the same event is carried out once")
        let other = Self.decide(&world, Relayed(.acknowledge, incident: id, page: 1, channels: ["pager"]), id: "e2")
        #expect(other?.message == "incident \(id) is already acknowledged by Eve (PagerDuty)")
    }

    @Test("an acknowledgement from another PagerDuty is told to this one")
    func acknowledgedElsewhere() throws {
        var (world, id) = try Self.told()
        world.received = []
        _ = Self.decide(&world, Relayed(.acknowledge, incident: id, page: 1, channels: ["other"]))
        #expect(
            world.received == [
                "0s chat: update api failing critical page 1 firing 1",
                "0s pager: acknowledge api failing critical page 1 firing 1",
            ])
    }

    @Test("of two that share their secret neither is spared: which of them it came from is not known")
    func sharedSecret() throws {
        var (world, id) = try Self.told()
        world.received = []
        _ = Self.decide(&world, Relayed(.acknowledge, incident: id, page: 1, channels: ["other", "pager"]))
        #expect(world.received.contains("0s pager: acknowledge api failing critical page 1 firing 1"))
    }

    @Test("what was done there before something that is known of already says nothing any more, also after a restart")
    func outOfOrder() throws {
        var (world, id) = try Self.told()
        func at(_ seconds: Int64) -> Timestamp { World.start + .seconds(seconds) }
        let given = Self.decide(&world, Relayed(.unacknowledge, incident: id, page: 1, at: at(60)), id: "e2")
        #expect(given?.message == "incident \(id) is not acknowledged: there is nothing to take back")
        world.crashAndRestart()
        let taken = Self.decide(&world, Relayed(.acknowledge, incident: id, page: 1, at: at(5)), id: "e1")
        #expect(
            taken?.message
                == "that was done at \(at(5)), before what was done last, at \(at(60)); nothing changed")
        #expect(world.incidents[id]?.phase == .open)
        #expect(Self.decide(&world, Relayed(.acknowledge, incident: id, page: 1, at: at(61)), id: "e3")?.status == .done)
    }

    @Test("given back there, the policy starts again; resolved there, everybody told hears it")
    func givenBack() throws {
        var (world, id) = try Self.told()
        _ = Self.decide(&world, Relayed(.acknowledge, incident: id, page: 1))
        #expect(Self.decide(&world, Relayed(.unacknowledge, incident: id, page: 1))?.status == .done)
        #expect(world.incidents[id]?.page == 2)
        // PagerDuty's incident of the first page ends because there is a second one.
        let old = Self.decide(&world, Relayed(.resolve, incident: id, page: 1))
        #expect(old?.status == .refused)
        #expect(old?.message == "that was page 1 of incident \(id), which is at page 2 now")
        #expect(world.incidents[id]?.isOpen == true)
        world.received = []
        #expect(Self.decide(&world, Relayed(.resolve, incident: id, page: 2))?.status == .done)
        #expect(world.incidents[id]?.isOpen == false)
        #expect(world.received.contains { $0.hasPrefix("0s chat: resolve") })
        #expect(Self.decide(&world, Relayed(.resolve, incident: id, page: 2))?.status != .done)
    }

    @Test("an incident that is none of ours is recorded, and nothing follows")
    func unknown() throws {
        var (world, id) = try Self.told()
        let reply = Self.decide(&world, Relayed(.resolve, incident: "", page: 0))
        #expect(reply?.status == .refused)
        #expect(reply?.message == "the receiver's incident has no key of ours: it is none of this monitord's")
        #expect(
            world.records.last
                == "Eve (PagerDuty): resolve an incident without a key of ours, said by a receiver: refused: \(reply?.message ?? "")"
        )
        #expect(Self.decide(&world, Relayed(.resolve, incident: "01KMVH5J8Q4Y7T2N6R0C3D9ZXA", page: 1))?.status == .unknown)
        #expect(world.incidents[id]?.isOpen == true)
    }
}
