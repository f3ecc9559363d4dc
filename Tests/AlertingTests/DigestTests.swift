import Model
import Testing

@testable import Alerting

@Suite("Digests: one a local date, of all that happened since the one before")
struct DigestTests {
    /// Nine o'clock, 400 s after the start of a world.
    private static func configuration(
        _ text: String = "0 9 * * *", zone: TimeZoneRules = .utc, to: [String] = ["boss"], heartbeat: Bool = false,
        schedule: OnCallSchedule? = nil
    ) -> AlertingConfiguration {
        var configuration = World.people(steps: [PolicySpec.Step(after: .zero, notify: ["chat"])], schedule: schedule)
        configuration.channels["boss-mail"] = SentenceChannel()
        configuration.digests = [DigestSpec(name: "daily", schedule: cron(text), zone: zone, to: to, heartbeat: heartbeat)]
        return configuration
    }

    private static func digests(_ world: World) -> [String] { world.received.filter { $0.contains("Digest") } }

    @Test("it says what is open, what ended, what was held back and what could not be delivered")
    func content() {
        var configuration = DigestTests.configuration(schedule: Shifts.mornings)
        configuration.probes += ["db", "shop"].map {
            ProbeSpec(
                name: $0, kind: "http", address: "", every: .seconds(30), timeout: .seconds(5), labels: [:], rules: [.failing])
        }
        configuration.routes = [
            RouteSpec(match: ["probe": "shop"], policy: "default", groupWait: .seconds(30)), RouteSpec(policy: "default"),
        ]
        var world = World(configuration)
        world.fail("api")
        world.pass(.seconds(60))
        world.fail("db")
        world.fail("shop")
        world.pass(.seconds(20))
        world.ok("shop")
        world.answers["chat"] = [.rejected("status 404")]
        world.ok("db")
        world.state.tallySuppressed(.silence, now: world.now.wall)
        world.state.tallySuppressed(.silence, now: world.now.wall)
        world.state.tallySuppressed(.maintenance, now: world.now.wall)
        world.take(world.state.finish())
        world.crashAndRestart()
        world.pass(.seconds(400))
        let gaps = (10...22).map { "• primary: 2025-10-\($0 < 10 ? "0" : "")\($0) 10:00 to 2025-10-\($0 + 1) 09:00" }
        #expect(
            DigestTests.digests(world) == [
                ([
                    "400s boss-mail: Digest daily, 2025-10-09 (from 08:53 to 09:00 UTC): Open: 1, Resolved: 1, "
                        + "Over before anybody was told: 1, Held back: 3, Messages given up: 1, Nobody is on call: 14",
                    "Open: 1", "• critical api failing: since 2025-10-09 08:53", "Resolved: 1",
                    "• critical db failing: from 2025-10-09 08:54 for 20s", "Over before anybody was told: 1",
                    "• critical shop failing: from 2025-10-09 08:54 for 20s", "Held back: 3", "• maintenance: 1",
                    "• silence: 2", "Messages given up: 1", "• 2025-10-09 08:54 resolve of db failing to chat: status 404",
                    "Nobody is on call: 14", "• primary: 2025-10-09 10:00 to 2025-10-10 09:00",
                ] + gaps).joined(separator: " | ")
            ])
    }

    @Test("the next one tells only what came after; with nothing to say there is none, unless it is a heartbeat")
    func next() {
        for (heartbeat, expected) in [
            (false, ["400s", "86800s"]),
            (true, ["400s", "86800s", "173200s", "259600s"]),
        ] {
            var world = World(DigestTests.configuration(heartbeat: heartbeat))
            world.fail()
            world.pass(.seconds(500))
            world.ok()
            world.pass(.seconds(3 * 86_400))
            let digests = DigestTests.digests(world)
            #expect(digests.map { "\($0.prefix { $0 != " " })" } == expected)
            #expect(digests[1].contains("(from 2025-10-09 09:00 to 2025-10-10 09:00 UTC): Resolved: 1 |"))
            if heartbeat {
                #expect(
                    digests[2].hasSuffix(
                        "(from 2025-10-10 09:00 to 2025-10-11 09:00 UTC): "
                            + "Nothing happened and nothing is open | Nothing happened and nothing is open"
                    ))
            }
            #expect(
                world.said("nothing to say").count == (heartbeat ? 0 : 2),
                "what is not sent is recorded")
        }
    }

    @Test("what happens at the boundary belongs to the next one, also where the tick comes after it")
    func boundary() {
        var world = World(DigestTests.configuration())
        world.fail()
        world.now = world.now + .seconds(400)
        world.ok()
        world.pass(.seconds(86_400))
        #expect(
            DigestTests.digests(world).map { $0.prefix { $0 != "|" } } == [
                "400s boss-mail: Digest daily, 2025-10-09 (from 08:53 to 09:00 UTC): Open: 1 ",
                "86800s boss-mail: Digest daily, 2025-10-10 (from 2025-10-09 09:00 to 2025-10-10 09:00 UTC): Resolved: 1 ",
            ])
    }

    @Test("after downtime it is sent late, up to twelve hours; an older one is skipped, and the next covers its time")
    func downtime() {
        let cases: [(sentence: String, downtime: Duration, expected: [String], records: [String])] = [
            (
                "late", .seconds(4000), ["4000s"],
                ["digest daily of 2025-10-09 for 2025-10-09T08:53:20Z to 2025-10-09T09:00:00Z goes to boss-mail, 1h late"]
            ),
            ("just not too late", .seconds(400 + 12 * 3600), ["43600s"], []),
            (
                "too late", .seconds(401 + 12 * 3600), ["86800s"],
                [
                    "digest daily of 2025-10-09 is skipped: it is 12h1s late, and after 12h none is sent; the next one covers its time",
                    "digest daily of 2025-10-10 for 2025-10-09T08:53:20Z to 2025-10-10T09:00:00Z goes to boss-mail",
                ]
            ),
            (
                "several missed: the last one, if it is not too late", .seconds(2 * 86_400 + 4000), ["176800s"],
                [
                    "digest daily of 2025-10-09 is skipped: it is 2d1h late, and after 12h none is sent; the next one covers its time",
                    "digest daily of 2025-10-11 for 2025-10-09T08:53:20Z to 2025-10-11T09:00:00Z goes to boss-mail, 1h late",
                ]
            ),
        ]
        for (sentence, downtime, expected, records) in cases {
            var world = World(DigestTests.configuration())
            world.fail()
            world.crashAndRestart(after: downtime)
            world.pass(.seconds(50_000))
            let times = DigestTests.digests(world).map { "\($0.prefix { $0 != " " })" }
            #expect(Array(times.prefix(1)) == expected, "\(sentence)")
            for record in records { #expect(world.records.contains { $0.hasPrefix(record) }, "\(sentence): \(record)") }
        }
    }

    @Test("once a local date where the clock is changed, whatever the length of the day")
    func clockChanges() throws {
        let berlin = try zone("Europe/Berlin")
        // (first midnight UTC, local times of the digests)
        let cases: [(sentence: String, cron: String, start: String, expected: [String])] = [
            (
                "a time that is skipped", "30 2 * * *", "2026-03-27T23:00:00Z",
                ["2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"]
            ),
            (
                "a time that comes twice", "30 2 * * *", "2026-10-23T22:00:00Z",
                ["2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]
            ),
            (
                "every hour is once a day, also where an hour comes twice", "0 * * * *", "2026-10-23T22:30:00Z",
                ["2026-10-23T23:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"]
            ),
        ]
        for (sentence, text, start, expected) in cases {
            var world = World(DigestTests.configuration(text, zone: berlin, heartbeat: true))
            let begin = try #require(Timestamp(start))
            world.crashAndRestart(after: begin - World.start)
            world.take(
                world.state.reconfigure(to: DigestTests.configuration(text, zone: berlin, heartbeat: true), now: begin).0)
            let before = DigestTests.digests(world).count
            world.pass(.seconds(71 * 3600))
            let times = DigestTests.digests(world).dropFirst(before).map { text in
                let seconds = Int64(text.prefix { $0 != "s" }) ?? 0
                return (World.start + .seconds(seconds)).description
            }
            #expect(times == expected, "\(sentence)")
        }
    }

    @Test("the time that it is about is told in its zone, with the dates that are not today's there")
    func period() throws {
        let rows: [(sentence: String, zone: String, from: String, until: String, now: String, text: String?)] = [
            (
                "a day of Berlin that has 23 hours", "Europe/Berlin", "2026-03-28T07:00:00Z", "2026-03-29T06:00:00Z",
                "2026-03-29T06:00:01Z", "from 2026-03-28 08:00 to 2026-03-29 08:00 Europe/Berlin"
            ),
            (
                "today there is another day than in UTC", "Asia/Tokyo", "2026-03-28T22:30:00Z", "2026-03-28T23:00:00Z",
                "2026-03-28T23:00:00Z", "from 07:30 to 08:00 Asia/Tokyo"
            ),
            ("without a zone", "", "2026-03-28T07:00:00Z", "2026-03-28T08:00:00Z", "2026-03-28T08:00:00Z", nil),
        ]
        for row in rows {
            let digest = Announcement(
                kind: .digest, id: "d", title: "d", from: try #require(Timestamp(row.from)), until: Timestamp(row.until),
                zone: row.zone.isEmpty ? nil : try zone(row.zone), lifetime: .seconds(1))
            #expect(digest.period(at: try #require(Timestamp(row.now))) == row.text, "\(row.sentence)")
        }
    }

    @Test("a clock that is set back, a restart or a reload does not repeat it")
    func once() {
        var world = World(DigestTests.configuration(heartbeat: true))
        world.pass(.seconds(500))
        #expect(DigestTests.digests(world).count == 1)
        world.now.wall = world.now.wall - .seconds(3600)
        world.take(world.state.decide(.tick, now: world.now))
        world.pass(.seconds(1000))
        world.crashAndRestart()
        world.take(world.state.reconfigure(to: DigestTests.configuration("30 9 * * *", heartbeat: true), now: world.now.wall).0)
        world.pass(.seconds(7200))
        #expect(DigestTests.digests(world).count == 1)
        world.pass(.seconds(86_400))
        #expect(DigestTests.digests(world).count == 2)
    }

    @Test("a clock that was years ahead for a while does not end them")
    func wrongClock() {
        var world = World(DigestTests.configuration(heartbeat: true))
        world.pass(.seconds(500))
        world.now.wall = world.now.wall + .seconds(400 * 86_400)
        world.take(world.state.decide(.tick, now: world.now))
        world.pass(.seconds(86_400))
        world.now.wall = world.now.wall - .seconds(400 * 86_400)
        world.take(world.state.decide(.tick, now: world.now))
        let before = DigestTests.digests(world).count
        world.pass(.seconds(3 * 86_400))
        #expect(DigestTests.digests(world).count - before >= 2)
    }

    @Test("each recipient gets it once: a contact on the first channel that takes it, a schedule whoever is on call")
    func recipients() {
        var configuration = DigestTests.configuration(
            to: ["chat", "ada", "primary", "boss-mail", "pager"], heartbeat: true, schedule: Shifts.daily(["boss"]))
        configuration.channels["chat"] = SentenceChannel()
        var world = World(configuration)
        world.pass(.seconds(500))
        #expect(world.received.map { $0.prefix { $0 != ":" } } == ["400s chat", "400s mail", "400s boss-mail"])
        #expect(world.said("no channel") == ["pager has no channel that takes a digest now"])
        #expect(world.said("goes to").allSatisfy { $0.hasSuffix("goes to chat, mail, boss-mail") })
    }

    @Test("one that a receiver refuses is tried again for twelve hours, and given up then")
    func refused() {
        var world = World(DigestTests.configuration(heartbeat: true))
        world.refuses("boss-mail")
        world.pass(.seconds(400 + 43_260))
        #expect(world.rows.values.filter { $0.kind == .digest }.map(\.phase) == [.dead])
        #expect(world.said("given up").map { $0.prefix(50) } == ["digest to boss-mail given up: not accepted within "])
    }

    @Test("many lines of one kind are counted, and the first are said")
    func many() {
        var tally = DigestTally.Lines()
        for number in 1...100 { tally.add("\(number)") }
        #expect(tally.count == 100)
        #expect(tally.texts.count == 40)
        var configuration = DigestTests.configuration("0 10 * * *")
        for probe in configuration.probes.indices {
            for rule in configuration.probes[probe].rules.indices { configuration.probes[probe].rules[rule].flapping = nil }
        }
        var world = World(configuration)
        for _ in 0..<60 {
            world.fail()
            world.ok()
            world.pass(.seconds(61))
        }
        world.pass(.seconds(500))
        let lines = DigestTests.digests(world)[0].split(separator: " | ")
        #expect(lines[1] == "Resolved: 60")
        #expect(lines.last == "• and 20 more")
        #expect(lines.count == 43)
    }
}
