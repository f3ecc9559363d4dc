package import Model

/// Figures of the keeper for status and metrics.
package struct KeeperFigures: Sendable {
    package var commits = 0
    package var failures = 0
    package var secondsTotal = 0.0
    package var problem: String?
    /// Decisions that took effect and are not stored.
    package var unrecorded = 0
    /// What the bounded memory of unrecorded decisions could not keep.
    package var lost = 0
}

/// The ledger with what to do when it fails: paging must not fall silent because a disk is full.
///
/// A failed commit is tried once more after the reserve is released and old samples are pruned. If that fails too, decisions are kept,
/// bounded, and with the whole state written in one transaction as soon as the ledger takes it.
package struct Store {
    package enum Result {
        case stored
        /// The decision is unrecorded; the problem is named the first time only.
        case failed(String?)
        case recovered
    }
    /// Observations and records kept while nothing can be stored: about 50 MB.
    static let keptObservations = 100_000
    static let keptRecords = 20_000
    /// What failing runs saw, the newest: 4 MB at most.
    static let keptEvidence = 500
    static let retryEvery = Duration.seconds(2)

    static let pruneEvery = Duration.seconds(60)

    private let ledger: Ledger
    private let clock: any Clock
    /// How long samples are kept, and what people may ask about.
    private let keepsSamples: Duration
    private let keepsRecords: Duration
    private var pruneAt: Uptime
    package private(set) var figures = KeeperFigures()
    private var backlog: Decision?
    private var retryAt: Uptime?
    private var notes: [String] = []
    /// The reserve was given up for a full disk and is to be made again.
    private var isReserveGone = false

    package init(ledger: Ledger, clock: any Clock, keepsSamples: Duration, keepsRecords: Duration) {
        self.ledger = ledger
        self.clock = clock
        self.keepsSamples = keepsSamples
        self.keepsRecords = keepsRecords
        pruneAt = clock.now().uptime + Store.pruneEvery
    }

    package func wantsRetry(at now: Uptime) -> Bool { retryAt.map { now >= $0 } ?? false }

    /// Decisions took effect that are not stored.
    package var isBehind: Bool { backlog != nil }
    package mutating func retryNow(at now: Uptime) { retryAt = now }

    package mutating func write(_ decision: Decision, whole: () -> Decision, now: Moment) -> Result {
        if backlog != nil {
            keep(decision)
            guard wantsRetry(at: now.uptime) else { return .failed(nil) }
            return retry(whole: whole(), now: now)
        }
        guard !decision.isEmpty else { return .stored }
        do {
            try commit(decision)
            return .stored
        } catch {
            figures.failures += 1
            if commitWithoutWrongRows(decision, after: error) { return .stored }
            guard let last = commitInRoomMade(decision, after: error, now: now) else { return .stored }
            let problem = "the ledger cannot store what happens: \(sentence(last))"
            figures.problem = problem
            retryAt = now.uptime + Store.retryEvery
            keep(decision)
            return .failed(problem)
        }
    }

    /// A row that breaks an invariant of the ledger is a defect of ours. It is left out and told: tried again it would fail for ever
    /// and keep all else from being stored.
    private mutating func commitWithoutWrongRows(_ decision: Decision, after error: any Error) -> Bool {
        guard (error as? LedgerError)?.reason == .constraint else { return false }
        do {
            let leftOut = try ledger.commitWhatFits(decision)
            figures.commits += 1
            figures.lost += leftOut.count
            notes += leftOut.isEmpty ? ["a decision was stored at the second attempt; before: \(sentence(error))"] : leftOut
            return true
        } catch {
            figures.failures += 1
            return false
        }
    }

    /// What a person should hear of the writes since the last call.
    package mutating func takeNotes() -> [String] {
        defer { notes = [] }
        return notes
    }

    /// Tries again after making room: first the reserve is given up, then ever younger samples. Returns the last error, or nil.
    private mutating func commitInRoomMade(_ decision: Decision, after error: any Error, now: Moment) -> (any Error)? {
        var last = error
        for share in [1.0, 0.5, 0.25, 0.1] {
            do {
                if (last as? LedgerError)?.reason == .full {
                    if share == 1, try ledger.releaseReserve() { isReserveGone = true }
                    try prune(keeping: share, now: now)
                }
                try commit(decision)
                return nil
            } catch {
                figures.failures += 1
                last = error
                // Room helps a full disk only; anything else is tried once more and no oftener.
                guard (error as? LedgerError)?.reason == .full else { return error }
            }
        }
        return last
    }

    /// Deletes what is older than it is to be kept, all of it.
    private func prune(keeping share: Double, now: Moment) throws {
        let samples = Duration.microseconds(Int64(Double(keepsSamples.microseconds) * share))
        while try ledger.prune(before: now.wall - samples, recordsBefore: now.wall - keepsRecords) {}
    }

    /// One small batch of what is too old, once a minute and then until nothing is; returns what went wrong.
    package mutating func tidy(now: Moment) -> String? {
        guard backlog == nil, now.uptime >= pruneAt else { return nil }
        do {
            try restoreReserve()
        } catch {
            pruneAt = now.uptime + Store.pruneEvery
            return "the reserve for a full disk could not be made again: \(sentence(error))"
        }
        do {
            let more = try ledger.prune(before: now.wall - keepsSamples, recordsBefore: now.wall - keepsRecords)
            if !more { pruneAt = now.uptime + Store.pruneEvery }
            return nil
        } catch {
            pruneAt = now.uptime + Store.pruneEvery
            return "old samples could not be deleted: \(sentence(error))"
        }
    }

    private mutating func restoreReserve() throws {
        guard isReserveGone else { return }
        try ledger.restoreReserve()
        isReserveGone = false
    }

    private mutating func retry(whole: Decision, now: Moment) -> Result {
        var all = whole
        all.observations = backlog?.observations ?? []
        all.records = backlog?.records ?? []
        all.attempts = backlog?.attempts ?? []
        all.removedAlerts = backlog?.removedAlerts ?? []
        all.cancelledTimers = backlog?.cancelledTimers ?? []
        // Rows and incidents that ended meanwhile are in the backlog only; what is alive stands in the whole state, which counts last.
        all.outbox = (backlog?.outbox ?? []) + all.outbox
        all.incidents = (backlog?.incidents ?? []) + all.incidents
        all.told = (backlog?.told ?? []) + all.told
        all.silences = (backlog?.silences ?? []) + all.silences
        all.overrides = (backlog?.overrides ?? []) + all.overrides
        all.commands = backlog?.commands ?? []
        all.digests = backlog?.digests ?? []
        all.evidence = backlog?.evidence ?? []
        all.deploys = backlog?.deploys ?? []
        do {
            try commit(all)
        } catch {
            figures.failures += 1
            guard commitWithoutWrongRows(all, after: error) else {
                retryAt = now.uptime + Store.retryEvery
                return .failed(nil)
            }
        }
        backlog = nil
        retryAt = nil
        figures.problem = nil
        figures.unrecorded = 0
        // The reserve is made again with the next tidying.
        pruneAt = now.uptime
        return .recovered
    }

    private mutating func keep(_ decision: Decision) {
        guard !decision.isEmpty else { return }
        figures.unrecorded += 1
        var kept = backlog ?? Decision()
        // Else every addition would copy all of it.
        backlog = nil
        kept.append(decision)
        kept.sends = []
        kept.runs = []
        // What is alive is written from the whole state: only what has ended must be kept here.
        kept.alerts = []
        kept.timers = []
        kept.outbox.removeAll { !$0.isSettled }
        kept.incidents.removeAll(where: \.isOpen)
        let extra = kept.observations.count - Store.keptObservations
        if extra > 0 {
            kept.observations.removeFirst(extra)
            figures.lost += extra
        }
        let extraRecords = kept.records.count - Store.keptRecords
        if extraRecords > 0 {
            kept.records.removeFirst(extraRecords)
            figures.lost += extraRecords
        }
        let extraEvidence = kept.evidence.count - Store.keptEvidence
        if extraEvidence > 0 {
            kept.evidence.removeFirst(extraEvidence)
            figures.lost += extraEvidence
        }
        backlog = kept
    }

    private mutating func commit(_ decision: Decision) throws {
        let start = clock.now().uptime
        try ledger.commit(decision)
        figures.commits += 1
        figures.secondsTotal += (clock.now().uptime - start).seconds
    }

    private func sentence(_ error: any Error) -> String { (error as? LedgerError)?.detail ?? "\(error)" }

    /// Gives `body` the stored observations since then, oldest first; returns what went wrong.
    package func replay(since: Timestamp, _ body: (Observation) -> Void) -> String? {
        do {
            try ledger.replay(since: since, body)
            return nil
        } catch {
            return sentence(error)
        }
    }

    package func close() -> String? {
        do {
            try ledger.close()
            return nil
        } catch {
            return sentence(error)
        }
    }
}
