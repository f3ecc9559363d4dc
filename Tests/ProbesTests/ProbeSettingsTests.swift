import Model
import Settings
import Testing

@testable import Probes

/// Reads the mapping of a probe of the kind; the probe, and the problems as people see them.
private func read<P: Probe>(_ kind: P.Type, _ text: String) -> (probe: P?, problems: [String]) {
    let context = SettingsContext(
        environment: {
            ["TOKEN": "s3cret", "URL": "https://hooks.example.com/T0/s3cret", "DSN": "postgresql://u:s3cret@db/shop"][$0]
        },
        readFile: { $0 == "/etc/monitord/ca.pem" ? .success("") : .failure(SettingsFileError("no such file")) },
        folder: "/etc/monitord")
    let problems = Problems()
    guard let fields = SettingsFile.parse(text: text, path: "a.yaml", context: context, problems: problems) else {
        return (nil, problems.all.map(\.description))
    }
    let probe = P(fields, timeout: .seconds(5))
    fields.close(isComplete: probe != nil)
    return (probe, problems.all.map(\.description))
}

@Suite("Settings of probes")
struct ProbeSettingsTests {
    @Test("An http probe with every key")
    func http() throws {
        let (probe, problems) = read(
            HTTPProbe.self,
            """
            url: https://user:s3cret@api.example.com/health?token=s3cret
            method: PUT
            headers: {X-Api-Key: {env: TOKEN}, Accept: application/json}
            body: ping
            basic_auth: {user: Aladdin, password: {env: TOKEN}}
            follow_redirects: false
            ca_file: ca.pem
            insecure_skip_verify: true
            max_body: 4KiB
            expect:
              status: [200, 2xx]
              body_contains: pong
              header: {Content-Type: json}
              json: {$.status: ok, "$.queues[0].depth": "< 10", $.ready: true}
            samples: {depth: "$.queues[0].depth"}
            """)
        #expect(problems == [])
        let http = try #require(probe)
        #expect(http.address == "https://api.example.com/health")
        #expect(http.request.method == "PUT")
        #expect(http.request.headers.map(\.name) == ["X-Api-Key", "Accept", "Authorization"])
        #expect(http.request.headers.map { $0.value.reveal() } == ["s3cret", "application/json", "Basic QWxhZGRpbjpzM2NyZXQ="])
        #expect(http.request.body == Array("ping".utf8))
        #expect(http.request.maxRedirects == 0)
        #expect(http.request.maxBodyBytes == 4096)
        #expect(http.request.tls == TLSOptions(caFile: "/etc/monitord/ca.pem", verifies: false))
        #expect(http.request.isFresh && http.request.wantsCertificates)
        #expect(http.request.timeout == .seconds(5))
        #expect(http.expectation.statuses == [.exactly(200), .class(2)])
        #expect(
            http.expectation.json.map { "\($0.path) \($0.expected)" } == [
                "$.status \"ok\"", "$.queues[0].depth < 10", "$.ready true",
            ])
        #expect(http.expectation.jsonSamples.map(\.name) == ["depth"])
    }

    @Test("An http probe with nothing but an address")
    func plain() throws {
        let (probe, problems) = read(HTTPProbe.self, "url: http://127.0.0.1:81\nexpect: {status: 204}\n")
        #expect(problems == [])
        let http = try #require(probe)
        #expect(http.address == "http://127.0.0.1:81/")
        #expect(http.request == HTTPRequest(url: Secret("http://127.0.0.1:81"), timeout: .seconds(5), maxRedirects: 5))
        #expect(http.expectation.statuses == [.exactly(204)])
    }

    @Test("Of an address that is a secret only the server is shown")
    func secretAddress() {
        #expect(read(HTTPProbe.self, "url: {env: URL}").probe?.address == "https://hooks.example.com/")
    }

    @Test("What is wrong with an http probe is told at its place, all at once")
    func httpProblems() {
        let (probe, problems) = read(
            HTTPProbe.self,
            """
            url: ftp://host/
            method: get
            headers: {"X Y": a, X-Z: "a\\r\\nb", Authorization: c}
            basic_auth: {user: "a:b", password: {env: TOKEN}}
            ca_file: other.pem
            max_body: 1GiB
            expect:
              status: [99, 2x]
              json: {status: ok, "$.a[-1]": 1}
            samples: {Queue Depth: $.a}
            """)
        #expect(probe == nil)
        #expect(
            problems == [
                "a.yaml:1:6: url: an address starts with http:// or https://",
                "a.yaml:2:9: method: a method is in capital letters, such as GET or HEAD",
                "a.yaml:3:10: headers: \"X Y\" is no name of a header",
                "a.yaml:3:10: headers: the value of header X-Z has a line end or another control character",
                "a.yaml:4:13: basic_auth and a header Authorization exclude each other",
                "a.yaml:4:20: user: a user's name has no colon",
                "a.yaml:5:10: ca_file: cannot read /etc/monitord/other.pem: no such file",
                "a.yaml:6:11: max_body: expected a size from 1B to 64MiB, got \"1GiB\"",
                "a.yaml:8:11: status: expected 100 to 599, or a class such as 2xx, got \"99\"",
                "a.yaml:8:11: status: expected 100 to 599, or a class such as 2xx, got \"2x\"",
                "a.yaml:9:10: json: status: a path starts with $, as in $.status",
                "a.yaml:9:22: json: $.a[-1]: an index counts from 0; negative ones are not supported",
                "a.yaml:10:11: samples: a name has small letters, digits and _, got \"Queue Depth\"",
            ])
    }

    @Test("A tls probe")
    func tls() throws {
        let (probe, problems) = read(
            TLSProbe.self, "host: api.example.com\nport: 8443\nserver_name: api\nca_file: ca.pem\nmin_version: 1.3\n")
        #expect(problems == [])
        #expect(probe?.address == "api.example.com:8443 as api")
        #expect(probe?.minimum == .tls13)
        #expect(read(TLSProbe.self, "host: ::1").probe?.address == "[::1]:443")
        #expect(
            read(TLSProbe.self, "host: https://api.example.com\nmin_version: 2\nport: 0\n").problems == [
                "a.yaml:1:7: host: expected a name or an address, without scheme, port and path, got \"https://api.example.com\"",
                "a.yaml:3:7: port: expected a whole number from 1 to 65535, got \"0\"",
                "a.yaml:2:14: min_version: expected 1.0, 1.1, 1.2 or 1.3, got \"2\"",
            ])
    }

    @Test("A postgres probe")
    func postgres() {
        let (probe, problems) = read(
            PostgresProbe.self, "dsn: {env: DSN}\nquery: select 1\nexpect: {scalar: 1, rows: \"> 0\"}\nconnect_timeout: 2s\n")
        #expect(problems == [])
        #expect(probe?.address == "db:5432/shop")
        #expect(probe?.expectedScalar == Expected("1"))
        #expect(
            read(PostgresProbe.self, "dsn: s3cret\nexpect: {scalar: 1}\nconnect_timeout: 6s\n").problems == [
                "a.yaml:1:6: dsn: it is neither postgresql://user:password@host:port/database nor \"host=… user=… dbname=…\"",
                "a.yaml:3:18: connect_timeout: expected a duration from 1ms to 5s, got \"6s\"",
                "a.yaml:2:9: expect: there is nothing to expect without a query",
            ])
    }

    @Test("A quality probe")
    func quality() {
        let (probe, problems) = read(
            QualityProbe.self,
            """
            dsn: {env: DSN}
            checks:
              completeness: {weight: 3, sql: select 1}
              freshness: {weight: 2, sql: select now(), max_age: 26h}
              volume: {sql: select 5, min: 1, max: 10}
            """)
        #expect(problems == [])
        #expect(
            probe?.checks == [
                QualityCheck(name: "completeness", weight: 3, sql: "select 1", judge: .ratio),
                QualityCheck(name: "freshness", weight: 2, sql: "select now()", judge: .age(.seconds(26 * 3600))),
                QualityCheck(name: "volume", weight: 1, sql: "select 5", judge: .limits(minimum: 1, maximum: 10)),
            ])
        #expect(
            read(
                QualityProbe.self,
                """
                dsn: {env: DSN}
                checks:
                  Total: {sql: select 1, weight: 0}
                  a: {max_age: 1h, min: 2, max: 1, wieght: 2}
                """
            ).problems == [
                "a.yaml:3:10: checks: a name has small letters, digits and _, got \"Total\"",
                "a.yaml:3:34: weight: expected a number above 0",
                "a.yaml:4:6: sql is missing: expected a text",
                "a.yaml:4:16: max_age is for times, min and max are for numbers: not both",
                "a.yaml:4:25: min: expected no more than max",
                "a.yaml:4:36: unknown key \"wieght\"; did you mean \"weight\"?",
            ])
        #expect(
            read(QualityProbe.self, "dsn: {env: DSN}\nchecks: {}\n").problems
                == ["a.yaml:2:9: checks: expected 1 to 50 of them"])
    }

    @Test("The catalog's kinds and samples are names that rules can hold")
    func catalog() {
        #expect(ProbeCatalog.all.map { $0.kind } == ["http", "tls", "postgres", "quality"])
        for probe in ProbeCatalog.all {
            #expect(probe.samples.allSatisfy { isSampleName($0.last == "*" ? String($0.dropLast()) : $0) })
            #expect(Set(probe.samples).count == probe.samples.count)
        }
    }
}
