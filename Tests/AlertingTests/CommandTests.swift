import Alerting
import Model
import Testing

@Suite("Commands: what operators ask, and what they are answered")
struct CommandTests {
    private static let db = [[Matcher("service", equals: "db")]]

    /// Two probes, of the services web and db.
    private static func world() -> World {
        World(World.configuration(probes: ["api", "db"], labels: ["api": ["service": "web"], "db": ["service": "db"]]))
    }

    private static func add(
        _ matchers: [[Matcher]] = db, from start: Timestamp? = nil, end: End? = .after(.seconds(7200)),
        untilResolved: Bool = false, comment: String = "the disk is being changed", author: String? = nil
    ) -> Command {
        .addSilence(
            SilenceRequest(
                matchers: matchers, startsAt: start, end: end, untilResolved: untilResolved, comment: comment, author: author))
    }

    private static func at(_ seconds: Int64) -> Timestamp { World.start + .seconds(seconds) }

    // MARK: Silences

    @Test("a silence is stored before it is answered, with a timer for its end, and the answer says what it holds")
    func added() throws {
        var world = Self.world()
        world.fail("db")
        let reply = try world.answer(Self.add())
        let silence = try #require(world.silences.values.first)
        #expect(reply.message == "silence \(silence.id) holds from now until 2025-10-09T10:53:20Z (2h)")
        #expect(
            reply.details == [#"matches service="db""#, "holds 1 alert that fires now: db/failing (critical)"])
        #expect(reply.status == .done)
        #expect(reply.silence?.id == silence.id)
        #expect(reply.silence?.firing == ["db/failing"])
        #expect((silence.author, silence.comment, silence.createdAt) == ("ada", "the disk is being changed", World.start))
        #expect(world.timers[TimerRow.Key(kind: .silence, owner: silence.id)]?.due == silence.endsAt)
        #expect(
            world.records.suffix(2) == [
                "silence \(silence.id) of ada holds from now until 2025-10-09T10:53:20Z (2h): the disk is being changed",
                "ada (uid 1000, pid 1): silence add service=\"db\" for 2h: the disk is being changed: done: \(reply.message)",
            ])
    }

    @Test("a silence holds from its start to before its end, and is forgotten then")
    func boundaries() throws {
        var world = Self.world()
        let reply = try world.answer(Self.add(from: Self.at(60), end: .at(Self.at(120))))
        let id = try #require(reply.silence?.id)
        #expect(reply.message == "silence \(id) will hold from 2025-10-09T08:54:20Z until 2025-10-09T08:55:20Z (1m)")
        #expect(world.timers[TimerRow.Key(kind: .silence, owner: id)]?.due == Self.at(60))
        #expect(world.state.shownSilences(.silence, now: Self.at(59)).map(\.state) == [.pending])
        world.pass(.seconds(60))
        #expect(world.records.last == "silence \(id) begins")
        #expect(world.state.shownSilences(.silence, now: world.now.wall).map(\.state) == [.active])
        world.pass(.seconds(60))
        #expect(world.records.last == "silence \(id) is over")
        #expect(world.state.shownSilences(.silence, now: world.now.wall).isEmpty)
        #expect(world.timers.isEmpty)
        #expect(world.silences[id]?.endsAt == Self.at(120))
    }

    @Test("an end that nobody names is an hour away, and seven days for one that ends with its alerts")
    func usualEnds() throws {
        var world = Self.world()
        #expect(world.command(Self.add(end: nil))?.silence?.endsAt == Self.at(3600))
        let reply = try world.answer(Self.add(end: nil, untilResolved: true))
        #expect(reply.silence?.endsAt == Self.at(7 * 86_400))
        #expect(reply.message.hasSuffix("(7d), or until nothing that it matches fires any more"))
    }

    struct Refused: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var command: Command
        var status = CommandReply.Status.refused
        var message: String
    }

    private static func refused(
        _ why: String, _ command: Command, as status: CommandReply.Status = .refused, _ message: String
    ) -> Refused { Refused(testDescription: why, command: command, status: status, message: message) }

    static let refusals: [Refused] = [
        refused(
            "no matchers", add([]),
            "a silence without matchers would hold everything: say what it is for, such as service=\"db\""),
        refused(
            "one set is empty", add(db + [[]]),
            "a silence without matchers would hold everything: say what it is for, such as service=\"db\""),
        refused(
            "a set that an alert without its labels satisfies", add([[Matcher("env", equals: "")]]),
            #"env="" also matches whatever lacks its labels, which is nearly everything: add a matcher that wants a value, such as "#
                + #"service="db""#),
        refused(
            "one of two sets does", add(db + [[Matcher("env", equals: ""), Matcher("team", equals: "")]]),
            #"env="", team="" also matches whatever lacks its labels, which is nearly everything: add a matcher that wants a value, "#
                + #"such as service="db""#),
        refused("no comment", add(comment: " \n"), "a silence needs a comment: say why, for whoever is on call after you"),
        refused(
            "it ends as it begins", add(from: at(60), end: .at(at(60))),
            "the silence would end at 2025-10-09T08:54:20Z, and not after its start at 2025-10-09T08:54:20Z"),
        refused(
            "it lasts for nothing", add(end: .after(.zero)),
            "the silence would end at 2025-10-09T08:53:20Z, and not after its start at 2025-10-09T08:53:20Z"),
        refused(
            "it ends in the past", add(from: at(-60), end: .at(at(-30))),
            "the silence would end at 2025-10-09T08:52:50Z, and not after its start at 2025-10-09T08:53:20Z"),
        refused(
            "it lasts for eleven years", add(end: .after(.seconds(4000 * 86_400))),
            "the silence would last until 2036-09-21T08:53:20Z: at most 3660d from now are taken"),
        refused(
            "a comment without end", add(comment: String(repeating: "a", count: 1001)),
            "comment and author have at most 1000 characters each"),
        refused(
            "a hundred and one matchers", add(Array(repeating: db[0], count: 101)), "a silence has at most 100 matchers"),
        refused(
            "no such silence to update", .updateSilence("01Z", SilenceChange(comment: "x")), as: .unknown,
            "there is no silence 01Z that is not over: monitordctl silence list --all shows all"),
        refused(
            "no such silence to end", .endSilence("01Z", .silence), as: .unknown,
            "there is no silence 01Z that is not over: monitordctl silence list --all shows all"),
        refused(
            "a silence without a name", .endSilence("", .silence), as: .unknown,
            "there is no silence without an id that is not over: monitordctl silence list --all shows all"),
        refused(
            "no such maintenance to end", .endSilence("01Z", .maintenance), as: .unknown,
            "there is no maintenance 01Z that is not over, nor any other"),
        refused(
            "a maintenance without a name", .endSilence("", .maintenance), as: .unknown,
            "there is no maintenance without an id that is not over, nor any other"),
        refused("no such incident", .acknowledge(incident: "01Z"), as: .unknown, "there is no open incident 01Z"),
        refused(
            "no such incident to give back", .unacknowledge(incident: "01Z"), as: .unknown, "there is no open incident 01Z"),
        refused("no such incident to resolve", .resolve(incident: ""), as: .unknown, "there is no open incident without an id"),
        refused(
            "no such schedule", .addOverride(OverrideRequest(schedule: "primry", person: "bob", end: .after(.seconds(60)))),
            as: .unknown, "there is no schedule primry; did you mean \"primary\"?"),
        refused(
            "no such person", .addOverride(OverrideRequest(schedule: "primary", person: "zoe", end: .after(.seconds(60)))),
            as: .unknown, "there is no contact zoe; configured: ada, bob"),
        refused(
            "an override that ends before it begins",
            .addOverride(OverrideRequest(schedule: "primary", person: "bob", startsAt: at(60), end: .at(at(30)))),
            "the override would end at 2025-10-09T08:53:50Z, and not after its start at 2025-10-09T08:54:20Z"),
        refused(
            "an override for eleven years",
            .addOverride(OverrideRequest(schedule: "primary", person: "bob", end: .after(.seconds(4000 * 86_400)))),
            "an override ends within 3660d, and its comment has at most 1000 characters"),
        refused(
            "no such override", .removeOverride("01Z"), as: .unknown,
            "there is no override 01Z that is not over: monitordctl oncall override list shows them"),
        refused("no such channel", .testChannel("pagr"), as: .unknown, "there is no channel pagr; configured: chat"),
    ]

    @Test("a command that cannot be carried out changes nothing, says why and is recorded with who asked", arguments: refusals)
    func refuses(row: Refused) throws {
        var configuration = World.configuration(probes: ["api", "db"])
        configuration.contacts = ["ada": Contact(name: "ada", channels: ["chat"]), "bob": Contact(name: "bob", channels: [])]
        configuration.schedules = ["primary": OnCallSchedule(name: "primary", zone: .utc, layers: [])]
        var world = World(configuration)
        let decision = world.state.decide(
            .command(row.command, by: Actor(uid: 7, pid: 99, name: "eve"), id: nil), now: world.now)
        world.take(decision)
        let reply = try #require(decision.reply)
        #expect(reply.message == row.message)
        #expect(reply.status == row.status)
        #expect(decision.silences.isEmpty && decision.overrides.isEmpty && decision.incidents.isEmpty)
        #expect(decision.timers.isEmpty && decision.outbox.isEmpty && decision.sends.isEmpty)
        #expect(decision.records.map(\.kind) == [.command])
        #expect(
            decision.records.map(\.text) == [
                "eve (uid 7, pid 99): \(row.command.text): \(row.status.rawValue): \(row.message)"
            ])
    }

    @Test("to end a maintenance that is not there lists those that are")
    func otherMaintenance() throws {
        var configuration = World.configuration(probes: ["api", "db"], labels: ["db": ["service": "db"]])
        configuration.maintenance = [
            MaintenanceWindow(name: "move", matchers: Self.db[0], plan: .once(from: World.start, until: Self.at(600)))
        ]
        var world = World(configuration)
        world.pass(.seconds(1))
        var ids: [String] = []
        for comment in ["upgrade", "new disk"] {
            let request = SilenceRequest(kind: .maintenance, matchers: Self.db, end: .after(.seconds(60)), comment: comment)
            ids.append(try #require(try world.answer(.addSilence(request)).silence?.id))
        }
        let reply = try world.answer(.endSilence("upgrade", .maintenance))
        #expect(reply.status == .unknown)
        #expect(reply.message == "there is no maintenance upgrade that is not over, but these:")
        #expect(
            reply.details == [
                "\(ids[0]) until 2025-10-09T08:54:21Z: upgrade", "\(ids[1]) until 2025-10-09T08:54:21Z: new disk",
                "move until 2025-10-09T09:03:20Z, configured",
            ])
        #expect(
            world.command(.endSilence(String(ids[0].prefix(4)), .maintenance))?.message
                == "2 maintenances begin with \(ids[0].prefix(4)); give more of the id")
    }

    @Test("a silence of everything there is would tell nobody of anything")
    func everything() throws {
        var world = Self.world()
        for matchers in [[[try Matcher("probe", .matches, ".+")]], [[try Matcher("level", .matches, "warning|critical")]]] {
            #expect(
                world.command(Self.add(matchers))?.message
                    == "\(matchers.text) matches every alert there is, monitord's own among them: nobody would be told of "
                    + "anything; name what is being worked on")
        }
        #expect(world.command(Self.add([[try Matcher("probe", .matches, "api|db")]]))?.status == .done)
    }

    @Test("monitord's own alerts may be silenced, with a warning, and are never in maintenance")
    func own() throws {
        var configuration = World.configuration(probes: ["api"])
        configuration.probes.append(.daemon)
        var world = World(configuration)
        let own = [[Matcher("probe", equals: "monitord")]]
        #expect(
            world.command(Self.add(own))?.details.last
                == "warning: it covers monitord's own alerts: nobody would be told that monitord itself is in trouble")
        let maintenance = SilenceRequest(kind: .maintenance, matchers: own, end: .after(.seconds(60)), comment: "x")
        #expect(
            world.command(.addSilence(maintenance))?.message
                == "probe=\"monitord\" matches monitord's own alerts, and a maintenance does not count failures: its own would "
                + "go unnoticed; add probe!=\"monitord\", or use a silence")
    }

    @Test("a silence that matches nothing is taken, with a guess at what was meant")
    func matchesNothing() throws {
        for (matchers, why) in [
            ([[Matcher("servce", equals: "db")]], "none has a label servce; did you mean \"service\"?"),
            ([[Matcher("probe", equals: "abi")]], "none has probe=\"abi\"; did you mean \"api\"?"),
            ([[Matcher("service", equals: "queue")]], "none has service=\"queue\"; service is db, web"),
            (
                [[Matcher("service", equals: "db"), Matcher("probe", equals: "api")]],
                "each matcher is satisfied by some, but none satisfies all"
            ),
        ] {
            var world = Self.world()
            let reply = try world.answer(Self.add(matchers))
            #expect(reply.status == .done)
            #expect(reply.details.last == "warning: it matches no alert there is: \(why)")
        }
    }

    @Test("further warnings: a start that is past, and an end far away")
    func warnings() throws {
        var world = Self.world()
        let past = try world.answer(Self.add(from: Self.at(-10)))
        #expect(past.silence?.startsAt == World.start)
        #expect(past.details.last == "warning: the start that was asked for is past; it begins now")
        #expect(past.details[1] == "nothing that it matches fires now; it covers 1 alert: db/failing")
        let long = world.command(Self.add(end: .after(.seconds(31 * 86_400))))
        #expect(long?.details.last == "warning: it lasts more than 30d: one that long is easily forgotten")
        #expect(world.command(Self.add(author: "zoe"))?.silence?.author == "zoe (by ada)")
    }

    @Test("ending a silence twice is no mistake; one that had not begun never was")
    func ends() throws {
        var world = Self.world()
        world.fail("db")
        let id = try world.silence(Self.add())
        world.pass(.seconds(1800))
        let reply = try world.answer(.endSilence(String(id.dropLast(3)).lowercased(), .silence), by: "bob")
        #expect(reply.message == "silence \(id) is over, 1h30m before its time")
        #expect(reply.details == ["holds no longer: db/failing (critical)"])
        #expect(world.silences[id]?.endsAt == world.now.wall && world.silences[id]?.endedBy == "bob")
        #expect(world.timers[TimerRow.Key(kind: .silence, owner: id)] == nil)
        let again = try world.answer(.endSilence(id, .silence))
        #expect((again.status, again.message) == (.done, "\(id) was over at 2025-10-09T09:23:20Z already; nothing changed"))
        #expect(world.lastDecision.silences.isEmpty)

        let later = try world.silence(Self.add(from: Self.at(9000)))
        #expect(world.command(.endSilence(later, .silence))?.message == "silence \(later) is over, before it began")
        let never = try #require(world.silences[later])
        #expect(never.startsAt == world.now.wall && never.endsAt == world.now.wall)
    }

    @Test("a new end or comment keeps the id; new matchers of one that has begun make another one")
    func updates() throws {
        var world = Self.world()
        let id = try world.silence(Self.add())
        let longer = try world.answer(
            .updateSilence(id, SilenceChange(end: .after(.seconds(10_800)), comment: "it takes longer")))
        #expect(longer.message == "silence \(id) changed: holds from now until 2025-10-09T11:53:20Z (3h)")
        #expect(world.silences.count == 1 && world.silences[id]?.comment == "it takes longer")
        #expect(world.timers[TimerRow.Key(kind: .silence, owner: id)]?.due == Self.at(10_800))

        world.pass(.seconds(60))
        let web = [[Matcher("service", equals: "web")]]
        let reply = try world.answer(.updateSilence(id, SilenceChange(matchers: web)), by: "bob")
        let next = try #require(reply.silence?.id)
        #expect(next != id)
        #expect(
            reply.message
                == "silence \(id) is over and replaced by \(next): holds from now until 2025-10-09T11:53:20Z (2h59m)")
        #expect(world.silences[id]?.endsAt == Self.at(60) && world.silences[id]?.endedBy == "bob")
        #expect(world.silences[id]?.matchers == Self.db)
        #expect(world.silences[next]?.matchers == web && world.silences[next]?.author == "bob")
        #expect(
            world.command(.updateSilence(id, SilenceChange(comment: "x")))?.message
                == "\(id) was over at 2025-10-09T08:54:20Z; add a new one")

        let same = try world.answer(.updateSilence(next, SilenceChange(matchers: web, comment: "y")))
        #expect(same.silence?.id == next)
        #expect(
            world.command(.updateSilence(next, SilenceChange()))?.message
                == "nothing of silence \(next) is to be different; nothing changed")
        #expect(
            world.command(.updateSilence(next, SilenceChange(end: .at(World.start))))?.message
                == "the silence would end at 2025-10-09T08:53:20Z, and not after its start at 2025-10-09T08:54:20Z")
    }

    @Test("one that has not begun changes in place, its matchers and its start as well")
    func updatesPending() throws {
        var world = Self.world()
        let id = try world.silence(Self.add(from: Self.at(600)))
        let change = SilenceChange(matchers: [[Matcher("service", equals: "web")]], startsAt: Self.at(300))
        #expect(world.command(.updateSilence(id, change))?.silence?.id == id)
        #expect(world.silences.count == 1)
        #expect(world.timers[TimerRow.Key(kind: .silence, owner: id)]?.due == Self.at(300))
    }

    @Test("a silence until resolved ends with the last alert that it matches, not before one has fired")
    func untilResolved() throws {
        var world = Self.world()
        let both = [[try Matcher("probe", .matches, "api|db")]]
        let id = try world.silence(Self.add(both, end: nil, untilResolved: true))
        world.ok("api")
        world.ok("db")
        #expect(world.silences[id]?.endedBy == nil)
        world.fail("api")
        world.fail("db")
        world.pass(.seconds(60))
        world.ok("api")
        #expect(world.silences[id]?.endedBy == nil)
        world.ok("db")
        #expect(world.silences[id]?.endsAt == Self.at(60))
        #expect(world.records.contains("silence \(id) is over: what it held is resolved"))
        #expect(world.state.shownSilences(.silence, now: world.now.wall).isEmpty)
    }

    @Test("a maintenance is ended as what it is")
    func maintenance() throws {
        var world = Self.world()
        let request = SilenceRequest(kind: .maintenance, matchers: Self.db, end: .after(.seconds(600)), comment: "upgrade")
        let reply = try world.answer(.addSilence(request))
        let id = try #require(reply.silence?.id)
        #expect(reply.message == "maintenance \(id) holds from now until 2025-10-09T09:03:20Z (10m)")
        #expect(world.state.shownMaintenance(now: world.now.wall).map(\.id) == [id])
        #expect(world.state.shownSilences(.silence, now: world.now.wall).isEmpty)
        #expect(
            world.command(.endSilence(id, .silence))?.message == "\(id) is a maintenance: use monitordctl maintenance end \(id)"
        )
        #expect(world.command(.endSilence(id, .maintenance))?.message == "maintenance \(id) is over, 10m before its time")
    }

    @Test("silences survive a restart, and one that ended meanwhile is over")
    func restart() throws {
        var world = Self.world()
        let short = try world.silence(Self.add(end: .after(.seconds(60))))
        let long = try world.silence(Self.add())
        world.crashAndRestart(after: .seconds(300))
        #expect(world.state.shownSilences(.silence, now: world.now.wall).map(\.id) == [long])
        #expect(world.timers.keys.map(\.owner) == [long])
        #expect(world.command(.endSilence(short, .silence))?.status == .unknown)
        world.pass(.seconds(6900))
        #expect(world.records.last == "silence \(long) is over")
    }

    @Test("a wall clock that is set moves no end of a silence: it is a time of day that somebody was told")
    func clockStep() throws {
        var world = Self.world()
        let id = try world.silence(Self.add())
        world.now.wall = world.now.wall + .seconds(3600)
        world.pass(.seconds(1))
        #expect(world.timers[TimerRow.Key(kind: .silence, owner: id)]?.due == Self.at(7200))
        world.pass(.seconds(3599))
        #expect(world.records.last == "silence \(id) is over")
    }

    // MARK: Incidents

    @Test("an acknowledgement for a time says until when, and may be made longer by whoever has it")
    func acknowledges() throws {
        var world = Self.world()
        world.fail()
        let incident = world.state.shownIncidents()[0]
        let reply = world.command(.acknowledge(incident: incident.id, lasts: .seconds(3600)))
        #expect(reply?.message == "acknowledged \(incident.id) until 2025-10-09T09:53:20Z: api failing")
        #expect(world.state.shownIncidents()[0].ackedUntil == Self.at(3600))
        #expect(
            world.command(.acknowledge(incident: incident.id), by: "bob")?.message
                == "incident \(incident.id) is already acknowledged by ada until 2025-10-09T09:53:20Z")
        #expect(
            world.command(.acknowledge(incident: incident.id, lasts: .seconds(60)), by: "bob")?.message
                == "incident \(incident.id) is already acknowledged by ada until 2025-10-09T09:53:20Z")
        #expect(
            world.command(.acknowledge(incident: incident.id, lasts: .seconds(7200)))?.message
                == "acknowledged \(incident.id) until 2025-10-09T10:53:20Z: api failing")
        #expect(
            world.command(.acknowledge(incident: incident.id, lasts: .zero))?.message
                == "an acknowledgement lasts longer than 0s, at most 3660d, not 0s")
    }

    @Test("an acknowledgement that is taken back starts the policy again, as a new page")
    func unacknowledges() throws {
        var world = Self.world()
        world.fail()
        let id = world.state.shownIncidents()[0].id
        #expect(
            world.command(.unacknowledge(incident: id))?.message
                == "incident \(id) is not acknowledged: there is nothing to take back")
        _ = world.command(.acknowledge(incident: id, lasts: .seconds(3600)))
        let reply = world.command(.unacknowledge(incident: id), by: "bob")
        #expect(reply?.message == "took back the acknowledgement of \(id): api failing; its policy starts again in 10s")
        #expect(world.state.shownIncidents()[0].ackedBy == nil && world.state.shownIncidents()[0].ackedUntil == nil)
        #expect(!world.timers.keys.contains { $0.kind == .ackExpiry })
        world.pass(.seconds(10))
        #expect(world.received.last?.hasSuffix("chat: trigger api failing critical page 2 firing 1") == true)
    }

    @Test("a command on an incident that has changed since is refused with both versions and what happened")
    func versions() throws {
        var world = Self.world()
        world.fail()
        let seen = world.state.shownIncidents()[0]
        #expect(world.command(.acknowledge(incident: seen.id, version: seen.version), by: "bob")?.status == .done)
        let now = world.state.shownIncidents()[0].version
        for command in [
            Command.acknowledge(incident: seen.id, version: seen.version), .resolve(incident: seen.id, version: seen.version),
            .unacknowledge(incident: seen.id, version: seen.version),
        ] {
            let reply = try world.answer(command)
            #expect(reply.status == .refused)
            #expect(
                reply.message.hasPrefix(
                    "incident \(seen.id) is at version \(now), you saw \(seen.version): acknowledged by bob"),
                "\(reply.message)")
            #expect(
                reply.details == [
                    "it is acknowledged by bob now, critical; fires: api/failing (critical)",
                    "nothing changed; look at it, and ask again with version \(now)",
                ])
            #expect(world.lastDecision.incidents.isEmpty)
        }
        #expect(
            world.command(.resolve(incident: seen.id, version: 999))?.message
                == "incident \(seen.id) is at version \(now), you saw 999: there is no such version yet")
        #expect(world.command(.resolve(incident: seen.id, version: now))?.status == .done)
    }

    // MARK: Ids

    @Test("a command that is sent again with its id is answered the same and carried out once, also after a restart")
    func idempotent() throws {
        var world = Self.world()
        let first = try world.answer(Self.add(), id: "01A")
        let records = world.records.count
        #expect(world.command(Self.add(), id: "01A") == first)
        #expect(world.silences.count == 1 && world.records.count == records)
        #expect(world.lastDecision.isEmpty)
        world.crashAndRestart(after: .seconds(3600))
        #expect(world.command(Self.add(), id: "01A") == first)
        #expect(world.silences.count == 1)
        #expect(world.command(Self.add(), id: "01B")?.silence?.id != first.silence?.id)
    }

    @Test("what was refused is refused again under its id; the id of another command is a mistake")
    func idempotentRefusals() throws {
        var world = Self.world()
        let refused = world.command(.acknowledge(incident: "01Z"), id: "x")
        world.fail()
        #expect(world.command(.acknowledge(incident: "01Z"), id: "x") == refused)
        #expect(
            world.command(.resolve(incident: "01Z"), id: "x")?.message
                == "the command id x was used before, at 2025-10-09T08:53:20Z, for another command: ack 01Z; nothing changed")
    }

    @Test("an id is forgotten after a day")
    func idsAreForgotten() throws {
        var world = Self.world()
        let first = try world.silence(Self.add(), id: "01A")
        world.pass(.seconds(86_400))
        #expect(world.command(Self.add(), id: "01A")?.silence?.id == first)
        world.pass(.seconds(1))
        #expect(world.command(Self.add(), id: "01A")?.silence?.id != first)
    }

    @Test("what the daemon carries out itself is recorded, and answered again under its id")
    func carriedOut() throws {
        var world = Self.world()
        let reply = CommandReply(.done, "reloaded: 2 unchanged")
        world.take(
            world.state.decide(.carriedOut(.reload, by: Actor(uid: 0, pid: 5, name: "root"), id: "r", reply), now: world.now))
        #expect(world.records.last == "root (uid 0, pid 5): reload: done: reloaded: 2 unchanged")
        #expect(world.state.reply(toCommand: "r", .reload) == reply)
        world.crashAndRestart()
        #expect(world.state.reply(toCommand: "r", .reload) == reply)
    }

    // MARK: On call

    @Test("an override puts somebody on call at once, the newest of two, until it is removed")
    func overrides() throws {
        var configuration = World.configuration()
        configuration.contacts = [
            "ada": Contact(name: "ada", channels: ["chat"]), "bob": Contact(name: "bob", channels: ["chat"]),
        ]
        configuration.schedules = ["primary": OnCallSchedule(name: "primary", zone: .utc, layers: [])]
        var world = World(configuration)
        func people() -> [String]? { world.state.shownOnCall("primary", at: world.now.wall)?.first?.people }
        #expect(people() == [])
        let request = OverrideRequest(schedule: "primary", person: "bob", end: .after(.seconds(3600)), comment: "ada is ill")
        let reply = try world.answer(.addOverride(request))
        let id = try #require(reply.override?.id)
        #expect(reply.message == "override \(id): bob is on call for primary from now until 2025-10-09T09:53:20Z (1h)")
        #expect(people() == ["bob"])
        world.crashAndRestart(after: .seconds(60))
        #expect(people() == ["bob"])
        let second = try world.answer(
            .addOverride(OverrideRequest(schedule: "primary", person: "ada", end: .after(.seconds(60)))))
        #expect(
            second.details == [
                "it goes before override \(id), bob from 2025-10-09T08:53:20Z until 2025-10-09T09:53:20Z, where both hold"
            ])
        #expect(people() == ["ada"])
        world.pass(.seconds(60))
        #expect(people() == ["bob"])
        let removed = try world.answer(.removeOverride(id))
        #expect(removed.message == "override \(id), bob for primary, is over, 58m before its time")
        #expect(people() == [])
        #expect(world.overrides[id]?.endsAt == world.now.wall)
        #expect(world.command(.removeOverride(id))?.status == .done)
        #expect(world.state.shownOnCall("other", at: world.now.wall) == nil)
    }

    @Test("an override that ends at this instant is over already")
    func overrideOver() throws {
        var configuration = World.configuration()
        configuration.contacts = ["bob": Contact(name: "bob", channels: ["chat"])]
        configuration.schedules = ["primary": OnCallSchedule(name: "primary", zone: .utc, layers: [])]
        var world = World(configuration)
        let request = OverrideRequest(schedule: "primary", person: "bob", end: .after(.seconds(60)))
        let id = try #require(try world.answer(.addOverride(request)).override?.id)
        world.pass(.seconds(60))
        #expect(
            try world.answer(.removeOverride(id)).message
                == "\(id) was over at 2025-10-09T08:54:20Z already; nothing changed")
    }

    @Test("an override names those of its schedule that hold at a time at which it does")
    func overrideBesideOthers() throws {
        var configuration = World.configuration()
        configuration.contacts = ["bob": Contact(name: "bob", channels: ["chat"])]
        for name in ["primary", "backup"] {
            configuration.schedules[name] = OnCallSchedule(name: name, zone: .utc, layers: [])
        }
        var world = World(configuration)
        func add(_ schedule: String, from: Int64, until: Int64) throws -> CommandReply {
            let request = OverrideRequest(
                schedule: schedule, person: "bob", startsAt: Self.at(from), end: .at(Self.at(until)))
            return try world.answer(.addOverride(request))
        }
        _ = try add("backup", from: 100, until: 200)
        _ = try add("primary", from: 0, until: 100)
        _ = try add("primary", from: 200, until: 300)
        let within = try #require(try add("primary", from: 150, until: 160).override?.id)
        #expect(
            try add("primary", from: 100, until: 200).details == [
                "it goes before override \(within), bob from 2025-10-09T08:55:50Z until 2025-10-09T08:56:00Z, where both hold"
            ])
    }
}

extension World {
    /// The answer to a command that has one.
    fileprivate mutating func answer(_ command: Command, by name: String = "ada", id: String? = nil) throws -> CommandReply {
        let reply = self.command(command, by: name, id: id)
        return try #require(reply)
    }

    /// The id of the silence that a command made.
    fileprivate mutating func silence(_ command: Command, by name: String = "ada", id: String? = nil) throws -> String {
        let silence = try answer(command, by: name, id: id).silence
        return try #require(silence).id
    }
}
