import Model
import Testing

@testable import Alerting

@Suite("Channels: breaker, rate, what was given up, and word of it by another way")
struct ChannelHealthTests {
    private static func configuration(
        steps: [PolicySpec.Step] = [.init(after: .zero, notify: ["chat"])], probes: [String] = ["api"]
    ) -> AlertingConfiguration {
        var configuration = World.configuration(
            probes: probes, channels: ["chat": LineChannel(), "mail": LineChannel(), "pager": .pager], steps: steps)
        configuration.policies["system"] = PolicySpec(
            name: "system", steps: [.init(after: .zero, notify: ["chat", "mail"])], repeatAfter: .zero)
        configuration.systemPolicy = "system"
        return configuration.withDaemon
    }

    private static func failing(_ verdict: DeliveryVerdict, _ target: String = "chat") -> World {
        var world = World(configuration())
        world.refuses(target, verdict)
        world.fail()
        return world
    }

    @Test(
        "the breaker opens after five attempts in a row that do not arrive",
        arguments: [
            ("a server that fails", DeliveryVerdict.retry("status 503", after: nil), true),
            ("no answer", .inDoubt("no answer"), true),
            ("too many requests say nothing bad of the receiver", .retry("status 429", after: nil), false),
            ("a refusal is an answer", .rejected("status 400"), false),
        ])
    func opens(sentence: String, verdict: DeliveryVerdict, opens: Bool) throws {
        var world = Self.failing(verdict)
        world.pass(.seconds(120))
        let health = try #require(world.channels["chat"])
        #expect((health.openUntil != nil) == opens, "\(sentence)")
        #expect(health.problem == (health.failures > 0 || !opens && verdict.outcome == "rejected" ? verdict.reason : ""))
        #expect(world.said("it is tried again every").count == (opens ? 1 : 0), "\(sentence)")
    }

    @Test("an open breaker lets one attempt through every thirty seconds, and closes with the first that arrives")
    func trial() throws {
        var world = World(Self.configuration(probes: ["api", "db", "web"]))
        world.refuses("chat", .retry("status 503", after: nil))
        world.fail("api")
        world.pass(.seconds(60))
        let tries = { world.rows.values.filter { $0.target == "chat" }.map(\.tries).reduce(0, +) }
        world.fail("db")
        world.fail("web")
        let before = tries()
        let until = try #require(world.channels["chat"]?.openUntil)
        world.pass((until - world.now.wall) + .milliseconds(1))
        #expect(tries() == before + 1, "one trial, although three messages wait")
        world.answers = [:]
        world.pass(.seconds(61))
        #expect(world.channels["chat"]?.openUntil == nil)
        #expect(world.said("accepts messages again") == ["chat accepts messages again"])
        #expect(world.received.filter { $0.contains("chat: trigger") }.count == 3)
    }

    @Test("a restart keeps an open breaker, and what the receiver asked for")
    func restart() throws {
        var world = Self.failing(.retry("status 503", after: nil))
        world.pass(.seconds(60))
        let open = try #require(world.channels["chat"]?.openUntil)
        let tries = world.rows.values.filter { $0.target == "chat" }.map(\.tries).reduce(0, +)
        world.crashAndRestart()
        #expect(world.rows.values.filter { $0.target == "chat" }.map(\.tries).reduce(0, +) == tries, "no attempt at the start")
        #expect(world.channels["chat"]?.openUntil == open)

        var asked = World(Self.configuration())
        asked.answers["chat"] = [.retry("status 429", after: .seconds(600))]
        asked.fail()
        asked.crashAndRestart()
        asked.pass(.seconds(599))
        #expect(asked.pages.isEmpty)
        asked.pass(.seconds(2))
        #expect(asked.pages.count == 1)
    }

    @Test("a reload tries a channel at once whose breaker is open")
    func reload() {
        var world = Self.failing(.retry("status 503", after: nil))
        world.pass(.seconds(60))
        world.answers = [:]
        world.take(world.state.reconfigure(to: Self.configuration(), now: world.now.wall).0)
        world.take(world.state.decide(.tick, now: world.now))
        #expect(world.received.contains { $0.hasSuffix("chat: trigger api failing critical page 1 firing 1") })
    }

    @Test("a channel that fails for a while is no page: what waits goes out when it works again")
    func failsForAWhile() {
        var world = Self.failing(.retry("status 503", after: nil))
        world.pass(.seconds(60))
        #expect(world.received.isEmpty)
        #expect(
            world.state.shownChannels(now: world.now.wall).map { "\($0.name) \($0.isBreakerOpen)" } == [
                "chat true", "mail false", "pager false",
            ])
    }

    @Test("a page that is given up is critical news on another channel until its incident is over")
    func deadPage() {
        var world = Self.failing(.rejected("status 404"))
        #expect(world.received == ["0s mail: trigger monitord channel-chat critical page 1 firing 1"], "not by itself")
        #expect(world.said("is about that channel") == ["chat is not told: the incident is about that channel"])
        #expect(
            world.alerts[.channel("chat")]?.reason == "the trigger of api failing to chat was given up: status 404")
        world.answers = [:]
        _ = world.command(.testChannel("chat"))
        #expect(world.alerts[.channel("chat")] != nil, "it works, but a page that it lost is still wanted")
        world.ok()
        #expect(world.received.last == "0s mail: resolve monitord channel-chat critical page 1 firing 0")
    }

    @Test("a receiver that refuses the messages of three incidents refuses us")
    func refusesUs() {
        var world = World(Self.configuration(probes: ["api", "db", "web"]))
        world.refuses("chat", .rejected("status 400"))
        for probe in ["api", "db", "web"] { world.fail(probe) }
        #expect(
            world.alerts[.channel("chat")]?.reason
                == "chat refuses our messages, of 3 incidents by now; the last answer: status 400")
    }

    @Test("where a contact's channel has an open breaker the next one is told at once")
    func failover() {
        var world = World(World.people())
        world.refuses("pager", .retry("status 503", after: nil))
        world.fail()
        world.pass(.seconds(59))
        #expect(world.pages.count == 1)
        #expect(world.pages.first?.hasSuffix("mail") == true)
        #expect(
            world.said("ada: pager does not accept messages now") == ["ada: pager does not accept messages now; next is mail"])
    }

    @Test("a burst of warnings leaves room for a critical page")
    func reserve() {
        var limited = LineChannel()
        limited.attemptsPerMinute = 60
        limited.burst = 5
        var bucket = TokenBucket(tokens: 5, at: World.start, reserve: ChannelLimit.reserve)
        var warnings = 0
        while bucket.take(perMinute: 60, burst: 5, now: World.start) == nil { warnings += 1 }
        #expect(warnings == 4)
        bucket.reserve = 0
        #expect(
            bucket.take(perMinute: 60, burst: 5, now: World.start) == nil, "what is left is for pages of critical incidents")
    }

    @Test("of what waits, pages of critical incidents go first, then ends, other pages, news")
    func precedence() {
        func row(_ id: Int64, _ kind: Notification.Kind, _ level: Level = .critical) -> OutboxRow {
            OutboxRow(
                id: id, incident: "i", target: "t", channel: "c", kind: kind, level: level, page: 1, idempotencyKey: "k\(id)",
                message: Message(body: ""), createdAt: World.start, notBefore: World.start, deadline: World.start)
        }
        let waiting = [
            row(1, .digest), row(2, .update), row(3, .trigger, .warning), row(4, .resolve), row(5, .trigger), row(6, .trigger),
        ]
        #expect(waiting.sorted { $0.precedence < $1.precedence }.map(\.id) == [5, 6, 4, 3, 2, 1])
    }

    // MARK: Operators

    private static func withDeadLetter() throws -> (World, Int64) {
        var world = Self.failing(.rejected("status 404"))
        world.answers = [:]
        let dead = try #require(world.rows.values.first { $0.phase == .dead })
        return (world, dead.id)
    }

    @Test("what was given up is tried again when an operator says so")
    func requeue() throws {
        var (world, id) = try Self.withDeadLetter()
        let reply = world.command(.requeue(id))
        #expect(reply?.status == .done)
        #expect(reply?.message == "message \(id), the trigger to chat, is tried again, for 6h")
        #expect(world.received.contains("0s chat: trigger api failing critical page 1 firing 1"))
        #expect(world.state.shownOutbox(now: world.now.wall).0.dead == 0)
        world.ok()
        #expect(world.received.filter { $0.contains("resolve") }.count == 2, "both are told the end")
    }

    @Test("it is on the list after a restart, too, and can be dropped")
    func drop() throws {
        var (world, id) = try Self.withDeadLetter()
        world.crashAndRestart()
        #expect(world.state.shownOutbox(now: world.now.wall).0.dead == 1)
        #expect(world.command(.drop(id))?.message == "message \(id), the trigger to chat, is dropped")
        #expect(world.rows[id]?.phase == .superseded)
        #expect(world.rows[id]?.note == "dropped by ada: status 404")
        #expect(world.state.shownOutbox(now: world.now.wall).0.dead == 0)
    }

    @Test("what would tell of something that is no more is not tried again")
    func refusals() throws {
        let drop = { (id: Int64) in "; monitordctl drop \(id) takes it off the list" }
        var (over, id) = try Self.withDeadLetter()
        let incident = try #require(over.rows[id]).incident
        over.ok()
        let isOver = "incident \(incident) is over: it would tell of something that is no more"
        #expect(over.command(.requeue(id)) == CommandReply(.refused, isOver + drop(id)))

        var (acked, _) = try Self.withDeadLetter()
        _ = acked.command(.acknowledge(incident: incident))
        #expect(
            acked.command(.requeue(id)) == CommandReply(.refused, "incident \(incident) is acknowledged by ada" + drop(id)))

        var (gone, _) = try Self.withDeadLetter()
        var next = Self.configuration()
        next.channels["chat"] = nil
        gone.take(gone.state.reconfigure(to: next, now: gone.now.wall).0)
        #expect(
            gone.command(.requeue(id)) == CommandReply(.refused, "channel chat is not configured any more" + drop(id)))

        var none = World(Self.configuration())
        #expect(
            none.command(.requeue(7))
                == CommandReply(.unknown, "no message 7 was given up; monitordctl outbox --dead lists those that were"))
        #expect(none.command(.drop(7))?.status == .unknown)
        none.refuses("chat")
        none.fail()
        let waiting = try #require(none.rows.values.first { $0.target == "chat" }).id
        #expect(
            none.command(.requeue(waiting))
                == CommandReply(.refused, "message \(waiting) was not given up: it is tried by itself"))
    }

    @Test("a message that waits can be dropped, and the record says who did it")
    func dropWaiting() throws {
        var world = Self.failing(.retry("status 429", after: nil))
        let id = try #require(world.rows.values.first { $0.target == "chat" }).id
        #expect(
            world.command(.drop(id))?.message
                == "message \(id), the trigger to chat, is dropped; it had not been accepted")
        #expect(world.said("dropped by ada") == ["trigger to chat superseded: dropped by ada"])
        world.pass(.seconds(600))
        #expect(world.pages.isEmpty)
    }

    // MARK: Silence of a channel

    @Test("a channel that has accepted nothing for long is said to be unproven, once a day")
    func unproven() {
        var configuration = Self.configuration()
        configuration.unprovenAfter = .seconds(3 * 86_400)
        var world = World(configuration)
        world.pass(.seconds(2 * 86_400))
        _ = world.command(.testChannel("chat"))
        #expect(world.said("or longer").isEmpty)
        world.pass(.seconds(86_401))
        #expect(
            world.said("or longer")
                == ["mail", "pager"].map {
                    "\($0) has accepted nothing for 3d or longer: try it with monitordctl notify \($0) --test, or a drill"
                })
        #expect(world.state.shownChannels(now: world.now.wall).filter(\.isUnproven).map(\.name) == ["mail", "pager"])
    }

    @Test("that a message was too old to be sent after a downtime is told until the channel accepts one, also after a restart")
    func tooOld() {
        var world = World(Self.configuration())
        world.fail()
        world.refuses("chat")
        world.ok()
        world.answers["chat"] = nil
        world.crashAndRestart(after: .seconds(8 * 3600))
        let key = AlertKey.channel("chat")
        #expect(world.alerts[key]?.isFiring == true)
        world.crashAndRestart(after: .seconds(60))
        world.pass(.seconds(60))
        #expect(world.alerts[key]?.isFiring == true, "a restart alone ends nothing")
        world.fail()
        #expect(world.alerts[key]?.isFiring != true, "it accepted a page")
    }

    // MARK: Receivers that forget

    /// The chat is such a receiver.
    private static func forgetful() -> World {
        var configuration = configuration()
        var chat = LineChannel()
        chat.resends = .seconds(60)
        configuration.channels["chat"] = chat
        return World(configuration)
    }

    @Test("a receiver that forgets is told again every minute while it fires, and for a quarter of an hour after")
    func again() {
        var world = Self.forgetful()
        world.fail()
        let rows = world.rows.count
        world.pass(.seconds(600))
        #expect(world.repeats.count == 10)
        #expect(world.rows.count == rows, "they are no rows")
        #expect(
            world.state.shownOutbox(now: world.now.wall).attempts == ["chat": ["delivered": 11]],
            "they are attempts all the same")
        world.crashAndRestart()
        world.pass(.seconds(120))
        #expect(world.repeats.count == 12 + 1, "at the start, too")
        world.repeats = []
        world.ok()
        world.pass(.seconds(3600))
        #expect(world.repeats.count == 14)
        #expect(Set(world.repeats) == ["chat: resolve api failing critical page 1 firing 0"])
        #expect(world.state.incidents.isEmpty, "of what is over and not said any more nothing stays in memory")
    }

    @Test("a receiver that forgets and watches over the daemon hears each minute that it lives, also while nothing fires")
    func watchdog() {
        var configuration = Self.configuration()
        var watching = LineChannel()
        watching.isWatchdog = true
        configuration.channels["mail"] = watching
        watching.resends = .seconds(60)
        configuration.channels["chat"] = watching
        var world = World(configuration)
        world.pass(.seconds(120))
        #expect(world.repeats == Array(repeating: "chat: test lives", count: 3))
    }

    @Test("the end is said again also after a restart, up to the same time")
    func endAgainAfterRestart() {
        var world = Self.forgetful()
        world.fail()
        world.ok()
        world.pass(.seconds(300))
        world.repeats = []
        world.crashAndRestart(after: .seconds(60))
        #expect(world.repeats == ["chat: resolve api failing critical page 1 firing 0"])
        world.pass(.seconds(3600))
        #expect(world.repeats.count == 9, "until a quarter of an hour after the end")
        #expect(world.state.everything().incidents == [])
        world.repeats = []
        world.crashAndRestart()
        world.pass(.seconds(3600))
        #expect(world.repeats == [])
    }
}

@Suite("A channel of several recipients has a breaker for each")
struct RecipientHealthTests {
    private static func world() -> World {
        var mail = LineChannel()
        mail.recipients = ["full", "good"]
        return World(
            World.configuration(
                probes: ["api", "db", "web"], channels: ["mail": mail],
                steps: [
                    PolicySpec.Step(after: .zero, notify: ["mail"])
                ]))
    }

    @Test("a mailbox that is full holds up nobody else's mail, and is tried again by itself")
    func full() {
        var world = RecipientHealthTests.world()
        world.refuses("mail:full", .retry("452, the mailbox is full", after: nil))
        world.fail("api")
        world.pass(.seconds(120))
        world.fail("db")
        world.fail("web")
        #expect(
            world.received == [
                "0s mail:good: trigger api failing critical page 1 firing 1",
                "120s mail:good: trigger db failing critical page 1 firing 1",
                "120s mail:good: trigger web failing critical page 1 firing 1",
            ])
        let shown = world.state.shownChannels(now: world.now.wall)[0]
        #expect(
            !shown.isBreakerOpen && shown.away == ["mail:full"] && shown.failures >= 5 && shown.acceptedAt == world.now.wall)
        #expect(
            world.said("again every") == [
                "mail:full: 5 attempts in a row failed, the last one with: 452, the mailbox is full; it is tried again every 30s"
            ])
    }

    @Test("a recipient that asks to wait is asked to when it said, and no other waits")
    func greylisted() {
        var world = RecipientHealthTests.world()
        world.answers["mail:full"] = [.retry("450, come again", after: .seconds(60))]
        world.fail("api")
        world.fail("db")
        #expect(world.received.map { $0.prefix { $0 != ":" } } == ["0s mail", "0s mail"])
        world.pass(.seconds(62))
        let late = world.received.dropFirst(2).map { String($0.prefix(13)) }
        #expect(late.count == 2 && late.allSatisfy { ["60s mail:full", "61s mail:full"].contains($0) }, "\(late)")
    }

    @Test("what waits for a breaker goes out as soon as an attempt was accepted")
    func wakes() {
        var world = RecipientHealthTests.world()
        world.answers["mail:full"] = Array(repeating: .retry("connection refused", after: nil), count: 6)
        world.fail("api")
        world.pass(.seconds(30))
        world.fail("db")
        world.pass(.seconds(90))
        let late = world.received.filter { $0.contains("mail:full") }.map { $0.prefix { $0 != " " } }
        #expect(late.count == 2 && late[0] == late[1], "\(world.received)")
    }
}
