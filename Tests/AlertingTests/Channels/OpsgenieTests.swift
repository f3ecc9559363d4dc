import Model
import Testing

@testable import Alerting

@Suite struct OpsgenieTests {
    @Test func everyStatus() {
        check(
            Example.opsgenie,
            [
                ("the documented acceptance", 202...202, "delivered"),
                ("not Opsgenie's answer; a repeat is harmless", 200...299, "in_doubt"),
            ] + usualRows)
        let accepted = TransferReply(
            status: 202, body: Array(#"{"result":"Request will be processed","requestId":"43a2"}"#.utf8))
        #expect(Example.opsgenie.judge(accepted) == .delivered(reference: "43a2"))
        let refused = TransferReply(status: 422, body: Array("key verysecret-genie-key is unknown".utf8))
        #expect(Example.opsgenie.judge(refused) == .rejected("422, refused: key \(Secret.mask) is unknown"))
    }

    @Test func everyKindGoesToItsAddress() throws {
        let alias = "md-\(Example.incident)-1"
        let rows: [(kind: Notification.Kind, path: String, keys: Set<String>)] = [
            (.trigger, "", ["alias", "message", "description", "priority", "entity", "details", "source"]),
            (.test, "", ["alias", "message", "description", "priority", "details", "source"]),
            (.acknowledge, "/\(alias)/acknowledge?identifierType=alias", ["source", "note"]),
            (.resolve, "/\(alias)/close?identifierType=alias", ["source", "note"]),
        ]
        for row in rows {
            for (tries, inDoubt) in [(1, false), (2, true)] {
                let sent = Example.row(Example.opsgenie, Example.notification(row.kind), tries: tries, inDoubt: inDoubt)
                let request = try #require(Example.opsgenie.outgoing(sent).request)
                #expect(request.url.reveal() == "https://api.opsgenie.com/v2/alerts\(row.path)")
                #expect(Set(try json(String(decoding: request.body, as: UTF8.self)).keys) == row.keys, "\(row.kind)")
                #expect(request.headers.contains(Header("Authorization", "GenieKey verysecret-genie-key")))
            }
        }
        for kind in Notification.Kind.allCases {
            #expect(Example.opsgenie.takes(kind) == ![.update, .delayed, .digest, .change].contains(kind))
        }
        #expect(Example.opsgenie.keepsState && !Example.opsgenie.isQuiet)
    }

    @Test func anAwkwardAliasIsHashedEquallyForAllMessages() throws {
        for key in [String(repeating: "n", count: 513), "md-a/b?c-1", "md-\"},-1", "md-é-1"] {
            var trigger = Example.notification(.trigger)
            trigger.dedupKey = key
            var resolve = Example.notification(.resolve)
            resolve.dedupKey = key
            let alias = try #require(try json(Example.opsgenie.message(for: trigger).body)["alias"] as? String)
            #expect(alias.utf8.count == 67)
            let request = try #require(Example.opsgenie.outgoing(Example.row(Example.opsgenie, resolve)).request)
            #expect(request.url.reveal().hasSuffix("/\(alias)/close?identifierType=alias"))
        }
        #expect(Opsgenie.alias(String(repeating: "n", count: 512)).utf8.count == 512)
    }

    @Test func anAlertFits() throws {
        for kind in [Notification.Kind.trigger, .acknowledge] {
            let alert = try json(Example.opsgenie.message(for: Example.overflowing(kind)).body)
            let limits = [
                "message": 130, "alias": 512, "description": 15_000, "source": 100, "entity": 512, "note": 25_000,
                "priority": 2,
            ]
            for (name, limit) in limits {
                guard let text = alert[name] as? String else { continue }
                #expect(text.utf16.count <= limit && !text.isEmpty, "\(name)")
            }
            let details = alert["details"] as? [String: String] ?? [:]
            #expect(details.reduce(0) { $0 + $1.key.utf16.count + $1.value.utf16.count } <= 8_000)
        }
        let description = try json(Example.opsgenie.message(for: Example.overflowing(.trigger)).body)["description"] as? String
        #expect(try #require(description).contains(" more\n"))
    }

    @Test(arguments: InjectionTests.attacks) func itKeepsItsForm(attack: (sentence: String, text: String)) throws {
        for kind in Notification.Kind.allCases where Example.opsgenie.takes(kind) {
            let alert = try json(Example.opsgenie.message(for: Example.poisoned(attack.text, kind)).body)
            #expect(alert["alias"] as? String == "md-\(Example.incident)-1", "\(attack.sentence)")
            if kind == .trigger { #expect(alert["priority"] as? String == "P1") }
        }
    }
}
