import ArgumentParser
import Model
import Transfer

struct MaintenanceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "maintenance",
        abstract: "Say that failures are expected for a time: they are not counted, and nobody is told.",
        subcommands: [List.self, Start.self, End.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List maintenance windows, configured and ad-hoc.")

        @OptionGroup var connection: Connection

        func run() async throws {
            try await connection.withDaemon { daemon in
                let windows = try await daemon.get("/api/v1/maintenance", as: [Snapshot.Maintenance].self)
                if connection.json { return try Terminal.say(json: windows) }
                let now = SystemClock().now().wall
                Terminal.say(HeldText.maintenance(windows, now: now, .here, Terminal.paint).joined(separator: "\n"))
            }
        }
    }

    struct Start: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Start a maintenance of what matchers describe.",
            discussion: "--match takes a matcher such as service=db; it may stand several times, and all must match.")

        @Option(help: ArgumentHelp("What it is for.", valueName: "matcher"))
        var match: [String]

        @OptionGroup var end: EndOptions
        @OptionGroup var start: StartOption

        @Option(
            name: [.long, .customShort("c")], help: ArgumentHelp("Why: whoever is on call next reads it.", valueName: "text"))
        var comment: String

        @Option(help: ArgumentHelp("In whose name. Default: yours.", valueName: "name"))
        var author: String?

        @OptionGroup var once: Once
        @OptionGroup var connection: Connection

        func validate() throws {
            _ = try MatcherArguments.sets(match)
            guard end.isGiven else { throw ValidationError("Say how long: --for 2h, or --until 18:30.") }
        }

        func run() async throws {
            let (zone, now) = (LocalZone.here, SystemClock().now().wall)
            var arguments: [String: any Encodable & Sendable] = [
                "matchers": try MatcherArguments.sets(match), "comment": comment,
            ]
            if let author { arguments["author"] = author }
            arguments.merge(try start.arguments(zone, now: now)) { $1 }
            arguments.merge(try end.arguments(zone, now: now)) { $1 }
            let wanted = arguments
            try await connection.withDaemon { daemon in
                try Reply.finish(try await daemon.operate("maintenance-start", wanted, once), json: connection.json, zone: zone)
            }
        }
    }

    struct End: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "End an ad-hoc maintenance now.")

        @Argument(help: ArgumentHelp("The maintenance, or the beginning of its id.", valueName: "id"))
        var id: String

        @OptionGroup var once: Once
        @OptionGroup var connection: Connection

        func run() async throws {
            try await connection.withDaemon { daemon in
                try Reply.finish(
                    try await daemon.operate("maintenance-end", ["maintenance": id], once), json: connection.json, zone: .here)
            }
        }
    }
}
