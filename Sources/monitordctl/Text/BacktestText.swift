import Model
import Rehearsal

/// What a backtest found; its JSON keys are an interface.
struct BacktestResult: Encodable {
    var since: Timestamp
    var until: Timestamp
    var runs: Int
    var comparison: BacktestComparison
    /// Rules that could say nothing, and what of the ledger could not be read.
    var notes: [String]
}

/// One value of a sweep.
struct SweepRow: Encodable {
    var value: Double
    var shown: String
    var incidents: Int
    var pages: Int
    var messages: [String: [String: Int]]
    init(value: Double, shown: String, _ incidents: [HeardIncident]) {
        self.value = value
        self.shown = shown
        self.incidents = incidents.count
        pages = incidents.reduce(0) { $0 + $1.pages }
        messages = BacktestComparison.messages(incidents)
    }
}

enum BacktestText {
    static func lines(_ result: BacktestResult, _ paint: Paint) -> [String] {
        let (would, was) = (result.comparison.would, result.comparison.was)
        var lines = [
            "\(counted(result.runs, "run")) from \(result.since.readable) to \(result.until.readable)"
                + " (\((result.until - result.since).rough))",
            "",
        ]
        var table = Table(["", "WOULD BE", "WERE"])
        table.add(["incidents", "\(would.count)", "\(was.count)"])
        let (new, old) = (BacktestComparison.messages(would), BacktestComparison.messages(was))
        for target in Set(new.keys).union(old.keys).sorted() {
            table.add(["messages to \(target)", text(new[target] ?? [:]), text(old[target] ?? [:])])
        }
        lines += table.lines(paint)
        lines += section("Only under this file", result.comparison.added, paint)
        lines += section("Not under this file", result.comparison.gone, paint)
        let changed = result.comparison.both.filter { $0.would.messages != $0.was.messages || $0.would.level != $0.was.level }
        if !changed.isEmpty {
            var table = Table(["OPENED", "LEVEL", "TITLE", "WOULD BE TOLD", "WERE TOLD"])
            for pair in changed {
                table.add([
                    pair.would.openedAt.readable, pair.would.level.rawValue, pair.would.title, told(pair.would), told(pair.was),
                ])
            }
            lines += ["", paint.strong("Told otherwise (\(changed.count))")] + table.lines(paint)
        }
        let same = result.comparison.both.count - changed.count
        lines += ["", "The same in fact: \(counted(same, "incident"))."]
        return lines + result.notes.map { "note: \($0)".withoutControls }
    }

    static func lines(_ rows: [SweepRow], _ paint: Paint) -> [String] {
        let targets = Set(rows.flatMap(\.messages.keys)).sorted()
        var table = Table(["VALUE", "INCIDENTS", "PAGES"] + targets.map { $0.uppercased() })
        for row in rows {
            table.add(
                [row.shown, "\(row.incidents)", "\(row.pages)"]
                    + targets.map { "\((row.messages[$0] ?? [:]).values.reduce(0, +))" })
        }
        return table.lines(paint)
    }

    private static func section(_ title: String, _ incidents: [HeardIncident], _ paint: Paint) -> [String] {
        guard !incidents.isEmpty else { return [] }
        var table = Table(["OPENED", "LASTED", "LEVEL", "TITLE", "TOLD"])
        for incident in incidents {
            table.add([
                incident.openedAt.readable, incident.resolvedAt.map { ($0 - incident.openedAt).rough } ?? "open",
                incident.level.rawValue, incident.title, told(incident),
            ])
        }
        return ["", paint.strong("\(title) (\(incidents.count))")] + table.lines(paint)
    }

    private static func told(_ incident: HeardIncident) -> String {
        guard !incident.messages.isEmpty else { return "nobody" }
        return incident.messages.sorted { $0.key < $1.key }.map { "\($0.key): \(text($0.value))" }.joined(separator: "; ")
    }

    /// `2 trigger, 1 resolve`
    private static func text(_ kinds: [String: Int]) -> String {
        guard !kinds.isEmpty else { return "0" }
        let order = Notification.Kind.allCases.map(\.rawValue)
        return kinds.sorted { (order.firstIndex(of: $0.key) ?? 0) < (order.firstIndex(of: $1.key) ?? 0) }.map {
            "\($0.value) \($0.key)"
        }.joined(separator: ", ")
    }
}
