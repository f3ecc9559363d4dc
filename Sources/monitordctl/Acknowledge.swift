import ArgumentParser
import Model

struct Acknowledge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ack", abstract: "Acknowledge an incident: you have it, nobody else is told.")

    @Argument(help: ArgumentHelp("The incident, or the beginning of its id.", valueName: "id"))
    var id: String

    @OptionGroup var connection: Connection

    func run() async throws {
        try await connection.withDaemon { daemon in
            let incident = try await daemon.incident(id)
            try Reply.finish(try await daemon.command("ack", ["incident": incident.id]), json: connection.json)
        }
    }
}
