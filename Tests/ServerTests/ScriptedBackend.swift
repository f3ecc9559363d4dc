import Glibc
import Model
import Server
import Support
import Synchronization

/// Answers as told, and keeps what it was asked.
final class ScriptedBackend: Sendable {
    struct State {
        var snapshot: Snapshot? = Example.snapshot
        var health = Health(isLive: true, isReady: true)
        var reply = CommandReply(.done, "It is done.")
        var commands: [(command: Command, actor: Actor)] = []
        var ids: [String?] = []
        var onCallAsked: [(schedule: String?, at: Timestamp)] = []
        var histories: [(probe: String, since: Timestamp, until: Timestamp, limit: Int)] = []
        var explained: [ExplanationQuery] = []
        var log: [String] = []
        var messages = MessageBackend()
        var historyError: (any Error)?
        /// Commands that never answer, and do not heed cancellation.
        var hangs = false
        var hanging: [CheckedContinuation<Void, Never>] = []
    }
    let state = Mutex(State())

    func set(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }
    var commands: [(command: Command, actor: Actor)] { state.withLock { $0.commands } }
    var histories: [(probe: String, since: Timestamp, until: Timestamp, limit: Int)] { state.withLock { $0.histories } }
    var explained: [ExplanationQuery] { state.withLock { $0.explained } }
    var log: [String] { state.withLock { $0.log } }
    var ids: [String?] { state.withLock { $0.ids } }
    var onCallAsked: [(schedule: String?, at: Timestamp)] { state.withLock { $0.onCallAsked } }
    var hangingCount: Int { state.withLock { $0.hanging.count } }

    func letGo() {
        let hanging = state.withLock { state in
            defer { state.hanging = [] }
            return state.hanging
        }
        for continuation in hanging { continuation.resume() }
    }

    var backend: Backend {
        var backend = Backend(
            snapshot: { self.state.withLock { $0.snapshot } },
            past: { at in
                at < Example.now - .seconds(86_400) ? .unknown("Nothing is stored of it.") : .found(Example.snapshot)
            },
            command: { command, actor, id in
                if self.state.withLock({ $0.hangs }) {
                    await withCheckedContinuation { continuation in
                        self.state.withLock { $0.hanging.append(continuation) }
                    }
                }
                return self.state.withLock { state in
                    state.commands.append((command, actor))
                    state.ids.append(id)
                    return state.reply
                }
            },
            history: { probe, since, until, limit in
                try self.state.withLock { state in
                    if let error = state.historyError { throw error }
                    state.histories.append((probe, since, until, limit))
                    return state.snapshot?.probes.first { $0.name == probe }.map { $0.last.map { [$0] } ?? [] }
                }
            },
            incidents: { limit in Array([Example.incident].prefix(limit)) },
            outbox: { _ in [] },
            explain: { query in
                self.state.withLock { $0.explained.append(query) }
                return switch query.subject {
                case .probe(Example.explained.probes[0].name): .found(Example.explained)
                case .probe(let name), .incident(let name): .unknown("There is no \(name).")
                }
            },
            plan: { file in
                file == "/broken.yaml"
                    ? .broken(["/broken.yaml:1:1: a problem"]) : .planned(Plan(file: file ?? "/running.yaml"))
            },
            silences: { all in all ? [Example.silence, Example.pastSilence] : [Example.silence] },
            maintenance: { [Snapshot.Maintenance(Example.silence)] },
            onCall: { schedule, at in
                self.state.withLock { $0.onCallAsked.append((schedule, at)) }
                return schedule == nil || schedule == "primary" ? [Example.onCall] : nil
            },
            health: { self.state.withLock { $0.health } },
            now: { Example.now })
        backend.messages = state.withLock { $0.messages }
        return backend
    }
}

/// A server that runs as long as `body`, on any free port and on a socket in a folder of its own.
func withServer(
    _ scripted: ScriptedBackend = ScriptedBackend(), tcp: Bool = true,
    _ body: (ListeningAddresses) async throws -> Void
) async throws {
    try await withFolder { folder in
        let server = MonitorServer(
            configuration: ServerConfiguration(
                httpPort: tcp ? 0 : nil, socketPath: folder + "/monitord.sock", version: "0.1.0"),
            backend: scripted.backend, log: { line in scripted.set { $0.log.append(line) } })
        let (ready, listening) = AsyncStream.makeStream(of: ListeningAddresses.self)
        let running = Task {
            defer { listening.finish() }
            try await server.run { addresses in listening.yield(addresses) }
        }
        var iterator = ready.makeAsyncIterator()
        guard let addresses = await iterator.next() else {
            try await running.value
            return
        }
        do {
            try await body(addresses)
        } catch {
            running.cancel()
            try await running.value
            throw error
        }
        running.cancel()
        try await running.value
    }
}

func withFolder(_ body: (String) async throws -> Void) async throws {
    var template = Array("/tmp/monitord-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw TestFailure("mkdtemp: errno \(errno)") }
    let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    do {
        try await body(folder)
    } catch {
        clear(folder)
        throw error
    }
    clear(folder)
}

private func clear(_ folder: String) {
    unlink(folder + "/monitord.sock")
    rmdir(folder)
}

struct TestFailure: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
