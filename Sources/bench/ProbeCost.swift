/// What HTTP probes cost the release daemon, beside a bare libcurl loop at the same rates on the same nginx: CPU, lateness, memory,
/// and the metrics text of all of them.
enum ProbeCost {
    static let forScale = """
        for scale, CPU seconds per 1,000 HTTP probes on Debian 12, 2 cores: bare libcurl 0.23 to 0.40; Gatus 5.x with SQLite 1.64 at \
        100/s; Prometheus with blackbox_exporter 3.54
        """
    static let probes = 1000
    static let allowedRatio = 1.25
    static let allowedLateness = 0.05
    static let allowedBytes = 64 << 20
    /// Before the CPU is counted: first runs, name table, growing arrays.
    static let settling = 3.0

    static func run(_ site: Site) throws -> [Figure] {
        let nginx = try Nginx(site)
        defer { nginx.child.end() }
        var figures: [Figure] = []
        figures += try pair(site, nginx, rate: 100, seconds: 20, bareSeconds: 15)
        figures += try pair(site, nginx, rate: probes, seconds: 27, bareSeconds: 12)
        return figures
    }

    private static func pair(_ site: Site, _ nginx: Nginx, rate: Int, seconds: Double, bareSeconds: Int) throws -> [Figure] {
        // Half of the baseline before and half after, so that a change in the machine's load meets both.
        let before = try bare(site, nginx, rate, bareSeconds / 2)
        let daemon = try RunningDaemon(
            site, "probes-\(rate)", defaults: "defaults: {every: 1s, timeout: 1s, labels: {service: bench, environment: test}}",
            probes: (0..<rate).map { probe($0, nginx.address) })
        defer { daemon.child.end() }
        site.wait(settling)
        let first = try daemon.metrics()
        let start = daemon.child.cpuSeconds
        site.wait(seconds)
        let spent = daemon.child.cpuSeconds - start
        let last = try daemon.metrics()
        let runs = last.sum("monitord_run_lateness_seconds_count") - first.sum("monitord_run_lateness_seconds_count")
        var figures = rate == probes ? try health(site, daemon, last, nginx) : []
        daemon.child.end()
        let after = try bare(site, nginx, rate, bareSeconds - bareSeconds / 2)
        let ours = spent / runs * 1000
        let base = (before + after) / 2
        figures.insert(
            Figure(
                name: "CPU s per 1,000 probes at \(rate)/s", ours: decimals(ours, 3),
                baseline: "\(decimals(base, 3)) bare libcurl",
                ratio: ours / base, goal: "<= \(allowedRatio)", isMet: ours / base <= allowedRatio), at: 0)
        return figures
    }

    private static func bare(_ site: Site, _ nginx: Nginx, _ rate: Int, _ seconds: Int) throws -> Double {
        let loop = try BareLoop(site, url: nginx.address, rate: rate)
        let cost = try loop.run(seconds: seconds)
        if loop.failed > 0 { print("  \(loop.failed) requests of the bare loop failed") }
        return cost
    }

    /// With the rule that every probe has, and a P95 over five minutes.
    private static func probe(_ number: Int, _ address: String) -> String {
        let p95 = #"target: "p95(duration, 5m) < 500ms", critical: "p95(duration, 5m) > 900ms", min_samples: 20"#
        return #"{name: probe-\#(number), http: {url: "\#(address)"}, "#
            + "rules: [{name: failing, critical: failed, after: 2}, {name: p95, \(p95)}]}"
    }

    /// What 1,000 probes a second for half a minute leave.
    private static func health(
        _ site: Site, _ daemon: RunningDaemon, _ metrics: MetricValues, _ nginx: Nginx
    ) throws -> [Figure] {
        let runs = Int(metrics.sum("monitord_probe_runs_total"))
        let bad = runs - Int(metrics.sum("monitord_probe_runs_total", "outcome=\"ok\""))
        let skipped = Int(metrics.sum("monitord_probe_skipped_total"))
        let late = metrics.sum("monitord_run_lateness_seconds{", "quantile=\"0.99\"")
        let middle = metrics.sum("monitord_run_lateness_seconds{", "quantile=\"0.5\"")
        let bytes = daemon.child.peakResidentBytes
        return [
            Figure(name: "runs skipped, of \(runs)", ours: "\(skipped)", goal: "0", isMet: skipped == 0),
            Figure(name: "runs not answered", ours: "\(bad)", goal: "0", isMet: bad == 0),
            Figure(
                name: "lateness of a run", ours: "p50 \(time(middle)), p99 \(time(late))", goal: "p99 < 50 ms",
                isMet: late < allowedLateness),
            Figure(
                name: "resident memory, peak", ours: "\(decimals(Double(bytes) / 1_048_576, 1)) MiB", goal: "< 64 MiB",
                isMet: bytes > 0 && bytes < allowedBytes),
            try scrape(site, daemon, nginx),
        ]
    }

    /// `/metrics` of all probes, while they run, beside a file with the same bytes.
    private static func scrape(_ site: Site, _ daemon: RunningDaemon, _ nginx: Nginx) throws -> Figure {
        let text = try daemon.metricsText()
        try site.write(String(decoding: text, as: UTF8.self), to: nginx.folder + "/metrics.txt")
        let web = try Web()
        let file = site.times(20) { _ in _ = web.get(nginx.address + "file/metrics.txt") }
        let ours = try site.times(20) { _ in _ = try daemon.metricsText() }
        let lines = text.count { $0 == UInt8(ascii: "\n") }
        return Figure(
            name: "metrics text, \(lines) lines", ours: ours.text, baseline: "\(file.text) file by nginx",
            ratio: ours.p50 / file.p50, goal: "p99 < 500 ms", isMet: ours.p99 < 0.5)
    }
}
