import ArgumentParser
import Engine
import Glibc
import Ledger
import Model
import Transfer

struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say why somebody was told of a probe or an incident, or why nobody was.",
        discussion: "Exits 0 with an answer, 3 where there is no such probe or incident.")

    @Argument(help: ArgumentHelp("A probe, or an incident: the beginning of its id is enough.", valueName: "name|incident"))
    var name: String

    @Option(
        help: ArgumentHelp(
            "How things stood then: an age such as 90m, or a time such as 02:00, \"yesterday 02:00\" or \"2026-03-29 02:00\".",
            valueName: "time"))
    var at: String?

    @Option(
        help: ArgumentHelp(
            "How far back the timeline goes: an age or a time. Default: 24h; for an incident, an hour before it opened.",
            valueName: "time"))
    var since: String?

    @Option(help: ArgumentHelp("Read this ledger instead, while monitord does not run.", valueName: "path"))
    var ledger: String?

    @OptionGroup var connection: Connection

    func validate() throws { _ = try times(now: SystemClock().now().wall) }

    /// The moment that is asked for, and where the timeline begins.
    private func times(now: Timestamp) throws -> (moment: Timestamp?, from: Timestamp?) {
        let moment = try at.map { try LocalZone.here.time("--at", $0, now: now, .back) }
        return (moment, try since.map { try LocalZone.here.time("--since", $0, now: moment ?? now, .back) })
    }

    func run() async throws {
        let now = SystemClock().now().wall
        let (moment, from) = try times(now: now)
        if let ledger {
            do {
                try show(try Self.fromLedger(ledger, name, at: moment, since: from, now: now))
            } catch let trouble as Trouble {
                Terminal.complain(trouble.sentence)
                throw trouble.exit
            } catch let error as LedgerError {
                Terminal.complain("\(error)")
                throw ExitCode.trouble
            }
            return
        }
        try await connection.withDaemon { daemon in
            var query: [(name: String, value: String)] = []
            if let from { query.append(("since", from.description)) }
            if let moment { query.append(("at", moment.description)) }
            try show(try await daemon.explanation(of: name, query))
        }
    }

    private func show(_ explanation: Explanation) throws {
        if connection.json { return try Terminal.say(json: explanation) }
        Terminal.say(ExplainText.lines(explanation, Terminal.paint).joined(separator: "\n"))
    }

    /// While no daemon runs: what it stored. The lock is held until the answer is there.
    private static func fromLedger(
        _ path: String, _ name: String, at: Timestamp?, since: Timestamp?, now: Timestamp
    ) throws -> Explanation {
        guard access(path, F_OK) == 0 else { throw Trouble("There is no ledger \(path): see storage.path in monitord.yaml.") }
        let lock = try readersLock(path, now: now)
        defer { withExtendedLifetime(lock) {} }
        let explainer = Explainer(reader: try LedgerReader(path: path), now: now)
        let asProbe = try explainer.explain(ExplanationQuery(.probe(name), since: since, at: at))
        if case .found(let explanation) = asProbe { return explanation.noting(ledger: path) }
        let asIncident = try explainer.explain(ExplanationQuery(.incident(name), since: since, at: at))
        if case .found(let explanation) = asIncident { return explanation.noting(ledger: path) }
        throw Trouble("The ledger \(path) has neither a probe nor an incident \(name.withoutControls).")
    }

    private static func readersLock(_ path: String, now: Timestamp) throws -> LedgerLock {
        do {
            return try LedgerLock.take(ledger: path, for: .reader, now: now)
        } catch {
            guard error.reason == .held else { throw error }
            throw Trouble("\(error.detail); leave out --ledger and ask monitord itself.")
        }
    }
}

extension Explanation {
    fileprivate func noting(ledger path: String) -> Explanation {
        var noted = self
        noted.notes.insert("monitord does not run; this is from the ledger \(path).", at: 0)
        return noted
    }
}

extension Daemon {
    /// A probe of that name, else the incident whose id begins so, else a probe that is configured no more.
    func explanation(of name: String, _ query: [(name: String, value: String)]) async throws -> Explanation {
        let path = "/api/v1/explain"
        let status = try await get("/api/v1/status", as: Snapshot.self)
        let known = status.probes.map(\.name)
        if known.contains(name) { return try await get(path, [("probe", name)] + query, as: Explanation.self) }
        let incidents =
            status.incidents + (try await get("/api/v1/incidents", [("limit", "1000")], as: [Snapshot.Incident].self))
        let unique = Dictionary(incidents.map { ($0.id, $0) }) { open, _ in open }.values.sorted { $0.id > $1.id }
        if unique.contains(where: { $0.id.uppercased().hasPrefix(name.uppercased()) }) {
            let incident = try IncidentText.find(name, in: unique)
            return try await get(path, [("incident", incident.id)] + query, as: Explanation.self)
        }
        do {
            return try await get(path, [("probe", name)] + query, as: Explanation.self)
        } catch is Trouble {
            throw Trouble.noProbe(name, known: known)
        }
    }
}
