import Model
import TimeSeries

/// One sample into a full window and its P95 asked, beside a ring that is copied and sorted each time.
enum WindowTime {
    static let rounds = 20_000

    static func run(_ site: Site) throws -> [Figure] { [360, 512].map { compare($0, site) } }

    private static func compare(_ size: Int, _ site: Site) -> Figure {
        var random = SystemRandomNumberGenerator()
        let values = (0..<rounds + size).map { _ in Double.random(in: 0.001..<0.1, using: &random) }
        var window = Window(duration: .seconds(size), every: .seconds(1))
        var ring: [Double] = []
        for (index, value) in values.prefix(size).enumerated() {
            window.append(time: Timestamp(seconds: Int64(index)), value: value, isCensored: false)
            ring.append(value)
        }
        var difference = 0.0
        var answers = [Double](repeating: 0, count: rounds)
        let ours = seconds(site) {
            for round in 0..<rounds {
                let time = Timestamp(seconds: Int64(size + round))
                window.append(time: time, value: values[size + round], isCensored: false)
                window.advance(to: time)
                answers[round] = window.quantile(0.95)?.value ?? .nan
            }
        }
        let brute = seconds(site) {
            for round in 0..<rounds {
                ring[round % size] = values[size + round]
                let sorted = ring.sorted()
                difference += abs(sorted[Rank.index(0.95, size) - 1] - answers[round])
            }
        }
        if difference != 0 { print("  the window and the sorted ring differ at \(size)") }
        return Figure(
            name: "window of \(size): insert and P95", ours: time(ours), baseline: "\(time(brute)) sorting",
            ratio: ours / brute, goal: "<= 0.2", isMet: difference == 0 && ours / brute <= 0.2)
    }

    private static func seconds(_ site: Site, _ body: () -> Void) -> Double {
        let start = site.now()
        body()
        return (site.now() - start) / Double(rounds)
    }
}
