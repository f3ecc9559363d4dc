import CPostgres
import Model

/// Where a PostgreSQL server is and how to log in there, taken from a connection string.
struct PostgresTarget: Sendable, Hashable {
    /// A name, an address in digits, or the folder of a Unix socket.
    var host: String
    /// What to connect to instead of the host's addresses.
    var hostAddress: String?
    var port: Int
    var database: String
    var password: Secret
    /// Every parameter for libpq, the host's address excepted.
    var parameters: [Header]
    /// What must not be seen of what the server says.
    var redaction = Redaction()

    /// `host:port/database`.
    var address: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)/\(database)" }

    var isLocal: Bool { host.hasPrefix("/") || host.hasPrefix("@") }
}

extension PostgresTarget {
    struct Wrong: Error, Hashable {
        /// What is wrong; it repeats nothing of the connection string.
        var sentence: String
    }

    /// Reads `postgresql://user:password@host:port/database?sslmode=…` or `host=… dbname=…`. With a file of authorities and no
    /// `sslmode` the server's certificate is verified in full. What is left out libpq takes from `PG…` variables, as psql does.
    init(_ connectionString: Secret, caFile: String?) throws(Wrong) {
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(connectionString.reveal(), &message) else {
            // libpq's message can repeat a part of the password.
            PQfreemem(message)
            throw Wrong(
                sentence: "it is neither postgresql://user:password@host:port/database nor \"host=… user=… dbname=…\"")
        }
        defer { PQconninfoFree(options) }
        var found: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { found[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        guard let host = found["host"] ?? found["hostaddr"], !host.isEmpty else { throw Wrong(sentence: "it names no host") }
        guard !host.contains(",") else { throw Wrong(sentence: "it names several hosts: a probe measures one") }
        guard let port = Int(found["port"] ?? "5432"), (1...65_535).contains(port) else {
            throw Wrong(sentence: "its port is not a number from 1 to 65535")
        }
        let modes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]
        if let mode = found["sslmode"], !modes.contains(mode) {
            throw Wrong(sentence: "its sslmode is none of \(anyOf(modes))")
        }
        self.host = host
        self.port = port
        hostAddress = found["hostaddr"]
        database = found["dbname"] ?? found["user"] ?? ""
        password = Secret(found["password"] ?? "")
        if let caFile {
            found["sslrootcert"] = caFile
            found["sslmode"] = found["sslmode"] ?? "verify-full"
        }
        found["application_name"] = found["application_name"] ?? "monitord"
        // Asking for Kerberos first costs a round trip.
        found["gssencmode"] = "disable"
        found["hostaddr"] = nil
        parameters = found.sorted { $0.key < $1.key }.map { Header($0.key, $0.value) }
        for name in ["password", "sslpassword"] { if let secret = found[name] { redaction.hide(secret) } }
    }
}
