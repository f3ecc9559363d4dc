import Model
import Testing

@Suite("Times and durations as people read them")
struct TimeTests {
    @Test(
        "a time is written in RFC 3339, in UTC, and reads back as it was",
        arguments: [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00Z"),
            (1_774_747_800_000_000, "2026-03-29T01:30:00Z"),
            (1_774_747_800_250_000, "2026-03-29T01:30:00.250Z"),
            (-1_000_000, "1969-12-31T23:59:59Z"),
            (253_402_300_799_000_000, "9999-12-31T23:59:59Z"),
        ])
    func written(microseconds: Int64, text: String) {
        let time = Timestamp(microseconds: microseconds)
        #expect(time.description == text)
        #expect(Timestamp(text) == time)
    }

    @Test(
        "other ways to write the same instant are understood",
        arguments: ["2026-03-29T03:30:00+02:00", "2026-03-28T21:00:00-04:30", "2026-03-29 01:30:00Z", "2026-03-29t01:30:00z"])
    func understood(text: String) { #expect(Timestamp(text) == Timestamp("2026-03-29T01:30:00Z")) }

    @Test(
        "what is no time is refused",
        arguments: [
            "", "2026-03-29", "2026-03-29T01:30:00", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-03-29T24:00:00Z",
            "2026-03-29T01:30:00.Z", "2026-03-29T01:30:00Zz", "2026-03-29T01:30:00+0200",
        ])
    func refused(text: String) { #expect(Timestamp(text) == nil) }

    @Test("every day of 800 years is one after the day before it")
    func calendar() {
        var day = CivilDate.daysSince1970(year: 1600, month: 1, day: 1)
        for year in Int64(1600)..<2400 {
            for month in Int64(1)...12 {
                for date in 1...CivilDate.days(in: month, of: year) {
                    guard CivilDate.daysSince1970(year: year, month: month, day: date) == day,
                        CivilDate.of(daysSince1970: day) == (year, month, date)
                    else {
                        Issue.record("\(year)-\(month)-\(date)")
                        return
                    }
                    day += 1
                }
            }
        }
    }

    @Test(
        "a duration is written as the configuration writes it",
        arguments: [
            (.zero, "0s"), (.microseconds(250), "250us"), (.microseconds(1560), "1.56ms"), (.microseconds(1500), "1.5ms"),
            (.milliseconds(250), "250ms"), (.seconds(2), "2s"), (.milliseconds(1210), "1.21s"), (.seconds(300), "5m"),
            (.seconds(5400), "1h30m"), (.seconds(14 * 86_400), "14d"), (.seconds(90_061), "1d1h1m1s"),
            (.seconds(-90), "-1m30s"),
        ] as [(Duration, String)])
    func durations(duration: Duration, text: String) { #expect(duration.short == text) }
}

@Suite("Values that cross rooms")
struct ValueTests {
    @Test("a secret prints dots, however it is printed")
    func secrets() {
        let secret = Secret("hunter2")
        var dumped = ""
        dump(["key": secret], to: &dumped)
        for text in [
            "\(secret)", String(describing: secret), String(reflecting: secret), "\([secret])", "\(Header("A", secret))",
            dumped,
        ] {
            #expect(!text.contains("hunter2"), "\(text)")
        }
        #expect(secret.reveal() == "hunter2")
    }

    @Test(
        "a quantity is shown with its unit",
        arguments: [
            (0.854, Unit.percent, "85.4%"), (1.21, .seconds, "1.21s"), (604_800, .seconds, "7d"),
            (536_870_912, .bytes, "512MiB"),
            (1000, .bytes, "1000B"), (3, .none, "3"), (-0.5, .none, "-0.5"), (Double.infinity, .seconds, "inf"),
        ])
    func quantities(value: Double, unit: Unit, text: String) { #expect(Quantity.text(value, unit) == text) }

    @Test(
        "a condition is shown in its normal form",
        arguments: [
            (Condition.failed, "failed"),
            (.compare(.sample("duration"), .greater, 2, unit: .seconds), "duration > 2s"),
            (
                .compare(.aggregate(.quantile(0.95), sample: "duration", window: .seconds(900)), .less, 0.5, unit: .seconds),
                "p95(duration, 15m) < 500ms"
            ),
            (
                .compare(.aggregate(.quantile(0.999), sample: "x", window: .seconds(60)), .equal, 1, unit: .none),
                "p99.9(x, 1m) == 1"
            ),
            (.compare(.sample("score"), .lessOrEqual, 0.85, unit: .percent), "score <= 85%"),
        ])
    func conditions(condition: Condition, text: String) { #expect(condition.description == text) }

    @Test("every failure reason blames the target or ourselves, and only our own is a monitor fault")
    func blame() {
        let ours = FailureReason.allCases.filter { $0.outcome == .monitorFault }
        #expect(ours == [.saturated, .resolver, .descriptors, .setup, .interrupted, .isolated])
        #expect(FailureReason.allCases.filter { $0.outcome == .timeout } == [.timeout])
        #expect(!FailureReason.allCases.contains { $0.outcome == .ok })
    }

    @Test("a timer that a later decision cancels is not written, and one that it sets again is")
    func merging() {
        func decision(_ set: [Int64], cancelled: Bool = false) -> Decision {
            var decision = Decision()
            decision.timers = set.map { TimerRow(.step, owner: "I", due: Timestamp(seconds: $0), epoch: 1) }
            if cancelled { decision.cancelledTimers = [TimerRow.Key(kind: .step, owner: "I")] }
            return decision
        }
        var both = decision([1])
        both.append(decision([], cancelled: true))
        #expect(both.timers.isEmpty)
        both.append(decision([2]))
        #expect(both.timers.map(\.due) == [Timestamp(seconds: 2)])
    }

    @Test("adding up decisions costs by what each holds, not by what was added before")
    func addingUp() {
        let count = 100_000
        func timer(_ number: Int) -> TimerRow {
            TimerRow(.confirm, owner: "probe-\(number)/slow", due: Timestamp(seconds: Int64(number)), epoch: 0)
        }
        var all = Decision()
        for number in 0..<count {
            var next = Decision()
            next.timerChanges.set(timer(number))
            // Each cancels one that was set long before, and one that no decision of these had set.
            if number % 2 == 1 {
                next.timerChanges.cancel(timer(number / 2).key)
                next.timerChanges.cancel(timer(number + count).key)
            }
            all.append(next)
        }
        // Compared with all before it, each would take 10,000,000,000 steps together: minutes, not the blink that this is.
        #expect(all.timers.map(\.key) == (count / 2..<count).map { timer($0).key })
        #expect(all.cancelledTimers.count == count)
        #expect(Set(all.cancelledTimers).isDisjoint(with: all.timers.map(\.key)))
    }

    @Test("timers that are replaced leave those cancelled, and the other way round")
    func replacing() {
        let timers = ["a", "b", "c"].map { TimerRow(.step, owner: $0, due: Timestamp(seconds: 1), epoch: 1) }
        var changes = TimerChanges()
        changes.set(timers[0])
        changes.cancel(timers[1].key)
        changes.timers = [timers[2]]
        #expect(changes.timers == [timers[2]])
        #expect(changes.cancelled == [timers[1].key])
        changes.cancelled = [timers[0].key, timers[2].key]
        #expect(changes.timers == [timers[2]], "what is set stays set")
        #expect(changes.cancelled == [timers[0].key])
        changes.timers = []
        #expect(!changes.isEmpty)
        changes.cancelled = []
        #expect(changes.isEmpty)
    }
}
