import ArgumentParser
import Config
import Foundation
import Rehearsal
import Settings

struct TestRules: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test-rules",
        abstract: "Play timelines of results and operators, and check who would be told, without waiting and without a daemon.",
        discussion: """
            A file names a configuration and says what happens when and what is expected; see docs/test-rules.md. In a page of \
            Markdown every block marked `timeline` is a file. Nothing is probed and nothing is sent; secrets need not be at hand. \
            Exits 0 where all is as expected, 1 where something is not, and 78 where a file cannot be read.
            """)

    @Argument(help: ArgumentHelp("Timelines, or pages of Markdown with timelines.", valueName: "file"))
    var files: [String]

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        var report = RehearsalReport()
        for file in files {
            switch FileAccess.system.read(file) {
            case .failure(let error):
                report.add(
                    path: file, .failure(BrokenTimeline(problems: ["\(file): cannot be read: \(error.sentence)"])))
            case .success(let text) where file.hasSuffix(".md"):
                for block in MarkdownTimelines.blocks(in: text) {
                    report.add(path: "\(file):\(block.line)", TimelineReader.read(path: file, text: block.text))
                }
            case .success(let text):
                report.add(path: file, TimelineReader.read(path: file, text: text))
            }
        }
        if json { try Terminal.say(json: report.json) } else { Terminal.say(report.lines.joined(separator: "\n")) }
        if report.isBroken { throw ExitCode(78) }
        if report.hasFailed { throw ExitCode(1) }
    }
}
