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
            ("soon", nil), ("25:00", nil), ("9:00", nil), ("2026-13-01 10:00", nil), ("+x", nil), ("a b c", nil),
        ])
    func times(text: String, expected: String?) throws {
        #expect(try berlin().time(text, now: Example.now)?.description == expected)
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
