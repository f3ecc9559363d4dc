import Alerting
import Config
import Model
import Testing

@Suite("Links") struct LinkTests {
    private static func probe(_ keys: String) -> String {
        "probes: [{name: web, http: {url: 'http://127.0.0.1/'}, \(keys)}]"
    }

    @Test(
        "of a probe with one mistake are refused with one exact line",
        arguments: [
            WrittenLine(
                "no address", probe("runbook: wiki/web"),
                #"1:65: runbook: expected an address that starts with https:// or http://, got "wiki/web""#),
            WrittenLine(
                "a script", probe("dashboard: 'javascript:alert(1)'"),
                #"1:67: dashboard: expected an address that starts with https:// or http://, got "javascript:alert(1)""#),
            WrittenLine(
                "a space", probe("runbook: 'https://wiki/a b'"),
                "1:65: runbook: an address has at most 2000 bytes, and no spaces, quotes or letters outside ASCII"),
            WrittenLine(
                "no host", probe("runbook: 'https:///web'"),
                #"1:65: runbook: expected an address with a host and without a user, got "https:///web""#),
            WrittenLine(
                "a user", probe("runbook: 'https://ada:secret@wiki/'"),
                #"1:65: runbook: expected an address with a host and without a user, got "https://ada:secret@wiki/""#),
            WrittenLine(
                "a named one that is no address", probe("links: {Logs: kibana}"),
                #"1:64: links: expected an address that starts with https:// or http://, got "kibana""#),
            WrittenLine(
                "a name without end", probe("links: {\(String(repeating: "L", count: 41)): 'https://l/'}"),
                #"1:64: links: expected a name of one line, at most 40 bytes, got "\#(String(repeating: "L", count: 41))""#),
            WrittenLine(
                "two runbooks", probe("runbook: 'https://wiki/', links: {Runbook: 'https://wiki/2'}"),
                #"1:90: links: "Runbook" is the name of another link; write runbook once"#),
            WrittenLine(
                "too many",
                probe("links: {" + (1...7).map { "L\($0): 'https://l/\($0)'" }.joined(separator: ", ") + "}"),
                "1:63: links: at most 6 with runbook and dashboard, got 7"),
            WrittenLine(
                "a misspelt key", probe("runbok: 'https://wiki/'"), #"1:56: unknown key "runbok"; did you mean "runbook"?"#),
        ])
    func refused(_ row: WrittenLine) {
        #expect(row.refusalOfProbes() == ["probes.d/a.yaml:" + row.message])
    }

    @Test("are those of the file and the probe's own, which go first and before those of the same name") func merged() throws {
        let probes = """
            defaults: {runbook: "https://wiki/all", dashboard: "https://grafana/all", links: {Logs: "https://logs/"}}
            probes:
              - {name: a, http: {url: "http://127.0.0.1/"}}
              - {name: b, http: {url: "http://127.0.0.1/"}, runbook: "https://wiki/b", links: {Traces: "https://traces/"}}

            """
        let files = MemoryFiles(files: ["monitord.yaml": WrittenLine.good, "probes.d/a.yaml": probes])
        let specs = try files.read().get().probes.map(\.spec)
        #expect(specs[0].links.map(\.text) == ["Runbook", "Dashboard", "Logs"])
        #expect(
            specs[1].links == [
                Notification.Link("Runbook", "https://wiki/b"), Notification.Link("Traces", "https://traces/"),
                Notification.Link("Dashboard", "https://grafana/all"), Notification.Link("Logs", "https://logs/"),
            ])
    }

    // MARK: public_url

    @Test(
        "to this monitord with one mistake are refused with one exact line",
        arguments: [
            WrittenLine(
                "no address", "public_url: ops.example.com",
                #"6:13: public_url: expected an address that starts with https:// or http://, got "ops.example.com""#),
            WrittenLine(
                "a query", "public_url: 'https://ops.example.com/?a=b'",
                "6:13: public_url: the address ends before ? and #, for paths are added to it"),
            WrittenLine(
                "a fragment", "public_url: 'https://ops.example.com/#top'",
                "6:13: public_url: the address ends before ? and #, for paths are added to it"),
            WrittenLine(
                "a user", "public_url: 'https://ada@ops.example.com'",
                #"6:13: public_url: expected an address with a host and without a user, got "https://ada@ops.example.com""#),
        ])
    func refusedAddress(_ row: WrittenLine) {
        #expect(row.refusal() == ["monitord.yaml:" + row.message])
    }

    @Test("to this monitord are made from an address without the slash at its end; one in clear is a warning") func address()
        throws
    {
        for (written, address, warnings) in [
            ("https://ops.example.com/monitord/", "https://ops.example.com/monitord", []),
            ("http://127.0.0.1:9876", "http://127.0.0.1:9876", []), ("http://[::1]:9876", "http://[::1]:9876", []),
            (
                "http://ops.example.com", "http://ops.example.com",
                [
                    "monitord.yaml:6:13: public_url: over http:// whoever sees the traffic can acknowledge incidents; use https://"
                ]
            ),
        ] as [(String, String, [String])] {
            let row = WrittenLine("", "public_url: \"\(written)\"", "")
            #expect(try row.warnings() == warnings)
            let files = MemoryFiles(files: ["monitord.yaml": row.main, "probes.d/a.yaml": WrittenLine.probes])
            #expect(try files.read().get().alerting.publicURL == address)
        }
    }

    @Test("of PagerDuty's webhooks need a secret that is at hand") func hook() throws {
        let channels =
            "channels: {chat: {slack: {webhook_url: {env: HOOK}}}, pager: {pagerduty: {routing_key: {env: ROUTING_KEY}, "
        let plain = WrittenLine("", channels + "webhook_secret: hunter2}}}", "")
        #expect(
            plain.refusal() == [
                "monitord.yaml:1:124: webhook_secret: a secret does not stand in the file itself; write \(secretForms)"
            ])
        let row = WrittenLine("", channels + "webhook_secret: {env: TOKEN}}}}", "")
        #expect(row.refusal() == [])
    }
}
