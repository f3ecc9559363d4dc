import Model

/// `monitordctl run`: how the run ended, its phases and samples, and what the rules say.
enum RunText {
    static func lines(_ name: String, _ reply: CommandReply, isDry: Bool, _ paint: Paint) -> [String] {
        guard let run = reply.run else { return [reply.message] + reply.details.map { "  " + $0.withoutControls } }
        let took = Quantity.text(run.durationSeconds, .seconds)
        let ended: String
        switch run.outcome {
        case .ok: ended = paint.state(.ok, "ok") + " in \(took)"
        case .failed: ended = paint.state(.critical, "failed") + " after \(took)"
        case .timeout: ended = paint.state(.critical, "timed out") + " after \(took)"
        case .monitorFault: ended = paint.state(.unknown, "could not be measured") + ", which is no fault of the target"
        }
        var lines = ["\(name.withoutControls): \(ended)\(run.reason.map { ": " + $0.withoutControls } ?? "")"]
        let phases = run.samples.filter { $0.key.hasSuffix("_duration") }.sorted { rank($0.key) < rank($1.key) }
        if !phases.isEmpty {
            let longest = phases.map(\.value).max() ?? 0
            lines += ["", paint.strong("Phases")]
            let rows = phases.map { phase in
                (String(phase.key.dropLast(9)), Quantity.text(phase.value, .seconds), bar(phase.value, of: longest))
            }
            lines += aligned(rows)
        }
        let others = run.samples.filter { !$0.key.hasSuffix("_duration") }.sorted { $0.key < $1.key }
        if !others.isEmpty {
            lines += ["", paint.strong("Samples")]
            lines += aligned(others.map { ($0.key, SampleText.value($0.value, of: $0.key), "") })
        }
        if !reply.details.isEmpty {
            lines += ["", paint.strong("Verdicts")]
            lines += reply.details.map { "  " + $0.withoutControls }
        }
        if isDry { lines += ["", "Nothing was stored and nobody is told."] }
        return lines
    }

    static func exitCode(_ outcome: Outcome) -> Int32 {
        switch outcome {
        case .ok: 0
        case .failed, .timeout: 2
        case .monitorFault: 3
        }
    }

    /// The order in which phases happen.
    private static func rank(_ sample: String) -> (Int, String) {
        let order = [
            "dns_duration", "connect_duration", "tls_duration", "handshake_duration", "processing_duration",
            "query_duration", "transfer_duration",
        ]
        return (order.firstIndex(of: sample) ?? order.count, sample)
    }

    private static func bar(_ value: Double, of longest: Double) -> String {
        guard longest > 0, value > 0 else { return "" }
        let eighths = Int((value / longest * 160).rounded())
        return String(repeating: "█", count: eighths / 8) + ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
    }

    private static func aligned(_ rows: [(name: String, value: String, bar: String)]) -> [String] {
        let names = rows.map(\.name.count).max() ?? 0
        let values = rows.map(\.value.count).max() ?? 0
        return rows.map { row in
            let name = row.name.withoutControls + String(repeating: " ", count: names - row.name.count)
            let value = String(repeating: " ", count: values - row.value.count) + row.value
            return "  \(name)  \(value)\(row.bar.isEmpty ? "" : "  " + row.bar)"
        }
    }
}

/// A sample with the unit that its name says it has.
enum SampleText {
    static func unit(of name: String) -> Unit {
        if name == Sample.duration || name.hasSuffix("_duration") || name.hasSuffix("expires_in") { return .seconds }
        if name.hasSuffix("_bytes") { return .bytes }
        if name == "score" || name.hasPrefix("check_") { return .percent }
        return .none
    }

    static func value(_ value: Double, of name: String) -> String { Quantity.text(value, unit(of: name)) }
}
