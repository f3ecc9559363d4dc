import Model
import Server
import Testing

@Suite(.serialized) struct RouteTests {
    struct Row: Sendable, CustomStringConvertible {
        var description: String
        var method: String
        var path: String
        var body = ""
        var tcp: Int
        var local: Int
    }

    static let rows = [
        Row(description: "the page is read anywhere", method: "GET", path: "/", tcp: 200, local: 200),
        Row(description: "metrics are read anywhere", method: "GET", path: "/metrics", tcp: 200, local: 200),
        Row(description: "liveness", method: "GET", path: "/healthz", tcp: 200, local: 200),
        Row(description: "readiness", method: "GET", path: "/readyz", tcp: 200, local: 200),
        Row(description: "status", method: "GET", path: "/api/v1/status", tcp: 200, local: 200),
        Row(description: "status then", method: "GET", path: "/api/v1/status?at=1h", tcp: 200, local: 200),
        Row(description: "status before all", method: "GET", path: "/api/v1/status?at=2d", tcp: 404, local: 404),
        Row(
            description: "status to come", method: "GET", path: "/api/v1/status?at=2099-01-01T00:00:00Z", tcp: 400, local: 400),
        Row(description: "history", method: "GET", path: "/api/v1/history?probe=api-health", tcp: 200, local: 200),
        Row(description: "history of an unknown probe", method: "GET", path: "/api/v1/history?probe=x", tcp: 404, local: 404),
        Row(description: "history without a probe", method: "GET", path: "/api/v1/history", tcp: 400, local: 400),
        Row(description: "incidents", method: "GET", path: "/api/v1/incidents?limit=5", tcp: 200, local: 200),
        Row(description: "outbox", method: "GET", path: "/api/v1/outbox?dead=true", tcp: 200, local: 200),
        Row(description: "silences", method: "GET", path: "/api/v1/silences?all=true", tcp: 200, local: 200),
        Row(description: "maintenance", method: "GET", path: "/api/v1/maintenance", tcp: 200, local: 200),
        Row(description: "who is on call", method: "GET", path: "/api/v1/oncall?schedule=primary", tcp: 200, local: 200),
        Row(description: "an unknown schedule", method: "GET", path: "/api/v1/oncall?schedule=x", tcp: 404, local: 404),
        Row(description: "deploys", method: "GET", path: "/api/v1/deploys", tcp: 200, local: 200),
        Row(
            description: "an unknown template", method: "GET", path: "/api/v1/template?name=x", tcp: 403, local: 404),
        Row(description: "a template without a name", method: "GET", path: "/api/v1/template", tcp: 403, local: 400),
        Row(
            description: "a deploy", method: "POST", path: "/api/v1/commands/deploy",
            body: #"{"version":"4.2","match":["service=api"]}"#, tcp: 403, local: 200),
        Row(description: "a link that is none", method: "GET", path: "/ack/01K", tcp: 403, local: 403),
        Row(description: "a hook that is not configured", method: "POST", path: "/hooks/pagerduty", tcp: 404, local: 404),
        Row(
            description: "unack", method: "POST", path: "/api/v1/commands/unack", body: #"{"incident":"01K","version":3}"#,
            tcp: 403, local: 200),
        Row(
            description: "reroute", method: "POST", path: "/api/v1/commands/reroute", body: #"{"incident":"01K"}"#, tcp: 403,
            local: 200),
        Row(
            description: "add a silence", method: "POST", path: "/api/v1/commands/silence-add",
            body: #"{"matchers":["service=db"],"for":"2h","comment":"c"}"#, tcp: 403, local: 200),
        Row(
            description: "change a silence", method: "POST", path: "/api/v1/commands/silence-update",
            body: #"{"silence":"01K","for":"2h"}"#, tcp: 403, local: 200),
        Row(
            description: "end a silence", method: "POST", path: "/api/v1/commands/silence-expire", body: #"{"silence":"01K"}"#,
            tcp: 403, local: 200),
        Row(
            description: "start a maintenance", method: "POST", path: "/api/v1/commands/maintenance-start",
            body: #"{"matchers":["service=db"],"for":"2h","comment":"c"}"#, tcp: 403, local: 200),
        Row(
            description: "end a maintenance", method: "POST", path: "/api/v1/commands/maintenance-end",
            body: #"{"maintenance":"01K"}"#, tcp: 403, local: 200),
        Row(
            description: "add an override", method: "POST", path: "/api/v1/commands/override-add",
            body: #"{"schedule":"primary","person":"bob","for":"8h"}"#, tcp: 403, local: 200),
        Row(
            description: "remove an override", method: "POST", path: "/api/v1/commands/override-remove",
            body: #"{"override":"01K"}"#, tcp: 403, local: 200),
        Row(description: "a HEAD of a page", method: "HEAD", path: "/", tcp: 200, local: 200),
        Row(description: "a HEAD of metrics", method: "HEAD", path: "/metrics", tcp: 200, local: 200),
        Row(description: "no such path", method: "GET", path: "/nagios", tcp: 404, local: 404),
        Row(description: "a path above the root", method: "GET", path: "/../etc/passwd", tcp: 404, local: 404),
        Row(description: "a wrong method", method: "POST", path: "/metrics", tcp: 405, local: 405),
        Row(description: "an odd method", method: "PROPFIND", path: "/", tcp: 405, local: 405),
        Row(description: "a command is never a GET", method: "GET", path: "/api/v1/commands/reload", tcp: 405, local: 405),
        Row(description: "reload", method: "POST", path: "/api/v1/commands/reload", tcp: 403, local: 200),
        Row(
            description: "ack", method: "POST", path: "/api/v1/commands/ack", body: #"{"incident":"01K"}"#, tcp: 403, local: 200
        ),
        Row(
            description: "resolve", method: "POST", path: "/api/v1/commands/resolve", body: #"{"incident":"01K"}"#, tcp: 403,
            local: 200),
        Row(
            description: "run", method: "POST", path: "/api/v1/commands/run", body: #"{"probe":"p","dry":true}"#, tcp: 403,
            local: 200),
        Row(
            description: "test of a channel", method: "POST", path: "/api/v1/commands/notify-test", body: #"{"channel":"c"}"#,
            tcp: 403, local: 200),
        Row(description: "a command without its key", method: "POST", path: "/api/v1/commands/ack", tcp: 403, local: 400),
        Row(
            description: "a command that is no JSON", method: "POST", path: "/api/v1/commands/ack", body: "incident=1",
            tcp: 403,
            local: 400),
    ]

    @Test func everyRouteAnswersEveryMethodAsTheTableSays() async throws {
        try await withServer { addresses in
            for row in Self.rows {
                let tcp = try await RawClient.tcp(addresses).send(row.method, row.path, body: row.body)
                let local = try await RawClient.local(addresses).send(row.method, row.path, body: row.body)
                #expect(tcp.status == row.tcp, "\(row.description), over TCP: \(tcp.body)")
                #expect(local.status == row.local, "\(row.description), over the socket: \(local.body)")
                #expect(tcp.header("X-Content-Type-Options") == "nosniff", "\(row.description)")
                #expect(tcp.header("Cache-Control") == "no-store", "\(row.description)")
                #expect(tcp.header("Content-Security-Policy")?.hasPrefix("default-src 'none'") == true, "\(row.description)")
                if row.method == "HEAD" {
                    #expect(tcp.body == "", "\(row.description)")
                    #expect(Int(tcp.header("Content-Length") ?? "") ?? 0 > 100, "\(row.description)")
                }
                if row.tcp == 403, row.path.hasPrefix("/api/") {
                    #expect(
                        tcp.body
                            == #"{"error":"Commands are taken over the control socket only, where the kernel says who asks: "#
                            + #"use monitordctl on this machine."}"#)
                }
            }
        }
    }

    @Test func commandsCarryWhoAskedAndAreLogged() async throws {
        let scripted = ScriptedBackend()
        scripted.set { $0.reply = CommandReply(.refused, "Incident 01K is resolved.") }
        try await withServer(scripted) { addresses in
            let reply = try await RawClient.local(addresses).send(
                "POST", "/api/v1/commands/ack", body: #"{"incident":"01K\nroot: resolve 7"}"#)
            #expect(reply.status == 409)
            #expect(reply.body == #"{"details":[],"message":"Incident 01K is resolved.","status":"refused"}"#)
        }
        let (command, actor) = try #require(scripted.commands.first)
        #expect(command == .acknowledge(incident: "01K\nroot: resolve 7"))
        #expect(actor.uid == currentUser())
        #expect(actor.pid == currentProcess())
        #expect(scripted.commands.count == 1)
        let line =
            "\(actor.name) (uid \(actor.uid), pid \(actor.pid)): ack 01K?root: resolve 7: refused: Incident 01K is resolved."
        #expect(scripted.log == [line])
    }

    @Test func statusOfAReplyFollowsItsMeaning() async throws {
        let scripted = ScriptedBackend()
        try await withServer(scripted, tcp: false) { addresses in
            for (status, code) in [(CommandReply.Status.done, 200), (.refused, 409), (.unknown, 404), (.failed, 500)] {
                scripted.set { $0.reply = CommandReply(status, "So it is.") }
                let answer = try await RawClient.local(addresses).send("POST", "/api/v1/commands/reload")
                #expect(answer.status == code)
            }
        }
    }

    @Test func aDaemonThatDoesNotAnswerIsSaidToBeSo() async throws {
        let scripted = ScriptedBackend()
        scripted.set {
            $0.snapshot = nil
            $0.health = Health(isLive: false, isReady: false, problems: ["The ledger has not committed for 40s."])
            $0.historyError = TestFailure("The disk is full.")
        }
        try await withServer(scripted) { addresses in
            let client = RawClient.tcp(addresses)
            for path in ["/", "/metrics", "/api/v1/status"] {
                let answer = try await client.send("GET", path)
                #expect(answer.status == 503, "\(path)")
            }
            let health = try await client.send("GET", "/healthz")
            #expect(health.status == 503)
            #expect(health.body == "failing\nThe ledger has not committed for 40s.\n")
            let answer = try await client.send("GET", "/readyz")
            #expect(answer.body == "not ready\nThe ledger has not committed for 40s.\n")
            let history = try await client.send("GET", "/api/v1/history?probe=x")
            #expect(history.status == 500)
            #expect(history.body == #"{"error":"The daemon could not answer: The disk is full."}"#)
        }
    }

    @Test func historyTakesTimesAndAges() async throws {
        let scripted = ScriptedBackend()
        try await withServer(scripted) { addresses in
            let client = RawClient.tcp(addresses)
            _ = try await client.send("GET", "/api/v1/history?probe=api-health")
            _ = try await client.send(
                "GET", "/api/v1/history?probe=api%2Dhealth&since=2026-03-28T00:00:00Z&until=1h30m&limit=7")
            for (query, sentence) in [
                (
                    "probe=a&since=yesterday",
                    "since is a time such as 2026-03-29T01:30:00Z, or a duration such as 24h or 7d, not yesterday."
                ),
                ("probe=a&since=1h&until=2h", "since (2026-03-29T00:30:00Z) is later than until (2026-03-28T23:30:00Z)."),
                ("probe=a&limit=0", "limit is a number from 1 to 100000, not 0."),
                ("probe=a&from=1h", "/api/v1/history has no parameter from; it takes probe, since, until, limit."),
                ("probe=a&probe=b", "probe stands twice."),
            ] {
                let reply = try await client.send("GET", "/api/v1/history?\(query)")
                #expect(reply.status == 400)
                #expect(reply.body == "{\"error\":\"\(sentence)\"}")
            }
        }
        let asked = scripted.histories
        #expect(asked.map(\.probe) == ["api-health", "api-health"])
        #expect(asked.map(\.since.description) == ["2026-03-28T01:30:00Z", "2026-03-28T00:00:00Z"])
        #expect(asked.map(\.until.description) == ["2026-03-29T01:30:00Z", "2026-03-29T00:00:00Z"])
        #expect(asked.map(\.limit) == [10_000, 7])
    }

    @Test func anExplanationIsOfAProbeOrAnIncident() async throws {
        let scripted = ScriptedBackend()
        try await withServer(scripted) { addresses in
            let client = RawClient.tcp(addresses)
            let found = try await client.send("GET", "/api/v1/explain?probe=api-health&since=2h&at=2026-03-29T01:00:00Z")
            #expect(found.status == 200)
            #expect(found.body.hasPrefix(#"{"at":"2026-03-29T01:30:00Z","incidents":[{"#), "\(found.body.prefix(80))")
            for (query, status, sentence) in [
                ("probe=nobody", 404, "There is no nobody."),
                ("incident=01K", 404, "There is no 01K."),
                ("", 400, "Give probe or incident: /api/v1/explain?probe=NAME or /api/v1/explain?incident=ID"),
                (
                    "probe=a&incident=b", 400,
                    "Give probe or incident: /api/v1/explain?probe=NAME or /api/v1/explain?incident=ID"
                ),
                ("probe=a&since=1h&at=2h", 400, "since (2026-03-29T00:30:00Z) is later than the end (2026-03-28T23:30:00Z)."),
            ] {
                let reply = try await client.send("GET", "/api/v1/explain?\(query)")
                #expect(reply.status == status)
                #expect(reply.body == "{\"error\":\"\(sentence)\"}")
            }
        }
        let asked = scripted.explained
        #expect(asked.map(\.subject) == [.probe("api-health"), .probe("nobody"), .incident("01K")])
        #expect(asked.first?.since?.description == "2026-03-28T23:30:00Z")
        #expect(asked.first?.at?.description == "2026-03-29T01:00:00Z")
        #expect(asked.last?.since == nil && asked.last?.until == nil && asked.last?.at == nil)
    }

    @Test func aPlanIsForTheSocketAndOfYamlFiles() async throws {
        try await withServer { addresses in
            let remote = try await RawClient.tcp(addresses).send("GET", "/api/v1/plan")
            #expect(remote.status == 403)
            let local = RawClient.local(addresses)
            let running = try await local.send("GET", "/api/v1/plan")
            #expect(running.status == 200)
            #expect(running.body.contains(#""file":"/running.yaml""#), "\(running.body)")
            for (file, status, sentence) in [
                ("/broken.yaml", 422, "/broken.yaml:1:1: a problem"),
                (
                    "next.yaml", 400,
                    "file is the absolute path of a main configuration file that ends in .yaml: next.yaml"
                ),
                (
                    "/etc/shadow", 400,
                    "file is the absolute path of a main configuration file that ends in .yaml: /etc/shadow"
                ),
            ] {
                let reply = try await local.send("GET", "/api/v1/plan?file=\(file)")
                #expect(reply.status == status)
                #expect(reply.body == "{\"error\":\"\(sentence)\"}")
            }
        }
    }

    @Test func whatIsTooLongIsRefused() async throws {
        try await withServer { addresses in
            let local = RawClient.local(addresses)
            let body = #"{"incident":""# + String(repeating: "a", count: 70_000) + "\"}"
            let answer = try await local.send("POST", "/api/v1/commands/ack", body: body)
            #expect(answer.status == 413)
            let tcp = RawClient.tcp(addresses)
            for (what, text) in [
                ("a request line of 1 MB", "GET /" + String(repeating: "a", count: 1 << 20) + " HTTP/1.1\r\nHost: x\r\n\r\n"),
                ("a header of 9 KB", "GET / HTTP/1.1\r\nHost: x\r\nA: " + String(repeating: "a", count: 9 << 10) + "\r\n\r\n"),
                ("200 headers", "GET / HTTP/1.1\r\n" + String(repeating: "A: b\r\n", count: 200) + "\r\n"),
                ("chunked and a length", "POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                ("a negative length", "POST /api/v1/commands/reload HTTP/1.1\r\nContent-Length: -5\r\n\r\n"),
            ] {
                let answer = try await tcp.exchange(text)
                #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 400"), "\(what): \(answer.prefix(80))")
            }
            let still = try await tcp.send("GET", "/healthz")
            #expect(still.status == 200)
        }
    }
}
