import Model
import Testing

@testable import Ledger

@Suite struct LedgerTests {
    @Test func everythingThatADecisionHoldsIsLoadedAgain() throws {
        let folder = try Folder()
        let decision = Samples.everything
        let ledger = try folder.open()
        try ledger.commit(decision)
        try ledger.close()

        let again = try folder.open()
        let stored = try again.load(now: Samples.start)
        #expect(stored.alerts == decision.alerts)
        #expect(stored.incidents == decision.incidents.filter(\.isOpen))
        #expect(stored.timers == decision.timers)
        #expect(stored.outbox == decision.outbox.filter { !$0.isSettled })
        #expect(stored.told == decision.told.filter { $0.incident == decision.incidents[0].id })
        #expect(stored.silences == decision.silences)
        #expect(stored.overrides == decision.overrides)
        #expect(stored.commands == decision.commands)
        #expect(stored.digests == decision.digests)
        #expect(stored.channels == decision.channels)
        #expect(stored.evidence == decision.evidence)
        #expect(stored.deploys == decision.deploys)
        #expect(stored.lastOutboxID == 3)
        #expect(stored.latest == ["api": decision.observations[0], "db": decision.observations[1]])
        #expect(again.damage == [])
        #expect(again.openingNotes == [])

        let reader = try LedgerReader(path: folder.path)
        #expect(try reader.records() == decision.records)
        #expect(try reader.attempts(of: 1) == decision.attempts)
        #expect(try reader.incidents() == decision.incidents.reversed())
        #expect(try reader.outbox(incident: decision.incidents[0].id) == decision.outbox.filter { $0.id != 3 })
        #expect(try reader.outbox(deadOnly: true) == [decision.outbox[2]])
        #expect(try reader.told(incident: "01B") == [decision.told[1]])
    }

    @Test func aRowThatStandsTwiceCountsAsItStandsLast() throws {
        let folder = try Folder()
        let ledger = try folder.open()
        var decision = Samples.everything
        var row = decision.outbox[0]
        row.note = "the last word"
        decision.outbox.append(row)
        var alert = decision.alerts[0]
        alert.reason = "later"
        decision.alerts.append(alert)
        try ledger.commit(decision)
        let stored = try ledger.load(now: Samples.start)
        #expect(stored.outbox.first { $0.id == row.id } == row)
        #expect(stored.alerts.first { $0.key == alert.key } == alert)
        #expect(
            try LedgerReader(path: folder.path).attempts(of: row.id) == decision.attempts, "a changed row keeps its attempts")
    }

    @Test func whatIsRemovedIsGoneAndWhatIsRemovedAndSetIsSet() throws {
        let ledger = try Folder().open()
        try ledger.commit(Samples.everything)
        var decision = Decision()
        decision.removedAlerts = Samples.everything.alerts.map(\.key)
        decision.alerts = [Samples.everything.alerts[1]]
        decision.cancelledTimers = Samples.everything.timers.map(\.key)
        try ledger.commit(decision)
        let stored = try ledger.load(now: Samples.start)
        #expect(stored.alerts == [Samples.everything.alerts[1]])
        #expect(stored.timers == [])
    }

    @Test func ofDecisionsCommittedTogetherTheLastOneCounts() throws {
        let ledger = try Folder().open()
        let timer = Samples.everything.timers[0]
        let alert = Samples.everything.alerts[0]
        var set = Decision()
        set.timers = [timer]
        set.alerts = [alert]
        var cancel = Decision()
        cancel.cancelledTimers = [timer.key]
        cancel.removedAlerts = [alert.key]

        var cancelled = set
        cancelled.append(cancel)
        try ledger.commit(cancelled)
        #expect(try ledger.load(now: Samples.start).timers == [])
        #expect(try ledger.load(now: Samples.start).alerts == [])

        var setAgain = cancelled
        setAgain.append(set)
        try ledger.commit(setAgain)
        #expect(try ledger.load(now: Samples.start).timers == [timer])
        #expect(try ledger.load(now: Samples.start).alerts == [alert])
    }

    @Test func oneDecisionMayEndAnIncidentAndBeginTheNextOfItsGroup() throws {
        let ledger = try Folder().open()
        var first = Samples.incident("01A", group: "default/api")
        var decision = Decision()
        decision.incidents = [first]
        try ledger.commit(decision)
        let second = Samples.incident("01C", group: "default/api")
        first.phase = .resolved
        first.resolvedAt = Samples.start + .seconds(60)
        decision.incidents = [second, first]
        try ledger.commit(decision)
        #expect(try ledger.load(now: Samples.start).incidents == [second])
    }

    @Test func aResolvedIncidentIsLoadedWhileMessagesAreOnTheWay() throws {
        let ledger = try Folder().open()
        var decision = Samples.everything
        decision.incidents[0].phase = .resolved
        decision.incidents[0].resolvedAt = Samples.start + .seconds(60)
        try ledger.commit(decision)
        #expect(try ledger.load(now: Samples.start).incidents == [decision.incidents[0]])
        for index in decision.outbox.indices {
            decision.outbox[index].phase = .done
            decision.outbox[index].settledAt = Samples.start + .seconds(61)
        }
        try ledger.commit(decision)
        #expect(try ledger.load(now: Samples.start).incidents == [])
        #expect(try ledger.load(now: Samples.start).told == [])
    }

    @Test func whatIsOverIsNotLoadedAndAReaderFindsIt() throws {
        let folder = try Folder()
        let ledger = try folder.open()
        try ledger.commit(Samples.everything)
        let last = Samples.start + .microseconds(2)
        #expect(try ledger.load(now: last).silences == Samples.everything.silences)
        let over = Samples.start + .microseconds(3)
        let stored = try ledger.load(now: over)
        #expect(stored.silences == [] && stored.overrides == [], "a silence and an override are over when they end")
        let reader = try LedgerReader(path: folder.path)
        #expect(try reader.silences() == Samples.everything.silences)
        #expect(try reader.silences(since: last) == Samples.everything.silences)
        #expect(try reader.silences(since: over) == [])
        #expect(try reader.overrides() == Samples.everything.overrides)
    }

    @Test func commandsOfOneDayAreRememberedAndTheLatestSummaryOfEachNameForEver() throws {
        let ledger = try Folder().open()
        var decision = Samples.everything
        decision.digests = [
            DigestRow(name: "team", localDate: "2026-03-28", at: Samples.start - .seconds(86_400)),
            DigestRow(name: "team", localDate: "2026-03-29", at: Samples.start),
            DigestRow(name: "boss", localDate: "2026-03-23", at: Samples.start - .seconds(6 * 86_400)),
        ]
        try ledger.commit(decision)
        let latest = [decision.digests[2], decision.digests[1]]
        let dayLater = Samples.start + .seconds(86_400)
        #expect(try ledger.load(now: dayLater - .microseconds(1)).commands == decision.commands)
        #expect(try ledger.load(now: dayLater).commands == [])
        #expect(try ledger.load(now: dayLater).digests == latest)
        while try ledger.prune(before: .distantFuture) {}
        #expect(try ledger.load(now: Samples.start).digests == latest)
        #expect(try ledger.load(now: Samples.start).commands == [])
    }

    /// A digest was due at 08:00 and was sent again after a restart: the clock had been set back since the row before was written.
    @Test func theLatestSummaryIsTheOneThatWasWrittenLastAlsoWhereTheClockWasSetBack() throws {
        let ledger = try Folder().open()
        let first = DigestRow(name: "team", localDate: "2026-03-28", at: Samples.start + .seconds(1200))
        let last = DigestRow(name: "team", localDate: "2026-03-29", at: Samples.start)
        for row in [first, last] {
            var decision = Decision()
            decision.digests = [row]
            try ledger.commit(decision)
        }
        #expect(try ledger.load(now: Samples.start).digests == [last])
        while try ledger.prune(before: .distantFuture) {}
        #expect(try ledger.load(now: Samples.start).digests == [last])
    }

    @Test func aDurableCommitIsWhatTheLiveConnectionPromises() throws {
        let folder = try Folder()
        let ledger = try folder.open()
        #expect(try ledger.pragma("synchronous") == 2)
        for second in 0..<300 {
            try ledger.commit(Samples.run(of: "api", at: Samples.start + .seconds(second)))
        }
        #expect(try ledger.pragma("synchronous") == 2)
        #expect(try ledger.pragma("page_size") == 16_384)
        #expect(try ledger.pragma("secure_delete") == 0)
        #expect(try ledger.pragma("foreign_keys") == 1)
        #expect(try folder.mode(of: folder.path) == 0o600)
        #expect(try folder.mode(of: folder.path + "-wal") == 0o600)
    }

    @Test func aTextWithANULByteIsKeptReadable() throws {
        let ledger = try Folder().open()
        var decision = Samples.everything
        decision.alerts[0].reason = "the server said \0\u{1}?"
        decision.outbox[0].note = "\0"
        try ledger.commit(decision)
        let stored = try ledger.load(now: Samples.start)
        #expect(stored.alerts[0].reason == "the server said \u{2400}\u{1}?")
        #expect(stored.outbox[0].note == "\u{2400}")
        #expect(ledger.damage == [])
    }

    struct Break: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let change: @Sendable (inout Decision) -> Void
        init(_ sentence: String, _ change: @escaping @Sendable (inout Decision) -> Void) {
            testDescription = sentence
            self.change = change
        }
    }

    @Test(arguments: [
        Break("a settled message has no time of settlement") { $0.outbox[2].settledAt = nil },
        Break("a message under way was never tried") { $0.outbox[0].tries = 0 },
        Break("a message was tried less than never") { $0.outbox[1].tries = -1 },
        Break("a page before the first") { $0.outbox[1].page = 0 },
        Break("two messages have one idempotency key") { $0.outbox[1].idempotencyKey = $0.outbox[0].idempotencyKey },
        Break("a firing alert never began to fire") { $0.alerts[0].firedAt = nil },
        Break("a firing alert has no level") { $0.alerts[0].level = nil },
        Break("an alert knows more verdicts than it has bits") { $0.alerts[0].known = 65 },
        Break("a resolved incident has no end") { $0.incidents[1].resolvedAt = nil },
        Break("an open incident has an end") { $0.incidents[0].resolvedAt = Samples.start },
        Break("nobody acknowledged an acknowledged incident") { $0.incidents[0].ackedBy = nil },
        Break("two open incidents of one group") {
            $0.incidents.append(Samples.incident("01Z", group: $0.incidents[0].groupKey))
        },
        Break("a silence without an author") { $0.silences[0].author = "" },
        Break("a silence that ends before it begins") { $0.silences[0].endsAt = $0.silences[0].startsAt - .microseconds(1) },
        Break("somebody stands in until before he begins") { $0.overrides[0].endsAt = .distantPast },
        Break("nobody stands in") { $0.overrides[0].person = "" },
        Break("a command without an id") { $0.commands[0].id = "" },
        Break("a channel without a name") { $0.channels[0].name = "" },
        Break("a channel that failed less than never") { $0.channels[0].failures = -1 },
        Break("what was seen by no probe") { $0.evidence[0].probe = "" },
        Break("a deploy by nobody") { $0.deploys[0].author = "" },
        Break("a summary of no day") { $0.digests[0].localDate = "" },
        Break("an attempt of a message that does not exist") { $0.attempts[0].row = 99 },
        Break("an attempt ended without an outcome") { $0.attempts[1].outcome = nil },
    ])
    func whatBreaksAnInvariantIsRefusedWhole(_ broken: Break) throws {
        let ledger = try Folder().open()
        var decision = Samples.everything
        broken.change(&decision)
        let error = #expect(throws: LedgerError.self) { try ledger.commit(decision) }
        #expect(error?.reason == .constraint)
        let stored = try ledger.load(now: Samples.start)
        #expect(stored.alerts.isEmpty && stored.incidents.isEmpty && stored.latest.isEmpty, "nothing of it is stored")
        try ledger.commit(Samples.everything)
    }
}
