import Model
import Scheduler
import Testing

private let start = Uptime(nanoseconds: 5_000_000_000_000)

private func plans(_ count: Int, every: Duration) -> [Timetable.Plan] {
    (0..<count).map { .init(name: "probe-\($0)", every: every) }
}

/// Both clocks, where nobody sets the wall clock.
private func moment(_ uptime: Uptime) -> Moment {
    Moment(wall: Timestamp(seconds: 1_772_000_000), uptime: start) + (uptime - start)
}

private func timetable(_ plans: [Timetable.Plan]) -> Timetable {
    var timetable = Timetable(start: start)
    timetable.replace(with: plans, now: moment(start))
    return timetable
}

/// Goes from one due time to the next up to `end`, as a loop with nothing else to do does.
private func runs(_ timetable: inout Timetable, until end: Uptime) -> [Timetable.Due] {
    var all: [Timetable.Due] = []
    while let next = timetable.nextDue(), next <= end { all += timetable.due(now: moment(next)) }
    return all
}

@Suite struct TimetableTests {
    @Test func phasesOfNamesThatDifferInANumberSpreadEvenly() {
        let names = (0..<10_000).map { "probe-\($0)" }
        var buckets = [Int](repeating: 0, count: 100)
        for name in names { buckets[Int(Timetable.phase(name, over: 60_000_000_000) / 600_000_000)] += 1 }
        // 99 degrees of freedom: chi-square stays below 148 in 999 of 1,000 fair draws. The names are fixed, so is the result.
        let chiSquare = buckets.reduce(0.0) { $0 + (Double($1) - 100) * (Double($1) - 100) / 100 }
        #expect(chiSquare < 148, "chi-square \(chiSquare)")
    }

    @Test func phasesStandOnTheRasterOfSlotsWhereTheIntervalAllowsIt() {
        let names = (0..<500).map { "probe-\($0)" }
        let slot = Timetable.slot.nanoseconds
        #expect(names.allSatisfy { Timetable.phase($0, over: 1_000_000_000) % slot == 0 })
        #expect(Set(names.map { Timetable.phase($0, over: 1_000_000_000) / slot }) == Set(0..<50))
        let short = names.map { Timetable.phase($0, over: 330_000_000) }
        #expect(short.contains { $0 % slot != 0 } && short.allSatisfy { (0..<330_000_000).contains($0) })
    }

    @Test func everyProbeRunsWithinTenSecondsOfTheStartAndNotAllAtOnce() {
        var table = timetable(plans(1000, every: .seconds(300)))
        let first = runs(&table, until: start + .seconds(10))
        #expect(Set(first.map(\.name)).count == 1000 && first.count == 1000)
        let busiest = Dictionary(grouping: first) { ($0.planned - start).microseconds / 100_000 }.values.map(\.count).max()
        #expect(busiest! < 25, "\(busiest!) runs in a tenth of a second, 10 on average")
    }

    @Test func afterItsFirstRunAProbeKeepsToItsGridWithAtLeastHalfAnIntervalBetween() {
        var table = timetable(plans(200, every: .seconds(60)))
        let all = Dictionary(grouping: runs(&table, until: start + .seconds(1200)), by: \.name)
        for (name, runs) in all {
            let phase = Timetable.phase(name, over: 60_000_000_000)
            let times = runs.map { ($0.planned - start).nanoseconds }
            #expect(times.dropFirst().allSatisfy { ($0 - phase) % 60_000_000_000 == 0 }, "\(name)")
            #expect(times[1] - times[0] >= 30_000_000_000 && times[1] - times[0] < 90_000_000_000, "\(name)")
            #expect(zip(times.dropFirst(), times.dropFirst(2)).allSatisfy { $1 - $0 == 60_000_000_000 }, "\(name)")
        }
    }

    @Test func aReloadLeavesTheRunsOfProbesThatStayWhereTheyWere() {
        var table = timetable(plans(50, every: .seconds(30)))
        let undisturbed = { () -> [Timetable.Due] in
            var copy = table
            return runs(&copy, until: start + .seconds(600))
        }()
        var all = runs(&table, until: start + .seconds(100))
        table.replace(
            with: plans(50, every: .seconds(30)).reversed() + [.init(name: "new", every: .seconds(60))],
            now: moment(start + .seconds(100)))
        all += runs(&table, until: start + .seconds(600))
        #expect(Set(all.filter { $0.name != "new" }) == Set(undisturbed))
        let new = all.filter { $0.name == "new" }.map { $0.planned - start }
        #expect(new[0] >= .seconds(100) && new[0] <= .seconds(110))
        table.replace(with: [], now: moment(start + .seconds(600)))
        let (next, due) = (table.nextDue(), table.due(now: moment(start + .seconds(9000))))
        #expect(next == nil && due.isEmpty)
    }

    @Test func aNewIntervalStartsOnItsOwnGrid() {
        var table = timetable([.init(name: "api", every: .seconds(30))])
        _ = runs(&table, until: start + .seconds(100))
        table.replace(with: [.init(name: "api", every: .seconds(7))], now: moment(start + .seconds(100)))
        let next = table.nextDue()! - start
        #expect(next > .seconds(100) && next <= .seconds(107))
        #expect((next.nanoseconds - Timetable.phase("api", over: 7_000_000_000)) % 7_000_000_000 == 0)
    }

    @Test func afterATenMinuteStopEachProbeRunsOnceSpreadAndTheRestIsCounted() {
        var table = timetable(plans(1000, every: .seconds(30)))
        _ = runs(&table, until: start + .seconds(300))
        let resumed = start + .seconds(900)
        let atOnce = table.due(now: moment(resumed))
        #expect(atOnce.isEmpty)
        #expect(table.missed == 20_000)
        let after = runs(&table, until: resumed + .seconds(10))
        #expect(after.count == 1000 && Set(after.map(\.name)).count == 1000)
        let busiest = Dictionary(grouping: after) { ($0.planned - resumed).microseconds / 100_000 }.values.map(\.count).max()
        #expect(busiest! < 25)
        #expect(table.missed == 20_000)
    }

    @Test func aShortStallStartsTheLatestRunAtOnceAndCountsTheOthers() {
        var table = timetable([.init(name: "api", every: .seconds(1))])
        let first = table.nextDue()!
        let due = table.due(now: moment(first + .milliseconds(3200)))
        #expect(due.map(\.planned) == [first + .seconds(3)])
        #expect(table.missed == 3)
        let next = table.nextDue()
        #expect(next == first + .seconds(4))
    }

    @Test func anExtraRunLeavesTheGridAlone() {
        var table = timetable([.init(name: "api", every: .seconds(60))])
        let first = table.nextDue()!
        _ = table.due(now: moment(first))
        let second = table.nextDue()!
        let isKnown = [table.addExtra("api", at: first + .seconds(20)), table.addExtra("api", at: first + .seconds(25))]
        #expect(isKnown == [true, true])
        #expect(table.next("api", now: moment(first)) == moment(first).wall + .seconds(20), "the earlier one serves")
        #expect(runs(&table, until: second).map(\.isExtra) == [true, false])
        let isLaterKnown = table.addExtra("api", at: second + .seconds(90))
        #expect(
            isLaterKnown && table.next("api", now: moment(second)) == moment(second).wall + .seconds(60),
            "the planned run comes sooner")
        let isUnknownKnown = table.addExtra("unknown", at: first)
        #expect(!isUnknownKnown)
    }
}
