import CPostgres
import Glibc
import Model

/// One connection to a PostgreSQL server that never waits past its deadline. Used by one thread; closes itself.
///
/// libpq works on a non-blocking socket. It has no non-blocking way to cancel a query: past the deadline the socket is closed, and
/// the server's own `statement_timeout` ends what still runs there.
final class PostgresSession {
    private let connection: OpaquePointer
    private let target: PostgresTarget
    /// What came from the server for the present query, and in all before it.
    private var received = 0
    private var receivedBefore = 0
    /// What the server said when it refused the latest statement, with its hints: a line each.
    private(set) var refusal: String?

    /// A reply larger than this is no measurement; it bounds memory too, for libpq keeps a whole row.
    static let maximumBytes = 1 << 20
    /// The server gives up a little after us, so that the deadline has one meaning.
    private static let grace = Duration.milliseconds(100)

    /// Connects and logs in. Tries the addresses in turn, each with an equal share of the time; an answer of any of them, such as a
    /// wrong password, is final.
    static func open(
        _ target: PostgresTarget, _ run: BlockingRun, deadline: Uptime
    ) throws(Failure) -> (session: PostgresSession, connecting: Uptime) {
        var addresses: [SocketAddress] = []
        if !target.isLocal {
            addresses = try run.addresses(of: target.hostAddress ?? target.host, port: target.port, deadline: deadline)
        }
        let clock = run.clock
        let connecting = clock.now().uptime
        let hosts: [String?] = target.isLocal ? [nil] : addresses.map(\.host)
        var last = Failure(.nameResolution, "the name has no address")
        for (index, host) in hosts.enumerated() {
            let now = clock.now().uptime
            let share = now + (deadline - now) / (hosts.count - index)
            do throws(Failure) {
                return (try PostgresSession(target, hostAddress: host, deadline: share, clock), connecting)
            } catch {
                last = error
                guard error.reason == .connect || error.reason == .timeout else { break }
            }
        }
        throw last
    }

    private init(_ target: PostgresTarget, hostAddress: String?, deadline: Uptime, _ clock: any Clock) throws(Failure) {
        self.target = target
        var words = target.parameters.map { ($0.name, $0.value.reveal()) }
        if let hostAddress { words.append(("hostaddr", hostAddress)) }
        var keywords = words.map { UnsafePointer(strdup($0.0)) }
        var values = words.map { UnsafePointer(strdup($0.1)) }
        keywords.append(nil)
        values.append(nil)
        defer { (keywords + values).forEach { free(UnsafeMutablePointer(mutating: $0)) } }
        guard let connection = PQconnectStartParams(keywords, values, 0) else {
            throw Failure(.setup, "no memory for a connection")
        }
        self.connection = connection
        // A small window, so that a large row is noticed before much of it is in memory.
        var window: Int32 = 65_536
        setsockopt(PQsocket(connection), SOL_SOCKET, SO_RCVBUF, &window, socklen_t(MemoryLayout<Int32>.size))
        PQsetNoticeProcessor(connection, { _, _ in }, nil)
        // With the code of the error, which tells a wrong password from a full server.
        PQsetErrorVerbosity(connection, PQERRORS_VERBOSE)
        try connect(deadline: deadline, clock)
        guard PQsetnonblocking(connection, 1) == 0 else { throw failure(.setup) }
    }

    deinit { PQfinish(connection) }

    var isEncrypted: Bool { PQsslInUse(connection) == 1 }

    /// Where the session goes, in digits: `10.0.0.1:5432`. Empty for a Unix socket.
    var address: String {
        guard !target.isLocal, let host = PQhostaddr(connection).map({ String(cString: $0) }), !host.isEmpty else { return "" }
        return "\(host.contains(":") ? "[\(host)]" : host):\(target.port)"
    }

    /// `PostgreSQL 15.6`
    var server: String {
        let version = PQparameterStatus(connection, "server_version").map { String(cString: $0) }
        return version.map { "PostgreSQL \(oneLine($0, limit: 60))" } ?? ""
    }

    /// `TLSv1.3, TLS_AES_256_GCM_SHA384`, or `not encrypted`.
    var encryption: String {
        guard isEncrypted else { return "not encrypted" }
        let names: [String] = ["protocol", "cipher"]
        return names.compactMap { PQsslAttribute(connection, $0).map { String(cString: $0) } }.joined(separator: ", ")
    }

    private func connect(deadline: Uptime, _ clock: any Clock) throws(Failure) {
        var next = PGRES_POLLING_WRITING
        var phase = PQstatus(connection)
        if phase == CONNECTION_BAD { throw connectFailure(phase) }
        while next != PGRES_POLLING_OK {
            let events = next == PGRES_POLLING_READING ? POLLIN : POLLOUT
            guard Connection.wait(PQsocket(connection), for: events, until: deadline, clock) else {
                throw Failure(.timeout, "no session with \(target.address) before the deadline: \(waiting(phase))")
            }
            next = PQconnectPoll(connection)
            if next == PGRES_POLLING_FAILED { throw connectFailure(phase) }
            phase = PQstatus(connection)
        }
    }

    private func waiting(_ phase: ConnStatusType) -> String {
        switch phase {
        case CONNECTION_STARTED: "it does not answer"
        case CONNECTION_SSL_STARTUP: "it took the connection, TLS did not start"
        default: "it took the connection, the login did not end"
        }
    }

    /// Runs one statement in a transaction of its own that can only read, and reads its whole reply.
    func query(_ sql: String, deadline: Uptime, _ clock: any Clock) throws(Failure) -> PostgresRows {
        let rest = max(deadline - clock.now().uptime, .zero) + PostgresSession.grace
        let end = PQtransactionStatus(connection) == PQTRANS_IDLE ? "" : "ROLLBACK; "
        let begin =
            "\(end)BEGIN READ ONLY; SET LOCAL statement_timeout = \(rest.microseconds / 1000); SET LOCAL DateStyle = 'ISO'"
        guard PQsendQuery(connection, begin) == 1 else { throw failure(.connect) }
        _ = try reply(deadline: deadline, clock)
        // One statement only, in the extended protocol: text after a semicolon is an error of the server's.
        guard PQsendQueryParams(connection, sql, 0, nil, nil, nil, nil, 0) == 1, PQsetSingleRowMode(connection) == 1 else {
            throw failure(.connect)
        }
        return try reply(deadline: deadline, clock)
    }

    private func reply(deadline: Uptime, _ clock: any Clock) throws(Failure) -> PostgresRows {
        received = 0
        receivedBefore = receivedBytes() ?? 0
        try flush(deadline: deadline, clock)
        var rows = PostgresRows()
        var wrong: Failure?
        while true {
            while PQisBusy(connection) == 1 { try receive(deadline: deadline, clock) }
            guard let result = PQgetResult(connection) else { break }
            defer { PQclear(result) }
            switch PQresultStatus(result) {
            case PGRES_SINGLE_TUPLE: rows.add(result)
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK: continue
            case PGRES_EMPTY_QUERY: wrong = wrong ?? Failure(.query, "the query is empty")
            case PGRES_COPY_OUT, PGRES_COPY_IN, PGRES_COPY_BOTH: throw Failure(.query, "COPY is no query that a probe can make")
            default: wrong = wrong ?? failure(of: result)
            }
        }
        if let wrong { throw wrong }
        guard rows.bytes <= PostgresSession.maximumBytes else { throw PostgresSession.tooLarge }
        return rows
    }

    private func flush(deadline: Uptime, _ clock: any Clock) throws(Failure) {
        while true {
            let code = PQflush(connection)
            if code == 0 { return }
            guard code > 0 else { throw failure(.connect) }
            guard Connection.wait(PQsocket(connection), for: POLLIN | POLLOUT, until: deadline, clock) else {
                throw Failure(.timeout, "\(target.address) did not take the query before the deadline")
            }
            guard PQconsumeInput(connection) == 1 else { throw failure(.connect) }
        }
    }

    private func receive(deadline: Uptime, _ clock: any Clock) throws(Failure) {
        guard Connection.wait(PQsocket(connection), for: POLLIN, until: deadline, clock) else {
            throw Failure(.timeout, "the query at \(target.address) did not end before the deadline")
        }
        received += try waitingBytes()
        guard PQconsumeInput(connection) == 1 else { throw failure(.connect) }
        // libpq reads on as long as something comes, so that what was waiting can be little of what it read.
        if let total = receivedBytes() { received = max(received, total - receivedBefore) }
        guard received <= PostgresSession.maximumBytes else { throw PostgresSession.tooLarge }
    }

    private func waitingBytes() throws(Failure) -> Int {
        var waiting: Int32 = 0
        guard ioctl(PQsocket(connection), UInt(FIONREAD), &waiting) == 0 else {
            throw Failure(.setup, "ioctl FIONREAD: \(errorText(errno))")
        }
        return Int(waiting)
    }

    /// What TCP has received since it connected; nil for a Unix socket.
    private func receivedBytes() -> Int? {
        // tcpi_bytes_received of Linux's struct tcp_info, which the C library's header does not reach.
        let offset = 128
        var info = [UInt8](repeating: 0, count: 256)
        var size = socklen_t(info.count)
        guard getsockopt(PQsocket(connection), Int32(IPPROTO_TCP), TCP_INFO, &info, &size) == 0, size >= offset + 8 else {
            return nil
        }
        return info.withUnsafeBytes { Int(truncatingIfNeeded: $0.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) }
    }

    static let tooLarge = Failure(.tooLarge, "the reply to the query is larger than 1MiB")
}

// What went wrong, without the password.
extension PostgresSession {
    private func connectFailure(_ phase: ConnStatusType) -> Failure {
        let message = String(cString: PQerrorMessage(connection))
        if let (code, sentence) = sqlError(message) {
            return Failure(code.hasPrefix("28") ? .authentication : .connect, "\(clean(sentence)) (\(code))")
        }
        let reason: FailureReason =
            if PQconnectionNeedsPassword(connection) == 1 {
                .authentication
            } else if phase == CONNECTION_SSL_STARTUP {
                .tls
            } else {
                .connect
            }
        return Failure(reason, "\(target.address): \(clean(lastPart(message)))")
    }

    private func failure(_ reason: FailureReason) -> Failure {
        let message = String(cString: PQerrorMessage(connection))
        if let (code, sentence) = sqlError(message) { return Failure(reason, "\(clean(sentence)) (\(code))") }
        return Failure(reason, "\(target.address): \(clean(lastPart(message)))")
    }

    private func failure(of result: OpaquePointer) -> Failure {
        func field(_ letter: Character) -> String? {
            PQresultErrorField(result, Int32(letter.asciiValue ?? 0)).map { String(cString: $0) }
        }
        guard let code = field("C"), let sentence = field("M") else { return failure(.connect) }
        let fields: [(String, Character)] = [
            ("SQLSTATE", "C"), ("message", "M"), ("detail", "D"), ("hint", "H"), ("position", "P"), ("table", "t"),
        ]
        refusal = fields.compactMap { name, letter in field(letter).map { "\(name): \(clean($0))" } }.joined(separator: "\n")
        let reason: FailureReason =
            switch code.prefix(2) {
            case "28": .authentication
            case "08": .connect
            // The server was stopped, or is about to be.
            case "57" where code.hasPrefix("57P"): .connect
            default: .query
            }
        return Failure(reason, "\(clean(sentence)) (\(code))")
    }

    private func clean(_ sentence: String) -> String {
        oneLine(replacing(target.password.reveal(), in: sentence, with: Secret.mask), limit: 200)
    }
}

/// The code and the sentence of an error in libpq's verbose form, `FATAL:  28P01: password authentication failed …`.
func sqlError(_ message: String) -> (code: String, sentence: String)? {
    for line in message.split(separator: "\n") {
        guard let start = line.firstRange(of: ":  ")?.upperBound else { continue }
        let rest = line[start...]
        let code = rest.prefix(5)
        guard code.count == 5, code.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) }),
            rest.dropFirst(5).hasPrefix(": ")
        else { continue }
        return (String(code), String(rest.dropFirst(7)))
    }
    return nil
}

/// The first line of libpq's message, after "connection to server at … failed: ".
func lastPart(_ message: String) -> String {
    let line = message.split(separator: "\n").first.map(String.init) ?? "no reason given"
    guard let range = line.firstRange(of: " failed: ") else { return line }
    return String(line[range.upperBound...])
}

/// Every occurrence of a text; an empty one occurs nowhere.
func replacing(_ secret: String, in text: String, with mask: String) -> String {
    guard !secret.isEmpty else { return text }
    var result = ""
    var rest = text[...]
    while let range = rest.firstRange(of: secret) {
        result += rest[..<range.lowerBound] + mask
        rest = rest[range.upperBound...]
    }
    return result + rest
}
