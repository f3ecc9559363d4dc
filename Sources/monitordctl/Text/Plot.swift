import Model

/// Bars of block characters over time. A column shows the greatest value of its stretch of time, so that no spike is lost, and a
/// row below marks where runs were not ok.
struct Plot {
    private static let height = 8
    private static let blocks: [Character] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
    private let columns: [Double?]
    private let bad: [Bool]
    private let axis: [String]
    private let ends: (String, String)
    private let top: Double

    init(_ runs: [Snapshot.Run], sample: String, since: Timestamp, until: Timestamp, width: Int, top: Double) {
        let label = SampleText.value(top, of: sample)
        let zero = SampleText.value(0, of: sample)
        let margin = max(label.count, zero.count, 6)
        let count = min(max(width - margin - 2, 20), 200)
        var columns = [Double?](repeating: nil, count: count)
        var bad = [Bool](repeating: false, count: count)
        let span = Double(max(1, (until - since).microseconds))
        for run in runs {
            let index = min(count - 1, max(0, Int(Double((run.time - since).microseconds) / span * Double(count))))
            if let value = run.samples[sample], value.isFinite { columns[index] = max(columns[index] ?? value, value) }
            if run.outcome != .ok { bad[index] = true }
        }
        self.columns = columns
        self.bad = bad
        self.top = top
        axis = (0..<Self.height).map { row in
            let text = row == 0 ? label : row == Self.height - 1 ? zero : ""
            return String(repeating: " ", count: margin - text.count) + text
        }
        ends = (since.readable, until.readable)
    }

    func lines(_ paint: Paint) -> [String] {
        var lines = (0..<Self.height).map { row in "\(axis[row]) ┤\(String(columns.map { block($0, row) }))".trimmingEnd }
        let margin = String(repeating: " ", count: axis[0].count)
        if bad.contains(true) {
            let label = String(repeating: " ", count: max(0, axis[0].count - 6)) + "not ok"
            lines.append("\(label) │\(paint.trouble(String(bad.map { $0 ? "x" : " " }).trimmingEnd))")
        }
        let gap = columns.count - ends.0.count - ends.1.count
        lines.append("\(margin) └\(String(repeating: "─", count: columns.count))")
        lines.append("\(margin)  \(ends.0)\(String(repeating: " ", count: max(1, gap)))\(ends.1)")
        return lines
    }

    /// A value above zero shows at least the smallest block.
    private func block(_ value: Double?, _ row: Int) -> Character {
        guard let value, value > 0, top > 0 else { return value == nil || row < Self.height - 1 ? " " : "▁" }
        let eighths = max(1, Int((value / top * Double(Self.height * 8)).rounded()))
        return Self.blocks[min(8, max(0, eighths - (Self.height - 1 - row) * 8))]
    }
}

extension String {
    fileprivate var trimmingEnd: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
