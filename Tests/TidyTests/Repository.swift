import Foundation

/// The files of this repository, read from disk: what the tidy tests look at.
struct Repository {
    let root: URL

    /// The repository this file was compiled from.
    static let here = Repository(
        root: URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent())

    /// Paths below a folder, relative to the root, sorted; none where the folder does not exist.
    func files(under folder: String, suffixes: [String]) -> [String] {
        guard let walk = FileManager.default.enumerator(atPath: root.appending(path: folder).path) else { return [] }
        var found: [String] = []
        while let path = walk.nextObject() as? String {
            if suffixes.contains(where: path.hasSuffix), !path.contains("__pycache__") { found.append("\(folder)/\(path)") }
        }
        return found.sorted()
    }

    func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    func lines(_ path: String) throws -> [Substring] {
        try text(path).split(separator: "\n", omittingEmptySubsequences: false)
    }

    func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: root.appending(path: path).path) }

    /// Our own Swift files, the room's name first in the path after `Sources/`.
    var sources: [String] { files(under: "Sources", suffixes: [".swift"]) }
    var tests: [String] { files(under: "Tests", suffixes: [".swift"]) }
}

/// Swift source with comments and the contents of string literals blanked out, line by line, so that a search sees only code.
/// Interpolations are blanked with their literal. Raw strings (`#"…"#`) and multi-line literals are understood; `/regex/` is not.
func codeLines(_ text: String) -> [String] {
    var lines: [String] = []
    var line = ""
    var depth = 0
    var literal: (hashes: Int, isMultiline: Bool)?
    let characters = Array(text)
    var index = 0
    func starts(_ token: String, at position: Int) -> Bool {
        var position = position
        for character in token {
            guard position < characters.count, characters[position] == character else { return false }
            position += 1
        }
        return true
    }
    while index < characters.count {
        let character = characters[index]
        if character == "\n" {
            lines.append(line)
            line = ""
            index += 1
            if let open = literal, !open.isMultiline { literal = nil }
        } else if let open = literal {
            let hashes = String(repeating: "#", count: open.hashes)
            let end = (open.isMultiline ? "\"\"\"" : "\"") + hashes
            if starts("\\" + hashes, at: index) {
                index += 2 + open.hashes
            } else if starts(end, at: index) {
                line += "\""
                literal = nil
                index += end.count
            } else {
                index += 1
            }
        } else if depth > 0 {
            if starts("*/", at: index) {
                depth -= 1
                index += 2
            } else if starts("/*", at: index) {
                depth += 1
                index += 2
            } else {
                index += 1
            }
        } else if starts("//", at: index) {
            while index < characters.count, characters[index] != "\n" { index += 1 }
        } else if starts("/*", at: index) {
            depth = 1
            index += 2
        } else if character == "\"" || character == "#" {
            var hashes = 0
            while index + hashes < characters.count, characters[index + hashes] == "#" { hashes += 1 }
            if starts("\"\"\"", at: index + hashes) {
                literal = (hashes, true)
                line += "\""
                index += hashes + 3
            } else if starts("\"", at: index + hashes) {
                literal = (hashes, false)
                line += "\""
                index += hashes + 1
            } else {
                line.append(character)
                index += 1
            }
        } else {
            line.append(character)
            index += 1
        }
    }
    lines.append(line)
    return lines
}
