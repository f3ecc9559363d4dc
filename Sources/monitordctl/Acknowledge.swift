import ArgumentParser
import Model

struct Acknowledge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ack", abstract: "Acknowledge an incident: you have it, nobody else is told.",
        discussion: "Without --for it lasts until the incident ends, or as long as its policy says.")

    @OptionGroup var incident: IncidentOptions

    @Option(
        name: [.customLong("for"), .customShort("d")],
        help: ArgumentHelp("For so long; then the policy starts again.", valueName: "duration"))
    var lasts: String?

    @OptionGroup var once: Once
    @OptionGroup var connection: Connection

    func validate() throws {
        if let lasts, Duration(short: lasts).map({ $0 > .zero }) != true {
            throw ValidationError("--for is a duration such as 30m or 2h, not \(lasts).")
        }
    }

    func run() async throws {
        try await connection.withDaemon { daemon in
            var wanted = try await incident.arguments(daemon)
            if let lasts { wanted["for"] = lasts }
            try Reply.finish(try await daemon.operate("ack", wanted, once), json: connection.json)
        }
    }
}
