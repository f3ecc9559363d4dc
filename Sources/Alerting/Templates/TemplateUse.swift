package import Model
import Settings

// Which template words a message, and what happens where it cannot.
extension AlertingState {
    /// The notification with the words of its template: the one of the incident's route, or else of the channel. A template that is
    /// gone or says nothing is passed over, which is recorded; the message goes out in the built-in words.
    mutating func worded(
        _ notification: Notification, of incident: Incident, by channel: String, now: Timestamp
    ) -> Notification {
        guard notification.kind.hasTemplates, let name = incident.template ?? configuration.channelTemplates[channel] else {
            return notification
        }
        guard let template = configuration.templates[name] else {
            let text = "the template \(name) is not configured any more: the built-in words are used for \(channel)"
            record(now, .delivery, incident: incident.id, text)
            return notification
        }
        let (worded, fallback) = template.applied(to: notification)
        if let fallback { record(now, .delivery, incident: incident.id, "\(fallback) for \(channel)") }
        return worded
    }

    /// What a template says of an open incident, or of an example, through a channel: the one that is named, or else the first
    /// that has the template.
    package func preview(template name: String, channel: String?, incident: String?) -> PreviewReply {
        guard let incident else {
            return configuration.preview(template: name, channel: channel, of: .example(node: configuration.node))
        }
        let wanted = incident.uppercased()
        let found = incidents.values.filter { $0.isOpen && !wanted.isEmpty && $0.id.hasPrefix(wanted) }
        guard found.count == 1, let only = found.first else {
            return .unknown(
                found.isEmpty
                    ? "There is no open incident \(incident)." : "\(found.count) open incidents begin with \(incident).")
        }
        let kind: Notification.Kind = only.isAnnounced ? .update : .trigger
        let row = OutboxRow(
            id: 0, incident: only.id, target: channel ?? "", channel: channel ?? "", kind: kind, level: only.level,
            page: only.page, idempotencyKey: "\(only.id)-0", message: Message(body: ""), createdAt: only.openedAt,
            notBefore: only.openedAt, deadline: only.openedAt)
        return configuration.preview(
            template: name, channel: channel, of: notification(row, of: only, root: nil), isExample: false)
    }
}

extension AlertingConfiguration {
    /// What a template says of a notification.
    package func preview(
        template name: String, channel wanted: String?, of notification: Notification, isExample: Bool = true
    ) -> PreviewReply {
        guard let template = templates[name] else {
            let known = templates.keys.sorted()
            return .unknown("There is no template \(name)\(AlertingConfiguration.instead(of: name, in: known))")
        }
        if let wanted, channels[wanted] == nil {
            return .unknown(
                "There is no channel \(wanted)\(AlertingConfiguration.instead(of: wanted, in: channels.keys.sorted()))")
        }
        let channel = wanted ?? channelTemplates.filter { $0.value == name }.keys.min()
        let (worded, fallback) = template.applied(to: notification)
        var preview = TemplatePreview(
            template: name, channel: channel, incident: isExample ? nil : notification.incident, fallback: fallback)
        preview.title = worded.words.title
        preview.lines = worded.words.lines ?? []
        preview.body = channel.flatMap { channels[$0] }.map {
            $0.message(for: worded).body.replacing(AcknowledgeLinks.standIn, with: "…")
        }
        return .shown(preview)
    }

    private static func instead(of name: String, in known: [String]) -> String {
        let near = Suggestion.clause(for: name, in: known)
        return near.isEmpty ? "; configured: \(AlertingState.listed(known))." : near
    }
}

extension MessageTemplate {
    /// The notification in its words; with a sentence where there are none, and the built-in ones stay.
    func applied(to notification: Notification) -> (Notification, fallback: String?) {
        let words = words(for: notification)
        guard words.title != nil || words.lines != nil else {
            return (
                notification,
                "the template \(name) says nothing of this \(notification.kind.rawValue): the built-in words are used"
            )
        }
        var worded = notification
        worded.words = words
        // A text says them where it wants to.
        if words.lines != nil { worded.facts = [] }
        return (worded, nil)
    }
}

extension Notification {
    /// An incident as none happens, for trying templates.
    package static func example(node: String) -> Notification {
        let began = Timestamp(seconds: 1_774_749_665)  // 2026-03-29T02:01:05Z
        let incident = "01KMVH5J8Q4Y7T2N6R0C3D9ZXA"
        var example = Notification(
            kind: .trigger, idempotencyKey: "\(incident)-1", dedupKey: "md-\(incident)-1", node: node, incident: incident,
            title: "api-health failing", level: .critical,
            labels: ["service": "api", "environment": "production", "team": "platform"], openedAt: began,
            members: [
                Member(
                    key: AlertKey(probe: "api-health", rule: "failing"), level: .critical, since: began,
                    reason: "status 503, expected 200; 2 bad in a row", address: "https://api.example.com/health"),
                Member(
                    key: AlertKey(probe: "api-search", rule: "slow"), level: .warning, since: began + .seconds(20),
                    reason: "p95(duration, 15m) 1.4s > 1s (n=40)", address: "https://api.example.com/search"),
            ], at: began + .seconds(30))
        example.facts = [Fact("Last deploy", "4.2 of api, 12m before it began")]
        example.links = [Link("Runbook", "https://wiki.example.com/api")]
        return example
    }
}
