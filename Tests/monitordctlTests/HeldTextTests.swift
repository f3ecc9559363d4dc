import ArgumentParser
import Foundation
import Model
import Support
import Testing

@testable import monitordctl

@Suite struct HeldTextTests {
    private func berlin() throws -> LocalZone {
        let bytes = try #require(FileManager.default.contents(atPath: "/usr/share/zoneinfo/Europe/Berlin"))
        return LocalZone(rules: try TimeZoneRules.read([UInt8](bytes), name: "Europe/Berlin").get())
    }

    @Test func silencesAreShownInTheTimeOnTheWall() throws {
        let lines = HeldText.silences(
            [Example.silence, Example.pastSilence], all: true, now: Example.now, try berlin(), .plain)
        #expect(try Golden.difference(lines.joined(separator: "\n") + "\n", "silences.txt") == nil)
        #expect(HeldText.silences([], all: false, now: Example.now, .utc, .plain) == ["Nothing is silenced."])
        #expect(HeldText.silences([], all: true, now: Example.now, .utc, .plain) == ["There has been no silence."])
    }

    @Test func maintenanceIsShownWithItsNextTime() throws {
        let zone = try berlin()
        let nightly = MaintenanceWindow(
            name: "backup", matchers: [Matcher("service", equals: "db")],
            plan: .recurring(try CronSchedule.parse("30 4 * * *").get(), .seconds(1800), zone: zone.rules), comment: "nightly")
        let past = MaintenanceWindow(
            name: "move", matchers: [Matcher("host", equals: "a")],
            plan: .once(from: Example.now - .seconds(7200), until: Example.now - .seconds(3600)))
        let windows =
            [nightly, past].map { Snapshot.Maintenance($0, now: Example.now) } + [Snapshot.Maintenance(Example.silence)]
        let lines = HeldText.maintenance(windows, now: Example.now, zone, .plain)
        #expect(try Golden.difference(lines.joined(separator: "\n") + "\n", "maintenance.txt") == nil)
    }

    @Test func whoIsOnCallIsShownWithOverrides() throws {
        var nobody = Example.onCall
        nobody.schedule = "secondary"
        nobody.people = []
        nobody.until = nil
        nobody.overrides = []
        let lines =
            HeldText.onCall([Example.onCall, nobody], try berlin(), .plain)
            + HeldText.overrides(Example.onCall.overrides, try berlin(), .plain)
        #expect(try Golden.difference(lines.joined(separator: "\n") + "\n", "oncall.txt") == nil)
        #expect(HeldText.onCall([], .utc, .plain) == ["No schedule is configured."])
        #expect(HeldText.overrides([], .utc, .plain) == ["There is no override."])
    }

    @Test func statusShowsWhatIsHeldAndByWhat() throws {
        var snapshot = Example.snapshot
        snapshot.probes[0].rules[0].suppressedBy = Snapshot.SuppressedBy(
            Suppression(
                .silence, by: Example.silence.id, reason: "silence \(Example.silence.id) by ada until 03:00: the disk",
                since: Example.now - .seconds(600)))
        snapshot.probes[0].rules[0].isFlapping = true
        snapshot.incidents[0].ackedBy = "ada"
        snapshot.incidents[0].ackedUntil = Example.now + .seconds(1800)
        snapshot.incidents[0].mergedInto = "01KMVH0000BBBBBBBBBBBBBBBB"
        snapshot.held.silences.active = 2
        snapshot.held.silences.pending = 1
        snapshot.held.maintenance.pending = 1
        let lines = StatusText.lines(snapshot, .plain)
        #expect(try Golden.difference(lines.joined(separator: "\n") + "\n", "status-held.txt") == nil)
    }

    @Test(
        "Times are read as people type them, in the zone of the terminal",
        arguments: [
            ("2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"),
            ("2026-03-29T01:00:00+02:00", "2026-03-28T23:00:00Z"),
            ("+2h", "2026-03-29T03:30:00Z"),
            ("18:30", "2026-03-29T16:30:00Z"),
            // It is 03:30 by the wall clock: an earlier time is meant of tomorrow.
            ("03:30", "2026-03-30T01:30:00Z"), ("01:00", "2026-03-29T23:00:00Z"),
            ("tomorrow 09:00", "2026-03-30T07:00:00Z"),
            ("2026-01-02 09:00", "2026-01-02T08:00:00Z"),
            ("2026-01-02T09:00:30", "2026-01-02T08:00:30Z"),
            ("yesterday 18:30", "2026-03-28T17:30:00Z"), ("today 18:30", "2026-03-29T16:30:00Z"),
            // The clock shows it twice: the first time is meant.
            ("2026-10-25 02:30", "2026-10-25T00:30:00Z"),
        ])
    func timesAhead(text: String, expected: String) throws {
        #expect(try berlin().time("--at", text, now: Example.now).description == expected)
    }

    @Test(
        "A time without its day is the last one of it where what is past is asked for, and a duration an age",
        arguments: [
            ("90m", "2026-03-29T00:00:00Z"), ("0s", "2026-03-29T01:30:00Z"),
            ("03:30", "2026-03-29T01:30:00Z"), ("03:31", "2026-03-28T02:31:00Z"), ("18:30", "2026-03-28T17:30:00Z"),
            ("yesterday 02:00", "2026-03-28T01:00:00Z"), ("2026-03-29 01:59:59", "2026-03-29T00:59:59Z"),
            ("2025-10-26T02:30", "2025-10-26T00:30:00Z"), ("2026-03-29T01:30:00Z", "2026-03-29T01:30:00Z"),
        ])
    func timesBack(text: String, expected: String) throws {
        #expect(try berlin().time("--at", text, now: Example.now, .back).description == expected)
    }

    private static let ahead = "--at is a time such as 18:30, \"2026-03-29 18:30\", +2h or 2026-03-29T16:30:00Z, not "
    private static let back =
        "--at is an age such as 90m, or a time such as 18:30, \"yesterday 18:30\", \"2026-03-29 18:30\" or "
        + "2026-03-29T16:30:00Z, not "
    private static let skipped =
        "--at: there is no 2026-03-29 02:30:00 in Europe/Berlin, for clocks go forward over it; 2026-03-29 03:30:00 comes instead."

    @Test(
        "What is no time, or one that no clock shows, is refused with what instead",
        arguments: [
            ("soon", LocalZone.Side.ahead, ahead + "soon."), ("25:00", .ahead, ahead + "25:00."),
            ("9:00", .ahead, ahead + "9:00."),
            ("2026-13-01 10:00", .ahead, ahead + "2026-13-01 10:00."), ("+x", .ahead, ahead + "+x."),
            ("a b c", .ahead, ahead + "a b c."), ("90m", .ahead, ahead + "90m."), ("+2h", .back, back + "+2h."),
            ("2026-03-29", .back, back + "2026-03-29."), ("someday 02:00", .back, back + "someday 02:00."),
            ("2026-03-29 02:30", .ahead, skipped), ("02:30", .back, skipped), ("today 02:30", .back, skipped),
            ("tomorrow 02:30", .back, "--at: tomorrow 02:30 is yet to come."),
            ("2026-03-29T01:30:01Z", .back, "--at: 2026-03-29T01:30:01Z is yet to come."),
        ])
    func noTimes(text: String, side: LocalZone.Side, sentence: String) throws {
        let zone = try berlin()
        let error = #expect(throws: ValidationError.self) { try zone.time("--at", text, now: Example.now, side) }
        #expect(error?.message == sentence)
    }

    @Test func bothTimesAreToldWhereTheyDiffer() throws {
        #expect(LocalZone.utc.both(Example.now) == "2026-03-29 01:30:00 UTC")
        #expect(try berlin().both(Example.now) == "2026-03-29 03:30:00 Europe/Berlin (01:30:00 UTC)")
        #expect(
            try berlin().both(Example.now - .seconds(9000))
                == "2026-03-29 00:00:00 Europe/Berlin (2026-03-28 23:00:00 UTC)")
    }

    @Test(
        "Matchers are words of one set; or begins another",
        arguments: [
            (["service=db"], [[#"service="db""#]]),
            (["service=db", "env!=x", "or", "{a=b,c=~d}"], [[#"service="db""#, #"env!="x""#], [#"a="b""#, #"c=~"d""#]]),
        ])
    func sets(words: [String], expected: [[String]]) throws { #expect(try MatcherArguments.sets(words) == expected) }

    @Test(
        "What is no matcher is refused before anybody is asked",
        arguments: [
            (["api-health"], "api-health is no matcher. For the probe of that name: probe=api-health"),
            (
                ["a=b", "or"],
                "Say what is meant, such as service=db or 'host=~\"web-.*\"'; the word or stands between two sets."
            ),
            (
                ["a=="],
                #"A matcher cannot be read: "a==", character 3: = stands in a value without quotes: put the whole value into quotes."#
            ),
        ])
    func brokenSets(words: [String], sentence: String) {
        do {
            _ = try MatcherArguments.sets(words)
            Issue.record("it was read")
        } catch {
            #expect("\(error)".contains(sentence) || (error as? ValidationError)?.message == sentence, "\(error)")
        }
    }
}
