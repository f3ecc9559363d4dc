import Foundation
import Model
import Settings
import Testing

@testable import Alerting

// People, shifts and calendars for the tests of escalation.

/// A channel that sends what a person would read: the kind, the whole sentence, and a digest's lines.
struct SentenceChannel: Channel {
    static let kind = "sentence"
    let recipients: [String] = []
    let attemptsPerMinute = 6000
    let burst = 100
    init() {}
    init?(_ fields: Fields) { nil }
    func message(for notification: Model.Notification) -> Message {
        let wording = Wording(notification)
        return Message(body: ([wording.fullSummary] + wording.digestLines).joined(separator: " | "))
    }
    func outgoing(_ row: OutboxRow) -> Outgoing { .http(HTTPRequest(url: Secret("http://localhost"), timeout: .seconds(1))) }
    func judge(_ reply: TransferReply) -> DeliveryVerdict { .delivered(reference: nil) }
}

/// World's time starts at 08:53:20 UTC on 2025-10-09, a Thursday: 400 s before nine.
enum Shifts {
    static let nine = Duration.seconds(400)

    /// Days from nine to nine: ada's ends 400 s after the start of a world, then comes bob's.
    static func daily(_ people: [String] = ["ada", "bob"]) -> OnCallSchedule {
        OnCallSchedule(
            name: "primary", zone: .utc,
            layers: [Rotation(name: "days", people: people, start: LocalTime(2025, 10, 8, 9), handoff: .days(1))])
    }

    /// Somebody is on call from nine to ten only.
    static var mornings: OnCallSchedule {
        OnCallSchedule(
            name: "primary", zone: .utc,
            layers: [
                Rotation(
                    name: "mornings", people: ["ada"], start: LocalTime(2025, 10, 8, 9), handoff: .days(1),
                    restrictions: [Rotation.Restriction(from: 540, until: 600)])
            ])
    }
}

func cron(_ text: String) -> CronSchedule {
    switch CronSchedule.parse(text) {
    case .success(let schedule): return schedule
    case .failure(let error): preconditionFailure("\(text): \(error.message)")
    }
}

func zone(_ name: String) throws -> TimeZoneRules {
    let bytes = try Data(contentsOf: URL(filePath: "/usr/share/zoneinfo/\(name)"))
    return try TimeZoneRules.read(Array(bytes), name: name).get()
}

extension World {
    /// Channels `pager`, `mail`, `chat`; contacts ada (pager, then mail), bob (bob-pager) and boss (boss-mail).
    static func people(
        steps: [PolicySpec.Step] = [PolicySpec.Step(after: .zero, notify: ["ada"])], rules: [RuleSpec] = [.failing],
        repeatAfter: Duration = .zero, schedule: OnCallSchedule? = nil, fallback: String? = "boss"
    ) -> AlertingConfiguration {
        var configuration = World.configuration(
            rules: rules,
            channels: [
                "pager": .pager, "mail": LineChannel(), "chat": LineChannel(), "bob-pager": .pager, "boss-mail": LineChannel(),
            ], steps: steps, repeatAfter: repeatAfter)
        configuration.contacts = [
            "ada": Contact(name: "ada", channels: ["pager", "mail"]), "bob": Contact(name: "bob", channels: ["bob-pager"]),
            "boss": Contact(name: "boss", channels: ["boss-mail"]),
        ]
        if let schedule { configuration.schedules = [schedule.name: schedule] }
        configuration.fallbackContact = fallback
        return configuration
    }

    /// Who was told of a page, and when: `60s mail`.
    var pages: [String] {
        received.filter { $0.contains(": trigger ") }.map { String($0.prefix { $0 != ":" }) }
    }

    func said(_ part: String) -> [String] { records.filter { $0.contains(part) } }

    /// The channel answers like this from now on: by default that it is asked too often, which opens no breaker.
    mutating func refuses(_ target: String, _ verdict: DeliveryVerdict = .retry("status 429", after: nil)) {
        answers[target] = Array(repeating: verdict, count: 10_000)
    }
}
