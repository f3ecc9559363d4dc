import Glibc

/// A PostgreSQL server of the tests' own on 127.0.0.1, in a temporary folder; it ends with the test process, however that ends.
package final class PostgresCluster: Sendable {
    package let port: Int
    /// The folder of its Unix socket.
    package let socketFolder: String
    private let server: ChildProcess

    /// The password of the user `tester`, whom TCP connections ask for it.
    package static let password = "hunter2-tester"

    /// Makes a cluster and waits until it answers. The server refuses to run as root, so root runs it as `postgres`.
    package init() throws {
        let programs = "/usr/lib/postgresql/15/bin"
        let prefix =
            getuid() == 0 ? ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : []
        var template = Array("/tmp/monitord-postgres-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw ChildProcess.Failed(description: "mkdtemp: error \(errno)") }
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        if getuid() == 0 { try ChildProcess.run(["chown", "postgres:postgres", folder]) }
        socketFolder = folder
        let data = "\(folder)/data"
        try ChildProcess.run(
            prefix + ["\(programs)/initdb", "-D", data, "-U", "owner", "--auth=trust", "--no-sync", "--locale=C", "-E", "UTF8"])
        let rules = "local all all trust\nhost all tester 127.0.0.1/32 scram-sha-256\nhost all owner 127.0.0.1/32 trust\n"
        guard let file = fopen("\(data)/pg_hba.conf", "w"), fputs(rules, file) >= 0, fclose(file) == 0 else {
            throw ChildProcess.Failed(description: "pg_hba.conf: error \(errno)")
        }
        port = try FreePort.find()
        server = try ChildProcess(
            prefix + [
                "\(programs)/postgres", "-D", data, "-p", "\(port)", "-c", "listen_addresses=127.0.0.1", "-c",
                "unix_socket_directories=\(folder)", "-c", "fsync=off", "-c", "ssl=off", "-c", "max_connections=40",
            ], signal: "QUIT", removing: folder)
        try FreePort.waitForListener(port)
        for _ in 0..<2000 {
            do {
                try sql("select 1")
                try sql("create role tester login password '\(PostgresCluster.password)'")
                return
            } catch {
                // It starts up: it listens before it lets anybody in.
                poll(nil, 0, 5)
            }
        }
        throw ChildProcess.Failed(description: "PostgreSQL did not start")
    }

    /// Runs a statement as the owner.
    package func sql(_ statement: String) throws { try ChildProcess.run(command(statement)) }

    /// What runs a statement as the owner.
    package func command(_ statement: String) -> [String] {
        [
            "/usr/lib/postgresql/15/bin/psql", "-h", socketFolder, "-p", "\(port)", "-U", "owner", "-d", "postgres", "-v",
            "ON_ERROR_STOP=1", "-qc", statement,
        ]
    }
}
