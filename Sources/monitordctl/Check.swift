import ArgumentParser
import Config
import Model
import Transfer

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Read a configuration without a running monitord, and print every problem.",
        discussion: "Exits 0 where there is none, and 78 where there is one.")

    @Argument(help: ArgumentHelp("The main configuration file.", valueName: "file"))
    var file: String

    func run() throws {
        switch ConfigurationReader.read(path: file, now: SystemClock().now().wall) {
        case .success(let configuration):
            for warning in configuration.warningLines { Terminal.complain(warning) }
            print("ok: \(configuration.summary)")
        case .failure(let error):
            Terminal.complain("\(error)")
            throw ExitCode(78)
        }
    }
}
