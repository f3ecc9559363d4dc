import Alerting
import Model

/// All that alerting can do at once: services that depend on each other, a canary, inhibition, a quorum, contacts with several
/// channels, a schedule, a fallback contact and two digests.
enum WholeScene {
    static let failing = "failing"
    static let canary = "gateway"
    static let probeNames = ["api", "batch", "db", canary, "mail", "web"]
    static let channelNames = ["chat", "hook", "pager"]
    static let variants = 7
    /// The minute of the day, in Berlin, of each digest. One falls into the hours in which clocks change.
    static let digests = ["daily": 8 * 60, "night": 2 * 60 + 30]
    static let quorumName = "crisis"
    static let quorum = 3
    static let quorumWindow = Duration.seconds(1200)

    static func configuration(_ variant: Int, every: Duration) -> AlertingConfiguration {
        var configuration = Scene.services(probeNames, variant, every: every)
        for index in configuration.probes.indices {
            switch configuration.probes[index].name {
            case "api": configuration.probes[index].dependsOn = ["db"]
            case "web": configuration.probes[index].dependsOn = ["api"]
            case canary: configuration.probes[index].labels = ["service": canary]
            default: break
            }
            if configuration.probes[index].labels["service"] != nil, configuration.probes[index].name != canary {
                configuration.probes[index].labels["site"] = "home"
            }
        }
        configuration.canaries = [canary]
        configuration.channels["hook"] = Webhook(url: Secret("https://hook.example/in"))
        if variant == 6 { configuration.channels["hook"] = nil }
        configuration.inhibitions = [
            InhibitRule(
                name: "database", source: [Matcher("probe", equals: "db"), Matcher("level", equals: "critical")],
                target: [Matcher("level", equals: "warning")], equal: ["site"])
        ]
        configuration.quorums = [
            QuorumSpec(
                name: quorumName, matchers: [Matcher("site", equals: "home")], quorum: .count(quorum), window: quorumWindow,
                clearFor: .seconds(120), policy: "crisis")
        ]
        addPeople(&configuration)
        return configuration
    }

    private static func addPeople(_ configuration: inout AlertingConfiguration) {
        let contacts = [
            Contact(name: "ada", channels: ["pager", "hook"]),
            Contact(name: "bob", channels: ["hook", "chat"], failoverAfter: .seconds(90)),
            Contact(name: "eve", channels: ["pager", "chat", "hook"], keepPrimary: true),
            Contact(name: "boss", channels: ["chat", "pager"]),
        ]
        configuration.contacts = Dictionary(uniqueKeysWithValues: contacts.map { ($0.name, $0) })
        configuration.schedules = [Duty.schedule: Duty.configured]
        configuration.fallbackContact = "boss"
        configuration.digests = [
            digest("daily", to: ["chat", Duty.schedule]), digest("night", to: ["boss", "hook"]),
        ]
        configuration.policies = [
            "usual": PolicySpec(
                name: "usual",
                steps: [
                    PolicySpec.Step(after: .zero, notify: [Duty.schedule]),
                    PolicySpec.Step(after: .seconds(120), level: .critical, notify: ["boss"]),
                    PolicySpec.Step(after: .seconds(300), notify: ["chat", Duty.schedule]),
                ]),
            "quiet": PolicySpec(
                name: "quiet", steps: [PolicySpec.Step(after: .zero, notify: ["chat"])], repeatAfter: .zero),
            "crisis": PolicySpec(
                name: "crisis", steps: [PolicySpec.Step(after: .zero, notify: [Duty.schedule, "boss"])],
                ackTimeout: .seconds(3600)),
        ]
    }

    /// Sent also where there is nothing to say, so that each date has one.
    private static func digest(_ name: String, to: [String]) -> DigestSpec {
        let minute = digests[name]!
        guard case .success(let schedule) = CronSchedule.parse("\(minute % 60) \(minute / 60) * * *") else {
            preconditionFailure("the schedule of digest \(name) is wrong")
        }
        return DigestSpec(name: name, schedule: schedule, zone: Berlin.zone, to: to, heartbeat: true)
    }
}
