import Model
import Settings

/// Scores data by weighted checks: `score` is the sum of weight times score over the sum of weights, from 0 to 1.
///
/// A check without an answer (no row, NULL) is unknown and so is the score then: the run is ok without a sample `score`, and rules
/// on it are unknown. A check that the database refuses, or that gives something else than was asked for, is a failed run.
struct QualityProbe: Probe {
    static let kind = "quality"
    static let samples = ["score", "checks_unknown", "check_*", Sample.duration]

    var target: PostgresTarget
    var checks: [QualityCheck]
    var timeout: Duration

    var address: String { target.address }

    var measurement: Measurement { .blocking { run in measure(run) } }

    func measure(_ run: BlockingRun) -> Measured {
        let (deadline, clock) = (run.deadline, run.clock)
        let start = clock.now().uptime
        var samples: [Sample] = []
        var seen = Sightings()
        var lines: [String] = []
        do throws(Failure) {
            let (session, connecting) = try PostgresSession.open(target, run, deadline: deadline)
            seen.note(.phases, phasesText([("connect", (clock.now().uptime - connecting).seconds)]))
            seen.note(session)
            var wrong: [Failure] = []
            var scores: [(check: QualityCheck, score: Double)] = []
            for check in checks {
                let asked = clock.now().uptime
                var saw = "refused"
                defer { lines.append("\(check.name) \(saw), \(durationText((clock.now().uptime - asked).seconds))") }
                do throws(Failure) {
                    let rows = try session.query(check.sql, deadline: deadline, clock)
                    let answer = target.redaction.masked(rows.scalar.map { "\($0)" } ?? "no row")
                    saw = "unknown, answer \(answer)"
                    guard let score = try check.score(rows, at: clock.now().wall) else { continue }
                    saw = "\(shownNumber((score * 1e4).rounded() / 1e4)), answer \(answer)"
                    scores.append((check, score))
                    samples.append(Sample("check_\(check.name)", score))
                } catch {
                    // The other checks are still worth asking, unless the connection or the time is gone.
                    switch error.reason {
                    case .query: wrong.append(Failure(.query, "check \(check.name): \(error.detail)"))
                    case .expectation: wrong.append(error)
                    default: throw Failure(error.reason, "check \(check.name): \(error.detail)")
                    }
                }
            }
            if scores.count == checks.count { samples.append(Sample("score", QualityProbe.score(scores))) }
            samples.append(Sample("checks_unknown", Double(checks.count - scores.count)))
            samples.append(Sample(Sample.duration, (clock.now().uptime - start).seconds))
            let failure = wrong.first.map {
                Failure($0.reason, target.redaction.masked(wrong.map(\.detail).joined(separator: "; ")))
            }
            seen.note(.checks, lines.joined(separator: "\n"))
            return Measured(samples: samples, failure: failure, evidence: seen.evidence(failure))
        } catch {
            seen.note(.checks, lines.joined(separator: "\n"))
            return Measured(error, timeout: timeout, samples: samples, seen)
        }
    }

    /// The weighted mean. Weights are above 0.
    static func score(_ scores: [(check: QualityCheck, score: Double)]) -> Double {
        let weights = scores.reduce(0) { $0 + $1.check.weight }
        return scores.reduce(0) { $0 + $1.check.weight * $1.score } / weights
    }
}

extension QualityProbe {
    /// Enough for a table's every aspect; each costs the database a query.
    static let maximumChecks = 50

    init?(_ fields: Fields, timeout: Duration) {
        let before = fields.problems.all.count
        let target = postgresTarget(fields)
        var checks: [QualityCheck] = []
        if let named = fields.fields("checks", required: true) {
            let names = named.remainingKeys
            for name in names {
                if let check = named.fields(name).flatMap({ QualityCheck(name, $0) }) { checks.append(check) }
            }
            if !(1...QualityProbe.maximumChecks).contains(names.count) {
                fields.problem(at: "checks", "checks: expected 1 to \(QualityProbe.maximumChecks) of them")
            }
        }
        guard fields.problems.all.count == before, let target else { return nil }
        self.init(target: target, checks: checks, timeout: timeout)
    }
}
