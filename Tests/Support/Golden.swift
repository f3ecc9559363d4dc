import Foundation

/// Recorded outputs, in `Tests/Golden`.
package enum Golden {
    /// The first line that differs from the file, with what was expected; nil where all is as recorded. Where RECORD is set, the
    /// file is written first.
    package static func difference(_ text: String, _ name: String) throws -> String? {
        let file = folder.appending(path: name)
        if ProcessInfo.processInfo.environment["RECORD"] != nil { try Data(text.utf8).write(to: file) }
        let expected = try self.text(name)
        guard text != expected else { return nil }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let others = expected.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, pair) in zip(lines, others).enumerated() where pair.0 != pair.1 {
            return "\(name):\(index + 1): expected \(pair.1), got \(pair.0)"
        }
        return "\(name): expected \(others.count) lines, got \(lines.count)"
    }

    package static func text(_ name: String) throws -> String {
        try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Golden")
}
