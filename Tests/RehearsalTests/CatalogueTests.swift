import Foundation
import Rehearsal
import Testing

/// Files of the repository that tests read.
enum Files {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path()

    static func names(in folder: String, suffix: String) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: root + folder).filter { $0.hasSuffix(suffix) }.sorted()
        } catch {
            Issue.record("\(folder) cannot be read: \(error)")
            return []
        }
    }

    static func text(_ path: String) throws -> String { try String(contentsOfFile: root + path, encoding: .utf8) }
}

@Suite("Timelines: how the daemon behaves, told as files")
struct CatalogueTests {
    static let timelines = Files.names(in: "Tests/Timelines", suffix: ".timeline")
    static let pages = Files.names(in: "docs", suffix: ".md")

    @Test("every timeline of the catalogue passes", arguments: timelines)
    func catalogue(name: String) throws {
        let path = Files.root + "Tests/Timelines/" + name
        let timeline = try TimelineReader.read(
            path: path, text: try Files.text("Tests/Timelines/" + name), environment: { _ in nil }
        )
        .get()
        #expect(timeline.about.hasSuffix("."), "\(name): its first line is a comment with a sentence")
        let result = Runner.run(timeline)
        #expect(result.hasPassed, "\(result.lines.joined(separator: "\n"))")
        #expect(result.expectations > 0, "\(name) expects nothing")
    }

    @Test("the catalogue is there") func isThere() {
        #expect(Self.timelines.count >= 10)
    }

    @Test("every timeline in the documentation passes", arguments: pages)
    func documentation(page: String) throws {
        for block in MarkdownTimelines.blocks(in: try Files.text("docs/" + page)) {
            let path = Files.root + "docs/" + page
            let timeline = try TimelineReader.read(path: path, text: block.text, environment: { _ in nil }).get()
            let result = Runner.run(timeline)
            #expect(result.hasPassed, "\(page):\(block.line):\n\(result.lines.joined(separator: "\n"))")
        }
    }

    @Test("a timeline gives the same every time", arguments: timelines.prefix(5))
    func deterministic(name: String) throws {
        let text = try Files.text("Tests/Timelines/" + name)
        let timeline = try TimelineReader.read(path: name, text: text, environment: { _ in nil }).get()
        #expect(Runner.run(timeline).lines == Runner.run(timeline).lines)
    }
}
