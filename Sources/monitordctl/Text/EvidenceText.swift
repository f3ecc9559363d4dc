import Model

/// What the first bad run of each probe saw, with what differed in the last good one before it.
enum EvidenceText {
    /// Of a storm the first probes tell enough, and `--json` has the others.
    private static let probes = 5

    /// Of the newest incident that has any; its name stands there where it is not the one asked about.
    static func lines(_ incidents: [Explanation.Incident]) -> [String] {
        let shown = incidents.filter { !$0.evidence.isEmpty }
        guard let incident = shown.first else { return [] }
        var lines: [String] = []
        for evidence in incident.evidence.prefix(probes) {
            let place = incidents.count > 1 ? " of incident \(incident.id)" : ""
            let good = evidence.goodAt.map { "beside the good run of \($0.brief)" } ?? "no good run before it is known"
            lines.append("  \(evidence.probe)\(place): bad run of \(evidence.badAt.brief), \(good)".withoutControls)
            lines += evidence.items.flatMap(item)
        }
        if incident.evidence.count > probes { lines.append("  \(incident.evidence.count - probes) more probes: see --json") }
        if shown.count > 1 {
            let ids = shown.dropFirst().map(\.id).joined(separator: ", ")
            lines.append("  also of incident \(ids): monitordctl explain INCIDENT")
        }
        return lines
    }

    private static func item(_ item: Explanation.Evidence.Item) -> [String] {
        let bad = texts(item.bad)
        // Of several lines, those that are the same in both stand there once.
        let before = texts(item.good).filter { !bad.contains($0) }
        let isSame = item.good != nil && before.isEmpty && bad.count == 1
        let first = bad.isEmpty ? ["none"] : isSame ? [bad[0] + " (as before)"] : bad
        return block(item.name, first, indent: 4) + block("before", before, indent: 6)
    }

    private static func texts(_ text: String?) -> [String] {
        (text ?? "").split(separator: "\n").map { String($0).withoutControls }
    }

    /// A name, and a text beside it that may have several lines.
    private static func block(_ name: String, _ texts: [String], indent: Int) -> [String] {
        texts.enumerated().map { index, text in
            let key = (index == 0 ? name.withoutControls : "").padded(16 - indent)
            return String(repeating: " ", count: indent) + key + " " + text
        }
    }
}
