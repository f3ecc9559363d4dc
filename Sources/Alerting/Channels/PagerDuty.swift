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

    package static let vendor = "https://events.pagerduty.com/v2/enqueue"
    static let path = "/v2/enqueue"
    static let changePath = "/v2/change/enqueue"

    let routingKey: Secret
    let url: String
    let caFile: String?
    /// Signs what PagerDuty tells us by webhooks.
    var webhookSecret: Secret?
    /// What was changed on purpose is told, too. It alerts nobody; it stands beside the alerts that may come of it.
    let tellsChanges: Bool

    package init(
        routingKey: Secret, url: String = PagerDuty.vendor, caFile: String? = nil, tellsChanges: Bool = false
    ) {
        self.routingKey = routingKey
        self.url = url
        self.caFile = caFile
        self.tellsChanges = tellsChanges
    }

    package init?(_ fields: Fields) {
        let before = fields.problems.all.count
        let key = fields.secret("routing_key", required: true)
        // A host alone means the same path there.
        let url = fields.vendorAddress("url").map { $0.hasPathOfItsOwn ? $0 : $0.withoutSlash + PagerDuty.path }
        let caFile = fields.readableFile("ca_file")
        let webhookSecret = fields.secret("webhook_secret")
        let tellsChanges = fields.boolean("change_events") ?? false
        if tellsChanges, let key, !PagerDuty.takesChanges(key) {
            fields.problem(at: "change_events", "change_events: a routing key that starts with R takes no change events")
        }
        if tellsChanges, let url, !url.hasSuffix(PagerDuty.path) {
            fields.problem(at: "change_events", "change_events: the url must end with \(PagerDuty.path)")
        }
        if let key, !PagerDuty.isRoutingKey(key.reveal()) {
            fields.problem(
                at: "routing_key",
                "routing_key: the Events API v2 takes the 32-character routing (integration) key of an "
                    + "\"Events API v2\" integration, not a REST API key")
        }
        guard fields.problems.all.count == before, let key else { return nil }
        self.init(routingKey: key, url: url ?? PagerDuty.vendor, caFile: caFile, tellsChanges: tellsChanges)
        self.webhookSecret = webhookSecret
    }

    /// Keys that start with R belong to event orchestrations, which have no change events
    /// (<https://developer.pagerduty.com/docs/send-change-events>).
    static func takesChanges(_ key: Secret) -> Bool { !key.reveal().hasPrefix("R") }

    static func isRoutingKey(_ text: String) -> Bool {
        text.utf8.count == 32 && text.utf8.allSatisfy { ($0 | 32 >= 97 && $0 | 32 <= 122) || ($0 >= 48 && $0 <= 57) }
    }

    /// The documented limit is 120 a minute.
    package var attemptsPerMinute: Int { 100 }
    package var rateKey: Secret? { Secret("\(url) \(routingKey.reveal())") }
    package var keepsState: Bool { true }

    package func takes(_ kind: Notification.Kind) -> Bool {
        switch kind {
        case .trigger, .acknowledge, .resolve, .test: true
        case .update, .delayed, .digest: false
        case .change: tellsChanges && PagerDuty.takesChanges(routingKey)
        }
    }

    /// A test is a trigger of severity `info`; somebody has to close it there.
    package func message(for notification: Notification) -> Message {
        let action: String
        switch notification.kind {
        case .trigger, .update, .test: action = "trigger"
        case .acknowledge: action = "acknowledge"
        case .resolve, .delayed, .digest: action = "resolve"
        case .change: return Message(body: PagerDuty.change(Wording(notification)).text)
        }
        var event: [JSON.Member] = [
            .init("event_action", .string(action)), .init("dedup_key", .string(PagerDuty.dedupKey(notification.dedupKey))),
        ]
        guard action == "trigger" else { return Message(body: JSON.object(event).text) }

        let wording = Wording(notification)
        var payload = PagerDuty.payload(wording)
        var details = PagerDuty.details(wording)
        let beside = PagerDuty.links(wording)
        let fixed = JSON.object(
            event + beside + [.init("payload", .object(payload + [.init("custom_details", .object(details))]))])
        details += PagerDuty.members(wording, budget: PagerDuty.maxBody - fixed.text.utf8.count)
        payload.append(.init("custom_details", .object(details)))
        event += [.init("payload", .object(payload)), .init("client", "monitord")] + beside
        return Message(body: JSON.object(event).text)
    }

    package func outgoing(_ row: OutboxRow) -> Outgoing {
        let key = JSON.object([.init("routing_key", .string(routingKey.reveal()))]).text
        let address = row.kind == .change ? String(url.dropLast(PagerDuty.path.count)) + PagerDuty.changePath : url
        return .http(
            .post(
                Secret(address), headers: [Header("Content-Type", "application/json"), Header("User-Agent", "monitord")],
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

    /// `client_url` is monitord's own page of the incident. An image must have an address of https.
    private static func links(_ wording: Wording) -> [JSON.Member] {
        var members: [JSON.Member] = wording.ownPage.map { [.init("client_url", .string($0))] } ?? []
        let isImage = { (link: Notification.Link) in
            let path = link.address.prefix { $0 != "?" && $0 != "#" }.lowercased()
            return link.address.hasPrefix("https://") && [".png", ".jpg", ".jpeg", ".gif"].contains(where: path.hasSuffix)
        }
        let links = wording.links.filter { !isImage($0) }
        let images = wording.links.filter(isImage)
        if !links.isEmpty {
            members.append(
                .init("links", .array(links.map { ["href": .string($0.address), "text": .string($0.text)] })))
        }
        if !images.isEmpty {
            members.append(
                .init(
                    "images",
                    .array(
                        images.map { ["src": .string($0.address), "href": .string($0.address), "alt": .string($0.text)] })))
        }
        return members
    }

    /// <https://developer.pagerduty.com/docs/send-change-events>
    private static func change(_ wording: Wording) -> JSON {
        let notification = wording.notification
        var details: [JSON.Member] = [.init("node", .string(notification.node.oneLine.shortened(to: 200)))]
        let labels = wording.labelMembers(atMost: 50, name: 200, value: 1_000)
        if !labels.isEmpty { details.append(.init("labels", .object(labels))) }
        if !wording.facts.isEmpty { details.append(.init("facts", .array(wording.factLines.map(JSON.string)))) }
        var event: [JSON.Member] = [
            .init(
                "payload",
                [
                    "summary": .string(wording.summary.shortened(to: maxSummary)),
                    "source": .string("monitord on \(notification.node.oneLine)".shortened(to: 500)),
                    "timestamp": .string(notification.at.description), "custom_details": .object(details),
                ])
        ]
        let links = wording.links
        if !links.isEmpty {
            event.append(.init("links", .array(links.map { ["href": .string($0.address), "text": .string($0.text)] })))
        }
        return .object(event)
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
        if let own = wording.ownLines {
            details.append(.init("text", .string(own.joined(separator: "\n").shortened(to: 4_000))))
        }
        if let acknowledge = wording.acknowledge {
            details.append(.init("acknowledge", .string(acknowledge.shortened(to: 300))))
        }
        if let unrecorded = wording.unrecorded { details.append(.init("unrecorded", .string(unrecorded))) }
        let labels = wording.labelMembers(atMost: 50, name: 200, value: 1_000)
        if !labels.isEmpty { details.append(.init("labels", .object(labels))) }
        if !wording.facts.isEmpty { details.append(.init("facts", .array(wording.factLines.map(JSON.string)))) }
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
