import ArgumentParser
import Glibc
import Model
import Transfer

/// Where monitord is. Every command takes these.
struct Connection: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The control socket. Default: $MONITORD_SOCKET, else /run/monitord/monitord.sock, else local/monitord.sock.",
            valueName: "path"))
    var socket: String?

    @Option(
        help: ArgumentHelp(
            "Read over HTTP instead, from an address such as http://127.0.0.1:9876. Commands need the socket.", valueName: "url"
        ))
    var url: String?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if socket != nil, url != nil { throw ValidationError("Give --socket or --url, not both.") }
    }

    static let installed = "/run/monitord/monitord.sock"
    static let inClone = "local/monitord.sock"

    var place: Daemon.Place {
        if let url { return .url(url.hasSuffix("/") ? String(url.dropLast()) : url) }
        if let socket { return .socket(socket) }
        if let named = getenv("MONITORD_SOCKET"), named.pointee != 0 { return .socket(String(cString: named)) }
        return .socket(access(Self.installed, F_OK) == 0 || access(Self.inClone, F_OK) != 0 ? Self.installed : Self.inClone)
    }

    /// Runs a command against the daemon. A `Trouble` is printed to standard error and becomes the exit code.
    func withDaemon(_ body: (Daemon) async throws -> Void) async throws {
        do {
            let engine = try TransferEngine(clock: SystemClock())
            try engine.run()
            defer { engine.stop() }
            try await body(Daemon(place: place, transfers: engine))
        } catch let trouble as Trouble {
            Terminal.complain(trouble.sentence)
            throw trouble.exit
        } catch let failure as Failure {
            Terminal.complain(failure.detail)
            throw ExitCode.trouble
        }
    }
}

/// Why a command ends without its answer: a sentence for the person who typed it.
struct Trouble: Error, Hashable {
    var sentence: String
    var exit: ExitCode
    /// No answer came: what was asked for may have been done or not.
    var isUnanswered: Bool
    init(_ sentence: String, exit: ExitCode = .trouble, isUnanswered: Bool = false) {
        self.sentence = sentence
        self.exit = exit
        self.isUnanswered = isUnanswered
    }
}

extension ExitCode {
    /// The daemon cannot be asked, or there is no such thing: "unknown" to Nagios.
    static let trouble = ExitCode(3)
    /// The daemon refused, or tried and failed.
    static let refused = ExitCode(1)
}
