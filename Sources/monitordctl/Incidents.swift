import ArgumentParser
import Model

struct Incidents: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List incidents, open and resolved, newest first.")

    @Option(help: ArgumentHelp("At most so many.", valueName: "count"))
    var limit = 50

    @OptionGroup var connection: Connection

    func run() async throws {
        try await connection.withDaemon { daemon in
            let incidents = try await daemon.get(
                "/api/v1/incidents", [("limit", String(limit))], as: [Snapshot.Incident].self)
            if connection.json { return try Terminal.say(json: incidents) }
            Terminal.say(IncidentText.table(incidents, Terminal.paint).joined(separator: "\n"))
        }
    }
}

extension Daemon {
    /// The incident that the beginning of an id means: among the open ones, else among the latest resolved ones.
    func incident(_ prefix: String) async throws -> Snapshot.Incident {
        let open = try await get("/api/v1/status", as: Snapshot.self).incidents
        if open.contains(where: { $0.id.uppercased().hasPrefix(prefix.uppercased()) }) {
            return try IncidentText.find(prefix, in: open)
        }
        return try IncidentText.find(
            prefix, in: try await get("/api/v1/incidents", [("limit", "1000")], as: [Snapshot.Incident].self))
    }
}
