import Model
import Support
import Testing

@testable import Probes

/// 2026-06-01T12:00:00Z
private let now = Timestamp(seconds: 1_780_315_200)

private func check(_ name: String, _ sql: String, weight: Double = 1, _ judge: QualityCheck.Judge = .ratio) -> QualityCheck {
    QualityCheck(name: name, weight: weight, sql: sql, judge: judge)
}

@Suite("Data quality against a real PostgreSQL")
struct QualityProbeTests {
    private func run(_ checks: [QualityCheck], timeout: Duration = .seconds(10)) throws -> Measured {
        QualityProbe(target: try testTarget(), checks: checks, timeout: timeout).measure(testRun(timeout: timeout, at: now))
    }

    private func samples(_ measured: Measured) -> [Sample] { measured.samples.filter { $0.name != "duration" } }

    @Test("The score is the weighted mean of the checks")
    func score() throws {
        let measured = try run([
            check("completeness", "select 3::float / 4", weight: 3),
            check("fresh", "select timestamptz '2026-06-01 13:00:00+05:30'", weight: 2, .age(.seconds(26 * 3600))),
            check("stale", "select timestamp '2026-05-31 11:59:59.5'", .age(.seconds(24 * 3600))),
            check("volume", "select 120", weight: 2, .limits(minimum: 100, maximum: nil)),
            check("too_many", "select 120", .limits(minimum: nil, maximum: 119.5)),
            check("valid", "select true"),
        ])
        #expect(measured.failure == nil)
        #expect(
            samples(measured) == [
                Sample("check_completeness", 0.75), Sample("check_fresh", 1), Sample("check_stale", 0),
                Sample("check_volume", 1),
                Sample("check_too_many", 0), Sample("check_valid", 1), Sample("score", (0.75 * 3 + 2 + 2 + 1) / 10),
                Sample("checks_unknown", 0),
            ])
        #expect(value("duration", measured) != nil)
    }

    @Test("No row and NULL are unknown, not zero, and so is the score")
    func unknown() throws {
        let measured = try run([
            check("empty", "select 1.0 where false"),
            check("nothing", "select count(*)::float / nullif(count(*), 0) from pg_am where false"),
            check("known", "select 0.5"),
        ])
        #expect(measured.failure == nil)
        #expect(samples(measured) == [Sample("check_known", 0.5), Sample("checks_unknown", 2)])
    }

    @Test("A check that the database refuses, or with an answer of another kind, fails the run and not the other checks")
    func wrong() throws {
        let measured = try run([
            check("missing", "select 1 from nothing"), check("known", "select 1"), check("large", "select 1.7"),
            check("text", "select 'much'", .limits(minimum: 1, maximum: nil)), check("number", "select 5", .age(.seconds(1))),
            check("never", "select timestamptz 'infinity'", .age(.seconds(1))),
        ])
        #expect(
            measured.failure
                == Failure(
                    .query,
                    "check missing: relation \"nothing\" does not exist (42P01); check large gave 1.7, expected a ratio from 0 to 1; "
                        + "check text gave \"much\", expected a number; check number gave 5, expected a time; "
                        + "check never gave \"infinity\", expected a time"))
        #expect(samples(measured) == [Sample("check_known", 1), Sample("checks_unknown", 5)])
    }

    @Test("The deadline is one for all checks")
    func deadline() throws {
        let probe = QualityProbe(
            target: try testTarget(), checks: [check("quick", "select 1"), check("slow", "select pg_sleep(30)")],
            timeout: .milliseconds(400))
        let measured = measureTimely(probe.timeout) { probe.measure(testRun(timeout: probe.timeout)) }
        let address = try testTarget().address
        #expect(
            measured.failure
                == Failure(.timeout, "check slow: the query at \(address) did not end before the deadline (400ms)"))
        #expect(measured.samples == [Sample("check_quick", 1), Sample("duration", 0.4, isCensored: true)])
    }

    @Test(
        "Times as PostgreSQL writes them",
        arguments: [
            ("2026-05-01", "2026-05-01T00:00:00Z"), ("2026-05-01 12:00:00", "2026-05-01T12:00:00Z"),
            ("2026-05-01 12:00:00.25+00", "2026-05-01T12:00:00.250Z"), ("2026-05-01 12:00:00+05:30", "2026-05-01T06:30:00Z"),
            ("2026-05-01 12:00:00-03", "2026-05-01T15:00:00Z"), ("infinity", nil), ("-infinity", nil), ("", nil),
            ("12:00:00", nil),
            ("0044-03-15 12:00:00+00 BC", nil), ("2026-05-01x12:00:00", nil),
        ] as [(String, String?)])
    func times(_ text: String, _ expected: String?) {
        #expect(postgresTimestamp(text)?.description == expected)
    }
}
