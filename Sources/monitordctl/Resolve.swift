import ArgumentParser
import Model

struct Resolve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Resolve an incident by hand: everybody who was told of it is told that it is over.")

    @Argument(help: ArgumentHelp("The incident, or the beginning of its id.", valueName: "id"))
    var id: String

    @OptionGroup var connection: Connection

    func run() async throws {
        try await connection.withDaemon { daemon in
            let incident = try await daemon.incident(id)
            try Reply.finish(try await daemon.command("resolve", ["incident": incident.id]), json: connection.json)
        }
    }
}
