import Model
import Support
import Testing

@Suite("Time zones") struct TimeZoneTests {
    @Test(
        "From nine to nine is as long as the zone's clock makes it",
        arguments: [
            ("Europe/Berlin", "2026-03-28 09:00", "2026-03-29 09:00", 23.0),
            ("Europe/Berlin", "2026-10-24 09:00", "2026-10-25 09:00", 25),
            ("America/New_York", "2026-03-07 09:00", "2026-03-08 09:00", 23),
            ("America/New_York", "2026-10-31 09:00", "2026-11-01 09:00", 25),
            ("Australia/Lord_Howe", "2026-04-04 09:00", "2026-04-05 09:00", 24.5),
            ("Australia/Lord_Howe", "2026-10-03 09:00", "2026-10-04 09:00", 23.5),
            ("Africa/Casablanca", "2026-02-14 09:00", "2026-02-15 09:00", 25),
            ("Africa/Casablanca", "2026-03-21 09:00", "2026-03-22 09:00", 23),
            ("America/Nuuk", "2026-03-28 09:00", "2026-03-29 09:00", 23),
            ("Asia/Kolkata", "2026-03-28 09:00", "2026-03-29 09:00", 24),
            ("Pacific/Apia", "2011-12-29 09:00", "2011-12-31 09:00", 24),
            ("Europe/Berlin", "2026-03-23 09:00", "2026-03-30 09:00", 6 * 24 + 23),
            ("Europe/Berlin", "2026-10-19 09:00", "2026-10-26 09:00", 7 * 24 + 1),
        ] as [(String, String, String, Double)])
    func hours(zone: String, from: String, to: String, hours: Double) throws {
        let zone = try Zones.named(zone)
        #expect((zone.instant(of: local(to)) - zone.instant(of: local(from))).seconds == hours * 3600)
    }

    @Test(
        "A local time is an instant",
        arguments: [
            ("one of every day", "Europe/Berlin", "2026-03-28 02:30", "2026-03-28T01:30:00Z", 1),
            ("a skipped one has the offset before the gap", "Europe/Berlin", "2026-03-29 02:30", "2026-03-29T01:30:00Z", 0),
            ("the first of a gap", "Europe/Berlin", "2026-03-29 02:00", "2026-03-29T01:00:00Z", 0),
            ("the first after a gap", "Europe/Berlin", "2026-03-29 03:00", "2026-03-29T01:00:00Z", 1),
            ("a doubled one is the first", "Europe/Berlin", "2026-10-25 02:30", "2026-10-25T00:30:00Z", 2),
            ("the last before a doubled hour", "Europe/Berlin", "2026-10-25 01:59", "2026-10-24T23:59:00Z", 1),
            ("the first after a doubled hour", "Europe/Berlin", "2026-10-25 03:00", "2026-10-25T02:00:00Z", 1),
            ("a gap of half an hour", "Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-03T15:45:00Z", 0),
            ("a skipped day", "Pacific/Apia", "2011-12-30 09:00", "2011-12-30T19:00:00Z", 0),
            ("far past the table", "Europe/Berlin", "2126-07-01 12:00", "2126-07-01T10:00:00Z", 1),
            ("before the table", "Etc/GMT+5", "1850-01-01 00:00", "1850-01-01T05:00:00Z", 1),
        ])
    func instant(what: String, zone: String, text: String, instant: String, count: Int) throws {
        let zone = try Zones.named(zone)
        #expect(zone.instant(of: local(text)) == Timestamp(instant), "\(what)")
        #expect(zone.instants(of: local(text)).count == count, "\(what)")
        #expect(local(text).description == text.replacing(" ", with: "T") + ":00")
    }

    @Test(
        "A day starts at its first midnight",
        arguments: [
            ("an ordinary night", "Europe/Berlin", "2026-07-01T12:00:00Z", "2026-07-01T22:00:00Z"),
            ("at midnight itself, the next", "Europe/Berlin", "2026-07-01T22:00:00Z", "2026-07-02T22:00:00Z"),
            ("midnight is skipped", "Asia/Beirut", "2026-03-28T12:00:00Z", "2026-03-28T22:00:00Z"),
            ("midnight comes twice", "America/Havana", "2026-10-31T12:00:00Z", "2026-11-01T04:00:00Z"),
            ("between the two", "America/Havana", "2026-11-01T04:30:00Z", "2026-11-02T05:00:00Z"),
            ("the day after is skipped", "Pacific/Apia", "2011-12-29T22:00:00Z", "2011-12-30T10:00:00Z"),
        ])
    func midnight(what: String, zone: String, from: String, next: String) throws {
        #expect(try Zones.named(zone).nextMidnight(after: Timestamp(from)!) == Timestamp(next), "\(what)")
    }

    @Test(
        "A name leads to no other folder",
        arguments: [
            ("Europe/London", true), ("America/Argentina/Buenos_Aires", true), ("Etc/GMT+5", true), ("UTC", true), ("", false),
            ("/etc/passwd", false), ("../../etc/passwd", false), ("Europe/../../x", false), ("Europe//London", false),
            ("Europe/", false), ("Europe/London\0", false), ("-x", false), ("zone.tab", false), ("right/UTC", false),
            ("posix/UTC", false), ("localtime", false), (String(repeating: "a", count: 65), false),
        ])
    func names(name: String, isName: Bool) { #expect(TimeZoneRules.isName(name) == isName) }

    @Test("Damaged files are refused with a reason and never crash") func damage() throws {
        let good = try Zones.bytes("Europe/Berlin")
        func reason(_ bytes: [UInt8]) -> String {
            if case .failure(let error) = TimeZoneRules.read(bytes, name: "x") { error.description } else { "" }
        }
        #expect(reason(good) == "")
        #expect(reason([]) == "it is cut short")
        #expect(reason(Array("hello".utf8)) == "it is no time zone file")
        #expect(reason(try Zones.bytes("right/Europe/Berlin")) == "it counts leap seconds, which the system's clock does not")
        var old = good
        old[4] = 0
        #expect(reason(old) == "it has version 1 of the format, whose times end in 2038")
        let rule = Array("CET-1CEST,M3.5.0,M10.5.0/3".utf8)
        #expect(reason(good.dropLast(rule.count + 1) + Array("CET-1CEST,M13.5.0,M10.5.0/3\n".utf8)).hasSuffix("M10.5.0/3\""))
        for length in stride(from: 0, to: good.count, by: 7) {
            #expect(reason(Array(good.prefix(length))) == "it is cut short", "\(length) bytes")
        }
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var draws = Draws(seed: seed)
        for _ in 0..<500 {
            var bytes = good
            for _ in 0..<3 { bytes[Int.random(in: 0..<bytes.count, using: &draws)] = UInt8.random(in: 0...255, using: &draws) }
            if case .success(let zone) = TimeZoneRules.read(bytes, name: "x") {
                _ = zone.nextMidnight(after: Timestamp(seconds: Int64.random(in: 0...4_000_000_000, using: &draws)))
            }
        }
    }

    /// Python prints `Z name`, then `o instant offset` and `l local instant count` for draws from 2020 to 2037 and around every
    /// change of the offset. For a skipped or doubled local time `fold=0` is the offset before the change.
    private static let oracle = """
        import random, sys, zoneinfo
        from datetime import datetime, timedelta, timezone
        rng = random.Random(int(sys.argv[1]))
        epoch = datetime(1970, 1, 1)
        first, last = 1577836800, 2145916800
        for name in sorted(zoneinfo.available_timezones()):
            zone = zoneinfo.ZoneInfo(name)
            def offset(t):
                return int(datetime.fromtimestamp(t, zone).utcoffset().total_seconds())
            changes, t = [], first
            before = offset(t)
            while t < last:
                t += 864000
                after = offset(t)
                if after != before:
                    low, high = t - 864000, t
                    while high - low > 1:
                        middle = (low + high) // 2
                        if offset(middle) == before: low = middle
                        else: high = middle
                    changes.append((high, before, after))
                before = after
            instants = [rng.randrange(first, last) for _ in range(40)]
            locals_ = [rng.randrange(first, last) for _ in range(40)]
            for at, a, b in changes:
                instants += [at - 1, at]
                locals_ += [at + min(a, b) + rng.randrange(abs(a - b)), at + a + rng.randrange(-10000, 10000), at + max(a, b)]
            print("Z", name)
            for t in instants:
                print("o", t, offset(t))
            for t in locals_:
                one, two = ((epoch + timedelta(seconds=t)).replace(tzinfo=zone, fold=f).utcoffset() for f in (0, 1))
                print("l", t, t - int(one.total_seconds()), 1 if one == two else 2 if one > two else 0)
        """

    @Test("Every zone says what Python's zoneinfo says, from 2020 to 2037") func oracle() throws {
        let seed = UInt64.random(in: 0..<1_000_000_000)
        print("seed \(seed)")
        let printed = try ChildProcess.run(["/usr/bin/python3", "-c", Self.oracle, "\(seed)"])
        var (zones, instants, locals, wrong) = (0, 0, 0, 0)
        var zone = TimeZoneRules.utc
        for line in printed.utf8.split(separator: UInt8(ascii: "\n")) {
            if line.first == UInt8(ascii: "Z") {
                zone = try Zones.named(String(decoding: line.dropFirst(2), as: UTF8.self))
                zones += 1
                continue
            }
            let numbers = line.dropFirst(2).split(separator: UInt8(ascii: " ")).map(Self.number)
            let isRight: Bool
            if line.first == UInt8(ascii: "o") {
                instants += 1
                isRight = zone.offset(at: Timestamp(seconds: numbers[0])) == numbers[1]
            } else {
                locals += 1
                let local = LocalTime(seconds: numbers[0])
                let count = Int64(zone.instants(of: local).count)
                isRight = zone.instant(of: local) == Timestamp(seconds: numbers[1]) && count == numbers[2]
            }
            guard !isRight else { continue }
            wrong += 1
            if wrong < 20 { Issue.record("\(zone.name): \(String(decoding: line, as: UTF8.self))") }
        }
        print("\(zones) zones, \(instants) instants, \(locals) local times")
        #expect(zones > 300 && instants > 40 * zones && locals > 40 * zones && wrong == 0)
    }

    /// Far faster than `Int64.init` without the optimiser.
    private static func number(_ text: Substring.UTF8View.SubSequence) -> Int64 {
        var value: Int64 = 0
        for byte in text where byte != UInt8(ascii: "-") { value = value * 10 + Int64(byte - 48) }
        return text.first == UInt8(ascii: "-") ? -value : value
    }
}
