import ArgumentParser
import Model
import Transfer

struct DeployCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deploy", abstract: "Put on record that a version is in service.",
        discussion: """
            Messages about what fails within a day after it name the last deploy that concerns them: one whose labels a probe has \
            all of. Without --match it concerns everything.
            """)

    @Option(
        name: .customLong("match"), help: ArgumentHelp("What was deployed, by a label of its probes.", valueName: "label=value")
    )
    var labels: [String] = []

    @Argument(help: ArgumentHelp("What is in service now: a version, a tag, a commit.", valueName: "version"))
    var version: String

    @Option(name: [.long, .customShort("c")], help: ArgumentHelp("What there is to say of it.", valueName: "text"))
    var comment: String?

    @OptionGroup var once: Once
    @OptionGroup var connection: Connection

    func validate() throws {
        for label in labels where !label.contains("=") || label.hasPrefix("=") {
            throw ValidationError("--match is a label and its value, such as service=api, not \(label).")
        }
    }

    func run() async throws {
        var arguments: [String: any Encodable & Sendable] = ["version": version, "match": labels]
        if let comment { arguments["comment"] = comment }
        let wanted = arguments
        try await connection.withDaemon { daemon in
            try Reply.finish(try await daemon.operate("deploy", wanted, once), json: connection.json)
        }
    }
}

struct DeploysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deploys", abstract: "List what was deployed in the last 30 days, newest first.")

    @OptionGroup var connection: Connection

    func run() async throws {
        try await connection.withDaemon { daemon in
            let deploys = try await daemon.get("/api/v1/deploys", as: [Deploy].self)
            if connection.json { return try Terminal.say(json: deploys) }
            let now = SystemClock().now().wall
            Terminal.say(DeployText.lines(deploys, now: now, .here, Terminal.paint).joined(separator: "\n"))
        }
    }
}
