/// A certificate authority with an intermediate, and servers' certificates of every kind, made by the `openssl` command.
package final class Certificates: Sendable {
    /// What `openssl s_server` is given: certificate, key, and what is sent along with it.
    package struct Server: Sendable {
        package var certificate: String
        package var key: String
        package var chain: String?
    }

    package let folder: TemporaryFolder
    /// The root that clients trust.
    package let root: String
    private let intermediate: String

    package init() throws {
        folder = try TemporaryFolder()
        root = folder.file("root.pem")
        intermediate = folder.file("intermediate.pem")
        try folder.write(
            "ca.cnf", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n")
        try sign(
            "root", subject: "Test Root", extensions: folder.file("ca.cnf"), by: nil, ("20200101000000Z", "20990101000000Z"))
        try sign(
            "intermediate", subject: "Test Intermediate", extensions: folder.file("ca.cnf"), by: "root",
            ("20200101000000Z", "20950101000000Z"))
    }

    /// A server's certificate, signed by the intermediate, which is sent along.
    /// Valid from the first to the second time, written as `20200101000000Z`.
    package func server(
        _ name: String, names: String = "DNS:localhost,IP:127.0.0.1",
        validity: (String, String) = ("20200101000000Z", "20900101000000Z"), sendsIntermediate: Bool = true
    ) throws -> Server {
        let extensions = try folder.write("\(name).cnf", "subjectAltName=\(names)\nextendedKeyUsage=serverAuth\n")
        try sign(name, subject: name, extensions: extensions, by: "intermediate", validity)
        return Server(
            certificate: folder.file("\(name).pem"), key: folder.file("\(name).key"),
            chain: sendsIntermediate ? intermediate : nil)
    }

    package func selfSigned(_ name: String) throws -> Server {
        let extensions = try folder.write("\(name).cnf", "subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        try sign(name, subject: name, extensions: extensions, by: nil, ("20200101000000Z", "20900101000000Z"))
        return Server(certificate: folder.file("\(name).pem"), key: folder.file("\(name).key"), chain: nil)
    }

    private func key(_ name: String) throws {
        try ChildProcess.run([
            "openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", folder.file("\(name).key"),
        ])
    }

    /// Only the `ca` command of OpenSSL 3.0 can set both ends of the validity; it wants a configuration and a list of what it signed.
    private func sign(
        _ name: String, subject: String, extensions: String, by issuer: String?, _ validity: (String, String)
    ) throws {
        try key(name)
        let request = folder.file("\(name).csr")
        try ChildProcess.run([
            "openssl", "req", "-new", "-key", folder.file("\(name).key"), "-subj", "/CN=\(subject)", "-out", request,
        ])
        let settings = """
            [ca]
            default_ca=x
            [x]
            database=\(try folder.write("\(name).index", ""))
            new_certs_dir=\(folder.path)
            rand_serial=yes
            default_md=sha256
            policy=any
            [any]
            commonName=supplied

            """
        // Without an issuer it signs itself.
        let signer = issuer.map { ["-cert", folder.file("\($0).pem")] } ?? ["-selfsign"]
        try ChildProcess.run(
            [
                "openssl", "ca", "-batch", "-notext", "-config", try folder.write("\(name).ca", settings), "-in", request,
                "-keyfile", folder.file("\(issuer ?? name).key"), "-startdate", validity.0, "-enddate", validity.1, "-extfile",
                extensions, "-out", folder.file("\(name).pem"),
            ] + signer)
    }
}
