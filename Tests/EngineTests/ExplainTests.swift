import Alerting
import Ledger
import Model
import Support
import Testing

@testable import Engine

/// Decisions of a state stored in a real ledger, and what is said of them.
@Suite struct ExplainTests {
    private static let start = Timestamp(seconds: 1_774_747_800)

    /// A probe every 10 seconds with two rules, and routes of which the second matches.
    private static func configuration(_ rule: RuleSpec, routes: [RouteSpec]) -> AlertingConfiguration {
        AlertingConfiguration(
            node: "test-1",
            probes: [
                ProbeSpec(
                    name: "api", kind: "http", address: "http://127.0.0.1/", every: .seconds(10), timeout: .seconds(2),
                    labels: ["team": "web"], rules: [rule])
            ],
            policies: [
                "page": PolicySpec(name: "page", steps: [.init(after: .seconds(60), notify: ["pager"])]),
                "asks": PolicySpec(
                    name: "asks",
                    steps: [
                        .init(
                            after: .zero, notify: ["office"],
                            condition: StepCondition(hours: .init(.init(from: 540, until: 1020), zone: "UTC"))),
                        .init(after: .zero, level: .critical, notify: ["leads"], condition: StepCondition(atLeast: 3)),
                    ]),
            ],
            routes: routes)
    }

    /// Runs at 0, 10, 20 … seconds: `x` failed, `o` was good, `?` could not be measured, `_` did not happen.
    private static func explained(
        _ runs: String, rule: RuleSpec, routes: [RouteSpec], query: ExplanationQuery? = nil, offline: Bool = false,
        pauses: [[Matcher]] = []
    ) throws -> Explanation {
        let folder = try TemporaryFolder()
        let path = folder.file("m.db")
        var options = Ledger.Options()
        options.reserveBytes = 0
        let ledger = try Ledger.open(path: path, now: start, options: options)
        var configuration = configuration(rule, routes: routes)
        configuration.pauses = pauses
        var state = AlertingState(
            configuration: configuration, stored: try ledger.load(now: start), seed: 1, now: start)
        var now = start
        _ = state.start(now: start)
        for (index, run) in runs.enumerated() {
            let planned = start + .seconds(Int64(index) * 10)
            now = planned + .milliseconds(100)
            let failure: Failure? =
                switch run {
                case "x": Failure(.status, "the status is 503")
                case "?": Failure(.saturated, "all workers were busy")
                default: nil
                }
            guard run != "_" else { continue }
            let seen = Evidence([.init("status", failure == nil ? "200" : "503"), .init("run", "\(index)")])
            let observation = Observation(
                probe: "api", planned: planned, started: planned, elapsed: .milliseconds(100),
                measured: Measured(samples: [], failure: failure, evidence: seen))
            let moment = Moment(wall: now, uptime: Uptime(nanoseconds: 0) + (now - start))
            var decision = state.decide(.tick, now: moment)
            decision.append(state.decide(.observed(observation), now: moment))
            try ledger.commit(decision)
        }
        let query = query ?? ExplanationQuery(.probe("api"))
        let explainer = Explainer(reader: try LedgerReader(path: path), now: now)
        let reply: ExplanationReply
        if offline {
            reply = try explainer.explain(query)
        } else {
            let scope = Explainer.Scope(subject: "probe api", probes: ["api"])
            let present = Explainer.Present(
                views: ["api": try #require(state.view(of: "api"))], timers: state.plannedTimers,
                nextRuns: ["api": now + .seconds(10)])
            reply = try explainer.explain(query, scope, present)
        }
        guard case .found(let answer) = reply else {
            Issue.record("\(reply)")
            return Explanation(subject: "", time: now, at: now, since: now, until: now)
        }
        return answer
    }

    static let three = RuleSpec(name: "failing", critical: .failed, after: After(3))
    static let toPage = [RouteSpec(match: ["team": "data"], policy: "page"), RouteSpec(policy: "page")]

    @Test func twoOfThreeBadResultsTellNobodyAndTheAnswerSaysSo() throws {
        let answer = try Self.explained("ooxx", rule: Self.three, routes: Self.toPage)
        #expect(
            answer.nobody == [
                "api/failing does not fire: 2 of 3 bad results in a row so far (after: 3)."
            ])
        let rule = try #require(answer.probes.first?.rules.first)
        #expect(rule.phase == .pending && rule.verdict == "critical")
        #expect((rule.bad, rule.needed, rule.outOf) == (2, 3, 3))
        #expect(rule.settings == ["critical: failed", "after: 3"])
        #expect(rule.route?.number == 2)
        #expect(rule.route?.passed == ["route 1 (policy page) wants team=data, it is web"])
        #expect(rule.route?.steps == ["after 1m: pager"])
        #expect(answer.next.map(\.text) == ["next run of api"])
    }

    @Test func badResultsThatEndedBeforeTheyFiredAreListed() throws {
        let answer = try Self.explained("oxxo", rule: Self.three, routes: Self.toPage)
        #expect(
            answer.nobody == [
                "api/failing was bad from 2026-03-29T01:30:10Z to 2026-03-29T01:30:30Z and did not fire: "
                    + "2 bad results, after: 3 in a row was not reached."
            ])
        #expect(answer.timeline.map(\.kind) == [.alert, .alert])
    }

    @Test func theClockOfForIsShownWithItsEnd() throws {
        var rule = RuleSpec(name: "failing", critical: .failed)
        rule.forDuration = .seconds(300)
        let answer = try Self.explained("oxx", rule: rule, routes: Self.toPage)
        #expect(
            answer.nobody == [
                "api/failing does not fire: bad for 10s of 5m (for: 5m), over at 2026-03-29T01:35:10Z."
            ])
        #expect(answer.next.map(\.text) == ["next run of api", "`for` of api/failing is over: api runs once more"])
    }

    @Test(arguments: [false, true])
    func whatTheFirstBadRunSawStandsBesideTheLastGoodOne(offline: Bool) throws {
        let answer = try Self.explained("oxoxxx", rule: Self.three, routes: Self.toPage, offline: offline)
        let evidence = try #require(answer.incidents.first?.evidence.first)
        #expect(answer.incidents.count == 1 && answer.incidents[0].evidence.count == 1)
        #expect(evidence.probe == "api" && evidence.badAt == Self.start + .seconds(30))
        #expect(evidence.goodAt == Self.start + .seconds(20))
        #expect(evidence.items.map(\.name) == ["status", "run"])
        #expect(evidence.items.map(\.bad) == ["503", "3"] && evidence.items.map(\.good) == ["200", "2"])
        let before = try Self.explained(
            "oxoxxx", rule: Self.three, routes: Self.toPage,
            query: ExplanationQuery(.probe("api"), at: Self.start + .seconds(25)), offline: offline)
        #expect(before.incidents.flatMap(\.evidence) == [])
    }

    @Test func withoutARouteAFiringAlertTellsNobody() throws {
        let answer = try Self.explained(
            "x", rule: RuleSpec(name: "failing", critical: .failed),
            routes: [RouteSpec(match: ["team": "data"], policy: "page")])
        let incident = try #require(answer.incidents.first)
        #expect(incident.told.isEmpty)
        #expect(
            answer.nobody == [
                "api/failing would tell nobody: no route matches its labels: "
                    + "route 1 (policy page) wants team=data, it is web.",
                "Incident \(incident.id) told nobody: no route matched when it opened.",
            ])
    }

    @Test func aPausedProbeTellsNobodyAndSaysSo() throws {
        let answer = try Self.explained(
            "", rule: RuleSpec(name: "failing", critical: .failed), routes: [RouteSpec(policy: "page")],
            pauses: [[Matcher("probe", equals: "api")]])
        #expect(
            answer.nobody == [
                "api/failing is paused by configuration: probe=\"api\": it does not run, and nobody is told."
            ])
    }

    @Test func theFirstStepHasNotComeYet() throws {
        let answer = try Self.explained("x", rule: RuleSpec(name: "failing", critical: .failed), routes: Self.toPage)
        let incident = try #require(answer.incidents.first)
        #expect(
            answer.nobody == [
                "Incident \(incident.id) has told nobody yet: step 1 tells pager at 2026-03-29T01:31:00Z "
                    + "(end of group_wait and after: 1m)."
            ])
        #expect(answer.next.map(\.text) == ["next run of api", "incident \(incident.id): step 1 tells pager"])
    }

    @Test func stepsThatWerePassedOverSayWhatTheyAskFor() throws {
        let answer = try Self.explained("x", rule: .failing, routes: [RouteSpec(policy: "asks")])
        let id = answer.incidents[0].id
        #expect(
            answer.nobody == [
                "Incident \(id), at 2026-03-29T01:30:00Z: step 1 is passed over: it is 01:30 in UTC, outside 09:00-17:00.",
                "Incident \(id), at 2026-03-29T01:30:00Z: step 2 is passed over: 1 alert fires, and it asks for 3.",
            ])
        #expect(
            answer.probes[0].rules[0].route?.steps == [
                "after 0s, 09:00-17:00 UTC: office", "after 0s, critical only, 3 or more alerts: leads",
            ])
        #expect(answer.next.last?.text == "incident \(id): the policy asks repeats from step 1")
    }

    @Test func anIncidentThatEndedBeforeItsFirstStepToldNobody() throws {
        let answer = try Self.explained("xo", rule: RuleSpec(name: "failing", critical: .failed), routes: Self.toPage)
        let incident = try #require(answer.incidents.first)
        #expect(incident.state == .resolved)
        #expect(
            answer.nobody == [
                "Incident \(incident.id) told nobody: it was over before its first step "
                    + "(group_wait and after of step 1 end at 2026-03-29T01:31:00Z)."
            ])
    }

    @Test func ourOwnFaultsAndTimesWithoutRunsAreNamed() throws {
        let answer = try Self.explained("o?_______o?", rule: Self.three, routes: Self.toPage)
        #expect(
            answer.nobody == [
                "api/failing does not fire: the last result is unknown (failed unknown: monitor fault: all workers were busy); "
                    + "an unknown result counts neither as good nor as bad.",
                "2 of 4 runs of api could not be measured, the last at 2026-03-29T01:31:40Z (all workers were busy): "
                    + "a monitor fault counts neither as good nor as bad.",
                "api did not run from 2026-03-29T01:30:10Z to 2026-03-29T01:31:30Z (1m20s): nothing could be noticed then.",
            ])
        #expect(answer.probes.first?.runs == ["ok": 2, "monitor_fault": 2])
    }

    @Test func whatWasNeverBadSaysSo() throws {
        let answer = try Self.explained("ooo", rule: Self.three, routes: Self.toPage)
        #expect(
            answer.nobody == ["api/failing was good in all of 3 runs since 2026-03-29T01:30:00Z: there was nothing to tell."])
    }

    @Test func aPastTimeShowsTheStateOfThen() throws {
        let rule = RuleSpec(name: "failing", critical: .failed, after: After(2))
        for (at, phase, verdict, bad) in [
            (Int64(5), Alert.Phase.ok, "good", 0), (15, .pending, "critical", 1), (25, .firing, "critical", 2),
            (35, .ok, "good", 0),
        ] {
            let answer = try Self.explained(
                "oxxoo", rule: rule, routes: Self.toPage,
                query: ExplanationQuery(.probe("api"), at: Self.start + .seconds(at)))
            let shown = try #require(answer.probes.first?.rules.first)
            #expect(shown.phase == phase, "\(at) s")
            #expect(shown.verdict == verdict, "\(at) s")
            #expect(at == 35 || shown.bad == bad, "\(at) s")
            #expect(answer.next.isEmpty)
            #expect(answer.timeline.allSatisfy { $0.at <= answer.at })
            #expect(answer.incidents.map(\.state) == (at == 25 ? [.open] : at == 35 ? [.resolved] : []), "\(at) s")
        }
    }

    @Test func withoutADaemonTheLedgerTellsWhatWasStored() throws {
        let answer = try Self.explained(
            "oxxx", rule: Self.three, routes: Self.toPage, offline: true)
        #expect(answer.probes.first?.rules.map(\.phase) == [.firing])
        #expect(answer.probes.first?.rules.first?.route == nil)
        #expect(answer.notes == ["api: its configuration is not known."])
        let incident = try #require(answer.incidents.first)
        let byPrefix = try Self.explained(
            "oxxx", rule: Self.three, routes: Self.toPage, query: ExplanationQuery(.incident(String(incident.id.prefix(8)))),
            offline: true)
        #expect(byPrefix.incidents.map(\.title) == ["api failing"])
        #expect(byPrefix.probes.map(\.name) == ["api"])
    }
}
