import ArgumentParser
import Config
import Glibc
import Ledger
import Model
import Rehearsal
import Transfer

struct BacktestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backtest",
        abstract: "Apply a configuration to stored runs: who would have been told, and who was.",
        discussion: """
            Reads the ledger beside a running monitord, or without one, and changes nothing. The stored runs are judged by the \
            rules, routes and policies of the file, as though they had been in force; every receiver accepts, nobody acknowledges \
            and nothing is silenced by hand. What was told is taken from the ledger.
            """)

    @Argument(help: ArgumentHelp("The main configuration file to try.", valueName: "file"))
    var file: String

    @Option(
        help: ArgumentHelp("How far back: an age such as 24h or 30d, or a time such as \"yesterday 02:00\".", valueName: "time")
    )
    var since = "30d"

    @Option(help: ArgumentHelp("The ledger. Default: storage.path of the file.", valueName: "path"))
    var ledger: String?

    @Option(
        help: ArgumentHelp(
            "Try one figure of a rule with several values, such as slow:threshold=1s..5s/0.5s; also warning, critical, after and for.",
            valueName: "rule:figure=from..to/step"))
    var sweep: String?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        _ = try LocalZone.here.time("--since", since, now: SystemClock().now().wall, .back)
        do {
            _ = try sweep.map { text throws(BrokenSweep) in try Sweep(text) }
        } catch {
            throw ValidationError("--sweep: \(error.sentence).")
        }
    }

    func run() throws {
        let configuration: DaemonConfiguration
        switch ConfigurationReader.read(path: file, standIn: StandIn.secret) {
        case .success(let read): configuration = read
        case .failure(let error):
            Terminal.complain("\(error)")
            throw ExitCode(78)
        }
        let now = SystemClock().now().wall
        let history = try Self.reading { try StoredHistory(path: ledger ?? configuration.storage.path, now: now) }
        let from = try LocalZone.here.time("--since", since, now: now, .back)
        if let sweep {
            try run(try Sweep(sweep), configuration, history, since: from, now: now)
            return
        }
        var backtest = Backtest(configuration.alerting, since: from)
        let runs = try Self.reading { try history.runs(from: from, before: backtest.wantedBefore) { backtest.observe($0) } }
        let was = try Self.reading { try history.heard(since: from) }
        let would = backtest.end(at: now)
        let result = BacktestResult(
            since: max(from, runs.first ?? now), until: now, runs: runs.count,
            comparison: BacktestComparison(would: would, was: was), notes: backtest.unknownThroughout + history.reader.damage)
        if json {
            try Terminal.say(json: result)
        } else {
            Terminal.say(BacktestText.lines(result, Terminal.paint).joined(separator: "\n"))
        }
    }

    private func run(
        _ sweep: Sweep, _ configuration: DaemonConfiguration, _ history: StoredHistory, since: Timestamp, now: Timestamp
    ) throws {
        var backtests: [Backtest] = []
        do {
            for value in sweep.values {
                backtests.append(Backtest(try sweep.applied(value, to: configuration.alerting), since: since))
            }
        } catch {
            Terminal.complain("--sweep: \(error.sentence)")
            throw ExitCode(78)
        }
        let before = backtests.map(\.wantedBefore).max() ?? .zero
        _ = try Self.reading {
            try history.runs(from: since, before: before) { observation in
                for index in backtests.indices { backtests[index].observe(observation) }
            }
        }
        let rows = zip(sweep.values, backtests).map { value, backtest in
            var backtest = backtest
            return SweepRow(value: value, shown: sweep.shown(value), backtest.end(at: now))
        }
        for note in backtests[0].unknownThroughout { Terminal.complain("note: \(note)") }
        if json {
            try Terminal.say(json: rows)
        } else {
            Terminal.say(BacktestText.lines(rows, Terminal.paint).joined(separator: "\n"))
        }
    }

    private static func reading<T>(_ body: () throws -> T) throws -> T {
        do {
            return try body()
        } catch let error as LedgerError {
            Terminal.complain("\(error)")
            throw ExitCode.trouble
        } catch let trouble as Trouble {
            Terminal.complain(trouble.sentence)
            throw trouble.exit
        }
    }
}

/// The ledger as a backtest reads it: beside a running daemon, or under a reader's lock.
struct StoredHistory {
    /// More incidents are not compared.
    private static let mostIncidents = 100_000

    let reader: LedgerReader
    private let lock: LedgerLock?

    init(path: String, now: Timestamp) throws {
        guard access(path, F_OK) == 0 else {
            throw Trouble("There is no ledger \(path): see storage.path of the file, or give --ledger.")
        }
        do {
            lock = try LedgerLock.take(ledger: path, for: .reader, now: now)
        } catch let error {
            // A daemon has it: reading beside it needs no lock.
            guard error.reason == .held else { throw error }
            lock = nil
        }
        reader = try LedgerReader(path: path)
    }

    /// Gives the runs since then, and those that fill windows before; returns how many, and when the first of them ended.
    func runs(
        from: Timestamp, before: Duration, _ body: (Observation) -> Void
    ) throws -> (count: Int, first: Timestamp?) {
        var found = (count: 0, first: Timestamp?.none)
        try reader.replay(since: from - before) { observation in
            body(observation)
            guard observation.ended >= from else { return }
            found.count += 1
            found.first = found.first ?? observation.ended
        }
        return found
    }

    /// What people heard since then, oldest first.
    func heard(since: Timestamp) throws -> [HeardIncident] {
        try reader.incidents(limit: Self.mostIncidents).filter { ($0.resolvedAt ?? .distantFuture) > since }.reversed().map {
            incident in
            var messages: [String: [String: Int]] = [:]
            for row in try reader.outbox(incident: incident.id) where row.phase == .done {
                messages[row.target, default: [:]][row.kind.rawValue, default: 0] += 1
            }
            return HeardIncident(incident, messages: messages)
        }
    }
}
