import Model
import Server
import Testing

@Suite(.serialized) struct CommandBodyTests {
    private static let db = [[Matcher("service", equals: "db")]]

    @Test func aBodyBecomesTheCommandThatItSays() async throws {
        let two = try [
            [Matcher("service", equals: "db")], [Matcher("host", .matches, "web-.*"), Matcher("env", .notEqual, "x")],
        ]
        let rows: [(path: String, body: String, command: Command)] = [
            ("ack", #"{"incident":"01K"}"#, .acknowledge(incident: "01K")),
            (
                "ack", #"{"incident":"01K","version":7,"for":"2h"}"#,
                .acknowledge(incident: "01K", version: 7, lasts: .seconds(7200))
            ),
            ("unack", #"{"incident":"01K","version":7}"#, .unacknowledge(incident: "01K", version: 7)),
            ("reroute", #"{"incident":"01K","version":7}"#, .reroute(incident: "01K", version: 7)),
            ("resolve", #"{"incident":"01K","version":7}"#, .resolve(incident: "01K", version: 7)),
            (
                "silence-add", #"{"matchers":["service=db"],"comment":"c"}"#,
                .addSilence(SilenceRequest(matchers: Self.db, comment: "c"))
            ),
            (
                "silence-add",
                #"{"matchers":[["service=db"],["host=~\"web-.*\"","env!=x"]],"start":"2026-03-29T02:00:00Z","#
                    + #""until":"2026-03-29T03:00:00+01:00","until_resolved":true,"comment":"c","author":"zoe"}"#,
                .addSilence(
                    SilenceRequest(
                        matchers: two, startsAt: Timestamp("2026-03-29T02:00:00Z"),
                        end: Timestamp("2026-03-29T02:00:00Z").map { .at($0) }, untilResolved: true, comment: "c",
                        author: "zoe"))
            ),
            ("silence-add", "{}", .addSilence(SilenceRequest(matchers: [], comment: ""))),
            (
                "silence-update",
                #"{"silence":"01K","matchers":["service=db"],"for":"30m","until_resolved":false,"comment":"d"}"#,
                .updateSilence(
                    "01K",
                    SilenceChange(matchers: Self.db, end: .after(.seconds(1800)), untilResolved: false, comment: "d"))
            ),
            ("silence-expire", #"{"silence":"01K"}"#, .endSilence("01K", .silence)),
            (
                "maintenance-start", #"{"matchers":["service=db"],"for":"1h","comment":"c"}"#,
                .addSilence(SilenceRequest(kind: .maintenance, matchers: Self.db, end: .after(.seconds(3600)), comment: "c"))
            ),
            ("maintenance-end", #"{"maintenance":"01K"}"#, .endSilence("01K", .maintenance)),
            (
                "override-add",
                #"{"schedule":"primary","person":"bob","start":"2026-03-29T02:00:00Z","for":"8h","comment":"c"}"#,
                .addOverride(
                    OverrideRequest(
                        schedule: "primary", person: "bob", startsAt: Timestamp("2026-03-29T02:00:00Z"),
                        end: .after(.seconds(28_800)), comment: "c"))
            ),
            (
                "deploy", #"{"version":"4.2","match":["service=api","environment=a=b"],"comment":"c"}"#,
                .deploy(DeployRequest(version: "4.2", labels: ["service": "api", "environment": "a=b"], comment: "c"))
            ),
            ("deploy", "{}", .deploy(DeployRequest(version: ""))),
            ("override-remove", #"{"override":"01K"}"#, .removeOverride("01K")),
        ]
        let scripted = ScriptedBackend()
        try await withServer(scripted, tcp: false) { addresses in
            for (index, row) in rows.enumerated() {
                let body = row.body == "{}" ? #"{"id":"id-\#(index)"}"# : #"{"id":"id-\#(index)","# + row.body.dropFirst()
                let reply = try await RawClient.local(addresses).send("POST", "/api/v1/commands/\(row.path)", body: body)
                #expect(reply.status == 200, "\(row.path) \(row.body): \(reply.body)")
            }
        }
        #expect(scripted.commands.map(\.command) == rows.map(\.command))
        #expect(scripted.ids == rows.indices.map { "id-\($0)" })
    }

    @Test func aBodyThatIsWrongIsRefusedWithASentence() async throws {
        let scripted = ScriptedBackend()
        let rows: [(path: String, body: String, sentence: String)] = [
            ("reload", #"{"now":true}"#, "There is no key now; this command takes id."),
            (
                "ack", #"{"incident":"01K","by":"me"}"#,
                "There is no key by; this command takes incident, version, for, author, comment, id."
            ),
            ("ack", #"{"incident":"01K","version":"3"}"#, "version is a whole number."),
            ("ack", #"{"incident":"01K","for":"soon"}"#, "for is a duration such as 30m, 2h or 1d12h, not soon."),
            ("ack", #"{"incident":"01K","id":"a b"}"#, "id is 1 to 64 letters, digits, - and _, not a b."),
            ("ack", #"{"incident":3}"#, "incident is missing, or not a text."),
            (
                "ack", #"["incident"]"#,
                "The body is not a JSON object of texts, truth values, whole numbers and lists of texts."
            ),
            (
                "ack", #"{"incident":null}"#,
                "The body is not a JSON object of texts, truth values, whole numbers and lists of texts."
            ),
            (
                "silence-add", #"{"matchers":"service=db","comment":"c"}"#,
                #"matchers is a list of texts such as [\"service=\\\"db\\\"\"], or a list of such lists."#
            ),
            (
                "silence-add", #"{"matchers":["service"],"comment":"c"}"#,
                #"A matcher cannot be read: \"service\", character 8: expected =, !=, =~ or !~ after the label service."#
            ),
            ("silence-add", #"{"matchers":["a=b"],"for":"1h","until":"2026-03-29T02:00:00Z"}"#, "Give until or for, not both."),
            (
                "silence-add", #"{"matchers":["a=b"],"until":"18:30"}"#,
                "until is a time such as 2026-03-29T01:30:00Z, not 18:30."
            ),
            ("silence-add", #"{"matchers":["a=b"],"until_resolved":"yes"}"#, "until_resolved is true or false."),
            (
                "maintenance-start", #"{"matchers":["a=b"],"comment":"c"}"#,
                "A maintenance needs an end: give for, such as 2h, or until."
            ),
            (
                "override-add", #"{"schedule":"p","person":"bob"}"#, "An override needs an end: give until, or for, such as 8h."
            ),
        ]
        try await withServer(scripted, tcp: false) { addresses in
            for row in rows {
                let reply = try await RawClient.local(addresses).send("POST", "/api/v1/commands/\(row.path)", body: row.body)
                #expect(reply.status == 400, "\(row.path) \(row.body)")
                #expect(reply.body == "{\"error\":\"\(row.sentence)\"}", "\(row.path) \(row.body)")
            }
        }
        #expect(scripted.commands.isEmpty)
    }

    @Test func whoIsOnCallIsAskedForAMoment() async throws {
        let scripted = ScriptedBackend()
        try await withServer(scripted) { addresses in
            let client = RawClient.tcp(addresses)
            let now = try await client.send("GET", "/api/v1/oncall")
            #expect(now.body.hasPrefix(#"[{"at":"2026-03-29T01:30:00Z","overrides":[{"author":"ada""#), "\(now.body)")
            _ = try await client.send("GET", "/api/v1/oncall?schedule=primary&at=2026-03-30T09:00:00Z")
            let unknown = try await client.send("GET", "/api/v1/oncall?schedule=x")
            #expect(unknown.body == #"{"error":"There is no schedule x."}"#)
            let silences = try await client.send("GET", "/api/v1/silences?all=maybe")
            #expect(silences.body == #"{"error":"all is true or false, not maybe."}"#)
            let maintenance = try await client.send("GET", "/api/v1/maintenance?all=true")
            #expect(maintenance.body == #"{"error":"/api/v1/maintenance has no parameter all; it takes none."}"#)
        }
        #expect(scripted.onCallAsked.map(\.schedule) == [nil, "primary", "x"])
        #expect(scripted.onCallAsked.map(\.at.description).prefix(2) == ["2026-03-29T01:30:00Z", "2026-03-30T09:00:00Z"])
    }
}
