import Alerting
import Config
import Engine
import Glibc
import Ledger
import Model
import Settings
import Support
import Synchronization
import Testing
import Transfer

/// A keeper on its own thread over a real ledger in a temporary folder, with a channel that is watched.
private final class Bench: Sendable {
    let folder: TemporaryFolder
    let clock = SystemClock()
    let sent = Mutex<[OutboxRow]>([])
    let records = Mutex<[String]>([])
    let keeper: Keeper
    private let thread: PosixThread

    /// `fault` is asked at each commit, with its number from 1.
    init(configuration: AlertingConfiguration, folder: TemporaryFolder, fault: (@Sendable (Int) -> LedgerError?)? = nil) throws
    {
        self.folder = folder
        let now = clock.now().wall
        var options = Ledger.Options()
        options.reserveBytes = 0
        options.commitFault = fault
        let ledger = try Ledger.open(path: folder.file("m.db"), now: now, options: options)
        let state = AlertingState(configuration: configuration, stored: try ledger.load(now: now), seed: 1, now: now)
        let box = Box()
        let keeper = Keeper(
            state: state, ledger: ledger,
            effects: Effects(
                carry: { row, _ in box.bench?.carried(row) }, run: { _ in },
                log: { record in box.bench?.records.withLock { $0.append(record.text) } }),
            clock: clock)
        self.keeper = keeper
        let ready = Mutex(false)
        thread = try PosixThread("keeper") {
            while !ready.withLock({ $0 }) { sched_yield() }
            keeper.run()
        }
        box.set(self)
        ready.withLock { $0 = true }
    }

    private final class Box: Sendable {
        private let held = Mutex<Bench?>(nil)
        func set(_ bench: Bench?) { held.withLock { $0 = bench } }
        var bench: Bench? { held.withLock { $0 } }
    }

    /// Every attempt is accepted at once.
    private func carried(_ row: OutboxRow) {
        sent.withLock { $0.append(row) }
        keeper.post(.settled(Settlement(row: row.id, attempt: row.tries, verdict: .delivered(reference: nil))))
    }

    func observe(_ probe: String, _ failure: Failure?) {
        let now = clock.now().wall
        keeper.post(
            .observed(
                Observation(
                    probe: probe, planned: now, started: now, elapsed: .milliseconds(1),
                    measured: Measured(samples: [Sample("duration", 0.001)], failure: failure))))
    }

    /// Ends the keeper and closes the ledger.
    func stop() -> String? {
        keeper.stop()
        thread.join()
        return keeper.close()
    }

    var bodies: [String] { sent.withLock { $0.map(\.message.body) } }
}

private func wait(_ fact: String, seconds: Int = 20, until isTrue: () -> Bool) {
    let clock = SystemClock()
    let end = clock.now().uptime + .seconds(seconds)
    while !isTrue() {
        guard clock.now().uptime < end else {
            Issue.record("not within \(seconds) s: \(fact)")
            return
        }
        sched_yield()
    }
}

private struct WordChannel: Channel {
    static let kind = "word"
    init() {}
    init?(_ fields: Fields) { nil }
    let attemptsPerMinute = 6000
    var burst: Int { 1000 }
    func message(for notification: Notification) -> Message {
        Message(body: "\(notification.kind.rawValue) \(notification.title)\(notification.isUnrecorded ? " (unrecorded)" : "")")
    }
    func outgoing(_ row: OutboxRow) -> Outgoing { .http(HTTPRequest(url: Secret("http://127.0.0.1/"), timeout: .seconds(1))) }
    func judge(_ reply: TransferReply) -> DeliveryVerdict { .delivered(reference: nil) }
}

private func configuration(probes: Int = 1) -> AlertingConfiguration {
    AlertingConfiguration(
        node: "test",
        probes: (0..<probes).map {
            ProbeSpec(name: "p\($0)", kind: "http", address: "http://127.0.0.1/", every: .seconds(1), timeout: .seconds(1))
        } + [.daemon],
        channels: ["word": WordChannel()],
        policies: ["default": PolicySpec(name: "default", steps: [.init(after: .zero, notify: ["word"])], repeatAfter: .zero)],
        routes: [RouteSpec(policy: "default")])
}

/// Each probe has a channel of its own, so that many failures at once are no storm, and none flaps.
private func apart(probes: Int) -> AlertingConfiguration {
    var rule = RuleSpec.failing
    rule.flapping = nil
    var apart = configuration(probes: probes)
    apart.channels = [:]
    apart.policies = [:]
    apart.routes = []
    for index in apart.probes.indices {
        let name = apart.probes[index].name
        if name != ProbeSpec.daemonName { apart.probes[index].rules = [rule] }
        apart.channels["to-\(name)"] = WordChannel()
        apart.policies[name] = PolicySpec(
            name: name, steps: [.init(after: .zero, notify: ["to-\(name)"])], repeatAfter: .zero)
        apart.routes.append(RouteSpec(match: ["probe": name], policy: name))
    }
    return apart
}

private let broken = Failure(.status, "status 503, expected 200")

@Suite("The keeper: decide, commit, take effect")
struct KeeperTests {
    @Test("a page is sent only after it is stored, and is found settled in the ledger")
    func stored() throws {
        let folder = try TemporaryFolder()
        let bench = try Bench(configuration: configuration(), folder: folder)
        bench.observe("p0", broken)
        wait("the page is sent") { bench.bodies.count == 1 }
        bench.observe("p0", nil)
        wait("the resolve is sent") { bench.bodies.count == 2 }
        #expect(bench.bodies == ["trigger p0 failing", "resolve p0 failing"])
        #expect(bench.stop() == nil)
        let reader = try LedgerReader(path: folder.file("m.db"))
        let incident = try #require(try reader.incidents(limit: 1).first)
        #expect(try reader.outbox(incident: incident.id).map(\.phase) == [.done, .done])
        #expect(try reader.history(probe: "p0").map(\.outcome) == [.failed, .ok])
        #expect(try reader.incidents(limit: 10).map(\.phase) == [.resolved])
    }

    @Test("an operator whose command could not be stored is told so")
    func unstoredCommand() throws {
        let folder = try TemporaryFolder()
        let bench = try Bench(configuration: configuration(), folder: folder) { _ in LedgerError(.full, "the disk is full") }
        let reply = Mutex<CommandReply?>(nil)
        let request = SilenceRequest(matchers: [[Matcher("probe", equals: "p0")]], comment: "x")
        bench.keeper.command(.addSilence(request), by: Actor(uid: 0, pid: 1, name: "root")) { answer in
            reply.withLock { $0 = answer }
        }
        wait("the command is answered") { reply.withLock { $0 } != nil }
        #expect(
            reply.withLock { $0?.details.last }
                == "warning: it could not be stored: it is lost if monitord stops before storage works again; see monitordctl status"
        )
        _ = bench.stop()
    }

    @Test("whichever commit fails, the page is sent once and all of it is in the ledger afterwards", arguments: 1...6)
    func failingCommit(number: Int) throws {
        let folder = try TemporaryFolder()
        // The n-th commit and the attempt to repeat it fail; the ledger works again after that.
        let bench = try Bench(configuration: configuration(), folder: folder) { commit in
            commit == number || commit == number + 1 ? LedgerError(.io, "disk I/O error") : nil
        }
        bench.observe("p0", broken)
        wait("the page is sent") { bench.bodies.contains { $0.hasPrefix("trigger p0 failing") } }
        bench.observe("p0", nil)
        wait("the resolve is sent") { bench.bodies.contains { $0.hasPrefix("resolve p0 failing") } }
        wait("storage works again") { bench.keeper.storageProblem == nil }
        #expect(bench.stop() == nil)
        #expect(bench.bodies.count { $0.hasPrefix("trigger p0") } == 1)
        #expect(bench.bodies.count { $0.hasPrefix("resolve p0") } == 1)
        let reader = try LedgerReader(path: folder.file("m.db"))
        let incidents = try reader.incidents(limit: 10).filter { $0.title == "p0 failing" }
        #expect(incidents.map(\.phase) == [.resolved])
        #expect(try reader.history(probe: "p0").map(\.outcome) == [.failed, .ok])
        #expect(try reader.outbox(incident: incidents[0].id).allSatisfy(\.isSettled))
    }

    @Test("while nothing can be stored pages go out and say so, and an incident of the daemon itself is told")
    func unrecorded() throws {
        let folder = try TemporaryFolder()
        let isBroken = Mutex(true)
        let bench = try Bench(configuration: configuration(), folder: folder) { _ in
            isBroken.withLock { $0 } ? LedgerError(.full, "database or disk is full") : nil
        }
        bench.observe("p0", broken)
        wait("page and storage incident are sent") { bench.bodies.count == 2 }
        #expect(Set(bench.bodies) == ["trigger p0 failing (unrecorded)", "trigger monitord storage (unrecorded)"])
        #expect(bench.keeper.storageProblem == "the ledger cannot store what happens: database or disk is full")
        isBroken.withLock { $0 = false }
        wait("the storage incident is resolved") { bench.bodies.contains("resolve monitord storage") }
        #expect(bench.stop() == nil)
        let reader = try LedgerReader(path: folder.file("m.db"))
        #expect(Set(try reader.incidents(limit: 10).map(\.title)) == ["p0 failing", "monitord storage"])
        #expect(try reader.history(probe: "p0").map(\.outcome) == [.failed])
    }

    @Test("state is rebuilt at the start: a restart sends nothing, and the end of the outage reaches those told")
    func restart() throws {
        let folder = try TemporaryFolder()
        let first = try Bench(configuration: configuration(), folder: folder)
        first.observe("p0", broken)
        wait("the page is sent") { first.bodies.count == 1 }
        #expect(first.stop() == nil)
        let second = try Bench(configuration: configuration(), folder: folder)
        second.observe("p0", broken)
        second.observe("p0", nil)
        wait("the resolve is sent") { !second.bodies.isEmpty }
        #expect(second.stop() == nil)
        #expect(second.bodies == ["resolve p0 failing"])
    }

    @Test("a thousand results that matter to nobody are a handful of commits")
    func grouping() throws {
        let folder = try TemporaryFolder()
        let commits = Atomic<Int>(0)
        let bench = try Bench(configuration: configuration(probes: 100), folder: folder) { number in
            commits.store(number, ordering: .relaxed)
            return nil
        }
        for _ in 0..<10 { for probe in 0..<100 { bench.observe("p\(probe)", nil) } }
        #expect(bench.stop() == nil)
        #expect(try LedgerReader(path: folder.file("m.db")).history(probe: "p7").count == 10)
        #expect(commits.load(ordering: .relaxed) <= 5)
    }

    @Test("a reload that drops a firing probe resolves it before the reload is answered")
    func reload() throws {
        let folder = try TemporaryFolder()
        let bench = try Bench(configuration: configuration(probes: 2), folder: folder)
        bench.observe("p1", broken)
        wait("the page is sent") { bench.bodies.count == 1 }
        bench.keeper.reconfigure(configuration(probes: 1), note: "reloaded by a test") {}
        wait("the resolve is sent") { bench.bodies.count == 2 }
        #expect(bench.stop() == nil)
        #expect(bench.bodies == ["trigger p1 failing", "resolve p1 failing"])
        #expect(bench.records.withLock { $0 }.contains("reloaded by a test"))
    }

    @Test("a decision that breaks an invariant of the ledger is stored without the wrong row, and nothing waits behind it")
    func poison() throws {
        let folder = try TemporaryFolder()
        let bench = try Bench(configuration: configuration(), folder: folder) { commit in
            commit == 2 ? LedgerError(.constraint, "CHECK constraint failed") : nil
        }
        bench.observe("p0", broken)
        wait("the page is sent") { bench.bodies.contains { $0.hasPrefix("trigger p0 failing") } }
        bench.observe("p0", nil)
        wait("the resolve is sent") { bench.bodies.contains { $0.hasPrefix("resolve p0 failing") } }
        #expect(bench.stop() == nil)
        #expect(bench.bodies.allSatisfy { !$0.contains("unrecorded") })
        #expect(try LedgerReader(path: folder.file("m.db")).history(probe: "p0").count == 2)
        #expect(
            bench.records.withLock { $0 }.contains(
                "a decision was stored at the second attempt; before: CHECK constraint failed"))
    }

    @Test("a command is answered although the keeper has ended")
    func stopped() throws {
        let bench = try Bench(configuration: configuration(), folder: try TemporaryFolder())
        #expect(bench.stop() == nil)
        let answer = Mutex<CommandReply?>(nil)
        bench.keeper.command(.testChannel("word"), by: Actor(uid: 0, pid: 1, name: "root")) { reply in
            answer.withLock { $0 = reply }
        }
        let reconfigured = Mutex(false)
        bench.keeper.reconfigure(configuration(), note: "too late") { reconfigured.withLock { $0 = true } }
        #expect(answer.withLock { $0?.message } == "monitord is stopping; nothing changed")
        #expect(reconfigured.withLock { $0 })
    }

    @Test("a long time without storage keeps what has ended, and all is in the ledger afterwards")
    func longOutage() throws {
        let folder = try TemporaryFolder()
        let isBroken = Mutex(true)
        let bench = try Bench(configuration: apart(probes: 20), folder: folder) { _ in
            isBroken.withLock { $0 } ? LedgerError(.io, "disk I/O error") : nil
        }
        for round in 0..<4 {
            for probe in 0..<20 { bench.observe("p\(probe)", broken) }
            wait("pages of round \(round)") { bench.bodies.count { $0.hasPrefix("trigger p") } == 20 * (round + 1) }
            for probe in 0..<20 { bench.observe("p\(probe)", nil) }
            wait("resolves of round \(round)") { bench.bodies.count { $0.hasPrefix("resolve p") } == 20 * (round + 1) }
        }
        isBroken.withLock { $0 = false }
        wait("storage works again") { bench.keeper.storageProblem == nil }
        #expect(bench.stop() == nil)
        let reader = try LedgerReader(path: folder.file("m.db"))
        let incidents = try reader.incidents(limit: 1000)
        #expect(incidents.count { $0.title != "monitord storage" } == 80)
        #expect(incidents.allSatisfy { !$0.isOpen })
        #expect(try reader.outbox().isEmpty)
        #expect(try reader.history(probe: "p7").count == 8)
    }
}
