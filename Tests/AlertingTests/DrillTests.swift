import Alerting
import Model
import Testing

@Suite("Drills: nothing is wrong, and somebody should take it")
struct DrillTests {
    private static let steps = [
        PolicySpec.Step(after: .zero, notify: ["chat"]), PolicySpec.Step(after: .seconds(60), notify: ["ada"]),
    ]

    private static func world() -> World { World(World.people(steps: steps, repeatAfter: .seconds(3600))) }

    @Test("it goes the way of the probe's alert, step by step, and ends when somebody takes it")
    func succeeds() throws {
        var world = Self.world()
        let answer = world.command(.drill("api", expectAck: .seconds(600)))
        let reply = try #require(answer)
        let id = try #require(reply.details.first)
        #expect(reply.message == "drill \(id) of api tells chat now; acknowledge it within 10m")
        world.pass(.seconds(61))
        #expect(world.pages == ["0s chat", "60s pager"])
        #expect(
            world.command(.acknowledge(incident: id), by: "bob")
                == CommandReply(.done, "acknowledged \(id): the drill succeeded, nothing was wrong"))
        #expect(world.incidents[id]?.phase == .resolved)
        #expect(world.incidents[id]?.ackedBy == "bob")
        #expect(world.said("the drill succeeded: acknowledged by bob after 1m1s").count == 1)
        #expect(
            world.received.filter { $0.contains("resolve") } == [
                "61s chat: resolve api: bob acknowledged it after 1m1s critical page 1 firing 0",
                "61s pager: resolve api: bob acknowledged it after 1m1s critical page 1 firing 0",
            ], "whoever was told hears that it is over")
        world.pass(.seconds(7200))
        #expect(world.timers.isEmpty)
        #expect(world.pages.count == 2, "it is practised once")
    }

    @Test("nobody takes it in time: the record says who had accepted the message and who had not")
    func fails() throws {
        var world = Self.world()
        world.refuses("pager")
        _ = world.command(.drill("default", expectAck: .seconds(90)))
        world.pass(.seconds(91))
        #expect(
            world.said("the drill failed").first
                == "the drill failed: nobody acknowledged it within 1m30s; accepted by chat; not accepted by pager (status 429)"
        )
        #expect(world.incidents.values.allSatisfy { $0.phase == .resolved })
        #expect(
            world.received.last
                == "90s chat: resolve default: it failed, nobody acknowledged it within 1m30s critical page 1 firing 0")
    }

    @Test("a drill survives a crash")
    func crash() {
        var world = Self.world()
        _ = world.command(.drill("ada", expectAck: .seconds(300)))
        world.crashAndRestart()
        world.pass(.seconds(301))
        #expect(world.pages == ["0s pager"])
        #expect(world.said("the drill failed").count == 2, "its own record, and the incident's end")
    }

    @Test("what cannot be practised is refused")
    func refused() throws {
        var world = Self.world()
        #expect(
            world.command(.drill("nobody", expectAck: .seconds(60)))
                == CommandReply(
                    .unknown, "there is no probe, policy, channel, contact or schedule nobody; policies: default"))
        #expect(
            world.command(.drill("api", expectAck: .seconds(1)))
                == CommandReply(.refused, "a drill waits 10s to 1d to be acknowledged, not 1s"))
        let first = world.command(.drill("api", expectAck: .seconds(60)))
        let id = try #require(first?.details.first)
        #expect(
            world.command(.drill("api", expectAck: .seconds(60)))
                == CommandReply(.refused, "a drill of api is under way: incident \(id)"))
    }
}
