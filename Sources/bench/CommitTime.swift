import Alerting
import Glibc
import Ledger
import Model

/// A commit of what one failing probe leads to (its alert, incident, timer, page and records), beside one page of 16 KiB written and
/// synced on the same disk: what durability costs there at least.
enum CommitTime {
    static let rounds = 300

    static func run(_ site: Site) throws -> [Figure] {
        let folder = try site.subfolder("commits")
        let now = site.clock.now()
        let ledger = try Ledger.open(path: folder + "/monitord.db", now: now.wall)
        var state = AlertingState(
            configuration: Scene.configuration(probes: rounds), stored: Stored(), seed: 1, now: now.wall)
        let decisions = (0..<rounds).map { state.decide(Scene.observation($0, now, isBad: true), now: now) }
        let page = try Page(folder + "/page")
        // In turn, so that both meet the same disk.
        var ours: [Double] = []
        var bare: [Double] = []
        for (round, decision) in decisions.enumerated() {
            bare.append(try site.times(1) { _ in try page.write(round) }.p50)
            ours.append(try site.times(1) { _ in try ledger.commit(decision) }.p50)
        }
        try ledger.close()
        let (commit, write) = (Times(ours), Times(bare))
        return [
            Figure(
                name: "ledger commit of a new alert", ours: commit.text, baseline: "\(write.text) 16 KiB + fdatasync",
                ratio: commit.p50 / write.p50)
        ]
    }
}

/// A file of 2 MiB, as large as a WAL becomes, of which one page is written anew and synced.
private struct Page {
    private static let bytes = 16_384
    private static let pages = 128
    private let file: CInt
    private let content = [UInt8](repeating: 0x5A, count: Page.bytes)

    init(_ path: String) throws {
        file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Trouble("\(path) cannot be opened: \(systemError())") }
        for number in 0..<Page.pages { try write(number) }
    }

    func write(_ number: Int) throws {
        let place = off_t(number % Page.pages * Page.bytes)
        guard pwrite(file, content, Page.bytes, place) == Page.bytes, fdatasync(file) == 0 else {
            throw Trouble("a page cannot be written: \(systemError())")
        }
    }
}
