import TimeSeries

/// One line of the table at the end.
struct Figure {
    var name: String
    var ours: String
    var baseline = ""
    var ratio: Double?
    var goal = ""
    /// Nil where there is no goal.
    var isMet: Bool?

    static func table(_ figures: [Figure]) -> String {
        let head = ["", "monitord", "baseline", "ratio", "goal", ""]
        let rows =
            [head]
            + figures.map { figure in
                [
                    figure.name, figure.ours, figure.baseline, figure.ratio.map { decimals($0, 2) } ?? "", figure.goal,
                    figure.isMet.map { $0 ? "ok" : "MISSED" } ?? "",
                ]
            }
        let widths = head.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}

/// Seconds, many times measured.
struct Times {
    private let sorted: [Double]
    init(_ seconds: [Double]) { sorted = seconds.sorted() }

    var count: Int { sorted.count }
    func quantile(_ q: Double) -> Double { sorted.isEmpty ? .nan : sorted[Rank.index(q, sorted.count) - 1] }
    var p50: Double { quantile(0.5) }
    var p99: Double { quantile(0.99) }
    /// `p50 1.2 ms, p99 3.4 ms`
    var text: String { "p50 \(time(p50)), p99 \(time(p99))" }
}

/// With the unit that leaves one to four digits before the point.
func time(_ seconds: Double) -> String {
    switch abs(seconds) {
    case ..<1e-6: "\(decimals(seconds * 1e9, 0)) ns"
    case ..<1e-3: "\(decimals(seconds * 1e6, 1)) us"
    case ..<1: "\(decimals(seconds * 1e3, 2)) ms"
    default: "\(decimals(seconds, 2)) s"
    }
}

func decimals(_ value: Double, _ places: Int) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
    var scale = 1
    for _ in 0..<places { scale *= 10 }
    let scaled = Int((abs(value) * Double(scale)).rounded())
    let fraction = String(scaled % scale + scale).dropFirst()
    return (value < 0 ? "-" : "") + String(scaled / scale) + (places == 0 ? "" : "." + fraction)
}
