import Foundation
import Model
import Testing
import Transfer

/// Certificates made with OpenSSL's tool: an authority of our own, and leaves that it signed.
struct CertificateZoo {
    let folder: TemporaryFolder
    var authority: String { folder.path + "/ca.pem" }

    init() throws {
        folder = try TemporaryFolder()
        try folder.openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key -out ca.pem -subj /CN=authority -days 30"
        )
    }

    /// The arguments of a server that shows a leaf for `name`, valid between two times like `20300101000000Z`.
    func server(_ name: String, from: String, to: String) throws -> ScriptServer {
        let file = folder.path + "/\(name)"
        try "subjectAltName=\(name == "127.0.0.1" ? "IP" : "DNS"):\(name)".write(
            toFile: file + ".ext", atomically: true, encoding: .utf8)
        try folder.openssl(
            "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout \(name).key -out \(name).csr -subj /CN=\(name)"
        )
        try "".write(toFile: folder.path + "/index.txt", atomically: true, encoding: .utf8)
        let settings = """
            [ca]
            default_ca=x
            [x]
            database=index.txt
            new_certs_dir=.
            rand_serial=yes
            default_md=sha256
            policy=p
            [p]
            commonName=supplied
            """
        try settings.write(toFile: folder.path + "/ca.cnf", atomically: true, encoding: .utf8)
        try folder.openssl(
            "ca -batch -config ca.cnf -cert ca.pem -keyfile ca.key -in \(name).csr -out \(name).pem "
                + "-startdate \(from) -enddate \(to) -extfile \(name).ext -notext"
        )
        return try ScriptServer("http.py", ["--tls", file + ".pem", file + ".key"])
    }
}

@Suite(.serialized) struct TLSTests {
    let engine: TransferEngine
    let zoo: CertificateZoo

    init() throws {
        engine = try TransferEngine.running()
        zoo = try CertificateZoo()
    }

    private func get(_ server: ScriptServer, ca: String? = nil, verifies: Bool = true) async -> TransferReply {
        await engine.get(server.url("/", scheme: "https")) {
            $0.tls = TLSOptions(caFile: ca ?? zoo.authority, verifies: verifies)
            $0.wantsCertificates = true
        }
    }

    @Test func aTrustedCertificateShowsItsEndAndWhoSignedIt() async throws {
        let server = try zoo.server("127.0.0.1", from: "20200101000000Z", to: "20261225063000Z")
        let reply = await get(server)
        #expect(reply.error == nil && reply.status == 200)
        #expect(reply.timings.tls > 0)
        // The authority, which is not presented, ends within 30 days; the leaf is what counts.
        let ends = try #require(Timestamp("2026-12-25T06:30:00Z"))
        #expect(reply.certificateExpires == ends)
        #expect(reply.certificates == [.init(subject: "127.0.0.1", issuer: "authority", notAfter: ends)])
        engine.stop()
    }

    @Test(arguments: [
        ("127.0.0.1", "20200101000000Z", "20210101000000Z", TransferError.Kind.certificateExpired, "has expired"),
        ("127.0.0.1", "20900101000000Z", "20910101000000Z", .certificateNotYetValid, "is not valid yet"),
        ("other.example", "20200101000000Z", "20910101000000Z", .certificateHostName, "is for another name"),
    ])
    func aBadCertificateIsToldApart(_ row: (String, String, String, TransferError.Kind, String)) async throws {
        let server = try zoo.server(row.0, from: row.1, to: row.2)
        let reply = await get(server)
        let sentence = "the certificate of 127.0.0.1:\(server.port) \(row.4)"
        #expect(reply.error == TransferError(row.3, sentence, code: 60))
        #expect(!reply.mayHaveArrived)
        #expect(await get(server, verifies: false).status == 200)
        engine.stop()
    }

    @Test func anUnknownAuthorityIsNotTrusted() async throws {
        let server = try zoo.server("127.0.0.1", from: "20200101000000Z", to: "20910101000000Z")
        let reply = await engine.get(server.url("/", scheme: "https"))
        #expect(reply.error?.kind == .certificateUntrusted)
        #expect(
            reply.error?.detail
                == "the certificate of 127.0.0.1:\(server.port) is not trusted: unable to get local issuer certificate")
        engine.stop()
    }

    @Test func aSelfSignedCertificateIsNotTrusted() async throws {
        let server = try ScriptServer("http.py", ["--tls", zoo.authority, zoo.folder.path + "/ca.key"])
        let reply = await engine.get(server.url("/", scheme: "https"))
        #expect(reply.error?.kind == .certificateUntrusted)
        #expect(
            reply.error?.detail == "the certificate of 127.0.0.1:\(server.port) is not trusted: self-signed certificate")
        engine.stop()
    }

    @Test func aMissingCAFileIsOurFault() async throws {
        let server = try ScriptServer("http.py", ["--tls", zoo.authority, zoo.folder.path + "/ca.key"])
        let reply = await get(server, ca: "/nonexistent/ca.pem")
        #expect(reply.error == TransferError(.setup, "the CA file /nonexistent/ca.pem cannot be read", code: 77))
        engine.stop()
    }

    @Test func plainTextIsNoTLS() async throws {
        let server = try ScriptServer("smtp.py", ["ok", zoo.folder.path + "/transcript"])
        let reply = await get(server)
        #expect(reply.error?.kind == .tls && reply.error?.code == 35)
        engine.stop()
    }
}
