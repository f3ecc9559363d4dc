import Glibc
import Model
import Support
import Testing

@testable import Probes

/// 2026-06-01T00:00:00Z
private let now = Timestamp(seconds: 1_780_272_000)

@Suite("TLS probe against openssl s_server")
struct TLSProbeTests {
    static let certificates = Result { try Certificates() }
    var certificates: Certificates { get throws { try Self.certificates.get() } }

    /// Measures a server that presents the certificate; more arguments go to `openssl s_server`.
    private func measure(
        _ server: Certificates.Server, host: String = "127.0.0.1", serverName: String? = "localhost", _ more: [String] = []
    ) throws -> (measured: Measured, port: Int) {
        let port = try FreePort.find()
        let chain = server.chain.map { ["-cert_chain", $0] } ?? []
        let process = try ChildProcess(
            ["openssl", "s_server", "-quiet", "-accept", "127.0.0.1:\(port)", "-cert", server.certificate, "-key", server.key]
                + chain
                + more)
        defer { process.end() }
        try FreePort.waitForListener(port)
        let probe = TLSProbe(
            host: host, port: port, serverName: serverName, caFile: try certificates.root, timeout: .seconds(10))
        return (run(probe), port)
    }

    private func run(_ probe: TLSProbe) -> Measured {
        probe.measure(testRun(timeout: probe.timeout, at: now))
    }

    @Test("A good chain: no failure, and every number")
    func good() throws {
        let (measured, _) = try measure(try certificates.server("good", validity: ("20260101000000Z", "20260611000000Z")))
        #expect(measured.failure == nil)
        #expect(value("expires_in", measured) == 10 * 86_400.0)
        #expect(value("chain_0_expires_in", measured) == 10 * 86_400.0)
        #expect(try #require(value("chain_1_expires_in", measured)) > 60 * 365 * 86_400.0)
        #expect(value("chain_length", measured) == 2)
        #expect(value("trusted", measured) == 1)
        #expect(value("host_matches", measured) == 1)
        #expect(value("protocol", measured) == 1.3)
        #expect(try #require(value("duration", measured)) >= (try #require(value("handshake_duration", measured))))
    }

    @Test("An address in digits is matched with the certificate's addresses")
    func byAddress() throws {
        #expect(try measure(try certificates.server("digits"), serverName: nil).measured.failure == nil)
    }

    @Test("An expired certificate: its age is told and still a sample")
    func expired() throws {
        let (measured, _) = try measure(try certificates.server("expired", validity: ("20250101000000Z", "20260529000000Z")))
        #expect(
            measured.failure
                == Failure(.certificateExpired, "the certificate \"expired\" expired 3d ago, on 2026-05-29T00:00:00Z"))
        #expect(value("expires_in", measured) == -3 * 86_400.0)
        #expect(value("trusted", measured) == 1)
    }

    @Test("A certificate that is not valid yet")
    func notYetValid() throws {
        let (measured, _) = try measure(try certificates.server("early", validity: ("20260602000000Z", "20900101000000Z")))
        #expect(
            measured.failure
                == Failure(
                    .certificateNotYetValid,
                    "the certificate \"early\" is not valid yet: it will be in 1d, on 2026-06-02T00:00:00Z"))
    }

    @Test("A certificate for another host")
    func wrongHost() throws {
        let (measured, _) = try measure(try certificates.server("other", names: "DNS:a.example,DNS:*.b.example,IP:10.0.0.1"))
        #expect(
            measured.failure
                == Failure(
                    .certificateHostName, "the certificate is for a.example, *.b.example, 10.0.0.1, not for localhost"))
        #expect(value("host_matches", measured) == 0)
        #expect(value("trusted", measured) == 1)
    }

    @Test("A self-signed certificate, its expiry known nevertheless")
    func selfSigned() throws {
        let (measured, _) = try measure(try certificates.selfSigned("alone"))
        #expect(measured.failure?.reason == .certificateUntrusted)
        #expect(measured.failure?.detail.hasPrefix("the chain is not trusted: self-signed certificate (\"alone\")") == true)
        #expect(value("trusted", measured) == 0)
        #expect(value("expires_in", measured) != nil)
    }

    @Test("A server that does not send its intermediate certificate")
    func missingIntermediate() throws {
        let (measured, _) = try measure(try certificates.server("short", sendsIntermediate: false))
        #expect(
            measured.failure
                == Failure(
                    .certificateUntrusted, "the chain is not trusted: unable to get local issuer certificate (\"short\")"))
        #expect(value("chain_length", measured) == 1)
    }

    @Test("Several things are wrong: the gravest is the reason, the sentence has all")
    func several() throws {
        let server = try certificates.server(
            "bad", names: "DNS:a.example", validity: ("20250101000000Z", "20260531000000Z"), sendsIntermediate: false)
        let (measured, _) = try measure(server)
        #expect(
            measured.failure
                == Failure(
                    .certificateUntrusted,
                    "the chain is not trusted: unable to get local issuer certificate (\"bad\"); the certificate is for a.example, "
                        + "not for localhost; the certificate \"bad\" expired 1d ago, on 2026-05-31T00:00:00Z"))
    }

    @Test("TLS 1.2 is enough; TLS 1.0 is spoken with, and is too old")
    func versions() throws {
        let server = try certificates.server("versions")
        let (newer, _) = try measure(server, ["-tls1_2"])
        #expect(newer.failure == nil)
        #expect(value("protocol", newer) == 1.2)
        let (older, _) = try measure(server, ["-tls1", "-cipher", "DEFAULT@SECLEVEL=0"])
        #expect(older.failure == Failure(.tls, "the server speaks TLS 1.0, expected 1.2 or newer"))
        #expect(value("protocol", older) == 1)
        #expect(value("expires_in", older) != nil)
    }

    @Test("A server that wants what we cannot do sends an alert")
    func alert() throws {
        let (measured, port) = try measure(
            try certificates.server("alert"), ["-tls1_2", "-cipher", "PSK", "-psk", "00", "-nocert"])
        #expect(
            measured.failure
                == Failure(
                    .tls, "TLS handshake with 127.0.0.1:\(port) failed: the server sent \"sslv3 alert handshake failure\""))
        #expect(value("duration", measured) == nil)
    }

    @Test("A server that takes the connection and says nothing: the deadline holds")
    func silence() throws {
        let listener = try FreePort.listen(backlog: 4)
        defer { close(listener) }
        let port = try FreePort.port(of: listener)
        let probe = TLSProbe(host: "127.0.0.1", port: port, serverName: nil, caFile: nil, timeout: .milliseconds(300))
        let measured = measureTimely(.milliseconds(300)) { run(probe) }
        #expect(
            measured.failure
                == Failure(
                    .timeout, "no TLS handshake with 127.0.0.1:\(port) before the deadline: 0 bytes came (300ms)"))
        #expect(measured.samples.contains(Sample("duration", 0.3, isCensored: true)))
    }

    @Test("Each address of a name is tried, until one works")
    func severalAddresses() throws {
        let (measured, _) = try measure(try certificates.server("named"), host: "localhost", serverName: nil)
        #expect(measured.failure == nil)
    }

    @Test("A name that does not resolve is the target's fault")
    func unknownName() {
        let measured = run(TLSProbe(host: "nowhere.example", port: 443, serverName: nil, caFile: nil, timeout: .seconds(5)))
        #expect(measured.numbers == .failed(.nameResolution, "the name nowhere.example does not resolve"))
    }

    @Test("A port where nobody listens")
    func refused() throws {
        let port = try FreePort.find()
        let measured = run(TLSProbe(host: "127.0.0.1", port: port, serverName: nil, caFile: nil, timeout: .seconds(5)))
        #expect(measured.numbers == .failed(.connect, "connection refused by 127.0.0.1:\(port)"))
    }

    @Test("A server that speaks something else")
    func notTLS() throws {
        let port = try FreePort.find()
        let process = try ChildProcess(["/usr/bin/python3", "-m", "http.server", "--bind", "127.0.0.1", "\(port)"])
        defer { process.end() }
        try FreePort.waitForListener(port)
        let measured = run(TLSProbe(host: "127.0.0.1", port: port, serverName: nil, caFile: nil, timeout: .seconds(5)))
        #expect(measured.failure == Failure(.tls, "TLS handshake with 127.0.0.1:\(port) failed: wrong version number"))
    }

    @Test("A file without certificates is our own fault")
    func noAuthorities() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("empty.pem", "nothing\n")
        let measured = run(TLSProbe(host: "127.0.0.1", port: 1, serverName: nil, caFile: file, timeout: .seconds(5)))
        #expect(measured == .failed(.setup, "no authorities can be read from \(file)"))
        #expect(measured.failure?.reason.outcome == .monitorFault)
    }
}
