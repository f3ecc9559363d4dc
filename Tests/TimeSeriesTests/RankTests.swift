import Testing
import TimeSeries

@Suite struct RankTests {
    @Test(arguments: [
        ("the P95 of 20 is the 19th, not the maximum", 0.95, 20, 19),
        ("the P95 of 19 is the maximum", 0.95, 19, 19),
        ("0.07 * 100 is above 7 in floating point, yet it is the 7th", 0.07, 100, 7),
        ("0.29 * 100 is below 29 in floating point, yet it is the 29th", 0.29, 100, 29),
        ("the P99.9 of 1,000 is the 999th", 0.999, 1000, 999),
        ("the P99.9 of 1,001 is the 1,000th", 0.999, 1001, 1000),
        ("the P50 of 2 is the lower one", 0.5, 2, 1),
        ("the P0 is the minimum", 0, 10, 1),
        ("the P100 is the maximum", 1, 10, 10),
        ("one sample is every quantile", 0.01, 1, 1),
        ("nothing has no rank", 0.95, 0, 0),
    ])
    func theNearestRank(_ sentence: String, _ q: Double, _ n: Int, _ expected: Int) {
        #expect(Rank.index(q, n) == expected, "\(sentence)")
    }

    @Test func agreesWithWholePercentArithmeticForEveryPercentAndCount() {
        for percent in 1...100 {
            for n in 1...300 where Rank.index(Double(percent) / 100, n) != (percent * n + 99) / 100 {
                Issue.record("P\(percent) of \(n) is \(Rank.index(Double(percent) / 100, n))")
            }
        }
    }
}
