import Foundation
import Model
import Settings
import Support
import Testing
import Transfer

@testable import Probes

/// 2026-06-01T00:00:00Z
private let now = Timestamp(seconds: 1_780_272_000)

private func read<P: Probe>(_ kind: P.Type, _ text: String, environment: [String: String] = [:]) throws -> P {
    let context = SettingsContext(
        environment: { environment[$0] }, readFile: { _ in .failure(SettingsFileError("no such file")) }, folder: "/etc")
    let problems = Problems()
    let fields = try #require(SettingsFile.parse(text: text, path: "a.yaml", context: context, problems: problems))
    let probe = P(fields, timeout: .seconds(10))
    #expect(problems.all.map(\.description) == [])
    return try #require(probe)
}

private func texts(_ evidence: Evidence?) -> String {
    (evidence?.items ?? []).map { "\($0.name): \($0.text)" }.joined(separator: "\n")
}

@Suite("What an http run saw")
struct HTTPEvidenceTests {
    /// A script of `Tests/Servers` on a port of ours.
    private func withServer(_ body: (Int) async throws -> Void) async throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let port = try FreePort.find()
        let server = try ChildProcess([
            "/usr/bin/python3", folder.appending(path: "Servers/http.py").path, "--port", "\(port)",
        ])
        defer { server.end() }
        try FreePort.waitForListener(port)
        try await body(port)
    }

    private func run(_ probe: HTTPProbe) async throws -> Measured {
        let engine = try TransferEngine(clock: SystemClock())
        try engine.run()
        defer { engine.stop() }
        let reply = await withCheckedContinuation { continuation in
            engine.start(.http(probe.request)) { continuation.resume(returning: $0) }
        }
        return probe.read(reply, at: now)
    }

    private func plain(_ url: String, maxBody: Int = 1 << 20) -> HTTPProbe {
        HTTPProbe(request: HTTPRequest(url: Secret(url), timeout: .seconds(10), maxBodyBytes: maxBody), address: url)
    }

    @Test("A good run keeps what can change from one run to the next, and is small")
    func good() async throws {
        try await withServer { port in
            let seen = try #require(try await run(plain("http://127.0.0.1:\(port)/version")).evidence)
            #expect(seen.items.map(\.name) == ["phases", "address", "status", "headers"])
            #expect(seen[.address] == "127.0.0.1")
            #expect(seen[.status] == "HTTP/1.1 200 Text")
            #expect(
                seen[.headers] == "content-length: 16\nserver: mirror/1\ncontent-type: application/json\nx-app-version: 4.2.1")
            #expect(seen[.phases]?.contains("processing ") == true)
            #expect(seen.bytes <= Evidence.goodBytes)
        }
    }

    @Test("A failing run keeps all of it; what a reply calls a token is masked by that name")
    func bad() async throws {
        try await withServer { port in
            let measured = try await run(plain("http://127.0.0.1:\(port)/mirror"))
            let seen = try #require(measured.evidence)
            #expect(seen.items.map(\.name) == ["failure", "phases", "address", "status", "headers", "body"])
            #expect(seen[.failure] == measured.failure?.detail)
            #expect(seen[.status] == "HTTP/1.1 503 Text")
            let headers = try #require(seen[.headers]).split(separator: "\n")
            #expect(headers.contains("server: mirror/2"))
            #expect(headers.contains("set-cookie: ••••"))
            #expect(headers.contains("x-auth-token: ••••"))
            #expect(headers.contains("location: /log-in?••••"))
            #expect(headers.contains("x-sent-user-agent: monitord"))
            let body = try #require(seen[.body])
            #expect(body.hasPrefix("GET /mirror HTTP/1.1 Host: 127.0.0.1:\(port) "))
            #expect(body.hasSuffix("\u{FFFD} \u{FFFD}\u{FFFD} end"), "NUL and bytes that are no UTF-8 are replaced: \(body)")
        }
    }

    @Test("What the configuration holds secret comes back in header and body, and is seen nowhere")
    func secrets() async throws {
        let secrets = [
            "KEY": "planted-key-4711", "LOGIN": "planted-login-0815", "SHORT": "p1n7",
            "COOKIE": "id=planted-cookie; theme=dark",
            "URL": "", "QUOTED": #"planted"quote\slash/end"#,
        ]
        try await withServer { port in
            let address = "127.0.0.1:\(port)/mirror"
            let url = "http://someone:planted-password@\(address)?api_key=planted-query-99&state=up&next=planted-next-7"
            let probes = [
                try read(
                    HTTPProbe.self,
                    """
                    url: "\(url)"
                    headers: {X-Api-Key: {env: KEY}, X-Pin: {env: SHORT}, Cookie: {env: COOKIE}, X-Tenant: planted-tenant,
                              X-Debug: "on", Accept: text/plain, X-Quoted: {env: QUOTED}}
                    body: '{"user": "ann", "password": "planted-body-password", "again": "planted-key-4711"}'
                    """, environment: secrets),
                try read(
                    HTTPProbe.self, "url: http://\(address)\nbasic_auth: {user: ann, password: {env: LOGIN}}",
                    environment: secrets),
                try read(
                    HTTPProbe.self, "url: http://\(address)\nheaders: {Authorization: 'Bearer planted.bearer.token'}"),
                try read(
                    HTTPProbe.self, "url: {env: URL}\nmethod: POST",
                    environment: ["URL": "http://\(address)/../mirror?planted-whole-query"]),
            ]
            for probe in probes {
                let seen = texts(try await run(probe).evidence)
                #expect(seen.contains("HTTP/1.1 503 Text"))
                #expect(!seen.contains("planted"), "\(seen)")
                for secret in [
                    "p1n7", base64(Array("someone:planted-password".utf8)), base64(Array("ann:planted-login-0815".utf8)),
                ] {
                    #expect(!seen.contains(secret), "\(secret): \(seen)")
                }
            }
            let first = texts(try await run(probes[0]).evidence)
            #expect(first.contains("x-sent-accept: text/plain") && first.contains("x-sent-x-debug: on"), "\(first)")
            #expect(first.contains("state=up"), "what is no secret stays: \(first)")
        }
    }

    @Test("Long headers and bodies are cut")
    func cut() async throws {
        try await withServer { port in
            let wide = try await run(plain("http://127.0.0.1:\(port)/headers"))
            #expect(wide.failure?.reason == .tooLarge)
            let seen = try #require(wide.evidence)
            let headers = try #require(seen[.headers]).split(separator: "\n")
            #expect(headers.count == HTTPEvidence.maximumHeaders + 1 && headers.last == "…")
            #expect(headers[1] == "x-0: \(String(repeating: "y", count: 200))…")
            #expect(seen.bytes <= Evidence.badBytes)

            let long = try await run(plain("http://127.0.0.1:\(port)/endless"))
            #expect(long.failure?.reason == .tooLarge)
            #expect(long.evidence?[.body] == String(repeating: "x", count: 512) + "… (1048576 bytes)")
        }
    }

    @Test("What is no text is told by its length")
    func binary() {
        var reply = TransferReply(status: 500, body: (0..<2000).map { UInt8(truncatingIfNeeded: $0 * 37) })
        reply.head = Array("HTTP/2 500\r\n\r\n".utf8)
        let seen = plain("http://a/").read(reply, at: now).evidence
        #expect(seen?[.body] == "2000 bytes that are no text")
        #expect(seen?[.status] == "HTTP/2 500")
    }

    @Test("A secret that the end of what is kept cuts in two is masked, and so is one that the body breaks off in")
    func border() {
        var probe = plain("http://a/")
        probe.redaction.hide("planted-secret")
        for start in 495...515 {
            let body = String(repeating: "x", count: start) + "planted-secret and more"
            let seen = probe.read(TransferReply(status: 500, body: Array(body.utf8)), at: now).evidence
            #expect(seen?[.body]?.contains("p") == false, "\(start): \(seen?[.body] ?? "")")
        }
        let broken = probe.read(TransferReply(status: 500, body: Array("it was planted-sec".utf8)), at: now).evidence
        #expect(broken?[.body] == "it was ••••")
    }

    @Test("Over TLS the certificate is among it, in a failing run the whole chain")
    func chain() {
        var reply = TransferReply(status: 200)
        let ends = Timestamp("2027-01-01T00:00:00Z")!
        reply.certificates = [
            .init(subject: "api.example.com", issuer: "R3", notAfter: ends),
            .init(subject: "R3", issuer: "Root", notAfter: ends + .seconds(86_400)),
        ]
        reply.certificateExpires = ends
        let good = plain("https://a/").read(reply, at: now).evidence
        #expect(good?[.certificate] == "api.example.com" && good?[.issuer] == "R3")
        #expect(good?[.expires] == "2027-01-01T00:00:00Z" && good?[.chain] == nil)
        reply.status = 500
        #expect(
            plain("https://a/").read(reply, at: now).evidence?[.chain]
                == "api.example.com, issuer R3, until 2027-01-01T00:00:00Z\nR3, issuer Root, until 2027-01-02T00:00:00Z")
    }

    @Test("Where nobody answers there is the failure; of our own fault there is nothing")
    func nobody() {
        let refused = plain("http://a/").read(TransferReply(error: TransferError(.connect, "cannot connect to a:80")), at: now)
        #expect(refused.evidence == Evidence([.init("failure", "cannot connect to a:80")]))
        #expect(plain("http://a/").read(TransferReply(error: .init(.descriptors, "none")), at: now).evidence == nil)
    }
}

@Suite("Masking")
struct RedactionTests {
    @Test(
        "What a text calls a credential",
        arguments: [
            (#"{"access_token": "abc\"d", "n": 1}"#, #"{"access_token": "••••", "n": 1}"#),
            ("user=ann&password=s3cret&x=1", "user=ann&password=••••&x=1"),
            ("Authorization: Bearer abc def\nHost: a", "Authorization: ••••\nHost: a"),
            ("log in with Bearer abc.def, please", "log in with Bearer ••••, please"),
            (#"{\"secret\":\"abc\"}"#, #"{\"secret\":\"••••"#),
            ("the session expired; token missing", "the session expired; token missing"),
            ("<a href=\"/x?sessionid=abc\">", "<a href=\"/x?sessionid=••••\">"),
            ("x-auth: abc", "x-auth: ••••"), ("author: Ann", "author: Ann"), ("password: ", "password: "),
            ("api-key='abc'", "api-key='••••'"), (":= ==", ":= =="), ("", ""),
        ])
    func named(_ text: String, _ masked: String) {
        #expect(String(decoding: Array(text.utf8).withoutNamedCredentials, as: UTF8.self) == masked)
    }

    @Test("A secret is masked as other notations write it, and in pieces")
    func forms() {
        var redaction = Redaction()
        redaction.hide("Bearer ab%2Fcd\"e&f")
        for form in [#"Bearer ab%2Fcd"e&f"#, #"Bearer ab%2Fcd\"e&f"#, "Bearer ab%2Fcd&quot;e&amp;f", #"Bearer ab/cd"e&f"#] {
            #expect(redaction.masked("<\(form)>") == "<••••>", "\(form)")
        }
        #expect(redaction.masked("Bearer of news") == "Bearer of news")
        redaction.hide("Tok_9XyZ+/=Q7")
        for form in [
            "Tok_9XyZ%2b%2f%3dQ7", "Tok_9XyZ%2B/=Q7", #"Tok_9XyZ\u002B\/\u003dQ7"#, #"Tok_9XyZ\x2b/=Q7"#,
            "Tok_9XyZ&#43;&#x2F;&#61;Q7", "Tok_9XyZ&plus;&sol;&equals;Q7", "%54ok_9XyZ+/=Q7",
        ] {
            #expect(redaction.masked("<\(form)>") == "<••••>", "\(form)")
        }
        #expect(redaction.masked("100% of 5 & 6 &#99999999; \\u12") == "100% of 5 & 6 &#99999999; \\u12")
    }
}

@Suite("What the other kinds saw")
struct BlockingEvidenceTests {
    static let certificates = Result { try Certificates() }

    private func measure(_ server: Certificates.Server, at time: Timestamp = now) throws -> (measured: Measured, port: Int) {
        let port = try FreePort.find()
        let process = try ChildProcess(
            ["openssl", "s_server", "-quiet", "-accept", "127.0.0.1:\(port)", "-cert", server.certificate, "-key", server.key]
                + (server.chain.map { ["-cert_chain", $0] } ?? []))
        defer { process.end() }
        try FreePort.waitForListener(port)
        let probe = TLSProbe(
            host: "localhost", port: port, serverName: "localhost", caFile: try Self.certificates.get().root,
            timeout: .seconds(10))
        return (probe.measure(testRun(timeout: .seconds(10), at: time)), port)
    }

    @Test("A tls run: who answered, and what was presented")
    func tls() throws {
        let certificates = try Self.certificates.get()
        let (good, port) = try measure(try certificates.server("seen", validity: ("20260101000000Z", "20270101000000Z")))
        let seen = try #require(good.evidence)
        #expect(
            seen.items.map(\.name) == [
                "addresses", "address", "phases", "protocol", "cipher", "certificate", "issuer", "expires", "verdict",
            ])
        #expect(seen[.addresses] == "127.0.0.2, 127.0.0.1" && seen[.address] == "127.0.0.1:\(port)")
        #expect(seen[.certificate] == "seen" && seen[.issuer] == "Test Intermediate")
        #expect(seen[.expires] == "2027-01-01T00:00:00Z" && seen[.verdict] == "trusted")
        #expect(seen.bytes <= Evidence.goodBytes)

        let (bad, _) = try measure(
            try certificates.server("over", names: "DNS:a.example", validity: ("20250101000000Z", "20260101000000Z")))
        let failed = try #require(bad.evidence)
        #expect(failed[.verdict] == "certificate has expired (over); for another host")
        #expect(failed[.names] == "a.example")
        #expect(
            failed[.chain] == """
                over, issuer Test Intermediate, until 2026-01-01T00:00:00Z
                Test Intermediate, issuer Test Root, until 2095-01-01T00:00:00Z
                """)
    }

    private func ask(_ target: PostgresTarget, _ query: String?, scalar: String? = nil) -> Measured {
        PostgresProbe(
            target: target, query: query, expectedScalar: scalar.map { Expected($0) }, timeout: .seconds(10)
        ).measure(testRun(timeout: .seconds(10)))
    }

    @Test("A postgres run: phases, server, what it refused, the first row of an answer that was not expected")
    func postgres() throws {
        let target = try testTarget()
        let good = try #require(ask(target, "select 7", scalar: "7").evidence)
        #expect(good.items.map(\.name) == ["address", "server", "protocol", "rows", "phases"])
        #expect(good[.server]?.hasPrefix("PostgreSQL 1") == true)
        #expect(good[.version] == "not encrypted" && good[.rows] == "1")
        #expect(good[.phases]?.contains("query ") == true)

        let refused = try #require(ask(target, "select nme from pg_am, pg_class").evidence)
        #expect(
            refused[.error] == """
                SQLSTATE: 42703
                message: column "nme" does not exist
                position: 8
                """)
        let wrong = try #require(
            ask(target, "select 0 as n, 'ünï' as text, null as nothing, 'abc' as token, repeat('x', 99) as long", scalar: "1")
                .evidence)
        #expect(
            wrong[.row]
                == "n = 0, text = ünï, nothing = null, token = ••••, long = \(String(repeating: "x", count: 59))…")
        #expect(wrong[.failure] == "the query gave 0, expected 1")
    }

    @Test("A password of a DSN is seen nowhere, whatever the server answers")
    func password() throws {
        let secret = PostgresCluster.password
        let answers = [
            ask(try testTarget(), "select '\(secret)' as said", scalar: "1"), ask(try testTarget(), "select '\(secret)'::int"),
            ask(try testTarget(password: "planted"), "select 1"),
        ]
        for measured in answers {
            let seen = texts(measured.evidence)
            #expect(seen.contains("failure: ") && !seen.contains(secret) && !seen.contains("planted"), "\(seen)")
        }
    }

    @Test("A quality run: each check with its score, its answer and its time")
    func quality() throws {
        let checks = [
            QualityCheck(name: "full", weight: 1, sql: "select 2.0/3", judge: .ratio),
            QualityCheck(name: "volume", weight: 1, sql: "select 80", judge: .limits(minimum: 100, maximum: nil)),
            QualityCheck(name: "empty", weight: 1, sql: "select 1 where false", judge: .ratio),
            QualityCheck(name: "gone", weight: 1, sql: "select 1 from nothing", judge: .ratio),
        ]
        let measured = QualityProbe(target: try testTarget(), checks: checks, timeout: .seconds(10)).measure(
            testRun(timeout: .seconds(10)))
        let lines = try #require(measured.evidence?[.checks]).split(separator: "\n").map { line in
            line.split(separator: ",").dropLast().joined(separator: ",")
        }
        #expect(
            lines == [
                "full 0.6667, answer 0.6666666666666666", "volume 0, answer 80", "empty unknown, answer no row", "gone refused",
            ])
        #expect(measured.evidence?[.server]?.hasPrefix("PostgreSQL") == true)
    }
}
