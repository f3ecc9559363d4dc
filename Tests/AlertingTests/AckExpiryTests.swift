import Model
import Testing

@testable import Alerting

@Suite("The end of an acknowledgement")
struct AckExpiryTests {
    private static let ada = Actor(uid: 1000, pid: 1, name: "ada")

    private static func world(timeout: Duration? = nil) -> World {
        var configuration = World.people(
            steps: [
                PolicySpec.Step(after: .zero, notify: ["chat"]), PolicySpec.Step(after: .seconds(300), notify: ["pager"]),
            ])
        configuration.policies["default"]?.ackTimeout = timeout
        configuration.channels["chat"] = SentenceChannel()
        var world = World(configuration)
        world.fail()
        world.pass(.seconds(100))
        return world
    }

    private static func acknowledge(_ world: inout World, for duration: Duration? = nil) {
        let id = world.state.shownIncidents()[0].id
        world.state.acknowledge(id, by: ada, for: duration, now: world.now.wall)
        world.take(world.state.finish())
        world.take(world.state.decide(.tick, now: world.now))
    }

    @Test("at the end it is a new page: the policy starts over after ten seconds; those told hear of it five minutes before")
    func expires() {
        var world = AckExpiryTests.world()
        AckExpiryTests.acknowledge(&world, for: .seconds(1800))
        world.pass(.seconds(4000))
        #expect(
            world.received == [
                "0s chat: CRITICAL: api failing (since 08:53 UTC): failed: status 503, expected 200",
                "100s chat: Update, CRITICAL, acknowledged by ada until 09:25 UTC: api failing (since 08:53 UTC): "
                    + "failed: status 503, expected 200",
                "1600s chat: The acknowledgement by ada ends in 5m, CRITICAL: api failing (since 08:53 UTC, for 26m): "
                    + "failed: status 503, expected 200",
                "1910s chat: CRITICAL: api failing (since 08:53 UTC, for 31m): failed: status 503, expected 200",
                "2210s pager: trigger api failing critical page 2 firing 1",
            ])
        #expect(
            world.said("acknowledge") == [
                "acknowledged by ada", "the acknowledgement by ada ends in 5m",
                "open again: the acknowledgement by ada is over",
            ])
    }

    @Test("when it ends")
    func whenItEnds() {
        let cases: [(sentence: String, policy: Duration?, asked: Duration?, chat: [Int])] = [
            ("neither the command nor the policy says: never", nil, nil, [0, 100]),
            ("the policy's time", .seconds(900), nil, [0, 100, 700, 1010]),
            ("the command's time goes before the policy's", .seconds(900), .seconds(1200), [0, 100, 1000, 1310]),
            ("ten minutes are too short for a reminder", nil, .seconds(600), [0, 100, 710]),
            ("a second more is not", nil, .seconds(601), [0, 100, 401, 711]),
        ]
        for (sentence, policy, asked, chat) in cases {
            var world = AckExpiryTests.world(timeout: policy)
            AckExpiryTests.acknowledge(&world, for: asked)
            world.pass(.seconds(5000))
            let times = world.received.filter { $0.contains("s chat:") }.map { $0.prefix { $0 != "s" } }
            #expect(times == chat.map { "\($0)"[...] }, "\(sentence)")
        }
    }

    @Test("a restart in between: the end comes at its time, or at once where that passed")
    func restart() {
        for (downtime, expected) in [(Duration.seconds(60), 1910), (.seconds(3000), 3110)] {
            var world = AckExpiryTests.world()
            AckExpiryTests.acknowledge(&world, for: .seconds(1800))
            world.crashAndRestart(after: downtime)
            world.pass(.seconds(5000))
            #expect(world.pages.filter { $0.hasSuffix("chat") }.isEmpty)
            #expect(world.received.contains { $0.hasPrefix("\(expected)s chat: CRITICAL") }, "down for \(downtime.short)")
        }
    }

    @Test("what ends the acknowledgement before ends its timer, too")
    func endsBefore() {
        var resolved = AckExpiryTests.world(timeout: .seconds(900))
        AckExpiryTests.acknowledge(&resolved)
        #expect(resolved.timers.values.map(\.key.kind) == [.ackExpiry])
        resolved.ok()
        #expect(resolved.timers.isEmpty)

        var given = AckExpiryTests.world(timeout: .seconds(900))
        AckExpiryTests.acknowledge(&given)
        let id = given.state.shownIncidents()[0].id
        given.state.unacknowledge(id, by: AckExpiryTests.ada, now: given.now.wall)
        given.take(given.state.finish())
        #expect(given.timers.values.map(\.key.kind) == [.step])
        #expect(given.incidents[id]?.ackExpiresAt == nil)
        #expect(given.records.last == "open again: given back by ada")
        given.pass(.seconds(10))
        #expect(given.received.last == "110s chat: CRITICAL: api failing (since 08:53 UTC): failed: status 503, expected 200")
        #expect(given.incidents[id]?.page == 2)
    }

    @Test("when the clock is set, the time left stays the same")
    func clockStep() {
        var world = AckExpiryTests.world()
        AckExpiryTests.acknowledge(&world, for: .seconds(600))
        world.now.wall = world.now.wall + .seconds(3600)
        world.take(world.state.decide(.tick, now: world.now))
        world.pass(.seconds(599))
        #expect(world.state.shownIncidents()[0].state == "acked")
        world.pass(.seconds(1))
        #expect(world.state.shownIncidents()[0].state == "open")
    }
}
