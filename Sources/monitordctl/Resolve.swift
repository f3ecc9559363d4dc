import ArgumentParser
import Model

struct Resolve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Resolve an incident by hand: everybody who was told of it is told that it is over.")

    @OptionGroup var incident: IncidentOptions
    @OptionGroup var once: Once
    @OptionGroup var connection: Connection

    func run() async throws {
        try await connection.withDaemon { daemon in
            let wanted = try await incident.arguments(daemon)
            try Reply.finish(try await daemon.operate("resolve", wanted, once), json: connection.json)
        }
    }
}
