import ArgumentParser

struct Reload: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Read the configuration anew.",
        discussion: "Where it has a problem, the running configuration stays, and every problem is printed.")

    @OptionGroup var connection: Connection

    func run() async throws {
        try await connection.withDaemon { daemon in
            try Reply.finish(try await daemon.command("reload"), json: connection.json)
        }
    }
}
