import ArgumentParser
import Model

struct Resolve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Resolve an incident by hand: everybody who was told of it is told that it is over.")

    @OptionGroup var incident: IncidentOptions
    @OptionGroup var once: Once
    @OptionGroup var connection: Connection

    func run() async throws {
        try await incident.operate("resolve", once, connection)
    }
}
