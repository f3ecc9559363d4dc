import Foundation
import Model
import Testing

@testable import Ledger

@Suite struct HistoryTests {
    /// Runs of several probes with a clock that now and then steps back or far ahead.
    private func fill(_ ledger: Ledger, seed: UInt64, commits: Int) throws -> [Observation] {
        var generator = SeededGenerator(seed: seed)
        var time = Samples.start
        var all: [Observation] = []
        for _ in 0..<commits {
            time = time + .milliseconds(Int.random(in: 1...3000, using: &generator))
            if Int.random(in: 0..<20, using: &generator) == 0 {
                time = time - .seconds(Int.random(in: 0...60, using: &generator))
            }
            var decision = Decision()
            for _ in 0..<Int.random(in: 1...5, using: &generator) {
                let ahead = Int.random(in: 0..<200, using: &generator) == 0 ? Duration.seconds(500) : .zero
                let started = time + ahead - .milliseconds(Int.random(in: 0...5000, using: &generator))
                decision.observations.append(
                    Samples.observation(of: "probe-\(Int.random(in: 0..<4, using: &generator))", at: started))
            }
            try ledger.commit(decision)
            all += decision.observations
        }
        return all
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func aReplayIsWhatAFilterOverEverythingGives(seed: UInt64) throws {
        let folder = try Folder()
        let ledger = try folder.open()
        let all = try fill(ledger, seed: seed, commits: 400)
        var generator = SeededGenerator(seed: seed &+ 100)
        let times = all.map(\.started)
        for _ in 0..<60 {
            let since = times.randomElement(using: &generator)! + .microseconds(Int.random(in: -1...1, using: &generator))
            var replayed: [Observation] = []
            try ledger.replay(since: since) { replayed.append($0) }
            #expect(replayed == all.filter { $0.started >= since }, "seed \(seed), since \(since)")
        }
        var nothing: [Observation] = []
        try ledger.replay(since: .distantFuture) { nothing.append($0) }
        #expect(nothing == [])
    }

    @Test(arguments: [4, 5] as [UInt64])
    func historyIsWhatAFilterOverEverythingGives(seed: UInt64) throws {
        let folder = try Folder()
        let ledger = try folder.open()
        let all = try fill(ledger, seed: seed, commits: 200)
        let reader = try LedgerReader(path: folder.path)
        var generator = SeededGenerator(seed: seed &+ 100)
        for _ in 0..<60 {
            let since = all.randomElement(using: &generator)!.started
            let until = since + .milliseconds(Int.random(in: 0...100_000, using: &generator))
            let probe = "probe-\(Int.random(in: 0..<5, using: &generator))"
            let expected = all.filter { $0.probe == probe && $0.started >= since && $0.started < until }
            #expect(try reader.history(probe: probe, since: since, until: until) == expected, "seed \(seed)")
            #expect(try reader.history(probe: probe, since: since, until: until, limit: 7) == expected.suffix(7))
        }
    }

    @Test func aReaderSeesWhatWasCommittedAfterItOpened() throws {
        let folder = try Folder()
        let ledger = try folder.open()
        let reader = try LedgerReader(path: folder.path)
        #expect(try reader.history(probe: "api") == [])
        try ledger.commit(Samples.everything)
        #expect(try reader.history(probe: "api") == [Samples.everything.observations[0]])
        #expect(try reader.stored(now: Samples.start).alerts == Samples.everything.alerts)
    }

    @Test func aReaderWorksAfterTheDaemonWasKilled() throws {
        let folder = try Folder()
        let copy = try Folder()
        let ledger = try folder.open()
        try ledger.commit(Samples.everything)
        // What a killed daemon leaves: a file and its WAL, without the shared memory.
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: folder.path + suffix, toPath: copy.path + suffix)
        }
        for _ in 0..<2 {
            let reader = try LedgerReader(path: copy.path)
            #expect(try reader.records() == Samples.everything.records)
            #expect(try reader.history(probe: "db") == [Samples.everything.observations[1]])
        }
        let again = try copy.open()
        #expect(try again.load(now: Samples.start).alerts == Samples.everything.alerts)
        #expect(again.openingNotes == [])
    }

    @Test func recordsAreFoundByProbeIncidentAndTime() throws {
        let folder = try Folder()
        let ledger = try folder.open()
        try ledger.commit(Samples.everything)
        let all = Samples.everything.records
        let reader = try LedgerReader(path: folder.path)
        #expect(try reader.records(probe: "api") == all.filter { $0.probe == "api" })
        #expect(try reader.records(incident: "01A") == all.filter { $0.incident == "01A" })
        #expect(try reader.records(probe: "api", incident: "01A") == all.filter { $0.probe == "api" && $0.incident == "01A" })
        #expect(try reader.records(since: all[2].at, until: all[5].at) == Array(all[2..<5]))
        #expect(try reader.records(limit: 3) == all.suffix(3))
    }

    @Test func theLatestRunOfEachProbeIsKnownHoweverLongAgo() throws {
        let folder = try Folder()
        var ledger = try folder.open()
        try ledger.commit(Samples.run(of: "daily", at: Samples.start))
        for second in 1...610 { try ledger.commit(Samples.run(of: "api", at: Samples.start + .seconds(second))) }
        for close in [false, true] {
            if close { try ledger.close() }
            ledger = try folder.open()
            let latest = try ledger.load(now: Samples.start).latest
            #expect(latest["daily"]?.started == Samples.start)
            #expect(latest["api"]?.started == Samples.start + .seconds(610))
        }
        try folder.sql("UPDATE latest SET payload = zeroblob(20)")
        #expect(try ledger.load(now: Samples.start).latest.count == 2)
        #expect(
            ledger.damage == [
                "the latest observations were read from the head, for their own block is damaged: its checksum is wrong"
            ])
    }

    @Test func pruningDeletesTheOldInBatchesAndKeepsWhatIsNeeded() throws {
        let folder = try Folder()
        let ledger = try folder.open()
        for second in 0..<100 {
            var decision = Samples.run(of: "api", at: Samples.start + .seconds(second))
            decision.records = [Record(at: Samples.start + .seconds(second), .alert, "second \(second)")]
            try ledger.commit(decision)
        }
        var decision = Samples.everything
        decision.observations = []
        decision.records = []
        try ledger.commit(decision)
        let border = Samples.start + .seconds(60)
        var calls = 1
        while try ledger.prune(before: border, batch: 25) { calls += 1 }
        #expect(calls == 3)
        let reader = try LedgerReader(path: folder.path)
        #expect(try reader.history(probe: "api").first?.started == border)
        #expect(try reader.history(probe: "api").count == 40)
        #expect(try reader.records().map(\.text) == (60..<100).map { "second \($0)" })
        // Of the old deliveries only the settled one goes: what was given up stays, with its incident and who was told.
        #expect(try reader.outbox(incident: "01A").map(\.id) == [1])
        #expect(try reader.outbox(deadOnly: true).map(\.id) == [3])
        #expect(try reader.incidents().map(\.id) == ["01B", "01A"])
        #expect(try reader.told(incident: "01B").count == 1)
        #expect(try reader.silences() == [] && reader.overrides() == [], "what ended long ago goes with the records")
        #expect(try ledger.load(now: Samples.start).lastOutboxID == 3)
        #expect(try ledger.size().bytes > 0)
    }

    @Test func whatFailingRunsSawStaysAsLongAsItsIncident() throws {
        let folder = try Folder()
        let ledger = try folder.open()
        try ledger.commit(Samples.everything)
        var decision = Decision()
        let seen = Evidence([.init("status", "503")])
        decision.evidence = ["01A", "gone", "young"].map { incident in
            EvidenceRow(
                incident: incident, probe: "web", at: Samples.start + .seconds(incident == "young" ? 120 : -1), bad: seen)
        }
        try ledger.commit(decision)
        let reader = try LedgerReader(path: folder.path)
        #expect(try reader.evidence(incident: "01A").map(\.probe) == ["web", "api", "db"], "in the order of the runs")
        #expect(try reader.evidence(incident: "gone") == [decision.evidence[1]])
        while try ledger.prune(before: Samples.start + .seconds(60), batch: 1) {}
        #expect(try reader.evidence(incident: "gone") == [])
        #expect(try reader.evidence(incident: "01A").count == 3, "its incident is kept for a message that was not settled")
        #expect(try reader.evidence(incident: "young").count == 1)
    }

    @Test func recordsMayBeKeptLongerThanSamples() throws {
        let folder = try Folder()
        let ledger = try folder.open()
        try ledger.commit(Samples.everything)
        while try ledger.prune(before: Samples.start + .seconds(3600), recordsBefore: Samples.start) {}
        let reader = try LedgerReader(path: folder.path)
        #expect(try reader.history(probe: "api") == [])
        #expect(try reader.records() == Samples.everything.records)
    }

    @Test func theIdOfADeletedMessageIsNotGivenAgain() throws {
        let folder = try Folder()
        let ledger = try folder.open()
        var decision = Decision()
        decision.outbox = [Samples.row(41, .done, incident: "01A")]
        try ledger.commit(decision)
        while try ledger.prune(before: .distantFuture) {}
        try ledger.close()
        #expect(try folder.open().load(now: Samples.start).lastOutboxID == 41)
    }
}
