import Config
import Model
import Settings
import Testing

@Suite("A calendar in a probe file") struct CalendarTests {
    /// A probe with this in place of `every`; the text begins at column 22.
    private static func files(_ written: String) -> MemoryFiles {
        let probes = "probes: [{name: web, \(written), http: {url: 'http://127.0.0.1/'}}]\n"
        return MemoryFiles(files: ["monitord.yaml": goodMain, "probes.d/a.yaml": probes])
    }

    @Test(
        "with one mistake is refused with one exact line",
        arguments: [
            ("a text", "cron: 0 9 * * *", #"1:28: cron: expected a mapping of keys, got "0 9 * * *""#),
            (
                "no times", "cron: {zone: UTC}",
                #"1:28: at is missing: expected a schedule such as "0 9 * * mon-fri" or @daily"#
            ),
            ("a misspelt key", "cron: {at: '@daily', zon: UTC}", #"1:43: unknown key "zon"; did you mean "zone"?"#),
            ("a misspelt cron", "crn: {at: '@daily'}", #"1:22: unknown key "crn"; did you mean "cron"?"#),
            (
                "a mistake within the text", "cron: {at: \"0 9-25 * * *\"}",
                #"1:38: at: "25" does not fit the hour field: expected 0 to 23"#
            ),
            (
                "a mistake in a plain text", "cron: {at: 0 9 31 apr *}",
                #"1:37: at: no month of "apr" has a day 31: it would never run"#
            ),
            (
                "every as well", "every: 5m, cron: {at: '@daily'}",
                "1:33: cron: the probe has every too; it takes one of them"
            ),
            (
                "a misspelt zone", "cron: {at: '@daily', zone: Europe/Lodnon}",
                #"1:49: zone: unknown time zone "Europe/Lodnon"; did you mean "Europe/London"?"#
            ),
            (
                "a zone in small letters", "cron: {at: '@daily', zone: europe/london}",
                #"1:49: zone: unknown time zone "europe/london"; did you mean "Europe/London"?"#
            ),
            (
                "a city without its region", "cron: {at: '@daily', zone: Kolkata}",
                #"1:49: zone: unknown time zone "Kolkata"; did you mean "Asia/Kolkata"?"#
            ),
            (
                "a region without its city", "cron: {at: '@daily', zone: Europe}",
                #"1:49: zone: unknown time zone "Europe"; expected a name of the tz database, such as Europe/London"#
            ),
            (
                "an offset", "cron: {at: '@daily', zone: '+01:00'}",
                #"1:49: zone: "+01:00" is no time zone: expected a name of the tz database, such as Europe/London"#
            ),
            (
                "a way out of the folder", "cron: {at: '@daily', zone: ../../../etc/passwd}",
                #"1:49: zone: "../../../etc/passwd" is no time zone: expected a name of the tz database, such as Europe/London"#
            ),
            (
                "a timeout longer than the shortest gap", "cron: {at: '*/5 * * * *'}, timeout: 6m",
                "1:58: the timeout (6m) is longer than the shortest time between two runs (5m): runs would overlap"
            ),
            (
                "a retry later than the next run", "cron: {at: '@hourly'}, retry_interval: 2h",
                "1:61: retry_interval (2h) is longer than the shortest time between two runs (1h): a retry comes sooner"
            ),
        ])
    func mistakes(what: String, written: String, problem: String) {
        #expect(Self.files(written).problems() == ["probes.d/a.yaml:" + problem], "\(what)")
    }

    private static func spec(_ written: String) throws -> ProbeSpec { try files(written).read().get().probes[0].spec }

    @Test("takes the place of every, with what follows from its shortest gap") func spec() throws {
        let spec = try Self.spec("cron: {at: 0 9-17 * * 1-5, zone: Europe/London}")
        guard case .cron(let schedule, let zone) = spec.schedule else {
            Issue.record("it has \(spec.schedule)")
            return
        }
        #expect(schedule.text == "0 9-17 * * 1-5" && zone.name == "Europe/London")
        #expect(schedule.next(after: Timestamp("2026-03-29T00:00:00Z")!, in: zone) == Timestamp("2026-03-30T08:00:00Z"))
        #expect(spec.every == .seconds(3600) && spec.timeout == .seconds(10) && spec.retryInterval == .seconds(1200))
        let utc = try Self.spec("cron: {at: '@daily'}")
        #expect(utc.schedule == .cron(try CronSchedule.parse("@daily").get(), zone: .utc))
        let named = try Self.spec("cron: {at: '@daily', zone: UTC}")
        #expect(named == utc, "UTC needs no database")
    }

    @Test("goes before an interval that a file gives all its probes") func defaults() throws {
        let text = "defaults: {every: 5m}\nprobes: [{name: web, cron: {at: '@daily'}, http: {url: 'http://127.0.0.1/'}}]\n"
        let probes = try MemoryFiles(files: ["monitord.yaml": goodMain, "probes.d/a.yaml": text]).read().get().probes
        #expect(probes.map(\.spec.every) == [.seconds(86_400)])
    }

    @Test("reads its zone where TZDIR says, and tells what is wrong there") func folder() throws {
        let written = "probes: [{name: web, cron: {at: '@daily', zone: X/Y}, http: {url: 'http://127.0.0.1/'}}]\n"
        let texts = ["monitord.yaml": goodMain, "probes.d/a.yaml": written]
        func problems(_ bytes: @escaping @Sendable (String) -> Result<[UInt8], SettingsFileError>) -> [String] {
            let (environment, memory) = (MemoryFiles(files: [:]).environment, texts)
            let result = ConfigurationReader.read(
                path: "monitord.yaml", environment: { $0 == "TZDIR" ? "/zones" : environment[$0] },
                files: FileAccess(
                    read: { memory[$0].map { .success($0) } ?? .failure(SettingsFileError("no such file or folder")) },
                    list: { _ in .success(["a.yaml"]) }, readBytes: bytes),
                hostName: "host-1")
            if case .failure(let error) = result { return error.problems.map(\.description) }
            return []
        }
        #expect(problems { $0 == "/zones/X/Y" ? FileAccess.bytes("/usr/share/zoneinfo/Asia/Tokyo") : .success([]) } == [])
        #expect(
            problems { _ in .success(Array("TZif".utf8)) } == [
                #"probes.d/a.yaml:1:49: zone: the time zone "X/Y" cannot be used: /zones/X/Y: it is cut short"#
            ])
        #expect(
            problems { _ in .failure(SettingsFileError("no such file or folder")) } == [
                #"probes.d/a.yaml:1:49: zone: the time zone "X/Y" cannot be read: /zones/X/Y: no such file or folder; "#
                    + "is tzdata installed?"
            ])
    }
}
