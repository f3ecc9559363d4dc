import ArgumentParser
import Model

struct Drill: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Practise: tell whoever would be told, and see whether somebody acknowledges it.",
        discussion: """
            The messages say that it is a drill and that nothing is wrong. Exits 0 where somebody acknowledged it in time, 1 where \
            nobody did.
            """)

    @Argument(help: ArgumentHelp("A probe, policy, channel, contact or schedule.", valueName: "name"))
    var name: String

    @Option(help: ArgumentHelp("How long to wait for somebody to acknowledge it. Default: 10m.", valueName: "duration"))
    var expectAck: String?

    @Flag(help: "Do not wait for the end: monitordctl explain tells it later.")
    var noWait = false

    @OptionGroup var once: Once
    @OptionGroup var connection: Connection

    private static let pause = Duration.seconds(1)

    func validate() throws {
        if let expectAck, Duration(short: expectAck).map({ $0 > .zero }) != true {
            throw ValidationError("--expect-ack is a duration such as 10m, not \(expectAck).")
        }
    }

    func run() async throws {
        try await connection.withDaemon { daemon in
            var wanted: [String: any Encodable & Sendable] = ["name": name]
            if let expectAck { wanted["expect_ack"] = expectAck }
            let reply = try await daemon.operate("drill", wanted, once)
            guard reply.status == .done, let id = reply.details.first, !noWait else {
                return try Reply.finish(reply, json: connection.json)
            }
            if !connection.json { Terminal.say(reply.message.withoutControls) }
            let incident = try await follow(id, daemon)
            if connection.json {
                try Terminal.say(json: incident)
            } else {
                Terminal.say(DrillText.end(incident))
            }
            if incident.ackedBy == nil { throw ExitCode.refused }
        }
    }

    /// Says who accepted it as they do, until it is over.
    private func follow(_ id: String, _ daemon: Daemon) async throws -> Snapshot.Incident {
        var told: Set<String> = []
        while true {
            let incident = try await daemon.incident(id)
            for target in incident.told where told.insert(target).inserted && !connection.json {
                Terminal.say("  accepted by \(target.withoutControls)")
            }
            if incident.resolvedAt != nil { return incident }
            try await Task.sleep(for: Self.pause)
        }
    }
}

/// How a drill ended, for people.
enum DrillText {
    static func end(_ incident: Snapshot.Incident) -> String {
        let lasted = ((incident.resolvedAt ?? incident.openedAt) - incident.openedAt).rough
        guard let by = incident.ackedBy else {
            let who = incident.told.isEmpty ? "no channel accepted it" : "accepted by \(incident.told.joined(separator: ", "))"
            return "The drill failed: nobody acknowledged it within \(lasted) (\(who)).".withoutControls
        }
        return "The drill succeeded: \(by) acknowledged it after \(lasted).".withoutControls
    }
}
