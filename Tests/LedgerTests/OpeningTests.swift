import Foundation
import Glibc
import Model
import Testing

@testable import Ledger

@Suite struct OpeningTests {
    @Test func aNewerSchemaIsRefusedWithBothVersions() throws {
        let folder = try Folder()
        try folder.open { $0.program = "monitord 9.1" }.close()
        try folder.sql("PRAGMA user_version = 7")
        let sentence =
            "\(folder.path) has schema 7, written by monitord 9.1; this program knows schemas up to \(Schema.steps.count): "
            + "start monitord 9.1 or a newer one"
        #expect(throws: LedgerError(.newerSchema, sentence)) { try folder.open() }
        #expect(throws: LedgerError(.newerSchema, sentence)) { try LedgerReader(path: folder.path) }
        #expect(try folder.files.contains("monitord.db"), "it stays where it is")
    }

    @Test func anOlderSchemaIsBroughtUpToDate() throws {
        let folder = try Folder()
        let old = try folder.open()
        try old.commit(Samples.everything)
        try old.close()
        let newer = try folder.open { $0.schema.append("CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT") }
        #expect(
            newer.openingNotes == ["\(folder.path) was brought from schema \(Schema.steps.count) to \(Schema.steps.count + 1)"])
        #expect(try newer.load(now: Samples.start).alerts == Samples.everything.alerts)
        try newer.close()
        #expect(throws: LedgerError.self) { try folder.open() }
        #expect(throws: LedgerError.self, "a step that fails changes nothing") {
            try folder.open { $0.schema += ["CREATE TABLE later2 (id INTEGER)", "CREATE TABLE later (id INTEGER)"] }
        }
        #expect(throws: Folder.SQLProblem.self) { try folder.sql("SELECT * FROM later2") }
    }

    @Test func anotherProgramsDatabaseIsRefused() throws {
        let folder = try Folder()
        try folder.sql("CREATE TABLE customer (id INTEGER PRIMARY KEY)")
        #expect(
            throws: LedgerError(
                .foreign, "\(folder.path) is an SQLite database of another program; give storage.path another name")
        ) { try folder.open() }
    }

    @Test func theFolderIsMadeForItsOwnerAlone() throws {
        let folder = try Folder()
        let path = folder.url.appending(path: "state/monitord.db").path
        try Ledger.open(path: path, now: Samples.start).close()
        #expect(try folder.mode(of: folder.url.appending(path: "state").path) == 0o700)
        #expect(try folder.mode(of: path) == 0o600)
        #expect(try folder.mode(of: path + ".reserve") == 0o600)
        let size = try FileManager.default.attributesOfItem(atPath: path + ".reserve")[.size] as? NSNumber
        #expect(size?.intValue == 4 << 20)
    }

    @Test func aFolderWithoutAParentIsNotMade() throws {
        let folder = try Folder()
        let path = folder.url.appending(path: "a/b/monitord.db").path
        #expect(
            throws: LedgerError(.permission, "the folder \(folder.url.path)/a/b cannot be made: No such file or directory")
        ) { try Ledger.open(path: path, now: Samples.start) }
    }

    @Test func aFolderThatIsAFileIsToldSo() throws {
        let folder = try Folder()
        try Data().write(to: folder.url.appending(path: "state"))
        let path = folder.url.appending(path: "state/monitord.db").path
        #expect(throws: LedgerError(.permission, "\(path) cannot be opened for writing: Not a directory")) {
            try Ledger.open(path: path, now: Samples.start)
        }
    }

    @Test func aFolderThatMayNotBeWrittenIsToldSo() throws {
        // Root may write everywhere but here.
        #expect(
            throws: LedgerError(
                .permission, "/proc/self/monitord.db cannot be opened for writing: No such file or directory")
        ) { try Ledger.open(path: "/proc/self/monitord.db", now: Samples.start) }
        #expect(throws: LedgerError(.permission, "/ is not a file").reasonOnly) {
            do { _ = try Ledger.open(path: "/tmp", now: Samples.start) } catch let error as LedgerError {
                throw error.reasonOnly
            }
        }
    }

    @Test func anEmptyFileBecomesALedger() throws {
        let folder = try Folder()
        try Data().write(to: URL(filePath: folder.path))
        let ledger = try folder.open()
        #expect(ledger.openingNotes == [])
        try ledger.commit(Samples.everything)
    }

    @Test func aReaderSaysThatThereIsNothingToRead() throws {
        let folder = try Folder()
        let absent = #expect(throws: LedgerError.self) { try LedgerReader(path: folder.path) }
        #expect(
            absent?.detail
                == "the ledger \(folder.path) cannot be read: unable to open database file - No such file or directory"
                || absent?.detail.hasPrefix("the ledger \(folder.path) cannot be read: unable to open database file") == true)
        try Data().write(to: URL(filePath: folder.path))
        #expect(throws: LedgerError(.other, "\(folder.path) is empty: no monitord has written to it yet")) {
            try LedgerReader(path: folder.path)
        }
    }

    @Test func aSecondDaemonIsRefusedAndToldTheHolder() throws {
        let folder = try Folder()
        let first = try LedgerLock.take(ledger: folder.path, for: .daemon, now: Timestamp("2026-03-29T01:30:00Z")!)
        var host = [CChar](repeating: 0, count: 256)
        gethostname(&host, 255)
        let name = String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let sentence = "\(folder.path) is in use by process \(getpid()) on \(name), since 2026-03-29T01:30:00Z"
        #expect(throws: LedgerError(.held, sentence)) {
            try LedgerLock.take(ledger: folder.path, for: .daemon, now: Samples.start)
        }
        #expect(throws: LedgerError(.held, sentence)) {
            try LedgerLock.take(ledger: folder.path, for: .reader, now: Samples.start)
        }
        #expect(try folder.mode(of: LedgerLock.path(of: folder.path)) == 0o600)
        withExtendedLifetime(first) {}
    }

    @Test func aLockEndsWithItsHolder() throws {
        let folder = try Folder()
        for _ in 0..<3 { _ = try LedgerLock.take(ledger: folder.path, for: .daemon, now: Samples.start) }
    }

    @Test func readersShareAndKeepADaemonOut() throws {
        let folder = try Folder()
        do {
            let readers = try (0..<2).map { _ in try LedgerLock.take(ledger: folder.path, for: .reader, now: Samples.start) }
            #expect(
                throws: LedgerError(
                    .held, "\(folder.path) is in use by a process that reads it; try again when it has ended")
            ) { try LedgerLock.take(ledger: folder.path, for: .daemon, now: Samples.start) }
            withExtendedLifetime(readers) {}
        }
        _ = try LedgerLock.take(ledger: folder.path, for: .daemon, now: Samples.start)
    }
}

extension LedgerError {
    fileprivate var reasonOnly: LedgerError { LedgerError(reason, "") }
}
