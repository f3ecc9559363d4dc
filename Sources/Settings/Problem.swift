/// Something wrong in a configuration file, with its place. Errors are data; `description` is the line people see.
package struct Problem: Sendable, Hashable, CustomStringConvertible {
    package var place: Place
    package var message: String
    package init(_ place: Place, _ message: String) {
        self.place = place
        self.message = message
    }
    package var description: String { "\(place): \(message)" }
}

/// Where something stands: a file, and a line and column counted from 1 (0 where the whole file is meant).
package struct Place: Sendable, Hashable, Comparable, CustomStringConvertible {
    package var path: String
    package var line: Int
    package var column: Int
    package init(path: String, line: Int = 0, column: Int = 0) {
        self.path = path
        self.line = line
        self.column = column
    }
    package var description: String { line == 0 ? path : "\(path):\(line):\(column)" }
    package static func < (a: Place, b: Place) -> Bool { (a.path, a.line, a.column) < (b.path, b.line, b.column) }
}

/// Collects every problem of one reading, so that all are told at once. Used by one thread.
package final class Problems {
    package private(set) var all: [Problem] = []
    package init() {}
    package func add(_ place: Place, _ message: String) { all.append(Problem(place, message)) }
    package var isEmpty: Bool { all.isEmpty }
}

extension Problems {
    /// By place, each once: the order in which people read them.
    package var sorted: [Problem] {
        var seen = Set<Problem>()
        return all.filter { seen.insert($0).inserted }.enumerated()
            .sorted { ($0.element.place, $0.offset) < ($1.element.place, $1.offset) }.map(\.element)
    }
}
