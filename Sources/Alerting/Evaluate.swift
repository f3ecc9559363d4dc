package import Model
import TimeSeries

/// One rule of one probe with the samples that its conditions look back on: says after each run what the rule thinks.
///
/// Pure: it knows no clock. `now` of a judgement is the moment when the run ended, which is also the time of its samples, so the
/// newest sample is always inside the window `(now - duration, now]`.
///
/// The truth table:
///
/// | run | `failed` | newest sample | aggregate |
/// |---|---|---|---|
/// | ok | good | compared | window with the new sample |
/// | failed | bad | compared, unknown where it is absent | window, with the sample if there is one |
/// | timeout | bad | greater than its bound | window, ranked above all that was observed |
/// | monitor_fault | unknown | unknown | unknown, nothing enters the window |
/// | extra | as above | as above | window as it is, nothing enters |
package struct RuleState: Sendable {
    package let spec: RuleSpec
    private var series: [Series] = []
    private var latest: Observation?

    /// The window of one sample name; all conditions of the rule with the same name and duration share it.
    private struct Series: Sendable {
        var sample: String
        var window: Window
    }

    /// - Parameters:
    ///   - every: the interval of the probe, which tells how large the windows become.
    ///   - old: the same rule before a reload; windows that are still wanted keep their samples.
    package init(_ spec: RuleSpec, every: Duration, keeping old: RuleState? = nil) {
        self.spec = spec
        latest = old?.latest
        let conditions = spec.conditions
        for condition in conditions {
            guard case .compare(.aggregate(_, let sample, let duration), _, _, _) = condition,
                !series.contains(where: { $0.sample == sample && $0.window.duration == duration })
            else { continue }
            let thresholds = conditions.compactMap { other -> Double? in
                guard case .compare(.aggregate(.quantile, sample, duration), _, let threshold, _) = other else { return nil }
                return threshold
            }
            if var kept = old?.series.first(where: { $0.sample == sample && $0.window.duration == duration }) {
                kept.window.watch(thresholds)
                series.append(kept)
            } else {
                series.append(
                    Series(sample: sample, window: Window(duration: duration, every: every, thresholds: thresholds)))
            }
        }
    }

    /// Takes the result of a run, and judges.
    package mutating func observe(_ observation: Observation) -> Verdict {
        restore(observation)
        return verdict(at: observation.ended)
    }

    /// Takes the result of a run without judging: for results that were judged before a restart.
    package mutating func restore(_ observation: Observation) {
        latest = observation
        guard !observation.isExtra, observation.outcome != .monitorFault else { return }
        for index in series.indices {
            guard let sample = observation[series[index].sample] else { continue }
            series[index].window.append(time: observation.ended, value: sample.value, isCensored: sample.isCensored)
            series[index].window.advance(to: observation.ended)
        }
    }

    /// What the rule says at `now` of the newest run and of what the windows hold then.
    ///
    /// Critical wins over warning. One condition that holds is enough to be bad; to be good, all must be known not to hold. A rule
    /// that has neither level tells nobody whatever happens: it is always good, and its sentence says how the target stands.
    package mutating func verdict(at now: Timestamp) -> Verdict {
        guard let latest else { return Verdict(tells ? .unknown : .good, reason: "no run yet") }
        for index in series.indices { series[index].window.advance(to: now) }
        guard tells else { return aim(latest) }
        var verdict = judge(latest)
        if spec.clearCritical != nil || spec.clearWarning != nil { verdict.keeps = keeps(verdict.judgement, latest) }
        return verdict
    }

    private func judge(_ latest: Observation) -> Verdict {
        let critical = spec.critical.map { find($0, latest) }
        if let critical, critical.holds == true { return critical.verdict(.bad(.critical)) }
        let warning = spec.warning.map { find($0, latest) }
        if let warning, warning.holds == true { return warning.verdict(.bad(.warning)) }
        let findings = [critical, warning].compactMap { $0 }
        if let open = findings.first(where: { $0.holds == nil }) { return open.verdict(.unknown) }
        // The finding with a number says more than that the run did not fail, and the milder limit more than the other.
        let shown = findings.last { $0.value != nil } ?? findings[0]
        return shown.verdict(.good)
    }

    /// The levels above the one judged whose clear conditions are not known to hold.
    private func keeps(_ judgement: Verdict.Judgement, _ latest: Observation) -> [Level: String] {
        var keeps: [Level: String] = [:]
        let pairs: [(Level, Condition?, Condition?)] = [
            (.critical, spec.critical, spec.clearCritical), (.warning, spec.warning, spec.clearWarning),
        ]
        for (level, threshold, clear) in pairs {
            guard threshold != nil, let clear, judgement == .good || judgement == .bad(.warning) && level == .critical else {
                continue
            }
            let finding = find(clear, latest)
            if finding.holds != true { keeps[level] = finding.verdict(.unknown).reason }
        }
        return keeps
    }

    private var tells: Bool { spec.warning != nil || spec.critical != nil }

    private func aim(_ latest: Observation) -> Verdict {
        if let target = spec.target { return find(target, latest).verdict(aim: "target") }
        if let gate = spec.gate { return find(gate, latest).verdict(aim: "gate") }
        return Verdict(.good, reason: "no condition")
    }

    private func find(_ condition: Condition, _ run: Observation) -> Finding {
        if run.outcome == .monitorFault {
            return Finding(condition, .unknown("monitor fault: \(run.failure?.detail ?? "not measured")"))
        }
        switch condition {
        case .failed:
            let isBad = run.outcome != .ok
            return Finding(condition, .failed(isBad ? run.failure?.detail ?? run.outcome.rawValue : nil))
        case .compare(.sample(let name), let comparison, let threshold, _):
            guard let sample = run[name] else {
                return Finding(condition, .unknown(run.failure?.detail ?? "the run has no such sample"))
            }
            guard !sample.value.isNaN else { return Finding(condition, .unknown("its value is not a number")) }
            let holds = comparison.decides(sample.value, isCensored: sample.isCensored, threshold)
            return Finding(condition, .number(holds, sample.value, isCensored: sample.isCensored, n: nil))
        case .compare(.aggregate(let aggregate, let name, let duration), let comparison, let threshold, _):
            guard let index = series.firstIndex(where: { $0.sample == name && $0.window.duration == duration }) else {
                preconditionFailure("rule \(spec.name) has no window of \(duration.short) for \(name)")
            }
            let count = series[index].window.count
            // A count is known however few samples there are.
            guard aggregate == .count || count >= max(1, spec.minSamples), let estimate = series[index].window.value(aggregate)
            else {
                let noun = count == 1 ? "sample" : "samples"
                return Finding(condition, .unknown("\(count) \(noun), \(max(1, spec.minSamples)) needed"), n: count)
            }
            let holds = series[index].window.decides(aggregate, comparison, threshold)
            return Finding(
                condition, .number(holds, estimate.value, isCensored: estimate.isCensored, n: estimate.n))
        }
    }
}
