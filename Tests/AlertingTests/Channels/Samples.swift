import Alerting
import Foundation
import Model
import Testing

@testable import Alerting

/// Ours, not Foundation's.
typealias Notification = Model.Notification

/// One incident in all its messages, and the channels that word it.
enum Example {
    static let began = Timestamp(seconds: 1_774_749_665)  // 2026-03-29T02:01:05Z
    static let incident = "01KMVH5J8Q4Y7T2N6R0C3D9ZXA"

    static let slow = Notification.Member(
        key: AlertKey(probe: "api-health", rule: "slow"), level: .warning, since: began + .seconds(30),
        reason: "p95(duration, 15m) 1.4s > 1s (n=40)", address: "https://api.example.com/health")
    static let failing = Notification.Member(
        key: AlertKey(probe: "api-health", rule: "failing"), level: .critical, since: began,
        reason: "status 503, expected 200; 2 bad in a row", address: "https://api.example.com/health")

    static func notification(
        _ kind: Notification.Kind, title: String = "api-health failing", members: [Notification.Member] = [slow, failing],
        labels: Labels = ["service": "api", "environment": "production", "team": "platform"]
    ) -> Notification {
        let isOver = kind == .resolve || kind == .delayed
        var members = members
        if isOver { for index in members.indices { members[index].resolvedAt = began + .seconds(320) } }
        if kind == .digest { return digest(title) }
        if kind == .change { members = [] }
        for index in members.indices where members[index].labels.isEmpty { members[index].labels = labels }
        var notification = Notification(
            kind: kind, idempotencyKey: "\(incident)-\(kind == .trigger ? 17 : 18)", dedupKey: "md-\(incident)-1",
            node: "ops-1", incident: incident, recipient: "leads@example.com", title: title, level: .critical, labels: labels,
            openedAt: began, resolvedAt: isOver ? began + .seconds(320) : nil, ackedBy: kind == .acknowledge ? "anna" : nil,
            members: kind == .test ? [] : members, at: began + .seconds(isOver ? 330 : 10),
            isFirst: kind == .trigger || kind == .test,
            rootKey: "\(incident)-17")
        if kind != .test {
            notification.facts = [
                .init("Last deploy", "4.2 of api by ann, 12m before it began"),
                .init("Answer", "HTTP 503, body: {\"error\": \"no <db> & no cache\"}; the last good run had 200"),
            ]
            notification.links = [
                .init("Runbook", "https://wiki.example.com/runbooks/api-health"),
                .init("Dashboard", "https://grafana.example.com/d/api?from=now-1h&to=now&var-env=production"),
                .init("Incident", "https://monitord.example.com/incidents/\(incident)"),
            ]
        }
        return notification
    }

    /// What is practised.
    static func drill(_ kind: Notification.Kind) -> Notification {
        var notification = notification(kind, title: "drill of platform", members: [failing])
        notification.facts = []
        notification.links = []
        notification.isDrill = true
        return notification
    }

    /// A day's digest; with another title, that stands in its lines, too.
    static func digest(_ title: String) -> Notification {
        let isUsual = title == "api-health failing"
        var digest = Notification(
            kind: .digest, idempotencyKey: "digest/daily/2026-03-29-7", dedupKey: "md-digest/daily/2026-03-29-1", node: "ops-1",
            incident: "digest/daily/2026-03-29", recipient: "leads@example.com", title: isUsual ? "daily, 2026-03-29" : title,
            level: .warning, openedAt: began - .seconds(82_800), resolvedAt: began, at: began + .seconds(1))
        digest.sections = [
            Notification.Section("Open: 1", ["critical api-health failing: since 2026-03-29 02:01, acknowledged by anna"]),
            Notification.Section(
                "Resolved: 2",
                [
                    "warning api-health slow: from 2026-03-28 12:10 for 25m",
                    "critical db <b>&amp; failing: from 2026-03-28 23:00 for 1h",
                ]),
            Notification.Section("Held back: 5", ["maintenance: 3", "silence: 2"]),
        ]
        if !isUsual { digest.sections = [Notification.Section(title, [title, title])] }
        return digest
    }

    static func row(_ channel: any Channel, _ notification: Notification, tries: Int = 1, inDoubt: Bool = false) -> OutboxRow {
        var row = OutboxRow(
            id: 7, incident: notification.incident, target: "t", channel: "t", recipient: notification.recipient,
            kind: notification.kind, level: notification.level, page: 1, idempotencyKey: notification.idempotencyKey,
            message: channel.message(for: notification), createdAt: notification.at, notBefore: notification.at,
            deadline: notification.at + .seconds(86_400))
        row.tries = tries
        row.isInDoubt = inDoubt
        row.lastAttemptAt = notification.at + .seconds(2)
        return row
    }

    static let routingKey = "R0123456789abcdefghijABCDEFGHIJk"
    static let hook = "https://hooks.slack.com/services/T0/B0/verysecret"
    static let pagerduty = PagerDuty(routingKey: Secret(routingKey))
    static let slack = Slack(webhook: Secret(hook))
    static let webhook = Webhook(url: Secret("https://tickets.example.com/hook"), signingKey: Secret("signing-secret"))
    static let email = Email(
        server: "smtp://mail.example.com:587", sender: MailAddress(local: "monitord", domain: "example.com"),
        addresses: [MailAddress(local: "leads", domain: "example.com")], user: "monitord", password: Secret("mail-secret"))

    static let teamsHook = "https://x.logic.azure.com/workflows/1/triggers/manual/paths/invoke?sig=verysecretsignature0001"
    static let discordHook = "https://discord.com/api/webhooks/123456789012345678/verysecret-discord-0001"
    static let botToken = "123456:verysecret_telegram-0001"
    static let teams = Teams(webhook: Secret(teamsHook))
    static let discord = Discord(webhook: Secret(discordHook))
    static let telegram = Telegram(token: Secret(botToken), chat: "-1001234567890")
    static let ntfy = Ntfy(topic: Secret("verysecret-topic"), token: Secret("tk_verysecret"))
    static let opsgenie = Opsgenie(key: Secret("verysecret-genie-key"))

    /// A key that takes change events.
    static let changeKey = "A0123456789abcdefghijABCDEFGHIJk"
    static let changes = PagerDuty(routingKey: Secret(changeKey), tellsChanges: true)
    static let exec = Exec(
        command: ["/usr/local/bin/notify", "--loud"], environment: [.init("TOKEN", Secret("verysecret-variable-01"))])
    static let slackToken = "xoxb-verysecret-token-0001"
    static let slackAPI = Slack(.api(SlackAPI(token: Secret(slackToken), channel: "C0123456789")))
    static let alertmanager = Alertmanager(
        urls: ["http://am-1.example.com:9093", "http://am-2.example.com:9093"],
        headers: [Header("Authorization", "Basic verysecret-basic-0001")], labels: ["cluster": "east"])

    static let channels: [(channel: any Channel, suffix: String)] = [
        (pagerduty, "json"), (slack, "json"), (slackAPI, "json"), (webhook, "json"), (teams, "json"), (discord, "json"),
        (telegram, "json"), (ntfy, "json"), (opsgenie, "json"), (alertmanager, "json"), (email, "eml"),
    ]

    /// The kind, or for the second way of a kind a name of its own.
    static func name(_ channel: any Channel) -> String {
        if let slack = channel as? Slack, case .api = slack.way { return "slack-api" }
        return type(of: channel).kind
    }

    /// What no stored message and no judgement may hold.
    static let secrets = [
        PagerDuty.kind: [routingKey], Slack.kind: ["verysecret"], Webhook.kind: ["signing-secret"], Email.kind: ["mail-secret"],
        Teams.kind: [teamsHook, "verysecretsignature0001"], Discord.kind: [discordHook, "verysecret-discord-0001"],
        Telegram.kind: [botToken], Ntfy.kind: ["verysecret-topic", "tk_verysecret"], Opsgenie.kind: ["verysecret-genie-key"],
        "slack-api": [slackToken], Alertmanager.kind: ["verysecret-basic-0001"],
    ]

    /// More of everything than any vendor takes.
    static func overflowing(_ kind: Notification.Kind) -> Notification {
        let long = many(500).map { member in
            var member = member
            member.reason = String(repeating: "<&\"\\é😀", count: 150)
            member.key.probe = String(repeating: "n&", count: 200)
            return member
        }
        let labels = Dictionary(
            uniqueKeysWithValues: (0..<200).map {
                (String(repeating: "k", count: 300) + "\($0)", String(repeating: "<", count: 3_000))
            })
        var notification = notification(kind, title: String(repeating: "&", count: 5_000), members: long, labels: labels)
        notification.isUnrecorded = true
        notification.ackedBy = String(repeating: ">", count: 5_000)
        notification.facts = (0..<200).map {
            .init(String(repeating: "*&", count: 200) + "\($0)", String(repeating: "<\"\\é😀", count: 900))
        }
        notification.links = (0..<50).map {
            .init(String(repeating: "&", count: 300), "https://x.example/\($0)?" + String(repeating: "a&", count: 20 * $0))
        }
        return notification
    }

    /// The same text in every place that outsiders can write to.
    static func poisoned(_ text: String, _ kind: Notification.Kind) -> Notification {
        let member = Notification.Member(
            key: AlertKey(probe: "p\(text)", rule: text), level: .critical, since: began, reason: text, address: text)
        var notification = notification(kind, title: text, members: [member], labels: [text: text, "service": text])
        notification.ackedBy = text
        notification.facts = [.init(text, text), .init("Answer", text)]
        notification.links = [
            .init(text, text), .init(text, safeAddress), .init("x", "javascript:alert(1)"),
            .init("x", "https://x.example/\(text)"),
        ]
        return notification
    }

    static let safeAddress = "https://safe.example/a_(b)*c?d=[e]&f=1"

    /// The addresses that a link of a poisoned message may lead to.
    static func isSafe(_ address: String) -> Bool {
        address == safeAddress || address.hasPrefix("https://x.example/") && Facts.canBeFollowed(address)
    }
}

/// Files of expected text. `RECORD=1 swift test` writes them anew.
enum Golden {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    static func check(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let file = root.appending(path: "Tests/AlertingTests/Golden/\(name)")
        if ProcessInfo.processInfo.environment["RECORD"] == "1" {
            try Data(text.utf8).write(to: file)
            return
        }
        let expected = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        #expect(Array(text.utf8) == Array(expected.utf8), "\(name) differs:\n\(text)", sourceLocation: sourceLocation)
    }
}

extension Example {
    /// Those that send by HTTP.
    static let overHTTP = channels.filter { !($0.channel is Email) }
}

extension Outgoing {
    var process: ProcessRequest? { if case .process(let request) = self { request } else { nil } }
    var request: HTTPRequest? { if case .http(let request) = self { request } else { nil } }
    var mail: Mail? { if case .mail(let mail) = self { mail } else { nil } }
    var text: String { String(decoding: request?.body ?? mail?.message ?? [], as: UTF8.self) }
}

/// Every text of a document.
func texts(_ value: Any) -> [String] {
    if let text = value as? String { return [text] }
    if let array = value as? [Any] { return array.flatMap(texts) }
    return (value as? [String: Any])?.values.flatMap(texts) ?? []
}

func json(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
}
