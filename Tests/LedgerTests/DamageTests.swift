import Foundation
import Model
import Testing

@testable import Ledger

@Suite struct DamageTests {
    @Test(arguments: [
        ("UPDATE alert SET reason = 'x' WHERE probe = 'api'", "alert"),
        ("UPDATE incident SET members = '[]' WHERE id = '01A'", "incident"),
        ("UPDATE timer SET due = due + 1 WHERE kind = 'step'", "timer"),
        ("UPDATE outbox SET deadline = deadline - 1 WHERE id = 1", "outbox"),
        ("UPDATE told SET target = 'nobody' WHERE incident = '01A'", "told"),
        ("UPDATE alert SET more = '' WHERE probe = 'api'", "alert"),
        ("UPDATE alert SET more = '{\"flapping\":true}' WHERE probe = 'db'", "alert"),
        ("UPDATE incident SET more = replace(more, '01P', '01Q') WHERE id = '01A'", "incident"),
        ("UPDATE silence SET matchers = '[]' WHERE id = '01S'", "silence"),
        ("UPDATE override SET person = 'bob'", "override"),
        ("UPDATE command SET reply = replace(reply, 'done', 'unknown')", "command"),
        ("UPDATE digest SET local_date = '2026-03-30'", "digest"),
    ])
    func aDamagedRowIsSkippedToldAndKeptForAPerson(_ sql: String, _ table: String) throws {
        let folder = try Folder()
        let ledger = try folder.open()
        try ledger.commit(Samples.everything)
        try folder.sql(sql)
        let stored = try ledger.load(now: Samples.start)
        #expect(stored.rowCount == 16, "all but one; who was told of a damaged incident is still known")
        #expect(ledger.damage.count == 1)
        #expect(ledger.damage[0].hasPrefix("a row of \(table) was skipped (its checksum is wrong): "))
        // It was moved out of the way: told once, and its key is free.
        _ = try ledger.load(now: Samples.start)
        #expect(ledger.damage.count == 1)
        try ledger.commit(Samples.everything)
        #expect(try ledger.load(now: Samples.start).alerts == Samples.everything.alerts)
    }

    @Test func aDamagedBlockOfSamplesIsSkippedAndTheOthersReplayed() throws {
        let folder = try Folder()
        let ledger = try folder.open()
        var all: [Observation] = []
        for second in 0..<10 {
            let decision = Samples.run(of: "api", at: Samples.start + .seconds(second))
            all += decision.observations
            try ledger.commit(decision)
        }
        try folder.sql("UPDATE head SET payload = zeroblob(length(payload)) WHERE seq = 4")
        try folder.sql("UPDATE head SET payload = substr(payload, 1, 3) WHERE seq = 8")
        var replayed: [Observation] = []
        try ledger.replay(since: .distantPast) { replayed.append($0) }
        all.remove(at: 7)
        all.remove(at: 3)
        #expect(replayed == all)
        #expect(
            ledger.damage == [
                "block 4 of samples was skipped: its checksum is wrong", "block 8 of samples was skipped: it is too short",
            ])
        let reader = try LedgerReader(path: folder.path)
        #expect(try reader.history(probe: "api") == all)
        #expect(reader.damage.count == 2)
    }

    @Test func aDamagedSearchKeyHidesNoOtherBlock() throws {
        for damaged in 1...32 {
            let folder = try Folder()
            let ledger = try folder.open()
            for second in 1...32 { try ledger.commit(Samples.run(of: "api", at: Samples.start + .seconds(second))) }
            try folder.sql("UPDATE head SET high = \(Int64.max) WHERE seq = \(damaged)")
            var seconds: [Int64] = []
            try ledger.replay(since: Samples.start + .seconds(20)) { seconds.append(($0.started - Samples.start).microseconds) }
            #expect(seconds == (20...32).map { Int64($0) * 1_000_000 })
        }
    }

    @Test func aFileThatIsNoDatabaseIsSetAside() throws {
        let folder = try Folder()
        try Data("this is a letter, not a database\n".utf8).write(to: URL(filePath: folder.path))
        let ledger = try folder.open(now: Timestamp("2026-03-29T01:30:00Z")!)
        let aside = folder.path + ".corrupt-20260329T013000Z"
        #expect(
            ledger.openingNotes == [
                "\(folder.path) was damaged (it cannot be read: file is not a database (SQLite code 26)); "
                    + "it was set aside as \(aside) and a new ledger begun"
            ])
        #expect(try String(contentsOfFile: aside, encoding: .utf8) == "this is a letter, not a database\n")
        try ledger.commit(Samples.everything)
    }

    @Test func aSecondDamagedFileDoesNotReplaceTheFirst() throws {
        let folder = try Folder()
        for letter in ["a", "b"] {
            try Data(String(repeating: letter, count: 5000).utf8).write(to: URL(filePath: folder.path))
            try folder.open().close()
            try FileManager.default.removeItem(atPath: folder.path)
        }
        #expect(try folder.files.filter { $0.contains("corrupt") }.count == 2)
    }

    @Test func aFileWithTornPagesIsSetAsideAfterAnUncleanStop() throws {
        let folder = try Folder()
        do {
            let ledger = try folder.open()
            for second in 0..<200 { try ledger.commit(Samples.run(of: "api", at: Samples.start + .seconds(second))) }
            try ledger.commit(Samples.everything)
            #expect(try ledger.checkpoint())
            // No close: the file says that it is in use.
        }
        let handle = try FileHandle(forUpdating: URL(filePath: folder.path))
        let size = Int(try handle.seekToEnd())
        // Everything past the header page and the page of `meta`.
        for offset in stride(from: 2 * 16_384, to: size, by: 16_384) {
            try handle.seek(toOffset: UInt64(offset))
            try handle.write(contentsOf: Data(repeating: 0xA5, count: 512))
        }
        try handle.close()
        let ledger = try folder.open()
        #expect(ledger.openingNotes.count == 1)
        #expect(ledger.openingNotes.first?.contains("it was set aside as") == true)
        #expect(try ledger.load(now: Samples.start).alerts == [])
    }

    @Test func noFlippedBitIsTakenForTruth() throws {
        let folder = try Folder()
        try folder.open().close()
        let ledger = try folder.open()
        try ledger.commit(Samples.everything)
        try ledger.close()
        let whole = try Data(contentsOf: URL(filePath: folder.path))
        var generator = SeededGenerator(seed: 20_260_329)
        let expected = Samples.everything
        for round in 0..<60 {
            var damaged = whole
            let bit = Int.random(in: 0..<whole.count * 8, using: &generator)
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            let other = try Folder()
            try damaged.write(to: URL(filePath: other.path))
            do {
                let ledger = try other.open()
                let stored = try ledger.load(now: Samples.start)
                for alert in stored.alerts { #expect(expected.alerts.contains(alert), "round \(round), bit \(bit)") }
                for row in stored.outbox { #expect(expected.outbox.contains(row), "round \(round), bit \(bit)") }
                for one in stored.incidents { #expect(expected.incidents.contains(one), "round \(round), bit \(bit)") }
                for one in stored.silences { #expect(expected.silences.contains(one), "round \(round), bit \(bit)") }
            } catch let error as LedgerError {
                // An error that names itself is an allowed outcome; a crash or a wrong row is not.
                #expect(!error.detail.isEmpty)
            }
        }
    }
}

extension Stored {
    fileprivate var rowCount: Int {
        alerts.count + incidents.count + timers.count + outbox.count + told.count + silences.count + overrides.count
            + commands.count + digests.count + channels.count + evidence.count + deploys.count
    }
}

/// SplitMix64: the same numbers for the same seed, everywhere.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}
