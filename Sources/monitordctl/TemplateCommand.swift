import ArgumentParser
import Config
import Model
import Rehearsal
import Transfer

struct TemplateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "template", abstract: "Try the words of templates.", subcommands: [Preview.self])

    struct Preview: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print what a template would say.",
            discussion: """
                Of an example, or of an open incident; and what would be sent through a channel, without its credentials: the one \
                that is named, or else the first that has the template. Nothing is sent. With --config no running monitord is \
                asked. Exits 3 where there is no such template, channel or incident, and 78 where the file has problems.
                """)

        @Argument(help: ArgumentHelp("The template.", valueName: "name"))
        var name: String

        @Option(help: ArgumentHelp("Through this channel.", valueName: "name"))
        var channel: String?

        @Option(help: ArgumentHelp("Of this open incident, or the beginning of its id. Default: an example.", valueName: "id"))
        var incident: String?

        @Option(help: ArgumentHelp("Read this main configuration file, and ask no monitord.", valueName: "file"))
        var config: String?

        @OptionGroup var connection: Connection

        func validate() throws {
            if config != nil, incident != nil {
                throw ValidationError("Give --config or --incident: incidents are known to a running monitord.")
            }
        }

        func run() async throws {
            if let config { return try show(offline(config)) }
            try await connection.withDaemon { daemon in
                let query =
                    [("name", name)] + (channel.map { [("channel", $0)] } ?? []) + (incident.map { [("incident", $0)] } ?? [])
                try show(try await daemon.get("/api/v1/template", query, as: TemplatePreview.self))
            }
        }

        private func offline(_ path: String) throws -> TemplatePreview {
            // Nothing is sent, so a secret that is not at hand here is no matter.
            let read = ConfigurationReader.read(
                path: path, now: SystemClock().now().wall, standIn: StandIn.secret)
            switch read {
            case .failure(let error):
                Terminal.complain("\(error)")
                throw ExitCode(78)
            case .success(let configuration):
                switch configuration.preview(template: name, channel: channel) {
                case .shown(let preview): return preview
                case .unknown(let sentence):
                    Terminal.complain(sentence)
                    throw ExitCode.trouble
                }
            }
        }

        private func show(_ preview: TemplatePreview) throws {
            if connection.json { return try Terminal.say(json: preview) }
            Terminal.say(TemplateText.lines(preview).joined(separator: "\n"))
        }
    }
}
