import Model

/// Whether text bears colours.
enum Paint: Sendable {
    case plain, colour

    func state(_ state: Snapshot.State, _ text: String) -> String {
        switch state {
        case .ok: wrap(text, "32")
        case .pending: wrap(text, "2")
        case .warning: wrap(text, "33")
        case .critical: wrap(text, "1;31")
        case .unknown: wrap(text, "35")
        }
    }

    func level(_ level: Level, _ text: String) -> String {
        switch level {
        case .warning: state(.warning, text)
        case .critical: state(.critical, text)
        }
    }

    func heading(_ text: String) -> String { wrap(text, "2") }
    func strong(_ text: String) -> String { wrap(text, "1") }
    func trouble(_ text: String) -> String { wrap(text, "1;31") }

    private func wrap(_ text: String, _ code: String) -> String {
        switch self {
        case .plain: text
        case .colour: "\u{1B}[\(code)m\(text)\u{1B}[0m"
        }
    }
}

/// Columns of text, each as wide as its widest cell; the last one is not padded.
struct Table {
    struct Cell {
        var text: String
        var shown: (Paint, String) -> String = { _, padded in padded }
    }
    private var rows: [[Cell]] = []
    private let headings: [String]

    init(_ headings: [String]) { self.headings = headings }

    /// `paint` colours the first cell.
    mutating func add(_ texts: [String], paint: @escaping (Paint, String) -> String = { _, padded in padded }) {
        rows.append(texts.enumerated().map { index, text in index == 0 ? Cell(text: text, shown: paint) : Cell(text: text) })
    }

    func lines(_ paint: Paint) -> [String] {
        let head = headings.map { Cell(text: $0, shown: { $0.heading($1) }) }
        // A column that is empty throughout is left out, with its heading.
        let used = headings.indices.filter { column in rows.contains { !$0[column].text.isEmpty } }
        let widths = used.map { column in ([head] + rows).map { $0[column].text.count }.max() ?? 0 }
        return ([head] + rows).map { row in
            var cells = used.map { row[$0] }
            while cells.last?.text.isEmpty == true { cells.removeLast() }
            return cells.enumerated().map { index, cell in
                let clean = cell.text.withoutControls
                let padding = index == cells.count - 1 ? 0 : max(0, widths[index] - clean.count)
                return cell.shown(paint, clean) + String(repeating: " ", count: padding)
            }.joined(separator: "  ")
        }
    }
}

extension String {
    /// What comes from elsewhere must not move the cursor or ring the bell: control characters become spaces.
    var withoutControls: String {
        String(String.UnicodeScalarView(unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }
}

extension Timestamp {
    /// `2026-03-29 01:30:00 UTC`
    var readable: String { description.prefix(19).replacing("T", with: " ") + " UTC" }
}
