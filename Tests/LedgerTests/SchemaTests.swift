import Model
import Support
import Testing

@testable import Ledger

@Suite struct SchemaTests {
    static let recorded = ["schema-1.sql", "schema-2.sql", "schema-3.sql", "schema-4.sql"]

    /// A step that was released is not recorded anew: a further one changes what it made.
    @Test func aReleasedStepIsWhatItWasAtItsRelease() throws {
        #expect(Schema.steps.count == Self.recorded.count, "record the new step in Tests/Golden with RECORD=1")
        for (step, name) in zip(Schema.steps, Self.recorded) {
            if let difference = try Golden.difference(step, name) {
                Issue.record("\(difference). What a released schema does not know needs a further step")
            }
        }
    }

    @Test func aFileOfTheFirstSchemaKeepsAllItsRowsAndTheirChecksums() throws {
        let folder = try Folder()
        // As it was then, with the checksums of then.
        try folder.sql(Golden.text("schema-1.sql") + Golden.text("schema-1-rows.sql"))
        let ledger = try folder.open()
        #expect(ledger.openingNotes == ["\(folder.path) was brought from schema 1 to \(Schema.steps.count)"])
        let stored = try ledger.load(now: Samples.start)
        #expect(ledger.damage == [])
        #expect(stored.alerts == Self.plainAlerts)
        #expect(stored.incidents == [Self.plainIncident])
        #expect(stored.timers == Samples.everything.timers)
        #expect(
            stored.outbox
                == Samples.everything.outbox.filter { !$0.isSettled }.map { row in
                    var row = row
                    row.reference = nil
                    return row
                })
        #expect(stored.told == Samples.everything.told.filter { $0.incident == "01A" })
        #expect(stored.lastOutboxID == 77, "the id of a deleted message is not given again")
        let reader = try LedgerReader(path: folder.path)
        #expect(try reader.attempts(of: 1) == Samples.everything.attempts, "a message keeps its attempts")
        #expect(try reader.records().map(\.text) == ["it began", "it was told"])
        #expect(try reader.outbox(deadOnly: true).map(\.id) == [3])
        #expect(try ledger.pragma("foreign_keys") == 1)
        // What was constrained still is, and a message that goes takes its attempts along.
        var orphan = Decision()
        orphan.attempts = [Attempt(row: 99, number: 1, startedAt: Samples.start)]
        #expect(throws: LedgerError.self) { try ledger.commit(orphan) }
        try folder.sql("PRAGMA foreign_keys = ON; DELETE FROM outbox WHERE id = 1")
        #expect(try reader.attempts(of: 1) == [])
        try ledger.commit(Samples.everything)
        #expect(try ledger.load(now: Samples.start).alerts == Samples.everything.alerts)
    }

    /// The samples without what the first schema had no place for.
    private static var plainAlerts: [Alert] {
        var alerts = Samples.everything.alerts
        alerts[0].incidents = ["01A"]
        alerts[0].suppression = nil
        alerts[0].freshAfter = nil
        alerts[0].isFlapping = false
        return alerts
    }
    private static var plainIncident: Incident {
        var incident = Samples.everything.incidents[0]
        incident.kind = .group
        incident.members[0].formerLevel = nil
        incident.mergedInto = nil
        incident.ackExpiresAt = nil
        return incident
    }

    @Test func aFileOfAnySchemaTakesEveryKindThatTheProgramKnows() throws {
        for released in 1...Self.recorded.count {
            let folder = try Folder()
            let steps = try Self.recorded.prefix(released).map(Golden.text).joined()
            try folder.sql(steps + "PRAGMA user_version = \(released); PRAGMA application_id = \(Schema.applicationID)")
            let ledger = try folder.open()
            for sentence in try ledger.commitWhatFits(Self.everyKind()) { Issue.record("schema \(released): \(sentence)") }
            let stored = try ledger.load(now: Samples.start)
            #expect(stored.timers.count == TimerRow.Kind.allCases.count)
            #expect(stored.outbox.count == Notification.Kind.allCases.count)
            #expect(stored.silences.count == Silence.Kind.allCases.count)
            #expect(stored.alerts.count == Alert.Phase.allCases.count)
            #expect(try LedgerReader(path: folder.path).records().count == Record.Kind.allCases.count)
        }
    }

    private static func everyKind() -> Decision {
        var decision = Decision()
        decision.timers = TimerRow.Kind.allCases.map { TimerRow($0, owner: "01A", due: Samples.start, epoch: 1) }
        decision.outbox = Notification.Kind.allCases.enumerated().map { index, kind in
            var row = Samples.row(Int64(index + 1), .pending, incident: "01A")
            row.kind = kind
            return row
        }
        decision.silences = Silence.Kind.allCases.map { Samples.silence("01-\($0)", kind: $0) }
        decision.alerts = Alert.Phase.allCases.map { phase in
            var alert = Samples.alert("api", "\(phase)")
            alert.phase = phase
            return alert
        }
        decision.records = Record.Kind.allCases.map { Record(at: Samples.start, $0, "of this kind") }
        return decision
    }

    @Test func aRowWhoseFieldsHaveTheirDefaultsHasNothingMore() throws {
        let folder = try Folder()
        let ledger = try folder.open()
        try ledger.commit(Samples.everything)
        #expect(try folder.number("SELECT count(*) FROM alert WHERE probe = 'db' AND more = ''") == 1)
        let more =
            #"{"flapping":true,"fresh_after":1774742400123473,"suppression":{"by":"01S","kind":"silence","#
            + #""reason":"\"db\" is moved\n","since":1774742400123469}}"#
        #expect(try folder.number("SELECT count(*) FROM alert WHERE probe = 'api' AND more = '\(more)'") == 1)
    }
}
