import Alerting
import Ledger
import Model
import Support
import Testing

@testable import Engine

/// Why was nobody told between two and three?
@Suite struct HoldTests {
    private static let start = Timestamp(seconds: 1_774_747_800)
    private static let ada = Actor(uid: 1000, pid: 7, name: "ada")

    /// A probe fails at 0 s while it is silenced from 0 s to 60 s; asked at 120 s, of the last minute and of all.
    @Test func theFirstThingThatHeldAnAlertIsNamedWithItsTime() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("m.db")
        var options = Ledger.Options()
        options.reserveBytes = 0
        let ledger = try Ledger.open(path: path, now: Self.start, options: options)
        let configuration = AlertingConfiguration(
            node: "test-1",
            probes: [
                ProbeSpec(
                    name: "api", kind: "http", address: "http://127.0.0.1/", every: .seconds(10), timeout: .seconds(2),
                    rules: [RuleSpec(name: "failing", critical: .failed)]),
                ProbeSpec(name: "db", kind: "http", address: "http://127.0.0.1/", every: .seconds(10), timeout: .seconds(2)),
            ],
            policies: ["page": PolicySpec(name: "page", steps: [.init(after: .zero, notify: [])])],
            routes: [RouteSpec(policy: "page")])
        var state = AlertingState(
            configuration: configuration, stored: try ledger.load(now: Self.start), seed: 1, now: Self.start)
        func decide(_ event: Event, at seconds: Int64) throws -> Decision {
            let moment = Moment(wall: Self.start + .seconds(seconds), uptime: Uptime(nanoseconds: seconds * 1_000_000_000))
            let decision = state.decide(event, now: moment)
            try ledger.commit(decision)
            return decision
        }
        let request = SilenceRequest(
            matchers: [[Matcher("probe", equals: "api")]], end: .after(.seconds(60)), comment: "the disk is being changed")
        let added = try decide(.command(.addSilence(request), by: Self.ada, id: nil), at: 0)
        let id = try #require(added.silences.first?.id)
        for seconds in stride(from: Int64(0), through: 110, by: 10) {
            let run = Observation(
                probe: "api", planned: Self.start + .seconds(seconds), started: Self.start + .seconds(seconds), elapsed: .zero,
                measured: .failed(.status, "the status is 503"))
            _ = try decide(.tick, at: seconds)
            _ = try decide(.observed(run), at: seconds)
        }
        let now = Self.start + .seconds(120)
        let explainer = Explainer(reader: try LedgerReader(path: path), now: now)
        func explained(since: Int64) throws -> Explanation {
            let scope = Explainer.Scope(subject: "probe api", probes: ["api"])
            let present = Explainer.Present(views: ["api": try #require(state.view(of: "api"))], timers: state.plannedTimers)
            let query = ExplanationQuery(.probe("api"), since: Self.start + .seconds(since))
            guard case .found(let answer) = try explainer.explain(query, scope, present) else {
                throw Failure(.query, "no answer")
            }
            return answer
        }
        let held =
            "api/failing was held back from 2026-03-29T01:30:00Z to 2026-03-29T01:31:00Z (silence): silence \(id) by ada until "
            + "2026-03-29T01:31:00Z: the disk is being changed."
        let all = try explained(since: 0)
        #expect(all.nobody.first == held)
        let global = all.timeline.filter { $0.probe == nil && $0.incident == nil }
        #expect(global.map(\.kind) == [.suppression, .command, .suppression], "who silenced it, and when that was over")
        #expect(global.dropFirst().first?.text.hasPrefix("ada (uid 1000, pid 7): silence add probe=\"api\" for 1m") == true)
        #expect(try explained(since: 30).nobody.first == held, "it began before the time asked for")
        #expect(try explained(since: 61).nobody.contains(held) == false, "it was over by then")
    }

    @Test func aHoldThatIsRecordedAgainByAReloadIsOneHold() {
        let text = "api/slow is held back (maintenance): maintenance backup until 03:00"
        let holds = Hold.all(
            in: [1, 2].map { Record(at: Self.start + .seconds($0), .suppression, probe: "api", rule: "slow", text) })
        #expect(holds.map(\.from) == [Self.start + .seconds(1)] && holds[0].until == nil)
    }

    @Test func aHoldLastsToTheNextRecordOfItsAlert() {
        func record(_ seconds: Int64, _ rule: String, _ text: String) -> Record {
            Record(at: Self.start + .seconds(seconds), .suppression, probe: "api", rule: rule, text)
        }
        let holds = Hold.all(in: [
            record(1, "slow", "api/slow is held back (maintenance): maintenance backup until 03:00"),
            record(
                2, "failing", "api/failing is held back (silence): silence 01KMVGZ000SSSSSSSSSSSSSSSS by ada until 03:00: x"),
            record(3, "failing", "api/failing is held back (maintenance): maintenance backup until 03:00"),
            record(4, "slow", "api/slow is no longer held back (maintenance): maintenance backup until 03:00"),
            record(5, "failing", "api/failing ended while held back (maintenance): nobody was told"),
            record(6, "slow", "api/slow is held back (no such kind): it is unknown"),
            record(7, "slow", "api/slow is held back (dependency): db is down"),
        ])
        #expect(holds.map(\.alert.rule) == ["slow", "failing", "failing", "slow"])
        #expect(holds.map(\.kind) == [.maintenance, .silence, .maintenance, .dependency])
        #expect(holds.map { $0.until.map { Int(($0 - Self.start).seconds) } } == [4, 3, 5, nil])
        #expect(holds[1].ids == ["01KMVGZ000SSSSSSSSSSSSSSSS"])
    }
}
