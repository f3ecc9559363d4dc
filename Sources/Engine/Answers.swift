import Alerting
import Config
import Glibc
import Ledger
package import Model
import Scheduler
import Settings
import Synchronization
import Transfer

// What the server and the commands ask.
extension Daemon {
    /// The daemon at this moment; nil where the keeper does not answer in time.
    package func snapshot() async -> Snapshot? {
        let runs = scheduler.nextRuns()
        let statistics = scheduler.statistics
        let (node, loadedAt, configurationOK) = present.withLock { ($0.configuration.node, $0.loadedAt, $0.problem == nil) }
        let base = Snapshot.Daemon(version: version, startedAt: startedAt)
        let heartbeat = present.withLock { ($0.heartbeatAt, $0.heartbeatProblem) }
        let clock = clock
        let answer = await Once<(Snapshot, [(schedule: OnCallSchedule, overrides: [OnCallOverride])])?>.wait(
            atMost: Daemon.patience, else: nil
        ) { once in
            keeper.ask { state, figures in
                let now = clock.now().wall
                var daemon = base
                daemon.escalationOverdueSeconds = state.escalationOverdue(now: now).seconds
                daemon.configurationLoadedAt = loadedAt
                daemon.configurationOK = configurationOK
                daemon.storageOK = figures.problem == nil
                daemon.storageProblem = figures.problem
                daemon.unrecordedDecisions = figures.unrecorded
                daemon.commits = figures.commits
                daemon.commitFailures = figures.failures
                daemon.commitSecondsTotal = figures.secondsTotal
                daemon.latenessSecondsTotal = statistics.lateness.sum.seconds
                daemon.latenessSecondsMax = statistics.lateness.greatest.seconds
                daemon.latenessN = statistics.lateness.count
                daemon.latenessSecondsP50 = statistics.lateness.quantile(0.5).seconds
                daemon.latenessSecondsP99 = statistics.lateness.quantile(0.99).seconds
                (daemon.outbox, daemon.attempts) = state.shownOutbox(now: now)
                (daemon.heartbeatAt, daemon.heartbeatProblem) = heartbeat
                daemon.channels = state.shownChannels(now: now)
                (daemon.residentBytes, daemon.cpuSeconds, daemon.openFiles) = ProcessFigures.read()
                let snapshot = Snapshot(
                    node: node, time: now, probes: state.shownProbes(now: now) { runs[$0] },
                    incidents: state.shownIncidents(), daemon: daemon, held: state.shownHeld(now: now))
                once.answer((snapshot, state.schedules()))
            }
        }
        guard let (answered, schedules) = answer else { return nil }
        var snapshot = answered
        // Two weeks of shifts are worked out here, not where decisions wait for it.
        for (schedule, overrides) in schedules {
            let gaps = schedule.gaps(from: snapshot.time, until: snapshot.time + DigestLimit.ahead, overrides: overrides)
            snapshot.daemon.onCallUncoveredSeconds[schedule.name] = gaps.map { ($0.until - $0.from).seconds }.reduce(0, +)
        }
        return snapshot
    }

    /// The stored runs of a probe, oldest first; nil where there is no such probe.
    package func history(_ probe: String, since: Timestamp, until: Timestamp, limit: Int) async throws -> [Snapshot.Run]? {
        let reader = reader
        let found = try await onWorker { try reader.history(probe: probe, since: since, until: until, limit: limit) }
        guard found.isEmpty, runner.spec(of: probe) == nil else { return found.map(Snapshot.Run.init) }
        return nil
    }

    package func incidents(limit: Int) async throws -> [Snapshot.Incident] {
        let reader = reader
        return try await onWorker {
            try reader.incidents(limit: limit).map { incident in
                Snapshot.Incident(incident, told: try reader.told(incident: incident.id).map(\.target).sorted())
            }
        }
    }

    package func outbox(deadOnly: Bool) async throws -> [OutboxRow] {
        let reader = reader
        let rows = try await onWorker { try reader.outbox(deadOnly: deadOnly) }
        guard !deadOnly else { return rows }
        let now = clock.now().wall
        let keeper = keeper
        let waits = await Once.wait(atMost: Daemon.patience, else: [:]) { once in
            keeper.ask { state, _ in once.answer(state.shownWaits(now: now)) }
        }
        return rows.map { row in
            guard row.phase == .pending, let wait = waits[row.target], wait.until > row.notBefore else { return row }
            var row = row
            row.notBefore = wait.until
            if row.note.isEmpty { row.note = wait.reason }
            return row
        }
    }

    func onWorker<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await Once<Result<T, any Error>>.wait { once in
            if !workers.submit({ once.answer(Result(catching: body)) }) {
                once.answer(.failure(Failure(.saturated, "all workers are busy; ask again")))
            }
        }.get()
    }

    // MARK: Commands

    /// - Parameter id: chosen by the sender: the same command with the same id is answered again and not carried out again.
    package func command(_ command: Command, by actor: Actor, id: String? = nil) async -> CommandReply {
        switch command {
        case .acknowledge, .unacknowledge, .resolve, .reroute, .addSilence, .updateSilence, .endSilence, .addOverride,
            .removeOverride,
            .testChannel, .requeue, .drop, .drill, .deploy, .relayed:
            let reply = await Once<CommandReply>.wait { once in keeper.command(command, by: actor, id: id) { once.answer($0) } }
            return await known(reply, to: command)
        case .reload:
            return await once(command, by: actor, id: id) { await reload(by: actor.name) }
        case .run(let probe, let dry):
            return await once(command, by: actor, id: id) { await run(probe, dry: dry) }
        }
    }

    /// Carries out what is not decided, once for each id.
    private func once(
        _ command: Command, by actor: Actor, id: String?, _ body: () async -> CommandReply
    ) async -> CommandReply {
        if let id {
            let before = await Once<CommandReply?>.wait(atMost: Daemon.patience, else: nil) { once in
                keeper.ask { state, _ in once.answer(state.reply(toCommand: id, command)) }
            }
            if let before { return before }
        }
        let reply = await body()
        keeper.post(.carriedOut(command, by: actor, id: id, reply))
        return reply
    }

    /// What has been over since before the last start is known by the ledger alone: to end it again is no mistake.
    private func known(_ reply: CommandReply, to command: Command) async -> CommandReply {
        guard reply.status == .unknown else { return reply }
        switch command {
        case .acknowledge(let name, _, _), .unacknowledge(let name, _), .resolve(let name, _),
            .reroute(let name, _):
            return await ended(name).map { CommandReply(.refused, $0) } ?? reply
        default: break
        }
        guard case .endSilence(let name, _) = command, !name.isEmpty else { return reply }
        do {
            let over = try await silences(all: true).filter { $0.id.hasPrefix(name.uppercased()) && $0.state == .expired }
            guard over.count == 1, let only = over.first else { return reply }
            return CommandReply(.done, "\(only.id) was over at \(only.endsAt) already; nothing changed")
        } catch {
            return reply
        }
    }

    /// What is known of an incident that is over; nil where the ledger has none of that id, or cannot be asked.
    private func ended(_ name: String) async -> String? {
        let (reader, id) = (reader, name.uppercased())
        let found: Incident?
        do { found = try await onWorker { try reader.incident(id) } } catch { return nil }
        guard let incident = found, let end = incident.resolvedAt else { return nil }
        return "incident \(incident.id) (\(incident.title)) is already resolved, at \(end.brief); nothing changed"
    }

    /// Runs a probe now. `dry` only looks: nothing is stored, no rule moves.
    private func run(_ name: String, dry: Bool) async -> CommandReply {
        guard let spec = runner.spec(of: name) else {
            return CommandReply(.unknown, "there is no probe \(name); configured: \(runner.names.joined(separator: ", "))")
        }
        let start = clock.now()
        let measured = await Once<Measured>.wait { once in
            runner.measure(name, deadline: start.uptime + spec.timeout) { once.answer($0) }
        }
        let observation = Observation(
            probe: name, planned: start.wall, started: start.wall, elapsed: clock.now().uptime - start.uptime, isExtra: true,
            measured: measured)
        if !dry { keeper.post(.observed(observation)) }
        let verdicts = await Once<[String]>.wait(atMost: Daemon.patience, else: []) { once in
            keeper.ask { state, _ in once.answer(state.verdicts(of: observation)) }
        }
        return CommandReply(
            .done, "\(name): \(observation.outcome.rawValue)\(observation.failure.map { ": " + $0.detail } ?? "")",
            details: verdicts, run: Snapshot.Run(observation))
    }

    /// Reads the configuration again. One that is broken changes nothing.
    package func reload(by who: String) async -> CommandReply {
        let isFirst = present.withLock { present in
            defer { present.isReloading = true }
            return !present.isReloading
        }
        guard isFirst else { return CommandReply(.refused, "a reload is under way") }
        defer { present.withLock { $0.isReloading = false } }
        let reread = reread
        let result: Result<DaemonConfiguration, ConfigurationError>
        do {
            result = try await onWorker { reread() }
        } catch {
            log.write(.error, "reload by \(who): the configuration could not be read: \(error)", at: clock.now().wall)
            return CommandReply(.failed, "\(error)")
        }
        switch result {
        case .failure(let error):
            let count = error.problems.count
            let message = "the configuration has \(count) problem\(count == 1 ? "" : "s"); nothing changed"
            present.withLock { $0.problem = message }
            log.write(.error, "reload by \(who): \(message)", at: clock.now().wall)
            for problem in error.problems { log.write(.error, "reload: \(problem)", at: clock.now().wall) }
            return CommandReply(.failed, message, details: error.problems.map(\.description))
        case .success(let next):
            return await take(next, by: who)
        }
    }

    private func take(_ next: DaemonConfiguration, by who: String) async -> CommandReply {
        let old = present.withLock { $0.configuration }
        let diff = ConfigurationDiff.between(old, next)
        // A probe that goes must not run while its alerts end, and one that comes must be known before its first result. The result
        // of a run by an old definition must not be judged by the new one: runs of changed probes are dropped, and begin anew.
        let kept = Set(diff.kept)
        scheduler.replace(with: next.probes.map(\.spec).filter { kept.contains($0.name) })
        runner.replace(with: next.probes)
        await Once<Void>.wait { once in
            keeper.reconfigure(next.alerting.withDaemon, note: "reloaded by \(who): \(diff.summary)") {
                once.answer(())
            }
        }
        scheduler.replace(with: next.probes.map(\.spec))
        var details = next.warnings.map { "warning: \($0)" }
        if old.listen != next.listen { details.append("warning: a change of listen takes effect at the next start") }
        if old.storage.path != next.storage.path {
            details.append("warning: a change of storage.path takes effect at the next start")
        }
        if old.storage.raw != next.storage.raw || old.storage.hourly != next.storage.hourly
            || old.storage.maxSize != next.storage.maxSize
        {
            details.append("warning: a change of storage.retention or storage.max_size takes effect at the next start")
        }
        for line in details { log.write(.warning, "reload: \(line)", at: clock.now().wall) }
        present.withLock {
            $0.configuration = next
            $0.loadedAt = clock.now().wall
            $0.problem = nil
        }
        return CommandReply(.done, "reloaded: \(diff.summary.isEmpty ? "no probes" : diff.summary)", details: details)
    }
}

/// What the process takes, from /proc/self.
enum ProcessFigures {
    static func read() -> (residentBytes: Int, cpuSeconds: Double, openFiles: Int) {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let cpu =
            Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
            / 1e6
        return (residentBytes(), cpu, openFiles())
    }

    private static func residentBytes() -> Int {
        guard let file = fopen("/proc/self/statm", "re") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
        let fields = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(
            separator: " ")
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
    }

    private static func openFiles() -> Int {
        guard let folder = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // Without `.`, `..` and the folder's own descriptor.
        return max(0, count - 3)
    }
}
