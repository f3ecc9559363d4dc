import ArgumentParser
import Foundation
import Model

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Say what a reload would change, before it does.",
        discussion: """
            The running monitord reads the file, with its own secrets, and compares it with what it runs: probes, rules, channels, \
            policies and routes, which alerts would end and who would hear of it, and which rules would say something else of the \
            latest run. Nothing changes. Exits 0 without a change, 1 where the file cannot be used, and 2 where something changes.
            """)

    @Argument(help: ArgumentHelp("The main configuration file. Default: the one that monitord runs.", valueName: "file"))
    var file: String?

    @OptionGroup var connection: Connection

    func run() async throws {
        try await connection.withDaemon { daemon in
            let plan: Plan
            do {
                let path = file.map { URL(filePath: $0).standardizedFileURL.path() }
                plan = try await daemon.get("/api/v1/plan", path.map { [("file", $0)] } ?? [], as: Plan.self)
            } catch let trouble as Trouble {
                throw Trouble(trouble.sentence, exit: .refused)
            }
            if connection.json {
                try Terminal.say(json: plan)
            } else {
                Terminal.say(PlanText.lines(plan, Terminal.paint).joined(separator: "\n"))
            }
            if !plan.isEmpty { throw ExitCode(2) }
        }
    }
}
