import Model
import Support
import Testing

@testable import monitordctl

@Suite struct HistoryTests {
    /// A day of runs every ten minutes: a slow swell, one spike, two failures.
    private var runs: [Snapshot.Run] {
        (0..<144).map { index in
            let started = Example.now - .seconds(86_400) + .seconds(Int64(index) * 600)
            let swell = 0.1 + 0.05 * Double(index % 48) / 48
            let measured =
                index == 30 || index == 31
                ? Measured.failed(.connect, "Connection refused, \"really\".")
                : Measured(samples: [Sample(Sample.duration, index == 100 ? 0.9 : swell)])
            return Snapshot.Run(
                Observation(
                    probe: "api", planned: started, started: started, elapsed: .milliseconds(100), measured: measured))
        }
    }

    private func plot(_ runs: [Snapshot.Run], sample: String = Sample.duration) -> [String] {
        HistoryText.lines(
            "api", runs, sample: sample, since: Example.now - .seconds(86_400), until: Example.now, width: 80, .plain)
    }

    @Test func thePlotKeepsTheSpikeAndMarksTheFailures() throws {
        let lines = plot(runs)
        #expect(try Golden.difference(lines.joined(separator: "\n") + "\n", "history.txt") == nil)
        #expect(lines.allSatisfy { $0.count <= 80 })
    }

    @Test func withoutRunsOrSamplesItSaysSo() {
        #expect(plot([]) == ["api has no runs since 2026-03-28 01:30:00 UTC."])
        #expect(plot(runs, sample: "score").last == "No run has the sample score. There are: duration.")
        #expect(plot([runs[30]]).last == "No run has the sample duration. None has any.")
    }

    @Test func quantilesAreByNearestRank() {
        let sorted = (1...20).map(Double.init)
        #expect([50, 95, 99, 100].map { HistoryText.rank($0, sorted) } == [10, 19, 20, 20])
        #expect(HistoryText.rank(50, [7]) == 7)
        #expect(HistoryText.rank(50, [1, 2]) == 1)
    }

    @Test func commaSeparatedValuesQuoteWhatNeedsIt() {
        let lines = HistoryText.csv([runs[0], runs[30]]).components("\r\n")
        #expect(
            lines == [
                "time,outcome,reason,duration_seconds,duration", "2026-03-28T01:30:00Z,ok,,0.1,0.1",
                #"2026-03-28T06:30:00Z,failed,"Connection refused, ""really"".",0.1,"#,
            ])
    }

    @Test func queriesAreEncoded() {
        #expect(Daemon.path("/a", [("probe", "ü &=+/%")]) == "/a?probe=%C3%BC%20%26%3D%2B%2F%25")
        #expect(Daemon.path("/a", []) == "/a")
    }
}

extension String {
    fileprivate func components(_ separator: String) -> [String] {
        var parts: [String] = []
        var rest = Substring(self)
        while let range = rest.firstRange(of: separator) {
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return parts + [String(rest)]
    }
}
