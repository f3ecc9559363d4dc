import Model

/// `monitordctl history`: a plot of one sample over time, and its quantiles.
enum HistoryText {
    static func lines(
        _ name: String, _ runs: [Snapshot.Run], sample: String, since: Timestamp, until: Timestamp, width: Int, _ paint: Paint
    ) -> [String] {
        guard !runs.isEmpty else { return ["\(name.withoutControls) has no runs since \(since.readable)."] }
        let outcomes = Outcome.allCases.compactMap { outcome -> String? in
            let count = runs.count { $0.outcome == outcome }
            return count == 0 ? nil : "\(count) \(outcome.words)"
        }
        var lines = [
            "\(paint.strong(name.withoutControls))  \(sample)  \(counted(runs.count, "run")): \(outcomes.joined(separator: ", "))"
        ]
        let values = runs.compactMap { $0.samples[sample] }.filter(\.isFinite)
        guard let maximum = values.max() else {
            let known = Set(runs.flatMap(\.samples.keys)).sorted().joined(separator: ", ")
            return lines + ["No run has the sample \(sample). \(known.isEmpty ? "None has any." : "There are: \(known).")"]
        }
        lines.append("")
        let plot = Plot(runs, sample: sample, since: since, until: until, width: width, top: maximum)
        lines += plot.lines(paint)
        lines += ["", quantiles(values, sample)]
        return lines
    }

    private static func quantiles(_ values: [Double], _ sample: String) -> String {
        let sorted = values.sorted()
        let parts =
            [("min", sorted[0])] + [50, 95, 99].map { ("p\($0)", rank($0, sorted)) } + [("max", sorted[sorted.count - 1])]
        return "n \(sorted.count)  " + parts.map { "\($0.0) \(SampleText.value($0.1, of: sample))" }.joined(separator: "  ")
    }

    /// Nearest rank: the k-th smallest, k = ceil(q·n), in whole numbers.
    static func rank(_ percent: Int, _ sorted: [Double]) -> Double {
        sorted[max(1, (percent * sorted.count + 99) / 100) - 1]
    }

    /// What a kind is looked at for.
    static func mainSample(_ runs: [Snapshot.Run]) -> String {
        ["score", "expires_in", Sample.duration].first { name in runs.contains { $0.samples[name] != nil } } ?? Sample.duration
    }

    /// RFC 4180, with a column for each sample that any run has.
    static func csv(_ runs: [Snapshot.Run]) -> String {
        let samples = Set(runs.flatMap(\.samples.keys)).sorted()
        let rows = runs.map { run in
            [run.time.description, run.outcome.rawValue, run.reason ?? "", run.durationSeconds.description]
                + samples.map { run.samples[$0].map(\.description) ?? "" }
        }
        return ([["time", "outcome", "reason", "duration_seconds"] + samples] + rows)
            .map { $0.map(field).joined(separator: ",") }.joined(separator: "\r\n")
    }

    private static func field(_ text: String) -> String {
        text.contains { $0 == "," || $0 == "\"" || $0.isNewline } ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
    }
}

extension Outcome {
    var words: String {
        switch self {
        case .ok: "ok"
        case .failed: "failed"
        case .timeout: "timed out"
        case .monitorFault: "not measured"
        }
    }
}
