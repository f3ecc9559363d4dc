import ArgumentParser
import Model
import Transfer

struct SilenceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "silence", abstract: "Hold back the messages of alerts for a time.",
        discussion: "Who was told of an alert hears of its end all the same.",
        subcommands: [Add.self, List.self, Update.self, Expire.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Silence the alerts that matchers describe.",
            discussion: """
                A matcher is service=db, env!=test, 'host=~"web-.*"' or 'team!~a|b'; patterns match whole values. All of them must \
                match; the word or begins another set. Without an end it lasts 1h, with --until-resolved at most 7d.
                """)

        @Argument(help: ArgumentHelp("What it is for.", valueName: "matcher"))
        var matchers: [String]

        @OptionGroup var end: EndOptions
        @OptionGroup var start: StartOption

        @Flag(help: "It ends as soon as nothing that it matches fires any more.")
        var untilResolved = false

        @Option(
            name: [.long, .customShort("c")], help: ArgumentHelp("Why: whoever is on call next reads it.", valueName: "text"))
        var comment: String

        @Option(help: ArgumentHelp("In whose name. Default: yours.", valueName: "name"))
        var author: String?

        @OptionGroup var once: Once
        @OptionGroup var connection: Connection

        func validate() throws { _ = try MatcherArguments.sets(matchers) }

        func run() async throws {
            let (zone, now) = (LocalZone.here, SystemClock().now().wall)
            var arguments: [String: any Encodable & Sendable] = [
                "matchers": try MatcherArguments.sets(matchers), "comment": comment,
            ]
            if untilResolved { arguments["until_resolved"] = true }
            if let author { arguments["author"] = author }
            arguments.merge(try start.arguments(zone, now: now)) { $1 }
            arguments.merge(try end.arguments(zone, now: now)) { $1 }
            let wanted = arguments
            try await connection.withDaemon { daemon in
                try Reply.finish(try await daemon.operate("silence-add", wanted, once), json: connection.json, zone: zone)
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List silences, those that end first first.")

        @Flag(help: "Also those that are over, and maintenance.")
        var all = false

        @OptionGroup var connection: Connection

        func run() async throws {
            try await connection.withDaemon { daemon in
                let silences = try await daemon.get(
                    "/api/v1/silences", [("all", all ? "true" : "false")], as: [Snapshot.Silence].self)
                if connection.json { return try Terminal.say(json: silences) }
                let now = SystemClock().now().wall
                Terminal.say(HeldText.silences(silences, all: all, now: now, .here, Terminal.paint).joined(separator: "\n"))
            }
        }
    }

    struct Update: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change a silence or a maintenance.",
            discussion: """
                A new end or comment changes it in place. New matchers, or a new start of one that has begun, end it and begin \
                another one with an id of its own.
                """)

        @Argument(help: ArgumentHelp("The silence, or the beginning of its id.", valueName: "id"))
        var id: String

        @Argument(help: ArgumentHelp("What it is for from now on.", valueName: "matcher"))
        var matchers: [String] = []

        @OptionGroup var end: EndOptions
        @OptionGroup var start: StartOption

        @Flag(inversion: .prefixedNo, help: "Whether it ends as soon as nothing that it matches fires any more.")
        var untilResolved: Bool?

        @Option(name: [.long, .customShort("c")], help: ArgumentHelp("Why.", valueName: "text"))
        var comment: String?

        @OptionGroup var once: Once
        @OptionGroup var connection: Connection

        func validate() throws {
            if !matchers.isEmpty { _ = try MatcherArguments.sets(matchers) }
        }

        func run() async throws {
            let (zone, now) = (LocalZone.here, SystemClock().now().wall)
            var arguments: [String: any Encodable & Sendable] = ["silence": id]
            if !matchers.isEmpty { arguments["matchers"] = try MatcherArguments.sets(matchers) }
            if let untilResolved { arguments["until_resolved"] = untilResolved }
            if let comment { arguments["comment"] = comment }
            arguments.merge(try start.arguments(zone, now: now)) { $1 }
            arguments.merge(try end.arguments(zone, now: now)) { $1 }
            let wanted = arguments
            try await connection.withDaemon { daemon in
                try Reply.finish(try await daemon.operate("silence-update", wanted, once), json: connection.json, zone: zone)
            }
        }
    }

    struct Expire: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a silence now: what still fires and was not told is told.")

        @Argument(help: ArgumentHelp("The silence, or the beginning of its id.", valueName: "id"))
        var id: String

        @OptionGroup var once: Once
        @OptionGroup var connection: Connection

        func run() async throws {
            try await connection.withDaemon { daemon in
                try Reply.finish(
                    try await daemon.operate("silence-expire", ["silence": id], once), json: connection.json, zone: .here)
            }
        }
    }
}
