package import Model
package import Settings

/// PagerDuty's Events API v2: an alert that stays open until it is resolved. Events with one dedup key are one alert, so a
/// repeated request changes nothing. <https://developer.pagerduty.com/docs/events-api-v2-overview>
package struct PagerDuty: Channel {
    package static let kind = "pagerduty"

    /// The documentation says 512 KB; the smaller reading, less the room that the routing key takes.
    static let maxBody = 512_000 - 100
    /// Unicode scalars.
    static let maxSummary = 1024
    static let maxDedupKey = 255

    let routingKey: Secret
    let url: String
    let caFile: String?

    package init(routingKey: Secret, url: String = "https://events.pagerduty.com/v2/enqueue", caFile: String? = nil) {
        self.routingKey = routingKey
        self.url = url
        self.caFile = caFile
    }

    package init?(_ fields: Fields) {
        let before = fields.problems.all.count
        let key = fields.secret("routing_key", required: true)
        let url = fields.vendorAddress("url")
        let caFile = fields.readableFile("ca_file")
        if let key, !PagerDuty.isRoutingKey(key.reveal()) {
            fields.problem(
                at: "routing_key",
                "routing_key: the Events API v2 takes the 32-character routing (integration) key of an "
                    + "\"Events API v2\" integration, not a REST API key")
        }
        guard fields.problems.all.count == before, let key else { return nil }
        if let url { self.init(routingKey: key, url: url, caFile: caFile) } else { self.init(routingKey: key, caFile: caFile) }
    }

    static func isRoutingKey(_ text: String) -> Bool {
        text.utf8.count == 32 && text.utf8.allSatisfy { ($0 | 32 >= 97 && $0 | 32 <= 122) || ($0 >= 48 && $0 <= 57) }
    }

    /// The documented limit is 120 a minute.
    package var attemptsPerMinute: Int { 100 }
    package var keepsState: Bool { true }

    /// A test is a trigger of severity `info`; somebody has to close it there.
    package func message(for notification: Notification) -> Message {
        let action: String
        switch notification.kind {
        case .trigger, .update, .test: action = "trigger"
        case .acknowledge: action = "acknowledge"
        case .resolve, .delayed, .digest, .change: action = "resolve"
        }
        var event: [JSON.Member] = [
            .init("event_action", .string(action)), .init("dedup_key", .string(PagerDuty.dedupKey(notification.dedupKey))),
        ]
        guard action == "trigger" else { return Message(body: JSON.object(event).text) }

        let wording = Wording(notification)
        var payload = PagerDuty.payload(wording)
        var details = PagerDuty.details(wording)
        let fixed = JSON.object(event + [.init("payload", .object(payload + [.init("custom_details", .object(details))]))])
        details += PagerDuty.members(wording, budget: PagerDuty.maxBody - fixed.text.utf8.count)
        payload.append(.init("custom_details", .object(details)))
        event += [.init("payload", .object(payload)), .init("client", "monitord")]
        return Message(body: JSON.object(event).text)
    }

    package func outgoing(_ row: OutboxRow) -> Outgoing {
        let key = JSON.object([.init("routing_key", .string(routingKey.reveal()))]).text
        return .http(
            .post(
                Secret(url), headers: [Header("Content-Type", "application/json"), Header("User-Agent", "monitord")],
                body: key.dropLast() + "," + row.message.body.dropFirst(), caFile: caFile))
    }

    /// 202 is acceptance. Any other success is not PagerDuty's answer; asking again is harmless there.
    package func judge(_ reply: TransferReply) -> DeliveryVerdict {
        TransferVerdict.judge(reply, hiding: routingKey) { _ in
            reply.status == 202
                ? .delivered(reference: nil)
                : .inDoubt("\(reply.status), where PagerDuty answers 202; another server may have answered")
        }
    }

    /// The key itself, or its hash where it is too long: both are the same for all messages of a page.
    static func dedupKey(_ key: String) -> String {
        key.unicodeScalars.count <= maxDedupKey ? key : "md-" + Digest.sha256(Array(key.utf8))
    }

    private static func payload(_ wording: Wording) -> [JSON.Member] {
        let notification = wording.notification
        let worst = wording.members.first
        let isTest = notification.kind == .test
        let source = [worst?.address, worst?.key.probe, notification.node].compactMap { $0?.oneLine }.first { !$0.isEmpty }
        var payload: [JSON.Member] = [
            .init("summary", .string(wording.fullSummary.shortened(to: maxSummary))),
            .init("source", .string((source ?? "monitord").shortened(to: 500))),
            .init("severity", .string(isTest ? "info" : notification.level.rawValue)),
            .init("timestamp", .string(notification.at.description)),
        ]
        func add(_ name: String, _ value: String?) {
            if let value = value?.oneLine, !value.isEmpty { payload.append(.init(name, .string(value.shortened(to: 200)))) }
        }
        add("component", notification.labels["service"])
        add("group", notification.labels["environment"])
        add("class", isTest ? "test" : worst?.key.rule)
        return payload
    }

    private static func details(_ wording: Wording) -> [JSON.Member] {
        let notification = wording.notification
        var details: [JSON.Member] = [
            .init("incident", .string(notification.incident.oneLine.shortened(to: 200))),
            .init("node", .string(notification.node.oneLine.shortened(to: 200))),
            .init("since", .string(Wording.full(notification.openedAt))),
        ]
        if let acknowledge = wording.acknowledge {
            details.append(.init("acknowledge", .string(acknowledge.shortened(to: 300))))
        }
        if let unrecorded = wording.unrecorded { details.append(.init("unrecorded", .string(unrecorded))) }
        let labels = wording.labelMembers(atMost: 50, name: 200, value: 1_000)
        if !labels.isEmpty { details.append(.init("labels", .object(labels))) }
        return details
    }

    /// As many members as fit in `budget` bytes, worst first, and how many do not.
    private static func members(_ wording: Wording, budget: Int) -> [JSON.Member] {
        var lines: [JSON] = []
        var used = 200
        for member in wording.members {
            let line = JSON.string(wording.line(member).shortened(to: 2_000))
            used += line.text.utf8.count + 1
            if used > budget { break }
            lines.append(line)
        }
        var members: [JSON.Member] = lines.isEmpty ? [] : [.init("alerts", .array(lines))]
        if lines.count < wording.members.count {
            members.append(.init("omitted", .string(Shortened.more(wording.members.count - lines.count))))
        }
        return members
    }
}
