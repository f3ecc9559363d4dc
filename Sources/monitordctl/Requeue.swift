import ArgumentParser
import Model

/// Messages by the numbers that `monitordctl outbox` shows.
struct MessageOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("The message's number, as monitordctl outbox shows it.", valueName: "message"))
    var messages: [Int64]

    /// Sends a command for each; says every answer, and ends with the first that was not done.
    func each(_ command: String, _ connection: Connection) async throws {
        try await connection.withDaemon { daemon in
            var refused: (any Error)?
            for message in messages {
                let reply = try await daemon.command(command, ["message": message])
                do { try Reply.finish(reply, json: connection.json) } catch { refused = refused ?? error }
            }
            if let refused { throw refused }
        }
    }
}

struct Requeue: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Try messages again that were given up.",
        discussion: "A page of an incident that is over, acknowledged or told meanwhile is refused: drop it.")

    @OptionGroup var options: MessageOptions
    @OptionGroup var connection: Connection

    func run() async throws { try await options.each("requeue", connection) }
}

struct Drop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take messages off the list that were given up, or that wait.",
        discussion: "Whoever was to get them hears nothing; the record says who dropped them.")

    @OptionGroup var options: MessageOptions
    @OptionGroup var connection: Connection

    func run() async throws { try await options.each("drop", connection) }
}
