import ArgumentParser
import Model

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run one probe now, and show its phases, samples and verdicts.",
        discussion: "Exits 0 where the run was ok, 2 where it failed or timed out, 3 where monitord could not measure.")

    @Argument(help: ArgumentHelp("The probe.", valueName: "name"))
    var name: String

    @Flag(help: "Store nothing and tell nobody.")
    var dry = false

    @OptionGroup var connection: Connection

    func run() async throws {
        try await connection.withDaemon { daemon in
            let reply = try await daemon.command("run", ["probe": name, "dry": dry])
            if reply.status == .unknown {
                let known = try await daemon.get("/api/v1/status", as: Snapshot.self).probes.map(\.name)
                throw Trouble.noProbe(name, known: known)
            }
            guard let run = reply.run else { return try Reply.finish(reply, json: connection.json) }
            if connection.json {
                try Terminal.say(json: reply)
            } else {
                Terminal.say(RunText.lines(name, reply, isDry: dry, Terminal.paint).joined(separator: "\n"))
            }
            throw ExitCode(RunText.exitCode(run.outcome))
        }
    }
}
