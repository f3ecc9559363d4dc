import ArgumentParser
import CLinux
import Config
import Engine
import Glibc
import Model
import Server
import ServiceLifecycle
import Transfer
import UnixSignals

/// From a file of probes to a page: read this first, then `Engine/Daemon.swift`, `Engine/Keeper.swift` and `Alerting/Decide.swift`.
@main
struct Monitord: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "monitord", abstract: "Watches services by scheduled probes, remembers, and tells the right person.",
        version: "monitord \(Version.current)")

    @Option(
        help: ArgumentHelp(
            "The main configuration file. Without it: probes.d, local/monitord.db and 127.0.0.1:9876.", valueName: "file"))
    var config: String?

    @Flag(help: "Read everything, print every problem, exit with 0 or 78.")
    var check = false

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        let tuned = linux_allocator_tune()
        precondition(tuned == 0, "the C library refuses constants of its own")
        let environment = ConfigurationReader.systemEnvironment
        let log = Log(environment: environment)
        let clock = SystemClock()
        let path = config
        let configuration: DaemonConfiguration
        switch ConfigurationReader.read(path: path, now: clock.now().wall) {
        case .failure(let error): throw stop(with: error)
        case .success(let value): configuration = value
        }
        for warning in configuration.warningLines { StandardError.print(warning) }
        if check { return print("ok: \(configuration.summary)") }

        let daemon: Daemon
        do {
            daemon = try Daemon(
                configuration: configuration, reread: { ConfigurationReader.read(path: path, now: clock.now().wall) },
                clock: clock, log: log, version: Version.current)
        } catch {
            StandardError.print("monitord: \(error)")
            throw ExitCode(ExitStatus.unavailable)
        }
        let service = ServiceManager(environment: environment)
        do {
            let server = MonitorServer(
                configuration: try configuration.listen.server(version: Version.current), backend: .of(daemon),
                log: { log.write(.notice, $0, at: clock.now().wall) })
            try await serve(daemon, server, configuration, service, log, clock)
        } catch {
            daemon.stop()
            StandardError.print("monitord: \(error)")
            throw ExitCode(ExitStatus.unavailable)
        }
        daemon.stop()
        log.write(.notice, "stopped", at: clock.now().wall)
    }

    private func stop(with error: ConfigurationError) -> ExitCode {
        StandardError.print("\(error)")
        return ExitCode(ExitStatus.configuration)
    }

    /// Starts everything, and returns once a signal has ended the server.
    private func serve(
        _ daemon: Daemon, _ server: MonitorServer, _ configuration: DaemonConfiguration, _ service: ServiceManager, _ log: Log,
        _ clock: SystemClock
    ) async throws {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        try daemon.start()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await server.run { addresses in
                    daemon.markReady()
                    let page =
                        addresses.httpPort.map { "status page http://\(configuration.listen.host):\($0)/" }
                        ?? "no HTTP listener"
                    let probes = configuration.summary
                    log.write(
                        .notice,
                        "monitord \(Version.current) watches \(probes), \(page), control socket \(addresses.socketPath)",
                        at: clock.now().wall)
                    service.notify("READY=1", "STATUS=\(probes), \(page)")
                    let dropped = linux_drop_program_pages()
                    if dropped != 0 {
                        let why = String(cString: linux_error_text(-dropped))
                        log.write(.info, "start-up stays resident: \(why)", at: clock.now().wall)
                    }
                }
            }
            group.addTask {
                for await signal in signals {
                    guard signal == .sighup else {
                        log.write(.notice, "stopping: \(signal)", at: clock.now().wall)
                        service.notify("STOPPING=1", "STATUS=draining")
                        return
                    }
                    service.notify("RELOADING=1", "MONOTONIC_USEC=\(clock.now().uptime.nanoseconds / 1000)")
                    let reply = await daemon.reload(by: "SIGHUP")
                    service.notify("READY=1", "STATUS=\(reply.message)")
                }
            }
            group.addTask { await Watchdog(daemon: daemon, service: service, log: log).run() }
            group.addTask { await Heartbeat(daemon: daemon, log: log).run() }
            // The first to end is the signal, or a listener that failed.
            try await group.next()
            daemon.quiesce()
            group.cancelAll()
            try await group.waitForAll()
        }
    }
}

enum ExitStatus {
    /// sysexits(3): EX_UNAVAILABLE, EX_CONFIG.
    static let unavailable: Int32 = 69
    static let configuration: Int32 = 78
}
