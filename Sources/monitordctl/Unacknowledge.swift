import ArgumentParser
import Model

struct Unacknowledge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unack", abstract: "Take back an acknowledgement: the incident's policy starts again.")

    @OptionGroup var incident: IncidentOptions
    @OptionGroup var once: Once
    @OptionGroup var connection: Connection

    func run() async throws {
        try await incident.operate("unack", once, connection)
    }
}

/// Which incident, as whoever asks has seen it.
struct IncidentOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("The incident, or the beginning of its id.", valueName: "id"))
    var id: String

    @Option(
        help: ArgumentHelp(
            "The version you saw, as status --json says it: refused where the incident has changed since. Default: the present one.",
            valueName: "number"))
    var ifVersion: Int?

    @Option(help: ArgumentHelp("Why, for the record.", valueName: "text"))
    var comment: String?

    @Option(help: ArgumentHelp("Who does it, where that is not the account that asks.", valueName: "name"))
    var author: String?

    /// Has the daemon do it, and says how it ended.
    func operate(_ command: String, _ once: Once, _ connection: Connection) async throws {
        try await connection.withDaemon { daemon in
            let wanted = try await arguments(daemon)
            try Reply.finish(try await daemon.operate(command, wanted, once), json: connection.json)
        }
    }

    func arguments(_ daemon: Daemon) async throws -> [String: any Encodable & Sendable] {
        let incident = try await daemon.incident(id)
        var arguments: [String: any Encodable & Sendable] = [
            "incident": incident.id, "version": ifVersion ?? incident.version,
        ]
        if let comment { arguments["comment"] = comment }
        if let author { arguments["author"] = author }
        return arguments
    }
}
