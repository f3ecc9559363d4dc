import Model

/// `monitordctl status`: what is wrong first, then the rest, then monitord itself.
enum StatusText {
    static func lines(_ snapshot: Snapshot, isPast: Bool = false, _ paint: Paint) -> [String] {
        let counts = summary(snapshot.summary)
        let head = [paint.strong(snapshot.node.withoutControls), snapshot.time.readable] + (counts.isEmpty ? [] : [counts])
        var lines = [head.joined(separator: "  "), ""]
        lines += probes(snapshot, paint)
        let open = snapshot.incidents.filter { $0.resolvedAt == nil }
        if !open.isEmpty {
            lines += ["", paint.strong("Open incidents")]
            for incident in open { lines += IncidentText.lines(incident, now: snapshot.time, paint) }
        }
        lines += held(snapshot, paint)
        lines.append("")
        lines += isPast ? [asOf] : daemon(snapshot, paint)
        return lines
    }

    private static let asOf =
        "As it was then, with probes and rules as they are configured now: monitordctl explain NAME --at says why."

    /// So many lines of what is held back; the others are counted.
    private static let heldLines = 20

    private static func held(_ snapshot: Snapshot, _ paint: Paint) -> [String] {
        let texts = snapshot.heldTexts
        let holders = snapshot.holdersText
        guard !texts.isEmpty || holders != nil else { return [] }
        var lines = ["", paint.strong("Held back") + (holders.map { "  \($0)" } ?? "")]
        lines += texts.prefix(heldLines).map { "  " + $0.withoutControls }
        if texts.count > heldLines { lines.append("  and \(texts.count - heldLines) more") }
        if texts.isEmpty { lines.append("  nothing now") }
        return lines
    }

    /// Counts of the states that occur, the worst first.
    private static func summary(_ summary: Snapshot.Summary) -> String {
        let counts = [
            (summary.critical, "critical"), (summary.warning, "warning"), (summary.unknown, "unknown"),
            (summary.pending, "pending"), (summary.ok, "ok"),
        ]
        return counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    }

    private static func probes(_ snapshot: Snapshot, _ paint: Paint) -> [String] {
        guard !snapshot.probes.isEmpty else { return ["No probes are configured."] }
        var table = Table(["STATE", "PROBE", "SINCE", "LAST", "P95", "NEXT", "REASON"])
        for probe in snapshot.probesByUrgency {
            let next = probe.nextRun.map { $0 <= snapshot.time ? "now" : ($0 - snapshot.time).rough } ?? ""
            table.add(
                [
                    probe.state.rawValue, probe.name, (snapshot.time - probe.since).rough, probe.valueText, probe.p95Text, next,
                    probe.reasonText,
                ]
            ) { $0.state(probe.state, $1) }
        }
        return table.lines(paint)
    }

    private static func daemon(_ snapshot: Snapshot, _ paint: Paint) -> [String] {
        let daemon = snapshot.daemon
        let who = "monitord \(daemon.version), running for \((snapshot.time - daemon.startedAt).rough)"
        let problems = snapshot.daemonProblems
        guard !problems.isEmpty else {
            return ["\(who): healthy; runs start at most \(Quantity.text(daemon.latenessSecondsMax, .seconds)) late."]
        }
        return [paint.trouble("\(who), needs attention:")] + problems.map { "  " + $0.withoutControls }
    }

    /// The Nagios convention.
    static func exitCode(_ worst: Snapshot.State) -> Int32 {
        switch worst {
        case .ok, .pending: 0
        case .warning: 1
        case .critical: 2
        case .unknown: 3
        }
    }
}

extension Snapshot {
    /// Only these probes, the incidents that they are part of, and the daemon. Throws where a name is unknown.
    func restricted(to names: [String]) throws -> Snapshot {
        guard !names.isEmpty else { return self }
        let known = probes.map(\.name)
        for name in names where !known.contains(name) { throw Trouble.noProbe(name, known: known) }
        return Snapshot(
            node: node, time: time, probes: probes.filter { names.contains($0.name) },
            incidents: incidents.filter { !Set($0.probes).isDisjoint(with: names) }, daemon: daemon, held: held)
    }
}
