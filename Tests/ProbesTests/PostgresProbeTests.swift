import Glibc
import Model
import Support
import Testing

@testable import Probes

/// One server for all suites.
let cluster = Result { try PostgresCluster() }

func testTarget(
    _ more: String = "", user: String = "tester", password: String = PostgresCluster.password
) throws -> PostgresTarget {
    let port = try cluster.get().port
    return try PostgresTarget(
        Secret("postgresql://\(user):\(password)@127.0.0.1:\(port)/postgres\(more)"), caFile: nil)
}

@Suite("PostgreSQL probe against a real server")
struct PostgresProbeTests {
    private func run(
        _ target: PostgresTarget, _ query: String?, scalar: String? = nil, rows: String? = nil, timeout: Duration = .seconds(10)
    ) -> Measured {
        let probe = PostgresProbe(
            target: target, query: query, expectedScalar: scalar.map { Expected($0) }, expectedRows: rows.map { Expected($0) },
            timeout: timeout)
        return probe.measure(testRun(timeout: timeout))
    }

    @Test("A login without a query")
    func login() throws {
        let measured = run(try testTarget(), nil)
        #expect(measured.failure == nil)
        #expect(measured.samples.map(\.name) == ["connect_duration", "encrypted", "duration"])
        #expect(value("encrypted", measured) == 0)
    }

    @Test("Through a Unix socket, in the form of keys and values")
    func unixSocket() throws {
        let cluster = try cluster.get()
        let target = try PostgresTarget(
            Secret("host=\(cluster.socketFolder) port=\(cluster.port) user=owner dbname=postgres"), caFile: nil)
        #expect(run(target, "select 1", scalar: "1").failure == nil)
    }

    @Test("A server's name is tried at each of its addresses")
    func named() throws {
        let port = try cluster.get().port
        let target = try PostgresTarget(Secret("host=localhost port=\(port) user=owner dbname=postgres"), caFile: nil)
        #expect(run(target, "select 1", scalar: "1").failure == nil)
    }

    @Test(
        "A query's answer, and what was expected of it",
        arguments: [
            ("select 1", "1", nil, nil, 1.0), ("select 1.5::numeric", "> 1", nil, nil, 1.5),
            ("select true", "true", nil, nil, 1.0),
            ("select 'ok'", "ok", nil, nil, nil), ("select 'ok' union all select 'no'", "ok", "2", nil, nil),
            ("select 0", "> 0", nil, "the query gave 0, expected > 0", 0.0),
            ("select 'down'", "ok", nil, "the query gave \"down\", expected \"ok\"", nil),
            ("select null", "1", nil, "the query gave null, expected 1", nil),
            ("select 1 where false", "1", nil, "the query gave no row, expected 1", nil),
            ("select 1 where false", nil, "== 0", nil, nil),
            ("select generate_series(1, 3)", "2", "< 3", "3 rows, expected < 3; the query gave 1, expected 2", 1.0),
            ("select 'NaN'::float8", "> 0", nil, "the query gave \"NaN\", expected > 0", nil),
        ] as [(String, String?, String?, String?, Double?)])
    func answers(_ query: String, _ scalar: String?, _ rows: String?, _ wrong: String?, _ sample: Double?) throws {
        let measured = run(try testTarget(), query, scalar: scalar, rows: rows)
        #expect(measured.failure == wrong.map { Failure(.expectation, $0) })
        #expect(value("scalar", measured) == sample)
        #expect(value("duration", measured) != nil)
    }

    @Test(
        "What the server refuses",
        arguments: [
            ("select * from nothing", "relation \"nothing\" does not exist (42P01)"),
            ("select 1; select 2", "cannot insert multiple commands into a prepared statement (42601)"),
            ("create table t (a int)", "cannot execute CREATE TABLE in a read-only transaction (25006)"),
            ("", "the query is empty"), ("copy (select 1) to stdout", "COPY is no query that a probe can make"),
            ("select 1/0", "division by zero (22012)"),
        ])
    func refused(_ query: String, _ detail: String) throws {
        #expect(run(try testTarget(), query).failure == Failure(.query, detail))
    }

    @Test("A wrong password, and no password")
    func authentication() throws {
        #expect(
            run(try testTarget(password: "wrong"), "select 1").numbers
                == .failed(.authentication, "password authentication failed for user \"tester\" (28P01)"))
        let port = try cluster.get().port
        let target = try PostgresTarget(
            Secret("host=127.0.0.1 port=\(port) user=tester dbname=postgres passfile=/nowhere"), caFile: nil)
        #expect(
            run(target, nil).numbers == .failed(.authentication, "127.0.0.1:\(port)/postgres: fe_sendauth: no password supplied"))
        #expect(
            run(try testTarget(user: "stranger"), nil).failure?.detail
                == "no pg_hba.conf entry for host \"127.0.0.1\", user \"stranger\", database \"postgres\", no encryption (28000)"
        )
    }

    @Test("A database that does not exist")
    func noDatabase() throws {
        let port = try cluster.get().port
        let target = try PostgresTarget(Secret("host=127.0.0.1 port=\(port) user=owner dbname=nowhere"), caFile: nil)
        #expect(run(target, nil).numbers == .failed(.connect, "database \"nowhere\" does not exist (3D000)"))
    }

    @Test("The server's words never hold the password")
    func redacted() throws {
        let measured = run(try testTarget(), "select '\(PostgresCluster.password)'::int")
        #expect(measured.failure == Failure(.query, "invalid input syntax for type integer: \"••••\" (22P02)"))
        #expect(try !testTarget().address.contains(PostgresCluster.password))
        #expect(try !"\(testTarget())".contains(PostgresCluster.password))
    }

    @Test("A server without TLS where TLS is required")
    func tlsRefused() throws {
        let target = try testTarget("?sslmode=require")
        #expect(
            run(target, nil).numbers
                == .failed(.tls, "\(target.address): server does not support SSL, but SSL was required"))
    }

    @Test("A port where nobody listens")
    func connectionRefused() throws {
        let port = try FreePort.find()
        let target = try PostgresTarget(Secret("host=127.0.0.1 port=\(port) user=owner dbname=postgres"), caFile: nil)
        #expect(run(target, nil).numbers == .failed(.connect, "127.0.0.1:\(port)/postgres: Connection refused"))
    }

    @Test("A query that hangs ends at the deadline")
    func hangs() throws {
        let target = try testTarget()
        let measured = measureTimely(.milliseconds(500)) { run(target, "select pg_sleep(30)", timeout: .milliseconds(500)) }
        #expect(measured.failure == Failure(.timeout, "the query at \(target.address) did not end before the deadline (500ms)"))
        #expect(measured.samples.contains(Sample("duration", 0.5, isCensored: true)))
    }

    @Test("A server that takes the connection and says nothing")
    func silence() throws {
        let listener = try FreePort.listen(backlog: 4)
        defer { close(listener) }
        let port = try FreePort.port(of: listener)
        let target = try PostgresTarget(Secret("host=127.0.0.1 port=\(port) user=a dbname=b sslmode=disable"), caFile: nil)
        let measured = measureTimely(.milliseconds(300)) { run(target, nil, timeout: .milliseconds(300)) }
        #expect(
            measured.failure
                == Failure(
                    .timeout,
                    "no session with 127.0.0.1:\(port)/b before the deadline: it took the connection, the login did not end (300ms)"
                ))
    }

    @Test("A connect_timeout is a failed connection, not a slow run")
    func connectTimeout() throws {
        let listener = try FreePort.listen(backlog: 4)
        defer { close(listener) }
        let port = try FreePort.port(of: listener)
        let target = try PostgresTarget(Secret("host=127.0.0.1 port=\(port) user=a dbname=b"), caFile: nil)
        let probe = PostgresProbe(target: target, connectTimeout: .milliseconds(100), timeout: .seconds(10))
        #expect(
            probe.measure(testRun(timeout: .seconds(10))).numbers
                == .failed(.connect, "no session with 127.0.0.1:\(port)/b within its connect_timeout of 100ms"))
    }

    @Test("A row of 10 MB, and many rows, are not read to their end")
    func tooLarge() throws {
        let before = residentBytes()
        let row = run(try testTarget(), "select repeat('x', 10000000)")
        #expect(row.failure == Failure(.tooLarge, "the reply to the query is larger than 1MiB"))
        let rows = run(try testTarget(), "select repeat('x', 100) from generate_series(1, 10000000)")
        #expect(rows.failure == Failure(.tooLarge, "the reply to the query is larger than 1MiB"))
        #expect(residentBytes() - before < 8 << 20)
    }

    @Test("A server that is stopped in the middle of a query")
    func stopped() throws {
        let cluster = try cluster.get()
        let stopper = try ChildProcess(
            cluster.command(
                """
                do $$ begin for i in 1..2000 loop
                  if (select count(pg_terminate_backend(pid)) from pg_stat_activity where query = 'select pg_sleep(31)') > 0
                  then return; end if;
                  perform pg_sleep(0.005); perform pg_stat_clear_snapshot();
                end loop; end $$
                """))
        defer { stopper.end() }
        let measured = run(try testTarget(), "select pg_sleep(31)")
        #expect(measured.failure == Failure(.connect, "terminating connection due to administrator command (57P01)"))
    }

    @Test(
        "Connection strings that are refused, without repeating them",
        arguments: [
            ("hunter2", "it is neither postgresql://user:password@host:port/database nor \"host=… user=… dbname=…\""),
            ("dbname=x", "it names no host"), ("host=a,b dbname=x", "it names several hosts: a probe measures one"),
            ("host=a port=x", "its port is not a number from 1 to 65535"),
            (
                "postgresql://u@h/db?sslmode=yes",
                "its sslmode is none of disable, allow, prefer, require, verify-ca or verify-full"
            ),
        ])
    func wrongStrings(_ text: String, _ sentence: String) {
        #expect(throws: PostgresTarget.Wrong(sentence: sentence)) { try PostgresTarget(Secret(text), caFile: nil) }
    }

    @Test("A file of authorities asks for full verification")
    func authorities() throws {
        let target = try PostgresTarget(Secret("postgresql://u:p@db.example/x"), caFile: "/etc/ca.pem")
        #expect(target.parameters.first { $0.name == "sslmode" }?.value.reveal() == "verify-full")
        #expect(target.parameters.first { $0.name == "sslrootcert" }?.value.reveal() == "/etc/ca.pem")
        #expect(target.address == "db.example:5432/x")
    }
}

/// The memory of this process that is in RAM.
private func residentBytes() -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 128)
    fgets(&line, 128, file)
    return (Int(text(line).split(separator: " ")[1]) ?? 0) * 4096
}
