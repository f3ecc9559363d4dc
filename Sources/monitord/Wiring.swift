import Config
import Engine
import Glibc
import Model
import Server

extension Backend {
    /// What the server asks, answered by the daemon.
    static func of(_ daemon: Daemon) -> Backend {
        var backend = Backend(
            snapshot: { await daemon.snapshot() },
            past: { try await daemon.snapshot(at: $0) },
            command: { await daemon.command($0, by: $1, id: $2) },
            history: { try await daemon.history($0, since: $1, until: $2, limit: $3) },
            incidents: { try await daemon.incidents(limit: $0) },
            outbox: { try await daemon.outbox(deadOnly: $0) },
            explain: { try await daemon.explain($0) },
            plan: { try await daemon.plan(file: $0) },
            silences: { try await daemon.silences(all: $0) },
            maintenance: { try await daemon.maintenance() },
            onCall: { try await daemon.onCall($0, at: $1) },
            health: {
                let stalls = daemon.stalls()
                let problems = stalls + [daemon.storageProblem, daemon.configurationProblem].compactMap { $0 }
                return Health(
                    isLive: stalls.isEmpty && daemon.storageProblem == nil, isReady: daemon.isReady, problems: problems)
            },
            now: { daemon.clock.now().wall })
        backend.messages.deploys = { await daemon.deploys() }
        backend.messages.linkVerdict = { daemon.linkVerdict(incident: $0, until: $1, key: $2) }
        backend.messages.linkState = { await daemon.linkState(incident: $0, until: $1) }
        backend.messages.acknowledge = { await daemon.acknowledge(incident: $0, until: $1, name: $2, address: $3) }
        backend.messages.pagerDuty = { await daemon.pagerDuty($0, signatures: $1) }
        backend.messages.preview = { await daemon.preview(template: $0, channel: $1, incident: $2) }
        return backend
    }
}

extension ListenSettings {
    /// `127.0.0.1:9876` or `[::1]:9876`.
    private var parts: (host: String, port: Int?) {
        guard let http, let colon = http.lastIndex(of: ":") else { return ("", nil) }
        let host = http[..<colon].filter { $0 != "[" && $0 != "]" }
        return (String(host), Int(http[http.index(after: colon)...]))
    }

    /// As it stands in an address.
    var host: String { parts.host.contains(":") ? "[\(parts.host)]" : parts.host }

    func server(version: String) throws -> ServerConfiguration {
        ServerConfiguration(httpHost: parts.host, httpPort: parts.port, socketPath: socket, version: version)
    }
}
