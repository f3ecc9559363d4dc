import Model
import Support
import Testing
import Transfer

@testable import Probes

/// 2027-06-01T00:00:00Z
private let now = Timestamp(seconds: 1_811_808_000)

@Suite("An http probe through the transfer engine")
struct HTTPExchangeTests {
    /// Measures once, as a scheduler would.
    private func run(_ probe: HTTPProbe) async throws -> Measured {
        guard case .transfer(let outgoing, let read) = probe.measurement else {
            Issue.record("an http probe is a transfer")
            return Measured()
        }
        let engine = try TransferEngine(clock: SystemClock())
        try engine.run()
        defer { engine.stop() }
        let reply = await withCheckedContinuation { continuation in
            engine.start(outgoing) { continuation.resume(returning: $0) }
        }
        return read(reply, now)
    }

    private func probe(_ url: String, caFile: String? = nil, json: [JSONExpectation] = []) -> HTTPProbe {
        var expectation = HTTPExpectation()
        expectation.json = json
        return HTTPProbe(
            request: HTTPRequest(
                url: Secret(url), timeout: .seconds(10), maxRedirects: 5, tls: TLSOptions(caFile: caFile),
                wantsCertificates: url.hasPrefix("https")),
            expectation: expectation, address: url)
    }

    @Test("A JSON document, a wrong value in it, and a page that is missing")
    func files() async throws {
        let folder = try TemporaryFolder()
        try folder.write("health", #"{"status": "ok", "queues": [{"depth": 3}]}"#)
        let port = try FreePort.find()
        let server = try ChildProcess([
            "/usr/bin/python3", "-m", "http.server", "--bind", "127.0.0.1", "--directory", folder.path, "\(port)",
        ])
        defer { server.end() }
        try FreePort.waitForListener(port)
        let address = "http://127.0.0.1:\(port)"
        let good = try await run(
            probe("\(address)/health", json: [JSONExpectation(path: try JSONPath("$.status"), expected: Expected("ok"))]))
        #expect(good.failure == nil)
        #expect(value("status_code", good) == 200)
        #expect(value("body_bytes", good) == 42.0)
        #expect(try #require(value("duration", good)) > 0)
        let deep = try await run(
            probe(
                "\(address)/health",
                json: [JSONExpectation(path: try JSONPath("$.queues[0].depth"), expected: Expected("== 0"))]))
        #expect(deep.failure == Failure(.body, "$.queues[0].depth is 3, expected == 0"))
        let missing = try await run(probe("\(address)/nothing"))
        #expect(missing.failure == Failure(.status, "status 404 Not Found, expected 2xx"))
        #expect(value("duration", missing) != nil)
    }

    @Test("Over TLS the end of the certificate's validity is a sample")
    func tls() async throws {
        let certificates = try Certificates()
        let server = try certificates.server("web", validity: ("20200101000000Z", "20900101000000Z"))
        let port = try FreePort.find()
        let process = try ChildProcess(
            [
                "openssl", "s_server", "-quiet", "-www", "-accept", "127.0.0.1:\(port)", "-cert", server.certificate, "-key",
                server.key,
            ]
                + (server.chain.map { ["-cert_chain", $0] } ?? []))
        defer { process.end() }
        try FreePort.waitForListener(port)
        let measured = try await run(probe("https://127.0.0.1:\(port)/", caFile: certificates.root))
        #expect(measured.failure == nil)
        #expect(value("certificate_expires_in", measured) == (Timestamp("2090-01-01T00:00:00Z")! - now).seconds)
        #expect(try #require(value("tls_duration", measured)) > 0)
        let untrusted = try await run(probe("https://127.0.0.1:\(port)/"))
        #expect(untrusted.failure?.reason == .certificateUntrusted)
    }

    @Test("Where nobody listens there is a reason and no sample")
    func refused() async throws {
        let port = try FreePort.find()
        let measured = try await run(probe("http://127.0.0.1:\(port)/"))
        #expect(measured.failure?.reason == .connect)
        #expect(measured.samples == [])
    }
}
