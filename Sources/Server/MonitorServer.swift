import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// The HTTP server: one set of routes behind two listeners, TCP for reading and a Unix socket for reading and writing.
package struct MonitorServer: Sendable {
    let configuration: ServerConfiguration
    let backend: Backend
    let log: @Sendable (String) -> Void

    /// `log` takes a line for each command and each trouble of a listener.
    package init(
        configuration: ServerConfiguration, backend: Backend, log: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.backend = backend
        self.log = log
    }

    /// Runs both listeners until its task is cancelled or the surrounding service group stops; then it returns within 7 s,
    /// whatever its clients and the backend do. `onReady` is called once, when both accept connections.
    /// Throws `ServerError` where one cannot listen; the other one is then closed.
    package func run(onReady: @escaping @Sendable (ListeningAddresses) async -> Void = { _ in }) async throws {
        let socket = SocketFile(path: configuration.socketPath)
        try socket.makeRoom()
        let startup = Startup(expected: configuration.httpPort == nil ? 1 : 2, socketPath: configuration.socketPath)
        var logger = Logger(label: "http") { _ in LineLog(write: log) }
        logger.logLevel = .warning
        let responder = Responder(backend: backend, version: configuration.version, log: log)

        var listeners = [
            Listener(
                name: configuration.socketPath,
                application: application(
                    responder, .unixDomainSocket(path: configuration.socketPath), connections: Limit.socketConnections, logger
                ) { _ in
                    do {
                        try socket.claim()
                        if let addresses = startup.isUp(port: nil) { await onReady(addresses) }
                    } catch {
                        log("\(error)")
                    }
                })
        ]
        if let port = configuration.httpPort {
            listeners.append(
                Listener(
                    name: "\(configuration.httpHost):\(port)",
                    application: application(
                        responder, .hostname(configuration.httpHost, port: port), connections: Limit.httpConnections, logger
                    ) { channel in
                        if let addresses = startup.isUp(port: channel.localAddress?.port ?? port) { await onReady(addresses) }
                    }))
        }
        defer { socket.remove() }
        try await runBounded(listeners, logger)
    }

    private func application(
        _ responder: Responder, _ address: BindAddress, connections: Int, _ logger: Logger,
        onServerRunning: @escaping @Sendable (any Channel) async -> Void
    ) -> Application<Responder> {
        Application(
            responder: responder,
            server: .http1(
                configuration: HTTP1Channel.Configuration(
                    additionalChannelHandlers: [RequestDeadlines()], idleTimeout: TimeAmount(Limit.idle),
                    httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
                        maxHeaderFieldSize: Limit.headerField, maxHeaderListSize: Limit.headerList,
                        maxHeaderFieldCount: Limit.headerCount))),
            configuration: ApplicationConfiguration(
                address: address, availableConnectionsDelegate: MaximumAvailableConnections(connections, logger: logger)),
            onServerRunning: onServerRunning, logger: logger)
    }

    /// The service group stops each listener in turn, waits for requests in progress, then cancels them. A handler that ignores
    /// its cancellation would hold it for ever, and its own limit ends the process: so the group runs in a task of its own, which
    /// is left behind when its time is over.
    private func runBounded(_ listeners: [Listener], _ logger: Logger) async throws {
        var settings = ServiceGroupConfiguration(services: listeners, logger: logger)
        settings.maximumGracefulShutdownDuration = Limit.gracefulStop
        let group = ServiceGroup(configuration: settings)
        let ended = Outcome()
        let work = Task {
            do {
                try await group.run()
                ended.settle(.success(()))
            } catch {
                ended.settle(.failure(error))
            }
        }
        let stop: @Sendable () -> Void = {
            Task {
                await group.triggerGracefulShutdown()
                do {
                    try await Task.sleep(for: Limit.gracefulStop + Limit.cancelledStop)
                } catch {
                    return
                }
                work.cancel()
                ended.settle(.success(()))
            }
        }
        try await withTaskCancellationHandler {
            try await withGracefulShutdownHandler {
                try await ended.value()
            } onGracefulShutdown: {
                stop()
            }
        } onCancel: {
            stop()
        }
    }
}

/// One listener. What goes wrong while it opens is told with its address.
private struct Listener: Service {
    let name: String
    let application: Application<Responder>

    func run() async throws {
        do {
            try await application.run()
        } catch let error as IOError {
            throw ServerError(
                error.errnoCode == 98 ? .addressInUse : .cannotListen,
                "Cannot listen on \(name): \(SocketFile.message(of: error.errnoCode)).")
        }
    }
}

/// Counts listeners until all are up.
private final class Startup: Sendable {
    private struct State {
        var missing: Int
        var port: Int?
    }
    private let state: Mutex<State>
    private let socketPath: String

    init(expected: Int, socketPath: String) {
        state = Mutex(State(missing: expected))
        self.socketPath = socketPath
    }

    /// Returns the addresses with the last of them.
    func isUp(port: Int?) -> ListeningAddresses? {
        state.withLock { state in
            state.missing -= 1
            state.port = port ?? state.port
            return state.missing == 0 ? ListeningAddresses(httpPort: state.port, socketPath: socketPath) : nil
        }
    }
}

/// The end of the service group, or of the patience with it: the first one counts.
private final class Outcome: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<Void, any Error>)
        case settled(Result<Void, any Error>)
    }
    private let state = Mutex(State.open)

    func settle(_ result: Result<Void, any Error>) {
        let waiting: CheckedContinuation<Void, any Error>? = state.withLock { state in
            switch state {
            case .open:
                state = .settled(result)
                return nil
            case .awaited(let continuation):
                state = .settled(result)
                return continuation
            case .settled: return nil
            }
        }
        waiting?.resume(with: result)
    }

    /// To be called once.
    func value() async throws {
        try await withCheckedThrowingContinuation { continuation in
            let result: Result<Void, any Error>? = state.withLock { state in
                if case .settled(let result) = state { return result }
                state = .awaited(continuation)
                return nil
            }
            if let result { continuation.resume(with: result) }
        }
    }
}

/// Passes what the libraries warn of to the daemon's log.
private struct LineLog: LogHandler {
    let write: @Sendable (String) -> Void
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.warning
    init(write: @escaping @Sendable (String) -> Void) { self.write = write }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        write("http: \(event.message)")
    }
}
