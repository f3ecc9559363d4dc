import ArgumentParser
import Model

struct Reroute: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let an open incident follow the policy of the present configuration: it keeps that of its beginning.")

    @OptionGroup var incident: IncidentOptions
    @OptionGroup var once: Once
    @OptionGroup var connection: Connection

    func run() async throws {
        try await incident.operate("reroute", once, connection)
    }
}
