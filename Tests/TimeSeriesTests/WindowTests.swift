import Model
import Testing
import TimeSeries

/// The same answers by sorting everything anew.
private struct BruteForce {
    struct Entry {
        var time: Int64
        var value: Double
        var isCensored: Bool
    }
    var entries: [Entry] = []

    mutating func advance(to now: Int64, duration: Int64) { entries.removeAll { $0.time <= now - duration } }

    func quantile(_ q: Double) -> Estimate? {
        guard !entries.isEmpty else { return nil }
        let observed = entries.filter { !$0.isCensored }.map(\.value).sorted()
        let censored = entries.filter(\.isCensored).map(\.value).sorted()
        let rank = Rank.index(q, entries.count)
        return rank <= observed.count
            ? Estimate(observed[rank - 1], n: entries.count)
            : Estimate(censored[rank - observed.count - 1], isCensored: true, n: entries.count)
    }
}

@Suite struct WindowTests {
    private static let quantiles = [0.5, 0.9, 0.95, 0.99, 0.999, 1]

    @Test(arguments: Shape.allCases)
    func quantilesCountersAndASortAgreeAtEveryStep(_ shape: Shape) {
        let seed: UInt64 = 0x5EED_0001
        print("WindowTests \(shape.rawValue): seed \(seed)")
        for (run, size) in [(0, 1), (1, 7), (2, 40), (3, 360), (4, 1000)] {
            var generator = Generator(seed: seed &+ UInt64(run) &* 7919)
            let thresholds = [0.1, 0.25, 0.5, 1, 3, 6]
            let duration = Int64(size) * 1_000_000
            var window = Window(duration: .microseconds(duration), every: .seconds(1), thresholds: thresholds)
            var brute = BruteForce()
            var now: Int64 = 1_700_000_000_000_000
            let censoring = [0, 0.02, 0.3, 0.97][Int(generator.next() % 4)]
            for step in 0..<min(3 * size + 20, 1500) {
                now += Int64(generator.next() % 2_000_000)
                // Every tenth sample is up to 3 s late; timeouts are 5 s, and sometimes 2 s.
                let late = generator.next() % 10 == 0 ? Int64(generator.next() % 3_000_000) : 0
                let isCensored = generator.unit() <= censoring
                let value = isCensored ? (generator.next() % 5 == 0 ? 2 : 5) : shape.value(&generator)
                window.append(time: Timestamp(microseconds: now - late), value: value, isCensored: isCensored)
                brute.entries.append(.init(time: now - late, value: value, isCensored: isCensored))
                window.advance(to: Timestamp(microseconds: now))
                brute.advance(to: now, duration: duration)
                let q = WindowTests.quantiles[step % WindowTests.quantiles.count]
                let expected = brute.quantile(q)
                guard window.quantile(q) == expected, window.count == brute.entries.count else {
                    let found = window.quantile(q).map { "\($0)" } ?? "nothing"
                    let wanted = expected.map { "\($0)" } ?? "nothing"
                    Issue.record("\(shape) seed \(seed) run \(run) step \(step): \(found) is not \(wanted)")
                    return
                }
                for threshold in thresholds {
                    for comparison in Comparison.allCases {
                        let sorted = expected.flatMap {
                            comparison.decides($0.value, isCensored: $0.isCensored, threshold)
                        }
                        if window.decides(.quantile(q), comparison, threshold) != sorted {
                            Issue.record(
                                "\(shape) seed \(seed) run \(run) step \(step): p\(q) \(comparison.rawValue) \(threshold)")
                            return
                        }
                    }
                }
            }
            // A silence as long as the window empties it.
            window.advance(to: Timestamp(microseconds: now + duration))
            #expect(window.isEmpty && window.quantile(0.95) == nil)
            #expect(window.decides(.quantile(0.95), .greater, 0.1) == nil)
        }
    }

    private func window(_ values: [Double], censored: [Double] = []) -> Window {
        var window = Window(duration: .seconds(1000))
        for (index, value) in (values + censored).enumerated() {
            window.append(time: Timestamp(seconds: Int64(index + 1)), value: value, isCensored: index >= values.count)
        }
        return window
    }

    @Test func aSampleExactlyOneDurationOldHasLeft() {
        var window = Window(duration: .seconds(10))
        window.append(time: Timestamp(seconds: 100), value: 1, isCensored: false)
        window.append(time: Timestamp(seconds: 101), value: 2, isCensored: false)
        window.advance(to: Timestamp(microseconds: 109_999_999))
        #expect(window.count == 2)
        window.advance(to: Timestamp(seconds: 110))
        #expect(window.minimum == Estimate(2, n: 1))
    }

    @Test func aggregatesOfObservedSamples() {
        let four = window([3, 1, 2, 10])
        #expect(four.value(.average) == Estimate(4, n: 4))
        #expect(four.value(.minimum) == Estimate(1, n: 4))
        #expect(four.value(.maximum) == Estimate(10, n: 4))
        #expect(four.value(.count) == Estimate(4, n: 4))
        #expect(four.value(.quantile(0.5)) == Estimate(2, n: 4))
    }

    @Test func withoutSamplesOnlyTheCountIsKnown() {
        let empty = window([])
        #expect(empty.value(.count) == Estimate(0, n: 0))
        #expect(empty.value(.average) == nil && empty.value(.minimum) == nil && empty.value(.maximum) == nil)
    }

    @Test func timedOutRunsRankAboveEverythingAndAnswerAtLeastTheirTimeout() {
        let slow = window([1, 2, 7], censored: [5])
        #expect(slow.quantile(0.75) == Estimate(7, n: 4))
        #expect(slow.quantile(0.95) == Estimate(5, isCensored: true, n: 4))
        #expect(slow.average == Estimate(3.75, isCensored: true, n: 4))
        #expect(slow.minimum == Estimate(1, n: 4))
        #expect(slow.maximum == Estimate(7, isCensored: true, n: 4))
        #expect(window([], censored: [5, 4]).minimum == Estimate(4, isCensored: true, n: 2))
    }

    @Test(
        arguments: [
            (Comparison.greater, 5.0, true), (.greaterOrEqual, 5, true), (.less, 5, false), (.lessOrEqual, 5, false),
            (.equal, 5, false), (.notEqual, 5, true), (.greater, 7, nil), (.less, 7, nil), (.lessOrEqual, 2, false),
        ] as [(Comparison, Double, Bool?)])
    func aTimeoutOfFiveSecondsIsGreaterThanFiveAndSaysNothingOfMore(_ op: Comparison, _ threshold: Double, _ expected: Bool?) {
        #expect(op.decides(5, isCensored: true, threshold) == expected)
    }

    @Test func aFullWindowDropsItsOldestAndSaysSo() {
        var window = Window(duration: .seconds(1000), thresholds: [2], capacity: 3)
        for second in 1...4 { window.append(time: Timestamp(seconds: Int64(second)), value: Double(second), isCensored: false) }
        #expect(window.minimum == Estimate(2, n: 3))
        #expect(window.isTruncated)
        #expect(window.decides(.quantile(0.33), .lessOrEqual, 2) == true)
        window.advance(to: Timestamp(seconds: 1002))
        #expect(!window.isTruncated)
    }

    @Test func notANumberIsNotTaken() {
        #expect(window([1, .nan, 2]).count == 2)
        #expect(window([1, .infinity]).maximum == Estimate(.infinity, n: 2))
    }

    @Test func whenTheClockIsSetBackTheSamplesMoveWithIt() {
        var window = Window(duration: .seconds(900))
        for minute in 0..<10 {
            window.append(time: Timestamp(seconds: 100_000 + Int64(minute) * 60), value: Double(minute), isCensored: false)
        }
        // One hour back: the newest sample becomes the present one, and nine minutes of history stay before it.
        let now = Timestamp(seconds: 100_540 - 3600)
        window.append(time: now, value: 10, isCensored: false)
        window.advance(to: now)
        #expect(window.count == 11)
        window.advance(to: now + .seconds(600))
        #expect(window.count == 6)
        window.advance(to: now + .seconds(900))
        #expect(window.isEmpty)
    }

    @Test func anHourAtTenSecondsFitsInEightKilobytes() {
        var window = Window(duration: .seconds(3600), every: .seconds(10), thresholds: [1])
        for run in 0..<2000 {
            let now = Timestamp(seconds: Int64(run) * 10)
            window.append(time: now, value: Double(run % 17), isCensored: false)
            window.advance(to: now)
        }
        #expect(window.count == 360)
        #expect(window.reservedBytes <= 8192, "\(window.reservedBytes) bytes")
        print("WindowTests: 360 samples take \(window.reservedBytes) bytes")
    }
}
