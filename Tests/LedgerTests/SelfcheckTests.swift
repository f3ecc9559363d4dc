import Model
import Testing

@testable import Ledger

@Suite("The ledger is asked whether somebody should know and does not")
struct SelfcheckTests {
    private static func open(_ id: String) -> Incident {
        var incident = Samples.incident(id, group: "default/\(id)")
        incident.phase = .open
        incident.kind = .group
        incident.mergedInto = nil
        return incident
    }

    private static func findings(_ change: (inout Decision) -> Void) throws -> [String] {
        var decision = Decision()
        change(&decision)
        let ledger = try Folder().open()
        try ledger.commit(decision)
        return try ledger.selfcheck()
    }

    @Test("an open incident whose steps ran has somebody told, or a message that waits or was given up")
    func untold() throws {
        let problem = ["of incident 01A nobody was told and no message waits"]
        for (phase, found) in [
            (nil, problem), (.superseded, problem), (.pending, []), (.inflight, []), (.dead, []), (.done, []),
        ] as [(OutboxRow.Phase?, [String])] {
            let findings = try SelfcheckTests.findings {
                $0.incidents = [SelfcheckTests.open("01A")]
                $0.outbox = phase.map { [Samples.row(1, $0, incident: "01A")] } ?? []
            }
            #expect(findings == found, "\(phase.map { "\($0)" } ?? "no message")")
        }
        let told = try SelfcheckTests.findings {
            $0.incidents = [SelfcheckTests.open("01A")]
            $0.told = [Told(incident: "01A", target: "chat", isInDoubt: false, level: .critical, page: 1, at: Samples.start)]
        }
        #expect(told == [])
        let unannounced = try SelfcheckTests.findings {
            var incident = SelfcheckTests.open("01A")
            incident.isAnnounced = false
            $0.incidents = [incident]
        }
        #expect(unannounced == [], "its group_wait is not over")
        let dropped = try SelfcheckTests.findings {
            var row = Samples.row(1, .superseded, incident: "01A")
            row.note = "dropped by ada"
            $0.incidents = [SelfcheckTests.open("01A")]
            $0.outbox = [row]
        }
        #expect(dropped == [], "somebody did not want it")
    }

    @Test("whoever was told of an incident that is over has word of that, or it waits")
    func unresolved() throws {
        for (resolve, found) in [
            (nil, ["chat was told of incident 01A, which is over, and no message says so"]), (.pending, []), (.dead, []),
        ] as [(OutboxRow.Phase?, [String])] {
            let findings = try SelfcheckTests.findings {
                var incident = SelfcheckTests.open("01A")
                incident.phase = .resolved
                incident.resolvedAt = Samples.start
                $0.incidents = [incident]
                $0.told = [
                    Told(incident: "01A", target: "chat", isInDoubt: false, level: .critical, page: 1, at: Samples.start)
                ]
                guard let resolve else { return }
                var row = Samples.row(1, resolve, incident: "01A")
                row.target = "chat"
                row.kind = .resolve
                $0.outbox = [row]
            }
            #expect(findings == found)
        }
    }

    @Test("a message or a timer of nothing that is stored is found; what belongs to no incident by its kind is not")
    func orphans() throws {
        let kinds = Notification.Kind.allCases
        let findings = try SelfcheckTests.findings {
            $0.outbox = kinds.enumerated().map { index, kind in
                var row = Samples.row(Int64(index + 1), .pending, incident: "01Z")
                row.kind = kind
                return row
            }
            $0.timers = [
                TimerRow(.step, owner: "01Z", due: Samples.start, epoch: 1),
                TimerRow(.silence, owner: "01S", due: Samples.start, epoch: 0),
            ]
        }
        let found = kinds.enumerated().filter { ![.test, .digest, .change].contains($0.element) }.map {
            "message \($0.offset + 1) belongs to incident 01Z, which is not stored"
        }
        #expect(Set(findings) == Set(found + ["the step timer of 01Z belongs to no open incident of its epoch"]))
    }
}
