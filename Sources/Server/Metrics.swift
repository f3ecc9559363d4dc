import Model

/// A snapshot as Prometheus reads it. Names are blackbox_exporter's where it has one, so that its dashboards and alerts work.
enum Metrics {
    enum Format {
        case text, openMetrics

        var contentType: String {
            switch self {
            case .text: "text/plain; version=0.0.4; charset=utf-8"
            case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
            }
        }
    }

    static func exposition(_ snapshot: Snapshot, _ format: Format) -> [UInt8] {
        var out = Exposition(format, reserving: 16_384 + snapshot.probes.count * 2_500)
        let probes = snapshot.probes.map { Row(probe: $0, labels: Labelling.pair("probe", $0.name)) }
        results(probes, &out)
        states(probes, &out)
        counts(probes, &out)
        ProcessMetrics.write(snapshot, &out)
        DaemonMetrics.write(snapshot, &out)
        out.end()
        return out.bytes
    }

    private struct Row {
        var probe: Snapshot.Probe
        var labels: [UInt8]
    }

    /// A sample that has a name of its own among the metrics.
    private struct Named {
        var sample: String
        var metric: String
        var help: String
        /// nil: every kind.
        var kind: String?
        /// The sample counts seconds from the run; the metric is an instant.
        var isInstant = false
    }

    private static let named: [Named] = [
        Named(
            sample: "dns_duration", metric: "probe_dns_lookup_time_seconds",
            help: "Time of the name look-up in seconds, of the last run."),
        Named(
            sample: "status_code", metric: "probe_http_status_code",
            help: "Status code of the last response; 0 where none came.",
            kind: "http"),
        Named(
            sample: "redirects", metric: "probe_http_redirects", help: "Redirects that the last run followed.", kind: "http"),
        Named(sample: "http_version", metric: "probe_http_version", help: "HTTP version of the last response.", kind: "http"),
        Named(
            sample: "body_bytes", metric: "probe_http_uncompressed_body_length",
            help: "Length of the last response's body in bytes, after decoding.", kind: "http"),
        Named(
            sample: "certificate_expires_in", metric: "probe_ssl_earliest_cert_expiry",
            help: "Unix time at which the earliest certificate of the presented chain ends.", kind: "http", isInstant: true),
        Named(
            sample: "expires_in", metric: "probe_ssl_earliest_cert_expiry",
            help: "Unix time at which the earliest certificate of the presented chain ends.", kind: "tls", isInstant: true),
    ]

    /// Phases of an HTTP exchange as blackbox_exporter calls them.
    private static let phases: [(sample: String, phase: String)] = [
        ("dns_duration", "resolve"), ("connect_duration", "connect"), ("tls_duration", "tls"),
        ("processing_duration", "processing"), ("transfer_duration", "transfer"),
    ]

    private static func results(_ rows: [Row], _ out: inout Exposition) {
        out.begin(
            "probe_success", .gauge,
            "Whether the last run was ok. Absent where monitord itself could not measure: that is no fault of the target.")
        for row in rows {
            guard let last = row.probe.last, last.outcome != .monitorFault else { continue }
            out.add(row.labels, last.outcome == .ok)
        }
        out.begin("probe_duration_seconds", .gauge, "How long the last run took in seconds.")
        for row in rows { if let last = row.probe.last { out.add(row.labels, last.durationSeconds) } }

        out.begin("probe_http_duration_seconds", .gauge, "Duration of each phase of the last HTTP run in seconds.")
        let phaseLabels = phases.map { (sample: $0.sample, label: Labelling.pair("phase", $0.phase)) }
        for row in rows where row.probe.kind == "http" {
            guard let samples = row.probe.last?.samples else { continue }
            for (sample, label) in phaseLabels {
                if let value = samples[sample] { out.add(row.labels, and: label, value) }
            }
        }
        var begun = ""
        for entry in named {
            if entry.metric != begun { out.begin(entry.metric, .gauge, entry.help) }
            begun = entry.metric
            for row in rows where entry.kind == nil || entry.kind == row.probe.kind {
                guard let last = row.probe.last, let value = last.samples[entry.sample] else { continue }
                out.add(row.labels, entry.isInstant ? last.time.seconds + value : value)
            }
        }
        otherSamples(rows, &out)
        out.begin("monitord_probe_failure", .gauge, "1 for the reason why the last run was not ok.")
        for row in rows {
            guard let failure = row.probe.last?.failure else { continue }
            out.add(row.labels, and: Labelling.pair("reason", failure.rawValue), 1)
        }
        out.begin("monitord_probe_last_run_timestamp_seconds", .gauge, "Unix time at which the last run started.")
        for row in rows { if let last = row.probe.last { out.add(row.labels, last.time.seconds) } }
    }

    private static func otherSamples(_ rows: [Row], _ out: inout Exposition) {
        out.begin(
            "monitord_probe_sample", .gauge,
            "Samples of the last run that have no metric of their own, in base units: seconds, bytes, ratios, counts.")
        var taken: [String: Set<String>] = [:]
        for row in rows {
            guard let samples = row.probe.last?.samples else { continue }
            let kind = row.probe.kind
            let known =
                taken[kind]
                ?? Set(named.filter { $0.kind == nil || $0.kind == kind }.map(\.sample))
                .union(kind == "http" ? phases.map(\.sample) : []).union([Sample.duration])
            taken[kind] = known
            for (name, value) in samples.sorted(by: { $0.key < $1.key }) where !known.contains(name) {
                out.add(row.labels, and: Labelling.pair("sample", name), value)
            }
        }
    }

    private static func states(_ rows: [Row], _ out: inout Exposition) {
        let stateLabels = Snapshot.State.allCases.map { (state: $0, label: Labelling.pair("state", $0.rawValue)) }
        out.begin("monitord_probe_state", .gauge, "1 for the state that the probe is in, 0 for the others.")
        for row in rows {
            for (state, label) in stateLabels { out.add(row.labels, and: label, row.probe.state == state) }
        }
        out.begin("monitord_probe_state_since_timestamp_seconds", .gauge, "Unix time at which the probe came into its state.")
        for row in rows { out.add(row.labels, row.probe.since.seconds) }
        out.begin("monitord_rule_state", .gauge, "1 for the state that the rule is in, 0 for the others.")
        for row in rows {
            for rule in row.probe.rules {
                let labels = Labelling.join(row.labels, Labelling.pair("rule", rule.name))
                for (state, label) in stateLabels { out.add(labels, and: label, rule.state == state) }
            }
        }
        out.begin(
            "monitord_rule_value", .gauge,
            "What the rule last compared, in base units; absent where there was nothing to compare.")
        for row in rows {
            for rule in row.probe.rules {
                if let value = rule.value {
                    out.add(row.labels, and: Labelling.pair("rule", rule.name), value)
                }
            }
        }
        out.begin(
            "monitord_probe_duration_p95_seconds", .gauge,
            "The 95th percentile of the runs' durations in seconds, by nearest rank, over the last hour or the longest window kept."
        )
        for row in rows { if let value = row.probe.p95Seconds { out.add(row.labels, value) } }
        out.begin("monitord_probe_duration_p95_runs", .gauge, "The number of runs in monitord_probe_duration_p95_seconds.")
        for row in rows { out.add(row.labels, row.probe.p95N) }
        information(rows, &out)
    }

    private static func information(_ rows: [Row], _ out: inout Exposition) {
        out.begin("monitord_probe_info", .gauge, "1, with the probe's kind and its labels, each with the prefix label_.")
        for row in rows {
            var labels = Labelling.join(row.labels, Labelling.pair("kind", row.probe.kind))
            var names: Set<String> = []
            // Two labels may differ only in characters that a name cannot have here; a name that stands twice is refused by
            // whoever reads it, so the first one counts.
            for (name, value) in row.probe.labels.sorted(by: { $0.key < $1.key }) {
                let shown = "label_" + Labelling.name(name)
                if names.insert(shown).inserted { labels = Labelling.join(labels, Labelling.pair(shown, value)) }
            }
            out.add(labels, 1)
        }
    }

    private static func counts(_ rows: [Row], _ out: inout Exposition) {
        let outcomes = Outcome.allCases.map { (name: $0.rawValue, label: Labelling.pair("outcome", $0.rawValue)) }
        out.begin("monitord_probe_runs_total", .counter, "Runs since the daemon started, by outcome.")
        for row in rows {
            for (name, label) in outcomes { out.add(row.labels, and: label, row.probe.runs[name] ?? 0) }
        }
        out.begin(
            "monitord_probe_skipped_total", .counter,
            "Planned runs that did not start since the daemon started, because the one before had not ended or the daemon was busy."
        )
        for row in rows { out.add(row.labels, row.probe.skipped) }
    }
}
