import Model
import Support
import Testing

@testable import monitordctl

@Suite struct TextTests {
    private func golden(_ lines: [String], _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        #expect(try Golden.difference(lines.joined(separator: "\n") + "\n", name) == nil, sourceLocation: sourceLocation)
    }

    @Test func statusShowsWhatIsWrongFirst() throws {
        try golden(StatusText.lines(Example.snapshot, .plain), "status.txt")
        try golden(StatusText.lines(Example.snapshot, .colour), "status-colour.txt")
    }

    @Test func aHealthyDaemonSaysSoInOneLine() throws {
        var daemon = Example.daemon
        daemon.outbox = Snapshot.Outbox()
        let snapshot = Snapshot(
            node: "ops-1", time: Example.now, probes: [Example.warehouse], incidents: [], daemon: daemon)
        try golden(StatusText.lines(snapshot, .plain), "status-healthy.txt")
    }

    @Test func aBrokenDaemonSaysAllThatIsWrong() throws {
        var daemon = Example.daemon
        daemon.storageOK = false
        daemon.storageProblem = "no space left on the device"
        daemon.unrecordedDecisions = 1
        daemon.configurationOK = false
        daemon.outbox.dead = 3
        let snapshot = Snapshot(node: "ops-1", time: Example.now, probes: [], incidents: [], daemon: daemon)
        try golden(StatusText.lines(snapshot, .plain), "status-broken.txt")
    }

    @Test func exitCodesFollowNagios() {
        let codes = Snapshot.State.allCases.map { ($0, StatusText.exitCode($0)) }
        for (state, code) in codes {
            switch state {
            case .ok, .pending: #expect(code == 0)
            case .warning: #expect(code == 1)
            case .critical: #expect(code == 2)
            case .unknown: #expect(code == 3)
            }
        }
        #expect(Example.snapshot.worst == .critical, "critical outweighs unknown")
    }

    @Test func namesRestrictProbesIncidentsAndTheExitCode() throws {
        let some = try Example.snapshot.restricted(to: ["warehouse", "new-one"])
        #expect(some.probes.map(\.name) == ["warehouse", "new-one"])
        #expect(some.incidents.isEmpty)
        #expect(some.summary.ok == 1 && some.summary.pending == 1 && some.summary.critical == 0)
        #expect(StatusText.exitCode(some.worst) == 0)
        #expect(try Example.snapshot.restricted(to: []).probes.count == 5)
    }

    @Test func anUnknownNameIsAnErrorWithASuggestion() {
        for (name, sentence) in [
            ("wharehouse", #"There is no probe wharehouse; did you mean "warehouse"?"#),
            ("nothing-like-it", "There is no probe nothing-like-it."),
        ] {
            #expect(throws: Trouble(sentence, exit: .trouble)) { try Example.snapshot.restricted(to: [name]) }
        }
    }

    @Test func statusInJSONHasTheKeysOfTheInterface() throws {
        try golden([try JSONForm.text(try Example.snapshot.restricted(to: ["api-health"]))], "status.json")
    }

    @Test func hostileTextCannotMoveTheCursor() {
        var probe = Example.api
        probe.name = "a\u{1B}[2Jb\nc"
        let lines = StatusText.lines(
            Snapshot(node: "n\u{7}", time: Example.now, probes: [probe], incidents: [], daemon: Example.daemon), .plain)
        #expect(!lines.joined().unicodeScalars.contains { $0.properties.generalCategory == .control })
    }

    @Test func incidentsAreListedAndFoundByTheirBeginning() throws {
        var resolved = Example.incident
        resolved.id = "01KMVG0000BBBBBBBBBBBBBBBB"
        resolved.state = "resolved"
        resolved.resolvedAt = Example.now - .seconds(100)
        resolved.ackedBy = "alice"
        resolved.told = ["slack-devops", "pager"]
        let all = [Example.incident, resolved]
        try golden(IncidentText.table(all, .plain), "incidents.txt")
        try golden(IncidentText.table([], .plain), "incidents-none.txt")
        #expect(try IncidentText.find("01kmvg", in: all).id == resolved.id)
        #expect(try IncidentText.find("01K", in: all).id == Example.incident.id, "an open one comes first")
        #expect(throws: Trouble("There is no incident 02: monitordctl incidents lists them.")) {
            try IncidentText.find("02", in: all)
        }
        var other = Example.incident
        other.id = "01KMVHZZZZAAAAAAAAAAAAAAAA"
        let sentence = """
            01KMVH is the beginning of 2 incidents; give more of the id:
              01KMVH0000AAAAAAAAAAAAAAAA  api-health is failing
              01KMVHZZZZAAAAAAAAAAAAAAAA  api-health is failing
            """
        #expect(throws: Trouble(sentence)) { try IncidentText.find("01KMVH", in: [Example.incident, other]) }
    }

    @Test func aRunShowsPhasesSamplesAndVerdicts() throws {
        let reply = CommandReply(
            .done, "api-health failed.", details: ["failing: critical: failed 1 time, limit 1."], run: Example.api.last)
        try golden(RunText.lines("api-health", reply, isDry: true, .plain), "run.txt")
        let fine = CommandReply(.done, "warehouse is ok.", run: Example.warehouse.last)
        try golden(RunText.lines("warehouse", fine, isDry: false, .plain), "run-ok.txt")
        #expect(Outcome.allCases.map(RunText.exitCode) == [0, 2, 2, 3])
    }

    @Test func theOutboxShowsWhatWaitsAndWhatDied() throws {
        var waiting = row(1, .trigger)
        waiting.tries = 2
        waiting.notBefore = Example.now + .seconds(40)
        waiting.note = "HTTP 503"
        waiting.isInDoubt = true
        var dead = row(2, .resolve)
        dead.phase = .dead
        dead.tries = 12
        dead.note = "no success within 24h"
        try golden(OutboxText.lines([dead, waiting], deadOnly: false, now: Example.now, .plain), "outbox.txt")
        #expect(OutboxText.lines([], deadOnly: true, now: Example.now, .plain) == ["No message was given up."])
        #expect(
            OutboxText.lines([], deadOnly: false, now: Example.now, .plain) == ["No message waits, and none was given up."])
    }

    @Test func statusOfAPastTimeSaysSoInPlaceOfTheHealthOfTheDaemon() {
        let (present, past) = (
            StatusText.lines(Example.snapshot, .plain), StatusText.lines(Example.snapshot, isPast: true, .plain)
        )
        #expect(
            past.last
                == "As it was then, with probes and rules as they are configured now: monitordctl explain NAME --at says why.")
        #expect(present.starts(with: past.dropLast()))
    }

    @Test func outboxAsJSONNamesItsKeysAsAllOutputDoes() throws {
        var row = row(1, .trigger)
        row.recipient = "ada"
        row.lastAttemptAt = Example.now
        row.settledAt = Example.now
        row.reference = "r"
        let text = try JSONForm.text(row)
        let keys = text.split(separator: "\n").filter { $0.hasPrefix("  \"") }.compactMap {
            $0.split(separator: "\"").dropFirst().first
        }
        #expect(
            keys == [
                "channel", "contacts", "created_at", "deadline", "id", "idempotency_key", "in_doubt", "incident", "kind",
                "last_attempt_at", "level", "message", "not_before", "note", "page", "phase", "recipient", "reference",
                "settled_at", "target", "tries",
            ])
    }

    private func row(_ id: Int64, _ kind: Notification.Kind) -> OutboxRow {
        OutboxRow(
            id: id, incident: Example.incident.id, target: "slack-devops", channel: "slack-devops", kind: kind,
            level: .critical,
            page: 1, idempotencyKey: "k\(id)", message: Message(body: "{}"), createdAt: Example.now - .seconds(200),
            notBefore: Example.now, deadline: Example.now + .seconds(86_400))
    }
}
