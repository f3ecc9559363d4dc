import Alerting
import Model
import Testing

/// A run that ended at 12:00:00 plus `at` seconds.
private func run(
    _ duration: Double? = nil, at: Int64 = 0, isCensored: Bool = false, failure: Failure? = nil, isExtra: Bool = false,
    samples: [Model.Sample] = []
) -> Observation {
    let start = Timestamp("2026-03-02T12:00:00Z")! + .seconds(at)
    let latency = duration.map { [Model.Sample(Model.Sample.duration, $0, isCensored: isCensored)] } ?? []
    return Observation(
        probe: "api", planned: start, started: start, elapsed: .zero, isExtra: isExtra,
        measured: Measured(samples: latency + samples, failure: failure))
}

private let refused = Failure(.connect, "connection refused by 127.0.0.1:81")
private let timedOut = Failure(.timeout, "no reply within 5s")
private let full = Failure(.saturated, "all 16 workers are busy")

private func point(_ name: String, _ op: Comparison, _ limit: Double, _ unit: Unit = .seconds) -> Condition {
    .compare(.sample(name), op, limit, unit: unit)
}

private func p95(_ op: Comparison, _ limit: Double, window: Duration = .seconds(900)) -> Condition {
    .compare(.aggregate(.quantile(0.95), sample: Model.Sample.duration, window: window), op, limit, unit: .seconds)
}

@Suite struct EvaluateTests {
    private struct Row: Sendable, CustomTestStringConvertible {
        var sentence: String
        var rule: RuleSpec
        var runs: [Observation]
        var judgement: Verdict.Judgement
        var reason: String
        init(
            _ sentence: String, _ rule: RuleSpec, _ runs: [Observation], _ judgement: Verdict.Judgement, _ reason: String
        ) {
            self.sentence = sentence
            self.rule = rule
            self.runs = runs
            self.judgement = judgement
            self.reason = reason
        }
        var testDescription: String { sentence }
    }

    private static let slow = RuleSpec(
        name: "slow", warning: point("duration", .greater, 2), critical: point("duration", .greater, 5))
    private static let mixed = RuleSpec(name: "mixed", warning: point("duration", .greater, 2), critical: .failed)
    private static let p95Rule = RuleSpec(name: "p95", critical: p95(.greater, 1), minSamples: 20)
    private static let expiry = RuleSpec(
        name: "expiry", warning: point("expires_in", .less, 21 * 86_400), critical: point("expires_in", .less, 7 * 86_400))
    private static func steady(_ count: Int, _ duration: Double = 0.2) -> [Observation] {
        (0..<count).map { run(duration, at: Int64($0) * 10) }
    }

    private static let rows: [Row] = [
        Row("a run that succeeds is not failed", .failing, [run(0.1)], .good, "not failed"),
        Row(
            "a refused connection is a failure", .failing, [run(failure: refused)], .bad(.critical),
            "failed: connection refused by 127.0.0.1:81"),
        Row(
            "a timeout is a failure", .failing, [run(5, isCensored: true, failure: timedOut)], .bad(.critical),
            "failed: no reply within 5s"),
        Row(
            "our own fault says nothing of the target", .failing, [run(failure: full)], .unknown,
            "failed unknown: monitor fault: all 16 workers are busy"),
        Row(
            "an extra run is judged for failure", .failing, [run(failure: refused, isExtra: true)], .bad(.critical),
            "failed: connection refused by 127.0.0.1:81"),
        Row("a fast run is good", slow, [run(0.4)], .good, "duration = 400ms, not > 2s"),
        Row("over the first limit is a warning", slow, [run(3.25)], .bad(.warning), "duration = 3.25s > 2s"),
        Row("exactly the limit is not over it", slow, [run(5)], .bad(.warning), "duration = 5s > 2s"),
        Row("over both limits critical wins", slow, [run(5.2)], .bad(.critical), "duration = 5.2s > 5s"),
        Row("a hair over the limit does not look equal", slow, [run(5.0004)], .bad(.critical), "duration = 5.0004s > 5s"),
        Row(
            "a timeout of 5s is over 5s", slow, [run(5, isCensored: true, failure: timedOut)], .bad(.critical),
            "duration ≥ 5s > 5s"),
        Row(
            "an earlier shorter timeout leaves it open",
            RuleSpec(name: "slow", critical: point("duration", .greater, 7)),
            [run(5, isCensored: true, failure: timedOut)], .unknown, "duration unknown: ≥ 5s does not decide > 7s"),
        Row(
            "no latency, nothing to compare", slow, [run(failure: refused)], .unknown,
            "duration unknown: connection refused by 127.0.0.1:81"),
        Row(
            "an unknown sample is not good", RuleSpec(name: "score", critical: point("score", .lessOrEqual, 0.85, .percent)),
            [run(0.1)], .unknown, "score unknown: the run has no such sample"),
        Row("not a number is not compared", slow, [run(.nan)], .unknown, "duration unknown: its value is not a number"),
        Row(
            "a score at the limit", RuleSpec(name: "score", critical: point("score", .lessOrEqual, 0.85, .percent)),
            [run(samples: [Model.Sample("score", 0.85)])], .bad(.critical), "score = 85% <= 85%"),
        Row(
            "a certificate with ten days left", expiry, [run(samples: [Model.Sample("expires_in", 864_000)])], .bad(.warning),
            "expires_in = 10d < 21d"),
        Row(
            "a failed run still shows its sample", expiry,
            [run(failure: refused, samples: [Model.Sample("expires_in", 86_400)])], .bad(.critical), "expires_in = 1d < 7d"),
        Row(
            "a known bad outweighs an unknown", mixed, [run(failure: refused)], .bad(.critical),
            "failed: connection refused by 127.0.0.1:81"),
        Row(
            "good needs every condition known", mixed, [run(samples: [])], .unknown,
            "duration unknown: the run has no such sample"),
        Row("the number is shown before the plain good", mixed, [run(0.4)], .good, "duration = 400ms, not > 2s"),
        Row("too few samples are unknown", p95Rule, steady(7), .unknown, "p95(duration, 15m) unknown: 7 samples, 20 needed"),
        Row("one sample is singular", p95Rule, steady(1), .unknown, "p95(duration, 15m) unknown: 1 sample, 20 needed"),
        Row(
            "no sample at all", RuleSpec(name: "p95", critical: p95(.greater, 1)), [run(failure: refused)], .unknown,
            "p95(duration, 15m) unknown: 0 samples, 1 needed"),
        Row("twenty fast samples are good", p95Rule, steady(20), .good, "p95(duration, 15m) = 200ms, not > 1s (n = 20)"),
        Row(
            "one slow run in twenty is within P95", p95Rule, steady(19) + [run(3, at: 190)], .good,
            "p95(duration, 15m) = 200ms, not > 1s (n = 20)"),
        Row(
            "two slow runs in twenty are not", p95Rule, steady(18) + [run(1.21, at: 180), run(3, at: 190)], .bad(.critical),
            "p95(duration, 15m) = 1.21s > 1s (n = 20)"),
        Row(
            "two timeouts in twenty are not", p95Rule,
            steady(18) + [18, 19].map { run(5, at: $0 * 10, isCensored: true, failure: timedOut) }, .bad(.critical),
            "p95(duration, 15m) ≥ 5s > 1s (n = 20)"),
        Row(
            "extra runs enter no window", p95Rule, steady(20) + (1...9).map { run(4, at: 190 + $0, isExtra: true) }, .good,
            "p95(duration, 15m) = 200ms, not > 1s (n = 20)"),
        Row(
            "runs without latency enter no window", p95Rule, steady(20) + [run(at: 200, failure: refused)], .good,
            "p95(duration, 15m) = 200ms, not > 1s (n = 20)"),
        Row(
            "our own fault makes a window rule unknown", p95Rule, steady(20) + [run(9, at: 200, failure: full)], .unknown,
            "p95(duration, 15m) unknown: monitor fault: all 16 workers are busy"),
        Row(
            "old samples leave", p95Rule, steady(20, 3) + [run(0.2, at: 1080)], .unknown,
            "p95(duration, 15m) unknown: 2 samples, 20 needed"),
        Row(
            "a count is known without samples",
            RuleSpec(
                name: "few",
                warning: .compare(.aggregate(.count, sample: "duration", window: .seconds(60)), .less, 3, unit: .none)),
            [run(failure: refused)], .bad(.warning), "count(duration, 1m) = 0 < 3 (n = 0)"),
        Row(
            "an average with a timeout is a lower bound",
            RuleSpec(
                name: "avg",
                critical: .compare(.aggregate(.average, sample: "duration", window: .seconds(60)), .greater, 1, unit: .seconds)),
            [run(1), run(5, at: 1, isCensored: true, failure: timedOut)], .bad(.critical), "avg(duration, 1m) ≥ 3s > 1s (n = 2)"
        ),
        Row(
            "a missed target tells nobody", RuleSpec(name: "goal", target: point("duration", .less, 0.5)), [run(3)], .good,
            "duration = 3s, target < 500ms missed"),
        Row(
            "a target that is met", RuleSpec(name: "goal", target: p95(.less, 0.5)), [run(0.1)], .good,
            "p95(duration, 15m) = 100ms, target < 500ms met (n = 1)"),
        Row(
            "a gate without samples tells nobody", RuleSpec(name: "gate", gate: p95(.less, 0.5), minSamples: 20), [run(0.1)],
            .good, "p95(duration, 15m) unknown: 1 sample, 20 needed"),
        Row(
            "a target and our own fault", RuleSpec(name: "goal", target: point("duration", .less, 0.5)), [run(failure: full)],
            .good, "duration unknown: monitor fault: all 16 workers are busy"),
    ]

    @Test(arguments: rows)
    private func theTruthTable(_ row: Row) {
        var state = RuleState(row.rule, every: .seconds(10))
        for run in row.runs.dropLast() { state.restore(run) }
        let verdict = state.observe(row.runs[row.runs.count - 1])
        #expect(verdict.judgement == row.judgement)
        #expect(verdict.reason == row.reason)
    }

    @Test func aVerdictCarriesValueBoundAndCount() {
        var state = RuleState(RuleSpec(name: "p95", critical: p95(.greater, 1)), every: .seconds(10))
        #expect(state.verdict(at: .distantPast) == Verdict(.unknown, reason: "no run yet"))
        state.restore(run(0.5))
        let verdict = state.observe(run(5, at: 10, isCensored: true, failure: timedOut))
        #expect(verdict.value == 5 && verdict.isCensored && verdict.n == 2)
        // Both samples are older than the window at that moment.
        let later = state.verdict(at: run(at: 910).ended)
        #expect(later == Verdict(.unknown, n: 0, reason: "p95(duration, 15m) unknown: 0 samples, 1 needed"))
    }

    @Test func aReloadKeepsTheSamplesOfWindowsThatAreStillWanted() {
        var state = RuleState(RuleSpec(name: "p95", critical: p95(.greater, 1)), every: .seconds(10))
        for second in 0..<30 { _ = state.observe(run(0.7, at: Int64(second) * 10)) }
        var tighter = RuleState(
            RuleSpec(name: "p95", warning: p95(.greater, 0.5), critical: p95(.greater, 1)), every: .seconds(10), keeping: state)
        #expect(tighter.verdict(at: run(at: 300).ended).reason == "p95(duration, 15m) = 700ms > 500ms (n = 30)")
        var other = RuleState(
            RuleSpec(name: "p95", critical: p95(.greater, 1, window: .seconds(60))), every: .seconds(10), keeping: state)
        #expect(other.verdict(at: run(at: 300).ended).judgement == .unknown)
    }
}
