import Foundation
import Glibc
import Model
import Testing

@testable import Ledger

@Suite struct FaultTests {
    @Test func aCommitThatFailsStoresNothingAndTheNextOneWorks() throws {
        let folder = try Folder()
        let ledger = try folder.open {
            $0.commitFault = { $0 == 2 ? LedgerError(.full, "no space, says the test") : nil }
        }
        try ledger.commit(Samples.run(of: "api", at: Samples.start))
        let error = #expect(throws: LedgerError.self) { try ledger.commit(Samples.everything) }
        #expect(error == LedgerError(.full, "no space, says the test"))
        let between = try ledger.load(now: Samples.start)
        #expect(between.alerts.isEmpty && between.outbox.isEmpty && between.latest.keys.sorted() == ["api"])
        // It brings the names that the failed one had interned and that were rolled back.
        try ledger.commit(Samples.everything)
        let stored = try ledger.load(now: Samples.start)
        #expect(stored.alerts == Samples.everything.alerts)
        #expect(stored.latest == ["api": Samples.everything.observations[0], "db": Samples.everything.observations[1]])
        #expect(ledger.damage == [])
    }

    @Test func everyCommitThatCanFailLeavesAllOrNothing() throws {
        for failing in 1...4 {
            let folder = try Folder()
            let ledger = try folder.open { $0.commitFault = { $0 == failing ? LedgerError(.io, "EIO") : nil } }
            var expected: [Observation] = []
            for number in 1...4 {
                let decision = Samples.run(of: "probe-\(number)", at: Samples.start + .seconds(number))
                if number == failing {
                    #expect(throws: LedgerError(.io, "EIO")) { try ledger.commit(decision) }
                } else {
                    try ledger.commit(decision)
                    expected += decision.observations
                }
            }
            var replayed: [Observation] = []
            try ledger.replay(since: .distantPast) { replayed.append($0) }
            #expect(replayed == expected)
            #expect(try ledger.pragma("synchronous") == 2, "also on the connection that was opened anew")
        }
    }

    @Test func aFileAtItsQuotaIsFullAndPruningMakesRoom() throws {
        let folder = try Folder()
        let ledger = try folder.open { $0.maximumBytes = 1 << 20 }
        var stored = 0
        var refusal: LedgerError?
        while refusal == nil, stored < 10_000 {
            do {
                try ledger.commit(bulk(at: Samples.start + .seconds(stored)))
                stored += 1
            } catch { refusal = error }
        }
        #expect(refusal?.reason == .full)
        #expect(
            refusal?.detail == "the ledger cannot commit: database or disk is full (SQLite code 13)")
        var count = 0
        try ledger.replay(since: .distantPast) { _ in count += 1 }
        #expect(count == stored * 50, "every commit that was acknowledged, and no other")
        while try ledger.prune(before: Samples.start + .seconds(stored / 2), batch: 10) {}
        try ledger.commit(bulk(at: Samples.start + .seconds(stored)))
    }

    @Test func aFullDiskIsSurvivedWithTheReserve() throws {
        guard let disk = try SmallDisk(megabytes: 16) else {
            print("no right to mount a small disk here: the quota test stands for it")
            return
        }
        let path = disk.path + "/monitord.db"
        var options = Ledger.Options()
        options.reserveBytes = 4 << 20
        let ledger = try Ledger.open(path: path, now: Samples.start, options: options)
        #expect(ledger.openingNotes == [])
        var stored = 0
        var refusal: LedgerError?
        while refusal == nil, stored < 10_000 {
            do {
                try ledger.commit(bulk(at: Samples.start + .seconds(stored), padding: 4000))
                stored += 1
            } catch { refusal = error }
        }
        #expect(refusal?.reason == .full, "\(String(describing: refusal))")
        // What paging needs finds room in the reserve, and pruning works again.
        #expect(try ledger.releaseReserve())
        #expect(try ledger.releaseReserve() == false)
        try ledger.commit(Samples.everything)
        while try ledger.prune(before: Samples.start + .seconds(stored + 100)) {}
        #expect(try ledger.checkpoint())
        #expect(try ledger.load(now: Samples.start).alerts == Samples.everything.alerts)
        try ledger.close()
    }

    @Test func aLedgerOpensOnAFullDiskAndGivesUpItsReserve() throws {
        guard let disk = try SmallDisk(megabytes: 8) else { return }
        let path = disk.path + "/monitord.db"
        let ledger = try Ledger.open(path: path, now: Samples.start)
        try ledger.commit(Samples.everything)
        try ledger.close()
        #expect(access(path + ".reserve", F_OK) == 0)
        // Everything that is left goes to somebody else.
        let hog = open(disk.path + "/hog", O_WRONLY | O_CREAT, 0o600)
        let page = [UInt8](repeating: 1, count: 4096)
        while write(hog, page, page.count) > 0 {}
        close(hog)
        let again = try Ledger.open(path: path, now: Samples.start)
        #expect(again.openingNotes.first?.hasPrefix("the reserve was given up to open the ledger: ") == true)
        #expect(again.openingNotes.last?.hasPrefix("there is no reserve for a full disk: ") == true)
        try again.commit(Samples.everything)
        #expect(try again.load(now: Samples.start).alerts == Samples.everything.alerts)
        #expect(throws: LedgerError.self) { try again.restoreReserve() }
        unlink(disk.path + "/hog")
        try again.restoreReserve()
        #expect(access(path + ".reserve", F_OK) == 0)
    }

    @Test func aReserveThatDoesNotFitIsTold() throws {
        guard let disk = try SmallDisk(megabytes: 2) else { return }
        var options = Ledger.Options()
        options.reserveBytes = 64 << 20
        let path = disk.path + "/monitord.db"
        let ledger = try Ledger.open(path: path, now: Samples.start, options: options)
        #expect(
            ledger.openingNotes == [
                "there is no reserve for a full disk: \(path).reserve cannot reserve 67108864 bytes: No space left on device"
            ])
        #expect(access(path + ".reserve", F_OK) != 0)
    }

    private func bulk(at time: Timestamp, padding: Int = 0) -> Decision {
        let padding = String(repeating: ".", count: padding)
        var decision = Decision()
        decision.observations = (0..<50).map { index in
            Observation(
                probe: "probe-\(index)", planned: time, started: time, elapsed: .milliseconds(1),
                measured: .failed(.connect, "refusal \(index) of \(time)\(padding)"))
        }
        return decision
    }
}

/// A file system in memory, mounted for one test.
private final class SmallDisk {
    let path: String
    /// Nil where this account may not mount.
    init?(megabytes: Int) throws {
        path = FileManager.default.temporaryDirectory.appending(path: "small-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        guard mount("tmpfs", path, "tmpfs", 0, "size=\(megabytes)m") == 0 else {
            rmdir(path)
            return nil
        }
    }
    deinit {
        // Lazily, for a test that failed may still have files open.
        umount2(path, 2)
        rmdir(path)
    }
}
