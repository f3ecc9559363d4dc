import ArgumentParser
import Model
import Transfer

struct Outbox: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List messages that wait, are on their way, or were given up.")

    @Flag(help: "Only messages that were given up.")
    var dead = false

    @OptionGroup var connection: Connection

    func run() async throws {
        try await connection.withDaemon { daemon in
            let rows = try await daemon.get("/api/v1/outbox", [("dead", dead ? "true" : "false")], as: [OutboxRow].self)
            if connection.json { return try Terminal.say(json: rows) }
            let now = SystemClock().now().wall
            Terminal.say(OutboxText.lines(rows, deadOnly: dead, now: now, Terminal.paint).joined(separator: "\n"))
        }
    }
}
