import Model
import Server
import Support
import Synchronization
import Testing

/// Acknowledging by a link of a message.
@Suite(.serialized) struct LinkRouteTests {
    private static let incident = LinkedIncident(
        id: "01KMVH", title: "api <b>failing</b>", level: .critical, openedAt: Example.now - .seconds(240),
        alerts: ["api/failing (critical): status 503"])

    /// What the daemon was asked to do: `01KMVH 7 ada 127.0.0.1`.
    private final class Asked: Sendable {
        let lines = Mutex<[String]>([])
    }

    private static func scripted(
        _ verdict: LinkVerdict = .genuine, _ state: LinkState? = .open(incident),
        _ reply: CommandReply = CommandReply(.done, "acknowledged 01KMVH: api failing"), _ asked: Asked = Asked()
    ) -> ScriptedBackend {
        let scripted = ScriptedBackend()
        scripted.set {
            $0.messages.linkVerdict = { incident, until, key in
                incident == "01KMVH" && until == "7" && key == "k3yk3yk3y" ? verdict : .forged
            }
            $0.messages.linkState = { _, _ in state }
            $0.messages.acknowledge = { incident, until, name, address in
                asked.lines.withLock { $0.append("\(incident) \(until) \(name) \(address)") }
                return (.remote((name.isEmpty ? "" : "\(name), ") + "acknowledge link (\(address))"), reply)
            }
        }
        return scripted
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var path = "/ack/01KMVH?until=7&key=k3yk3yk3y"
        var verdict = LinkVerdict.genuine
        var state: LinkState? = .open(incident)
        /// Of looking and of pressing the button.
        var get: Int
        var post: Int
        var says: String
    }

    static let rows = [
        Row(testDescription: "open", get: 200, post: 200, says: "<h1>CRITICAL: api &lt;b&gt;failing&lt;/b&gt;</h1>"),
        Row(
            testDescription: "somebody has it", state: .acknowledged(incident, by: "eve"), get: 409, post: 409,
            says: "<h1>eve has it</h1>"),
        Row(
            testDescription: "this link was used", state: .used(incident), get: 409, post: 409,
            says: "<h1>This link was used</h1>"),
        Row(testDescription: "resolved", state: .over, get: 410, post: 410, says: "<h1>It is over</h1>"),
        Row(testDescription: "expired", verdict: .expired, get: 410, post: 410, says: "<h1>This link is over</h1>"),
        Row(
            testDescription: "forged", verdict: .forged, get: 403, post: 403,
            says: "<h1>This is no link of this monitord</h1>"),
        Row(
            testDescription: "of another incident", path: "/ack/01KMVX?until=7&key=k3yk3yk3y", get: 403, post: 403,
            says: "<h1>This is no link of this monitord</h1>"),
        Row(
            testDescription: "with another end", path: "/ack/01KMVH?until=8&key=k3yk3yk3y", get: 403, post: 403,
            says: "<h1>This is no link of this monitord</h1>"),
        Row(
            testDescription: "without a key", path: "/ack/01KMVH?until=7", get: 403, post: 403,
            says: "<h1>This is no link of this monitord</h1>"),
        Row(
            testDescription: "with two keys", path: "/ack/01KMVH?until=7&key=k3yk3yk3y&key=k3yk3yk3y", get: 403, post: 403,
            says: "<h1>This is no link of this monitord</h1>"),
        Row(
            testDescription: "with something more", path: "/ack/01KMVH?until=7&key=k3yk3yk3y&for=9h", get: 403, post: 403,
            says: "<h1>This is no link of this monitord</h1>"),
        Row(
            testDescription: "without an incident", path: "/ack/?until=7&key=k3yk3yk3y", get: 403, post: 403,
            says: "<h1>This is no link of this monitord</h1>"),
        Row(testDescription: "a daemon that does not answer", state: nil, get: 503, post: 503, says: "did not answer in time"),
    ]

    @Test("looking changes nothing, and only an open incident can be acknowledged", arguments: rows)
    func states(row: Row) async throws {
        let asked = Asked()
        let scripted = Self.scripted(row.verdict, row.state, CommandReply(.done, "done"), asked)
        try await withServer(scripted) { addresses in
            for client in [RawClient.tcp(addresses), RawClient.local(addresses)] {
                let page = try await client.send("GET", row.path)
                #expect(page.status == row.get, "\(page.body)")
                #expect(page.body.contains(row.says), "\(page.body)")
                #expect(page.body.contains("<form") == (row.get == 200))
                #expect(!page.body.contains("<script"))
                #expect(page.header("Cache-Control") == "no-store")
                #expect(page.header("Referrer-Policy") == "no-referrer")
                #expect(page.header("Content-Security-Policy")?.hasPrefix("default-src 'none'") == true)
                let head = try await client.send("HEAD", row.path)
                #expect(head.status == row.get && head.body.isEmpty)
                #expect(asked.lines.withLock { $0.isEmpty }, "looking changes nothing")
            }
            let pressed = try await RawClient.tcp(addresses).send("POST", row.path, body: "name=ada")
            #expect(pressed.status == row.post, "\(pressed.body)")
            #expect(asked.lines.withLock { $0 } == (row.post == 200 ? ["01KMVH 7 ada 127.0.0.1"] : []))
            let put = try await RawClient.tcp(addresses).send("DELETE", row.path)
            #expect(put.status == 405)
        }
    }

    @Test func thePageOfAnOpenIncidentHasOneForm() async throws {
        try await withServer(Self.scripted()) { addresses in
            let page = try await RawClient.tcp(addresses).send("GET", "/ack/01KMVH?until=7&key=k3yk3yk3y")
            #expect(page.header("Content-Type") == "text/html; charset=utf-8")
            let policy = page.header("Content-Security-Policy") ?? ""
            #expect(
                policy.replacing(/'nonce-[0-9a-z]+'/, with: "NONCE")
                    == "default-src 'none'; style-src NONCE; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
            #expect(page.body.contains("<form method=\"post\">"))
            #expect(page.body.contains("<p>Open for 4m0s.</p>") || page.body.contains("<p>Open for 4m.</p>"))
            #expect(page.body.contains("<p>api/failing (critical): status 503</p>"))
            #expect(!page.body.contains("k3yk3yk3y"), "the key does not stand in the page")
        }
    }

    static let forms: [(what: String, body: String, asked: String?, status: Int)] = [
        ("a name", "name=ada", "ada", 200), ("no name", "", "", 200), ("an empty name", "name=", "", 200),
        ("an encoded name", "name=Ada+L%C3%B6w%21", "Ada Löw!", 200),
        ("another field", "admin=true", "", 200), ("a long form", "name=" + String(repeating: "a", count: 5000), nil, 400),
    ]

    @Test("the form has a name or none", arguments: forms)
    func form(row: (what: String, body: String, asked: String?, status: Int)) async throws {
        let asked = Asked()
        try await withServer(Self.scripted(.genuine, .open(Self.incident), CommandReply(.done, "done"), asked)) { addresses in
            let answer = try await RawClient.tcp(addresses).send(
                "POST", "/ack/01KMVH?until=7&key=k3yk3yk3y", body: row.body,
                headers: "Content-Type: application/x-www-form-urlencoded\r\n")
            #expect(answer.status == row.status, "\(row.what): \(answer.body)")
            #expect(asked.lines.withLock { $0 } == (row.asked.map { ["01KMVH 7 \($0) 127.0.0.1"] } ?? []), "\(row.what)")
        }
    }

    @Test func whatTheDaemonRefusesIsSaid() async throws {
        for (status, code) in [(CommandReply.Status.refused, 409), (.unknown, 409), (.failed, 503)] {
            let reply = CommandReply(status, "incident 01KMVH is merged into 01KMVQ")
            let scripted = Self.scripted(.genuine, .open(Self.incident), reply)
            try await withServer(scripted) { addresses in
                let answer = try await RawClient.tcp(addresses).send(
                    "POST", "/ack/01KMVH?until=7&key=k3yk3yk3y", body: "name=eve")
                #expect(answer.status == code)
                #expect(answer.body.contains("incident 01KMVH is merged into 01KMVQ"))
            }
            #expect(
                scripted.log == [
                    "eve, acknowledge link (127.0.0.1): ack 01KMVH: \(status.rawValue): incident 01KMVH is merged into 01KMVQ"
                ])
        }
    }

    @Test func anAddressThatAsksTooOftenIsHeldUp() async throws {
        try await withServer(Self.scripted(.forged)) { addresses in
            var codes: [Int] = []
            for _ in 0..<21 { codes.append(try await RawClient.tcp(addresses).send("GET", "/ack/01KMVH?until=7&key=x").status) }
            #expect(codes == Array(repeating: 403, count: 20) + [429])
            let held = try await RawClient.tcp(addresses).send("GET", "/ack/01KMVH?until=7&key=x")
            #expect(held.header("Retry-After") == "60")
            let other = try await RawClient.local(addresses).send("GET", "/ack/01KMVH?until=7&key=x")
            #expect(other.status == 403, "another address is not held up")
            let reading = try await RawClient.tcp(addresses).send("GET", "/healthz")
            #expect(reading.status == 200)
        }
    }
}
