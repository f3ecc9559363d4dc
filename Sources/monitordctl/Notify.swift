import ArgumentParser

struct Notify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send a test message to a channel.",
        discussion: "Exits 0 only where the receiver accepted it.")

    @Argument(help: ArgumentHelp("The channel.", valueName: "channel"))
    var channel: String

    @Flag(
        help: "Say that it is a test. There is nothing else to send by hand, and it keeps a slip of the fingers from doing so.")
    var test = false

    @OptionGroup var connection: Connection

    func validate() throws {
        guard test else { throw ValidationError("Give --test: a test message is the only one that can be sent by hand.") }
    }

    func run() async throws {
        try await connection.withDaemon { daemon in
            try Reply.finish(try await daemon.command("notify-test", ["channel": channel]), json: connection.json)
        }
    }
}
