import ArgumentParser
import Model
import Transfer

struct History: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Plot what a probe measured, with min, p50, p95, p99 and max by nearest rank.",
        discussion: "A column shows the greatest value of its time. --json prints an array of runs, --csv one line a run.")

    @Argument(help: ArgumentHelp("The probe.", valueName: "name"))
    var name: String

    @Option(help: ArgumentHelp("How far back: an age such as 24h, or a time such as \"yesterday 02:00\".", valueName: "time"))
    var since = "24h"

    @Option(
        help: ArgumentHelp(
            "The sample to plot. Default: score, expires_in or duration, whichever the probe has.", valueName: "sample"))
    var sample: String?

    @Flag(help: "Print comma-separated values.")
    var csv = false

    @OptionGroup var connection: Connection

    func validate() throws {
        _ = try LocalZone.here.time("--since", since, now: SystemClock().now().wall, .back)
        if csv, connection.json { throw ValidationError("Give --json or --csv, not both.") }
    }

    /// What the daemon gives at most.
    private static let limit = 100_000

    func run() async throws {
        try await connection.withDaemon { daemon in
            let until = SystemClock().now().wall
            let from = try LocalZone.here.time("--since", since, now: until, .back)
            let runs: [Snapshot.Run]
            do {
                runs = try await daemon.get(
                    "/api/v1/history",
                    [
                        ("probe", name), ("since", from.description), ("until", until.description),
                        ("limit", String(Self.limit)),
                    ], as: [Snapshot.Run].self)
            } catch let trouble as Trouble {
                let known = try await daemon.get("/api/v1/status", as: Snapshot.self).probes.map(\.name)
                throw known.contains(name) ? trouble : Trouble.noProbe(name, known: known)
            }
            if connection.json { return try Terminal.say(json: runs) }
            if csv { return Terminal.say(HistoryText.csv(runs)) }
            Terminal.say(
                HistoryText.lines(
                    name, runs, sample: sample ?? HistoryText.mainSample(runs), since: from, until: until,
                    width: Terminal.width, Terminal.paint
                ).joined(separator: "\n"))
        }
    }
}
