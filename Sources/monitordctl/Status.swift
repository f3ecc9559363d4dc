import ArgumentParser
import Model
import Settings
import Transfer

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show every probe, open incidents and monitord's own health.",
        discussion: "Exits 0 where all is ok or pending, 1 on a warning, 2 on critical, 3 where something is unknown.")

    @Argument(help: ArgumentHelp("Only these probes.", valueName: "name"))
    var names: [String] = []

    @Flag(help: "Show it anew every two seconds, until interrupted.")
    var watch = false

    @Option(
        help: ArgumentHelp(
            "How things stood then: an age such as 90m, or a time such as 02:00, \"yesterday 02:00\" or \"2026-03-29 02:00\".",
            valueName: "time"))
    var at: String?

    @OptionGroup var connection: Connection

    func validate() throws {
        if watch, at != nil { throw ValidationError("Give --watch or --at, not both.") }
        _ = try moment()
    }

    private func moment() throws -> Timestamp? {
        try at.map { try LocalZone.here.time("--at", $0, now: SystemClock().now().wall, .back) }
    }

    private static let pause = Duration.seconds(2)

    func run() async throws {
        try await connection.withDaemon { daemon in
            let worst = try await show(daemon)
            guard watch else { throw ExitCode(StatusText.exitCode(worst)) }
            while true {
                try await Task.sleep(for: Self.pause)
                do {
                    _ = try await show(daemon)
                } catch let trouble as Trouble {
                    // A restart is no reason to stop watching.
                    Terminal.clear()
                    Terminal.complain(trouble.sentence)
                }
            }
        }
    }

    private func show(_ daemon: Daemon) async throws -> Snapshot.State {
        let past = try moment().map { [("at", $0.description)] } ?? []
        let snapshot = try await daemon.get("/api/v1/status", past, as: Snapshot.self).restricted(to: names)
        if watch { Terminal.clear() }
        if connection.json {
            try Terminal.say(json: snapshot)
        } else {
            Terminal.say(StatusText.lines(snapshot, isPast: at != nil, Terminal.paint).joined(separator: "\n"))
        }
        return snapshot.worst
    }
}

extension Trouble {
    static func noProbe(_ name: String, known: [String]) -> Trouble {
        let suggestion = Suggestion.clause(for: name, in: known)
        return Trouble("There is no probe \(name.withoutControls)\(suggestion.isEmpty ? "." : suggestion)")
    }
}
