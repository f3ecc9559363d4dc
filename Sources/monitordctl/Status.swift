import ArgumentParser
import Model
import Settings

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show every probe, open incidents and monitord's own health.",
        discussion: "Exits 0 where all is ok or pending, 1 on a warning, 2 on critical, 3 where something is unknown.")

    @Argument(help: ArgumentHelp("Only these probes.", valueName: "name"))
    var names: [String] = []

    @Flag(help: "Show it anew every two seconds, until interrupted.")
    var watch = false

    @OptionGroup var connection: Connection

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
        let snapshot = try await daemon.get("/api/v1/status", as: Snapshot.self).restricted(to: names)
        if watch { Terminal.clear() }
        if connection.json {
            try Terminal.say(json: snapshot)
        } else {
            Terminal.say(StatusText.lines(snapshot, Terminal.paint).joined(separator: "\n"))
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
