import Foundation
import Model
import Testing

@testable import Alerting

@Suite struct AlertmanagerChannelTests {
    private struct Posted: Decodable, Hashable {
        var labels: [String: String]
        var annotations: [String: String]
        var startsAt: String
        var endsAt: String
        var generatorURL: String?
    }

    private func alerts(_ notification: Notification) throws -> [Posted] {
        try posted(Example.alertmanager.message(for: notification))
    }
    private func posted(_ message: Message) throws -> [Posted] {
        try JSONDecoder().decode([Posted].self, from: Data(message.body.utf8))
    }

    @Test func everyStatus() {
        check(
            Example.alertmanager,
            [
                ("an interim answer is none; to ask again is harmless", 100...199, "retry"),
                ("acceptance", 200...200, "delivered"), ("not an answer of Alertmanager", 201...299, "rejected"),
                ("a redirected POST is a configuration error", 300...399, "rejected"),
                ("it did not get the request in time", 408...408, "retry"),
                ("it asks to come again", 425...425, "retry"), ("the rate limit", 429...429, "retry"),
                ("the alerts are wrong", 400...499, "rejected"),
                ("it failed; the same state said twice is the same state", 500...599, "retry"),
            ])
        let broken = TransferReply(status: 200, error: TransferError(.timeout, "timed out"), mayHaveArrived: true)
        #expect(Example.alertmanager.judge(broken) == .retry("200, but the answer broke off", after: nil))
        let refused = TransferReply(status: 400, body: Array("bad Basic verysecret-basic-0001".utf8))
        #expect(Example.alertmanager.judge(refused) == .rejected("400, refused: bad \(Secret.mask)"))
    }

    @Test func anAlertIsItsRuleProbeAndLevel() throws {
        let (failing, slow) = (try alerts(Example.notification(.trigger))[0], try alerts(Example.notification(.trigger))[1])
        let shared = ["cluster": "east", "environment": "production", "service": "api", "team": "platform"]
        #expect(
            failing.labels
                == shared.merging(["alertname": "failing", "probe": "api-health", "severity": "critical"]) { a, _ in a })
        #expect(
            slow.labels == shared.merging(["alertname": "slow", "probe": "api-health", "severity": "warning"]) { a, _ in a })
        #expect(failing.startsAt == "2026-03-29T02:01:05Z" && failing.endsAt == "2026-03-29T02:05:15Z", "for four minutes")
        #expect(!failing.labels.values.contains("ops-1"), "two monitords tell one alert")
        #expect(failing.annotations["node"] == "ops-1" && failing.annotations["incident"] == Example.incident)
    }

    @Test func theLabelsAreTheProbesOwnWhereTheyAreKnown() throws {
        var member = Example.failing
        member.labels = [
            "team": "web", "kubernetes.io/name": "x", "1st": "y", "severity": "high", "probe": "other", "empty": " ",
        ]
        let labels = try alerts(Example.notification(.trigger, members: [member]))[0].labels
        #expect(
            labels == [
                "alertname": "failing", "probe": "api-health", "severity": "critical", "team": "web",
                "kubernetes_io_name": "x", "_1st": "y", "cluster": "east",
            ])
    }

    @Test func aResolveEndsEveryAlertOfTheIncident() throws {
        var risen = Example.failing
        risen.formerLevel = .warning
        let ended = try alerts(Example.notification(.resolve, members: [risen, Example.slow]))
        #expect(ended.map { $0.labels["severity"] } == ["critical", "warning", "warning"], "its former level, too")
        #expect(ended.allSatisfy { $0.endsAt == "2026-03-29T02:06:25Z" })
    }

    @Test func aChangedLevelEndsTheAlertOfTheFormerOne() throws {
        var risen = Example.failing
        risen.formerLevel = .warning
        for kind in [Notification.Kind.trigger, .update] {
            let told = try alerts(Example.notification(kind, members: [risen]))
            #expect(told.map { $0.labels["severity"] } == ["critical", "warning"])
            #expect(told.map(\.endsAt) == ["2026-03-29T02:05:15Z", "2026-03-29T02:01:15Z"], "the former is over now")
            #expect(told[1].annotations["summary"] == "api-health/failing is critical now")
        }
        #expect(
            try alerts(Example.notification(.update, members: [Example.failing])).count == 1,
            "the end of what was never told would be news to people")
    }

    @Test func aRecoveredMemberEndsInAnUpdate() throws {
        var over = Example.slow
        over.resolvedAt = Example.began + .seconds(32)
        let told = try alerts(Example.notification(.trigger, members: [Example.failing, over]))
        #expect(told.map(\.endsAt) == ["2026-03-29T02:05:15Z", "2026-03-29T02:01:35Z"], "no end before the beginning")
    }

    @Test func aTestIsOverAsItBegins() throws {
        let test = try alerts(Example.notification(.test))
        #expect(test.count == 1 && test[0].startsAt == test[0].endsAt)
        #expect(test[0].labels == ["alertname": "MonitordTest", "severity": "none", "cluster": "east"])
    }

    @Test func theWatchdogAlwaysFires() throws {
        let watchdog = try posted(Alertmanager.watchdog(node: "ops-1", at: Example.began))
        #expect(watchdog.map(\.labels) == [["alertname": "Watchdog", "severity": "none", "node": "ops-1"]])
        #expect(watchdog[0].startsAt == "2026-03-29T02:01:05Z" && watchdog[0].endsAt == "2026-03-29T02:05:05Z")
    }

    @Test func eachMemberOfTheClusterIsTold() throws {
        #expect(Example.alertmanager.recipients == ["http://am-1.example.com:9093", "http://am-2.example.com:9093"])
        for recipient in Example.alertmanager.recipients {
            var row = Example.row(Example.alertmanager, Example.notification(.trigger))
            row.recipient = recipient
            let request = try #require(Example.alertmanager.outgoing(row).request)
            #expect(request.url.reveal() == "\(recipient)/api/v2/alerts")
            #expect(request.headers.contains(Header("Authorization", "Basic verysecret-basic-0001")))
        }
    }

    @Test func whichMessagesItTakes() {
        for kind in Notification.Kind.allCases {
            #expect(Example.alertmanager.takes(kind) == [.trigger, .update, .resolve, .test].contains(kind))
        }
        #expect(!Example.alertmanager.keepsState && !Example.alertmanager.isQuiet)
        #expect(Example.alertmanager.resends == .seconds(60))
        #expect(Example.channels.filter { $0.channel.resends != nil }.count == 1)
    }

    @Test func manyAlertsFitAndTheRestIsCounted() throws {
        for kind in [Notification.Kind.trigger, .update, .resolve] {
            let body = Example.alertmanager.message(for: Example.overflowing(kind)).body
            #expect(body.utf8.count <= Alertmanager.maxBody, "\(kind)")
            let told = try JSONDecoder().decode([Posted].self, from: Data(body.utf8))
            #expect(told[0].annotations["omitted"] == "and \(500 - told.count) more", "\(kind)")
            #expect(told.allSatisfy { $0.labels.count <= 64 && $0.labels.keys.allSatisfy { $0 == AlertLabels.valid($0) } })
        }
        var none = Example.notification(.trigger, members: [])
        none.title = "nobody knows"
        #expect(try alerts(none).map { $0.labels["alertname"] } == ["MonitordIncident"], "an incident without an alert is told")
    }

    @Test(arguments: InjectionTests.attacks) func itKeepsItsForm(attack: (sentence: String, text: String)) throws {
        for kind in [Notification.Kind.trigger, .update, .resolve, .test] {
            for alert in try alerts(Example.poisoned(attack.text, kind)) {
                #expect(alert.labels["severity"] != nil && alert.labels["cluster"] == "east", "\(attack.sentence)")
                #expect(alert.labels.keys.allSatisfy { $0 == AlertLabels.valid($0) }, "\(attack.sentence)")
                let values = Array(alert.labels.values) + Array(alert.annotations.values)
                #expect(values.allSatisfy { $0.unicodeScalars.allSatisfy { $0.value >= 0x20 || $0 == "\n" } })
            }
        }
    }
}
