import Model
import Testing

@testable import Alerting

@Suite("What was told by one address ends there")
struct FormerChannelTests {
    private static func configuration(_ address: String, endsWhereItTold: Bool = true) -> AlertingConfiguration {
        var chat = LineChannel()
        chat.address = address
        chat.endsWhereItTold = endsWhereItTold
        return World.configuration(probes: ["api", "db"], channels: ["chat": chat])
    }

    private static func address(_ kind: Notification.Kind, of probe: String, in world: World) -> String? {
        let row = world.rows.values.filter { $0.kind == kind && $0.message.body.contains(" \(probe) ") }.max { $0.id < $1.id }
        return row.flatMap { world.state.channel(for: $0) as? LineChannel }?.address
    }

    @Test("a channel with a new address ends the old page at the old one, and pages anew at the new one")
    func ends() {
        for isBound in [true, false] {
            var world = World(FormerChannelTests.configuration("http://old", endsWhereItTold: isBound))
            world.fail("api")
            let next = FormerChannelTests.configuration("http://new", endsWhereItTold: isBound)
            world.take(world.state.reconfigure(to: next, now: world.now.wall).0)
            world.refuses("chat")
            world.ok("api")
            world.fail("db")
            #expect(FormerChannelTests.address(.resolve, of: "api", in: world) == (isBound ? "http://old" : "http://new"))
            #expect(FormerChannelTests.address(.trigger, of: "db", in: world) == "http://new")
            let word = "chat has another address or key now; what it was told before ends the old way"
            #expect(world.records.contains(word) == isBound)
        }
    }

    @Test("a reload that changes nothing of the address changes no way, and two changes end the page where it was told")
    func again() {
        var world = World(FormerChannelTests.configuration("http://old"))
        world.fail("api")
        for address in ["http://old", "http://new", "http://newer"] {
            world.take(world.state.reconfigure(to: FormerChannelTests.configuration(address), now: world.now.wall).0)
        }
        #expect(world.said("another address").count == 1)
        world.refuses("chat")
        world.ok("api")
        #expect(FormerChannelTests.address(.resolve, of: "api", in: world) == "http://old")
    }
}
