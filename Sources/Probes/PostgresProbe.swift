import Model
import Settings

/// Logs in to a PostgreSQL server, and asks a question where there is one.
struct PostgresProbe: Probe {
    static let kind = "postgres"
    static let samples = [Sample.duration, "connect_duration", "query_duration", "rows", "scalar", "encrypted"]

    var target: PostgresTarget
    var query: String?
    var expectedScalar: Expected?
    var expectedRows: Expected?
    var connectTimeout: Duration?
    var timeout: Duration

    var address: String { target.address }

    var measurement: Measurement { .blocking { run in measure(run) } }

    func measure(_ run: BlockingRun) -> Measured {
        let (deadline, clock) = (run.deadline, run.clock)
        let start = clock.now().uptime
        var samples: [Sample] = []
        var seen = Sightings()
        var open: PostgresSession?
        do throws(Failure) {
            let session = try connect(run, start: start, &samples)
            open = session
            seen.note(session)
            var failure: Failure?
            if let query {
                let asked = clock.now().uptime
                let rows = try session.query(query, deadline: deadline, clock)
                samples.append(Sample("query_duration", (clock.now().uptime - asked).seconds))
                samples.append(Sample("rows", Double(rows.count)))
                if let number = rows.number { samples.append(Sample("scalar", number)) }
                failure = judge(rows)
                seen.note(.rows, "\(rows.count)")
                if failure != nil { seen.note(.row, target.redaction.masked(rows.first)) }
            }
            samples.append(Sample(Sample.duration, (clock.now().uptime - start).seconds))
            seen.note(.phases, phasesText(samples))
            return Measured(samples: samples, failure: failure, evidence: seen.evidence(failure))
        } catch {
            seen.note(.phases, phasesText(samples))
            seen.note(.error, open?.refusal)
            return Measured(error, timeout: timeout, samples: samples, seen)
        }
    }

    private func connect(
        _ run: BlockingRun, start: Uptime, _ samples: inout [Sample]
    ) throws(Failure) -> PostgresSession {
        let limit = connectTimeout.map { min(run.deadline, start + $0) } ?? run.deadline
        do throws(Failure) {
            let (session, connecting) = try PostgresSession.open(target, run, deadline: limit)
            samples.append(Sample("connect_duration", (run.clock.now().uptime - connecting).seconds))
            samples.append(Sample("encrypted", session.isEncrypted ? 1 : 0))
            return session
        } catch {
            // Not the run's timeout: nothing is known of a duration longer than it.
            guard error.reason == .timeout, let connectTimeout, limit < run.deadline else { throw error }
            throw Failure(.connect, "no session with \(target.address) within its connect_timeout of \(connectTimeout.short)")
        }
    }

    /// Pure.
    func judge(_ rows: PostgresRows) -> Failure? {
        var wrong: [String] = []
        if let expectedRows, !expectedRows.holds(.number(Double(rows.count))) {
            wrong.append("\(rows.count) rows, expected \(expectedRows)")
        }
        if let expectedScalar {
            if let scalar = rows.scalar {
                if !expectedScalar.holds(scalar) { wrong.append("the query gave \(scalar), expected \(expectedScalar)") }
            } else {
                wrong.append("the query gave no row, expected \(expectedScalar)")
            }
        }
        return wrong.isEmpty ? nil : Failure(.expectation, target.redaction.masked(wrong.joined(separator: "; ")))
    }
}

extension Measured {
    /// A run that blocked a worker and failed: where it timed out, the duration is known to be no less than the timeout.
    init(_ failure: Failure, timeout: Duration, samples: [Sample], _ seen: Sightings) {
        guard failure.reason == .timeout else {
            // Our own fault shows nothing of the target.
            let isOurs = failure.reason.outcome == .monitorFault
            self.init(samples: samples, failure: failure, evidence: isOurs ? nil : seen.evidence(failure))
            return
        }
        let failure = Failure(.timeout, "\(failure.detail) (\(timeout.short))")
        self.init(
            samples: samples + [Sample(Sample.duration, timeout.seconds, isCensored: true)], failure: failure,
            evidence: seen.evidence(failure))
    }
}

extension Sightings {
    /// Who answered, and over what.
    mutating func note(_ session: PostgresSession) {
        note(.address, session.address)
        note(.server, session.server)
        note(.version, session.encryption)
    }
}

extension PostgresProbe {
    init?(_ fields: Fields, timeout: Duration) {
        let before = fields.problems.all.count
        let target = postgresTarget(fields)
        let query = fields.string("query")
        let connectTimeout = fields.duration("connect_timeout", in: .milliseconds(1)...timeout)
        var scalar: Expected?
        var rows: Expected?
        if let expect = fields.fields("expect") {
            scalar = expect.string("scalar").map { Expected($0) }
            rows = expect.string("rows").map { Expected($0) }
            if query == nil { fields.problem(at: "expect", "expect: there is nothing to expect without a query") }
        }
        guard fields.problems.all.count == before, let target else { return nil }
        self.init(
            target: target, query: query, expectedScalar: scalar, expectedRows: rows, connectTimeout: connectTimeout,
            timeout: timeout)
    }
}

/// Takes the keys `dsn` and `ca_file`.
func postgresTarget(_ fields: Fields) -> PostgresTarget? {
    let caFile = fields.readableFile("ca_file")
    guard let dsn = fields.textOrSecret("dsn", required: true) else { return nil }
    do {
        return try PostgresTarget(dsn, caFile: caFile)
    } catch {
        fields.problem(at: "dsn", "dsn: \(error.sentence)")
        return nil
    }
}
