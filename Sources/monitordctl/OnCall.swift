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
            if let at, LocalZone.utc.time(at, now: .distantPast) == nil {
                throw ValidationError("--at is \(LocalZone.wanted), not \(at).")
            }
        }

        func run() async throws {
            try await connection.withDaemon { daemon in
                let (zone, now) = (LocalZone.here, SystemClock().now().wall)
                let shown = try await daemon.onCall(schedule, at: at.flatMap { zone.time($0, now: now) })
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
                if let from, LocalZone.utc.time(from, now: .distantPast) == nil {
                    throw ValidationError("--from is \(LocalZone.wanted), not \(from).")
                }
                guard end.isGiven else { throw ValidationError("Say how long: --until 18:30, or --for 8h.") }
            }

            func run() async throws {
                let (zone, now) = (LocalZone.here, SystemClock().now().wall)
                var arguments: [String: any Encodable & Sendable] = ["schedule": schedule, "person": person]
                if let from, let start = zone.time(from, now: now) { arguments["start"] = start }
                if !comment.isEmpty { arguments["comment"] = comment }
                arguments.merge(end.arguments(zone, now: now)) { $1 }
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
