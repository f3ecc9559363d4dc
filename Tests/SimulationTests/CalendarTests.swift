import Model
import Simulation
import Testing

/// The checks reckon who is on call, and when a digest is due, by themselves; where they and the daemon's own calendar part, one is wrong.
@Suite("The calendar of the checks")
struct CalendarTests {
    /// Every half hour of four years with a leap day: each change of the clock is among them.
    private static let times = stride(from: Int64(0), to: 4 * 366 * 86_400, by: 1800).map {
        Timestamp(seconds: 1_750_000_000 + $0)
    }

    @Test("the clock of Berlin is that of its rule")
    func clock() {
        for time in Self.times where Berlin.local(at: time) != Berlin.zone.local(at: time) {
            Issue.record("\(time): \(Berlin.local(at: time)), and by the rule \(Berlin.zone.local(at: time))")
        }
    }

    @Test("whoever is on call is whom the schedule names")
    func duty() {
        for time in Self.times {
            let named = Duty.configured.onCall(at: time)
            let reckoned = Duty.person(at: time, overrides: []).map { [$0] } ?? []
            if named != reckoned { Issue.record("\(time): \(reckoned), and by the schedule \(named)") }
        }
    }

    @Test("each day's digest is due once, at the same instant", arguments: [(8, 0), (2, 30)])
    func digests(hour: Int, minute: Int) throws {
        guard case .success(let schedule) = CronSchedule.parse("\(minute) \(hour) * * *") else {
            Issue.record("the schedule is wrong")
            return
        }
        var last = Self.times[0]
        for day in Berlin.local(at: last).day + 1...Berlin.local(at: last).day + 1400 {
            let next = try #require(schedule.next(after: last, in: Berlin.zone))
            #expect(Berlin.instant(day: day, minute: hour * 60 + minute) == next, "\(LocalTime(day: day))")
            last = next
        }
    }
}
