import ArgumentParser
import Model
import Transfer

struct OnCallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "oncall", abstract: "Show who is on call, and put somebody else on call for a time.",
        subcommands: [Show.self, OverrideCommand.self], defaultSubcommand: Show.self)

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show who is on call.")

        @Argument(help: ArgumentHelp("Only this schedule.", valueName: "schedule"))
        var schedule: String?

        @Option(
            help: ArgumentHelp(
                "Who is on call then: 18:30, \"2026-03-29 18:30\", +2h, or a time with its offset.", valueName: "time"))
        var at: String?

        @OptionGroup var connection: Connection

        func validate() throws {
            _ = try moment(.here, now: SystemClock().now().wall)
        }

        private func moment(_ zone: LocalZone, now: Timestamp) throws -> Timestamp? {
            try at.map { try zone.time("--at", $0, now: now) }
        }

        func run() async throws {
            try await connection.withDaemon { daemon in
                let (zone, now) = (LocalZone.here, SystemClock().now().wall)
                let shown = try await daemon.onCall(schedule, at: try moment(zone, now: now))
                if connection.json { return try Terminal.say(json: shown) }
                Terminal.say(HeldText.onCall(shown, zone, Terminal.paint).joined(separator: "\n"))
            }
        }
    }

    struct OverrideCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "override", abstract: "Put somebody on call instead of whose turn it is.",
            subcommands: [Add.self, List.self, Remove.self])

        struct Add: AsyncParsableCommand {
            static let configuration = CommandConfiguration(abstract: "Put somebody on call for a time.")

            @Argument(help: "The schedule.")
            var schedule: String

            @Argument(help: "Who is on call then.")
            var person: String

            @Option(help: ArgumentHelp("When it begins. Default: now.", valueName: "time"))
            var from: String?

            @OptionGroup var end: EndOptions

            @Option(name: [.long, .customShort("c")], help: ArgumentHelp("Why.", valueName: "text"))
            var comment = ""

            @OptionGroup var once: Once
            @OptionGroup var connection: Connection

            func validate() throws {
                _ = try beginning(.here, now: SystemClock().now().wall)
                guard end.isGiven else { throw ValidationError("Say how long: --until 18:30, or --for 8h.") }
            }

            private func beginning(_ zone: LocalZone, now: Timestamp) throws -> Timestamp? {
                try from.map { try zone.time("--from", $0, now: now) }
            }

            func run() async throws {
                let (zone, now) = (LocalZone.here, SystemClock().now().wall)
                var arguments: [String: any Encodable & Sendable] = ["schedule": schedule, "person": person]
                if let start = try beginning(zone, now: now) { arguments["start"] = start }
                if !comment.isEmpty { arguments["comment"] = comment }
                arguments.merge(try end.arguments(zone, now: now)) { $1 }
                let wanted = arguments
                try await connection.withDaemon { daemon in
                    try Reply.finish(try await daemon.operate("override-add", wanted, once), json: connection.json, zone: zone)
                }
            }
        }

        struct List: AsyncParsableCommand {
            static let configuration = CommandConfiguration(abstract: "List overrides that are not over.")

            @Argument(help: ArgumentHelp("Only of this schedule.", valueName: "schedule"))
            var schedule: String?

            @OptionGroup var connection: Connection

            func run() async throws {
                try await connection.withDaemon { daemon in
                    let overrides = try await daemon.onCall(schedule, at: nil).flatMap(\.overrides)
                    if connection.json { return try Terminal.say(json: overrides) }
                    Terminal.say(HeldText.overrides(overrides, .here, Terminal.paint).joined(separator: "\n"))
                }
            }
        }

        struct Remove: AsyncParsableCommand {
            static let configuration = CommandConfiguration(abstract: "End an override now.")

            @Argument(help: ArgumentHelp("The override, or the beginning of its id.", valueName: "id"))
            var id: String

            @OptionGroup var once: Once
            @OptionGroup var connection: Connection

            func run() async throws {
                try await connection.withDaemon { daemon in
                    try Reply.finish(
                        try await daemon.operate("override-remove", ["override": id], once), json: connection.json, zone: .here)
                }
            }
        }
    }
}

extension Daemon {
    fileprivate func onCall(_ schedule: String?, at: Timestamp?) async throws -> [Snapshot.OnCall] {
        var query: [(name: String, value: String)] = []
        if let schedule { query.append(("schedule", schedule)) }
        if let at { query.append(("at", at.description)) }
        return try await get("/api/v1/oncall", query, as: [Snapshot.OnCall].self)
    }
}
