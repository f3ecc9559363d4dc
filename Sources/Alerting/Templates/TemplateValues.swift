import Model

/// A notification as templates read it: texts of one line, cut where a message would be; what is absent or empty is not there, so that
/// a section on it is left out.
struct TemplateValues {
    /// Members given; the rest is counted in `more`.
    static let maxMembers = 500
    static let maxText = 300
    static let maxAddress = 1_000

    private(set) var values: [String: Any] = [:]

    init(_ notification: Notification, members: Int = maxMembers) {
        let wording = Wording(notification)
        let shown = wording.members.prefix(members)
        put("kind", notification.kind.rawValue)
        put("level", notification.level.rawValue)
        put("title", wording.title)
        put("incident", notification.incident)
        put("node", notification.node)
        put("since", Wording.full(notification.openedAt))
        put("lasted", TemplateValues.lasted(notification))
        put("acked_by", notification.ackedBy ?? "")
        put("acknowledge", wording.acknowledge ?? "")
        put("more", wording.members.count > shown.count ? Shortened.more(wording.members.count - shown.count) : "")
        for kind in Notification.Kind.templated { values[TemplateFields.flag(kind)] = kind == notification.kind }
        values["labels"] = Dictionary(
            wording.labels.map { ($0.name, $0.value.shortened(to: TemplateValues.maxText)) },
            uniquingKeysWith: { first, _ in first })
        values["members"] = shown.map { member in
            TemplateValues.present([
                "probe": member.key.probe, "rule": member.key.rule,
                "level": member.level.rawValue, "state": wording.state(member), "reason": member.reason,
                "since": Wording.full(member.since), "address": member.address,
            ])
        }
        values["facts"] = notification.facts.map { TemplateValues.present(["name": $0.name, "text": $0.text]) }
        values["links"] = notification.links.map { TemplateValues.present(["text": $0.text, "address": $0.address]) }
    }

    private mutating func put(_ name: String, _ text: String) {
        let text = text.oneLine.shortened(to: TemplateValues.maxText)
        if !text.isEmpty { values[name] = text }
    }

    private static func present(_ texts: [String: String]) -> [String: Any] {
        texts.reduce(into: [:]) { values, entry in
            let limit = entry.key == "address" ? maxAddress : maxText
            let text = entry.value.oneLine.shortened(to: limit)
            if !text.isEmpty { values[entry.key] = text }
        }
    }

    /// `5m20s`, up to its end or to the message.
    private static func lasted(_ notification: Notification) -> String {
        let lasted = (notification.resolvedAt ?? notification.at) - notification.openedAt
        return Duration.seconds(max(0, lasted.microseconds / 1_000_000)).short
    }
}
