import Foundation
import Model
import Server
import Support
import Synchronization
import Testing

/// The program itself against a server on a control socket: what it prints, and how it exits.
@Suite struct ProgramTests {
    private struct Ended {
        var code: Int32
        var output: String
        var complaint: String
    }

    private static let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .appending(path: "monitordctl")

    private func monitordctl(_ arguments: [String]) async throws -> Ended {
        try #require(
            FileManager.default.isExecutableFile(atPath: Self.program.path),
            "\(Self.program.path) is missing: swift build makes it")
        let process = Process()
        process.executableURL = Self.program
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(["TZ": "UTC"]) { $1 }
        let output = Pipe()
        let complaint = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = complaint
        return try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(
                    with: Result {
                        try process.run()
                        let said = try output.fileHandleForReading.readToEnd() ?? Data()
                        let complained = try complaint.fileHandleForReading.readToEnd() ?? Data()
                        process.waitUntilExit()
                        return Ended(
                            code: process.terminationStatus, output: String(decoding: said, as: UTF8.self),
                            complaint: String(decoding: complained, as: UTF8.self))
                    })
            }
        }
    }

    private func backend(_ commands: @escaping @Sendable (Command) -> CommandReply) -> Backend {
        Backend(
            snapshot: { Example.snapshot },
            past: { at in
                guard at > Timestamp(seconds: 1_767_614_400) else { return .unknown("Nothing is stored of \(at).") }
                return .found(Example.snapshot)
            },
            command: { command, _, _ in commands(command) },
            history: { probe, _, _, _ in
                Example.snapshot.probes.first { $0.name == probe }.map { $0.last.map { [$0] } ?? [] }
            },
            incidents: { _ in [Example.incident] }, outbox: { _ in [] },
            explain: { query in
                switch query.subject {
                case .probe("api-health"), .incident(Example.incident.id): .found(Example.explained)
                case .probe(let name), .incident(let name): .unknown("There is no \(name).")
                }
            },
            plan: { .planned(Plan(file: $0 ?? "/running.yaml")) },
            silences: { _ in [Example.silence] }, maintenance: { [] },
            onCall: { name, _ in name == "none" ? nil : [Example.onCall] },
            health: { Health(isLive: true, isReady: true) }, now: { Example.now })
    }

    @Test func everyCommandPrintsAndExitsAsItSays() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "monitordctl-\(UUID().uuidString.prefix(8))").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: folder) } }
        let socket = folder + "/s"
        let server = MonitorServer(
            configuration: ServerConfiguration(httpPort: 0, socketPath: socket, version: "0.1.0"),
            backend: backend { command in
                switch command {
                case .acknowledge(let incident, let version, let lasts):
                    CommandReply(.done, "\(incident) at \(version ?? 0) is acknowledged for \(lasts?.short ?? "ever").")
                case .addSilence(let request):
                    CommandReply(
                        .done, "\(request.kind.rawValue) of \(request.matchers.text)", details: [request.comment],
                        silence: Example.silence)
                case .deploy(let request):
                    CommandReply(.done, "\(request.labels) \(request.comment)", details: [request.version])
                case .relayed, .unacknowledge, .reroute, .updateSilence, .endSilence, .addOverride, .removeOverride,
                    .requeue, .drop, .drill:
                    CommandReply(.refused, command.text)
                case .resolve: CommandReply(.refused, "It is resolved already.")
                case .reload:
                    CommandReply(.refused, "The configuration has a problem; nothing changed.", details: ["a.yaml:1:2: no"])
                case .run("api-health", _): CommandReply(.done, "It ran.", run: Example.api.last)
                case .run(let probe, _): CommandReply(.unknown, "There is no probe \(probe).")
                case .testChannel: CommandReply(.failed, "slack-devops answered 403 invalid_token.")
                }
            })
        let (ready, listening) = AsyncStream.makeStream(of: ListeningAddresses.self)
        let running = Task { try await server.run { listening.yield($0) } }
        var iterator = ready.makeAsyncIterator()
        let addresses = try #require(await iterator.next())
        let url = "http://127.0.0.1:\(addresses.httpPort ?? 0)"

        let status = try await monitordctl(["status", "--socket", socket])
        #expect(status.code == 2)
        #expect(try Golden.difference(status.output, "status.txt") == nil)
        #expect(status.complaint == "")

        let rows: [(arguments: [String], code: Int32, output: String?, complaint: String?)] = [
            (["status", "warehouse", "new-one"], 0, nil, ""),
            (["status", "site-certificate"], 1, nil, ""),
            (["status", "retail-quality", "warehouse"], 3, nil, ""),
            (["status", "site-certificate", "--at", "2026-01-05 12:01"], 1, nil, ""),
            (["status", "--at", "soon"], 64, "", nil),
            (
                ["status", "--at", "2026-01-05 11:59"], 3, "",
                "monitordctl: Nothing is stored of 2026-01-05T11:59:00Z.\n"
            ),
            (["status", "--watch", "--at", "1m"], 64, "", nil),
            (["status", "wharehouse"], 3, "", "monitordctl: There is no probe wharehouse; did you mean \"warehouse\"?\n"),
            (["run", "api-health", "--dry"], 2, nil, ""),
            (["run", "api-heath"], 3, "", "monitordctl: There is no probe api-heath; did you mean \"api-health\"?\n"),
            (["history", "api-health"], 0, nil, ""),
            (["history", "api-heath"], 3, "", "monitordctl: There is no probe api-heath; did you mean \"api-health\"?\n"),
            (["explain", "api-health"], 0, nil, ""),
            (["explain", "01kmvh", "--since", "1h", "--at", "10m"], 0, nil, ""),
            (["explain", "api-health", "--at", "yesterday 02:00", "--since", "2026-01-05 02:00"], 0, nil, ""),
            (["explain", "api-health", "--at", "soon"], 64, "", nil),
            (["history", "api-health", "--since", "yesterday 02:00"], 0, nil, ""),
            (["explain", "api-heath"], 3, "", "monitordctl: There is no probe api-heath; did you mean \"api-health\"?\n"),
            (
                ["explain", "api-health", "--ledger", "/nonexistent/m.db"], 3, "",
                "monitordctl: There is no ledger /nonexistent/m.db: see storage.path in monitord.yaml.\n"
            ),
            (["incidents"], 0, nil, ""),
            (["ack", "01kmvh"], 0, "01KMVH0000AAAAAAAAAAAAAAAA at 1 is acknowledged for ever.\n", ""),
            (
                ["ack", "01kmvh", "--for", "2h", "--if-version", "7"], 0,
                "01KMVH0000AAAAAAAAAAAAAAAA at 7 is acknowledged for 2h.\n", ""
            ),
            (["unack", "01kmvh"], 1, "", "monitordctl: unack 01KMVH0000AAAAAAAAAAAAAAAA at version 1\n"),
            (["reroute", "01kmvh"], 1, "", "monitordctl: reroute 01KMVH0000AAAAAAAAAAAAAAAA at version 1\n"),
            (
                ["silence", "add", "service=db", "or", "{host=~\"web-.*\",env!=x}", "-d", "2h", "-c", "why"], 0,
                "silence of service=\"db\" or host=~\"web-.*\", env!=\"x\"\n  ends 2026-03-29 03:00:00 UTC\n  why\n", ""
            ),
            (
                ["silence", "update", "01K", "--for", "1h", "--no-until-resolved", "--comment", "x"], 1, "",
                "monitordctl: silence update 01K for 1h not until resolved: x\n"
            ),
            (["silence", "expire", "01K"], 1, "", "monitordctl: silence expire 01K\n"),
            (["maintenance", "end", "01K"], 1, "", "monitordctl: maintenance end 01K\n"),
            (
                ["maintenance", "start", "--match", "service=db", "--for", "1h", "--comment", "c"], 0,
                "maintenance of service=\"db\"\n  ends 2026-03-29 03:00:00 UTC\n  c\n", ""
            ),
            (["maintenance", "list"], 0, "There is no maintenance, and none is configured.\n", ""),
            (
                ["oncall", "override", "add", "primary", "bob", "--from", "2026-03-29T08:00:00Z", "--for", "8h"], 1, "",
                "monitordctl: oncall override add primary bob from 2026-03-29T08:00:00Z for 8h\n"
            ),
            (["oncall", "override", "remove", "01K"], 1, "", "monitordctl: oncall override remove 01K\n"),
            (["oncall", "override", "list", "primary"], 0, nil, ""),
            (["oncall", "primary"], 0, nil, ""),
            (["oncall", "none"], 3, "", "monitordctl: There is no schedule none.\n"),
            (["oncall", "--at", "+2h"], 0, nil, ""),
            (["silence", "list", "--json"], 0, nil, ""),
            (["plan"], 0, "Nothing changes.\n", ""),
            (["resolve", "01KMVH"], 1, "", "monitordctl: It is resolved already.\n"),
            (["ack", "02"], 3, "", "monitordctl: There is no incident 02: monitordctl incidents lists them.\n"),
            (
                ["deploy", "--match", "service=api", "4.2", "--comment", "hotfix"], 0, "[\"service\": \"api\"] hotfix\n  4.2\n",
                ""
            ),
            (["deploys"], 0, "Nothing was deployed in the last 30 days, as far as monitord was told.\n", ""),
            (["template", "preview", "x"], 3, "", "monitordctl: There is no template x.\n"),
            (["outbox"], 0, "No message waits, and none was given up.\n", ""),
            (["notify", "slack-devops", "--test"], 1, "", "monitordctl: slack-devops answered 403 invalid_token.\n"),
            (["reload"], 1, "", "monitordctl: The configuration has a problem; nothing changed.\n  a.yaml:1:2: no\n"),
        ]
        for row in rows {
            let ended = try await monitordctl(row.arguments + ["--socket", socket])
            #expect(ended.code == row.code, "\(row.arguments): \(ended)")
            if let output = row.output { #expect(ended.output == output, "\(row.arguments)") }
            if let complaint = row.complaint { #expect(ended.complaint == complaint, "\(row.arguments)") }
        }
        let json = try await monitordctl(["status", "api-health", "--json", "--url", url])
        #expect(json.code == 2)
        #expect(try Golden.difference(json.output, "status.json") == nil)
        let overTCP = try await monitordctl(["reload", "--url", url])
        #expect(overTCP.code == 1)
        #expect(overTCP.complaint.hasPrefix("monitordctl: Commands are taken over the control socket only"))

        running.cancel()
        try await running.value
        let gone = try await monitordctl(["status", "--socket", socket])
        #expect(gone.code == 3)
        #expect(
            gone.complaint
                == "monitordctl: There is no control socket \(socket). monitord is not running, or it listens elsewhere: see --socket.\n"
        )
        let refused = try await monitordctl(["status", "--url", "http://127.0.0.1:1"])
        #expect(refused.code == 3)
        #expect(
            refused.complaint.hasPrefix("monitordctl: monitord does not answer at http://127.0.0.1:1: "), "\(refused.complaint)"
        )
    }
}
