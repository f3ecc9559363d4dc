import Foundation
import Model
import Support
import Testing

@testable import Server

@Suite struct MetricsTests {
    @Test func theExpositionOfTheExampleIsAsRecorded() throws {
        #expect(
            try Golden.difference(String(decoding: Metrics.exposition(Example.snapshot, .text), as: UTF8.self), "metrics.txt")
                == nil)
        #expect(
            try Golden.difference(
                String(decoding: Metrics.exposition(Example.snapshot, .openMetrics), as: UTF8.self), "openmetrics.txt") == nil)
    }

    @Test func aStrictParserReadsBackWhatWasWritten() throws {
        for format in [Metrics.Format.text, .openMetrics] {
            let parsed = try ExpositionParser(
                Metrics.exposition(Example.snapshot, format), isOpenMetrics: format == .openMetrics)
            #expect(parsed.value("probe_success", ["probe": "api-health"]) == 0)
            #expect(parsed.value("probe_success", ["probe": "warehouse"]) == 1)
            #expect(parsed.value("probe_success", ["probe": "retail-quality"]) == nil, "our fault is not the target's")
            #expect(parsed.value("probe_http_duration_seconds", ["probe": "api-health", "phase": "tls"]) == 0.02)
            #expect(parsed.value("probe_http_status_code") == 503)
            #expect(
                parsed.value("probe_ssl_earliest_cert_expiry", ["probe": "site-certificate"])
                    == Example.now.seconds - 600 + 1_728_000)
            #expect(parsed.value("monitord_probe_sample", ["probe": "warehouse", "sample": "connect_duration"]) == 0.006)
            #expect(parsed.value("monitord_probe_sample", ["sample": "check_completeness"])?.isNaN == true)
            #expect(parsed.value("monitord_probe_failure", ["probe": "api-health", "reason": "status"]) == 1)
            #expect(parsed.value("monitord_probe_state", ["probe": "new-one", "state": "pending"]) == 1)
            #expect(parsed.value("monitord_probe_runs_total", ["probe": "api-health", "outcome": "ok"]) == 1200)
            #expect(parsed.value("monitord_probe_runs_total", ["probe": "api-health", "outcome": "timeout"]) == 0)
            #expect(parsed.value("monitord_delivery_attempts_total", ["channel": "pager"]) == 1)
            #expect(parsed.value("monitord_run_lateness_seconds_sum") == 12.25)
            #expect(parsed.value("process_resident_memory_bytes") == 48_234_496)
        }
    }

    @Test func hostileNamesAndLabelsStayInTheirQuotes() throws {
        var probe = Example.api
        probe.name = Example.hostile
        probe.labels = ["team": Example.hostile, "a b": "1", "a-b": "2", "ü": "3"]
        let snapshot = Snapshot(
            node: Example.hostile, time: Example.now, probes: [probe], incidents: [], daemon: Example.daemon)
        let parsed = try ExpositionParser(Metrics.exposition(snapshot, .text))
        #expect(parsed.value("probe_success", ["probe": Example.hostile]) == 0)
        #expect(parsed.value("monitord_probe_info", ["label_team": Example.hostile, "label_a_b": "1", "label__": "3"]) == 1)
    }

    @Test func numbersAreWrittenAsScrapersReadThem() {
        for (value, text) in [
            (0.0, "0"), (-0.0, "0"), (1, "1"), (-17, "-17"), (0.25, "0.25"), (1e-7, "1e-07"), (1e20, "1e+20"),
            (999_999_999_999_999, "999999999999999"), (Double.nan, "NaN"), (.infinity, "+Inf"), (-.infinity, "-Inf"),
        ] {
            var out = Exposition(.text, reserving: 0)
            out.begin("a", .gauge, "b")
            out.add([], value)
            #expect(String(decoding: out.bytes, as: UTF8.self).hasSuffix("\na \(text)\n"))
        }
    }

    /// Prometheus' own checker finds no fault with names, types and help.
    @Test func promtoolAccepts() throws {
        let promtool = "/usr/bin/promtool"
        try #require(
            FileManager.default.isExecutableFile(atPath: promtool), "promtool is missing: apt-get install prometheus has it")
        let process = Process()
        process.executableURL = URL(filePath: promtool)
        process.arguments = ["check", "metrics"]
        let input = Pipe()
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        process.standardError = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(Metrics.exposition(Example.snapshot, .text)))
        try input.fileHandleForWriting.close()
        let said = try output.fileHandleForReading.readToEnd().map { String(decoding: $0, as: UTF8.self) } ?? ""
        process.waitUntilExit()
        #expect(said == "")
        #expect(process.terminationStatus == 0)
    }
}
