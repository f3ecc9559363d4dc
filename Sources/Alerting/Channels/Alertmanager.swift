package import Model
package import Settings

/// An Alertmanager, or the members of a cluster, each told by itself. It takes the state of alerts rather than messages, and forgets
/// what it is not told again. Alerts with equal labels are one alert there, whoever tells it: two monitords that watch the same page
/// people once. <https://prometheus.io/docs/alerting/latest/clients/>
package struct Alertmanager: Channel {
    package static let kind = "alertmanager"

    /// As often as Prometheus says an alert again.
    static let resend = Duration.seconds(60)
    /// What is not said again is over by then: it outlives three losses.
    static let validity = resend * 4
    /// Bytes. Alertmanager has no limit; proxies before it refuse more than 1 MB.
    static let maxBody = 900_000
    /// A cluster has a handful of members.
    static let maxMembers = 16
    static let maxLabels = 64
    static let maxLabel = 1_000
    static let maxSummary = 500
    static let maxDescription = 2_000

    let urls: [String]
    let headers: [Header]
    let labels: Labels
    let caFile: String?

    package init(urls: [String], headers: [Header] = [], labels: Labels = [:], caFile: String? = nil) {
        self.urls = urls
        self.headers = headers
        self.labels = labels
        self.caFile = caFile
    }

    package init?(_ fields: Fields) {
        let before = fields.problems.all.count
        let places = fields.places("urls") ?? []
        let urls = Alertmanager.members(fields, places)
        let headers = fields.headers("headers")
        let labels = Alertmanager.labels(fields)
        let caFile = fields.readableFile("ca_file")
        guard fields.problems.all.count == before else { return nil }
        self.init(urls: urls, headers: headers, labels: labels, caFile: caFile)
    }

    /// `url` for a single one, `urls` for the members of a cluster.
    private static func members(_ fields: Fields, _ places: [(text: String, place: Place)]) -> [String] {
        let single = fields.string("url")
        if fields.has("url") == fields.has("urls") {
            let sentence =
                fields.has("url") ? "url, or urls: a channel has one of the two" : "expected url, or urls for a cluster"
            fields.problems.add(fields.place, sentence)
        }
        if fields.shape(of: "urls") == .list(count: 0) { fields.problem(at: "urls", "urls: the list is empty") }
        if places.count > maxMembers { fields.problem(at: "urls", "urls: at most \(maxMembers), got \(places.count)") }
        var urls: [String] = []
        for (key, text, place) in (single.map { [("url", $0, fields.place(of: "url"))] } ?? [])
            + places.map({ ("urls", $0, $1) })
        {
            switch base(text) {
            case .success(let url) where urls.contains(url): fields.problems.add(place, "\(key): \(url) stands twice")
            case .success(let url): urls.append(url)
            case .failure(let wrong): fields.problems.add(place, "\(key): \(wrong.sentence)")
            }
        }
        return urls
    }

    /// The address that paths are added to. It names a target, so it must not hold a secret.
    static func base(_ text: String) -> Result<String, WebAddress.Wrong> {
        WebAddress.read(text).flatMap { _ in
            if text.contains("?") || text.contains("#") { return .failure(.init("the address must end before ? and #")) }
            if text.contains("@") {
                return .failure(.init("an address must not hold a user or password: use headers"))
            }
            if text.contains("/api/") {
                return .failure(.init("the address must end before /api: monitord adds /api/v2/alerts"))
            }
            return .success(text.hasSuffix("/") ? String(text.dropLast()) : text)
        }
    }

    private static func labels(_ fields: Fields) -> Labels {
        var labels: Labels = [:]
        for (name, text, place) in fields.pairs("labels") ?? [] {
            if name != AlertLabels.valid(name) {
                fields.problems.add(
                    place,
                    "labels: \"\(name.oneLine.shortened(to: 60))\" is not a label's name: letters, digits and '_', the first no digit"
                )
            } else if AlertLabels.own.contains(name) {
                fields.problems.add(place, "labels: monitord sets the label \"\(name)\" itself")
            } else if text != text.oneLine || text.isEmpty || text.unicodeScalars.count > maxLabel {
                fields.problems.add(place, "labels: expected one line of 1 to \(maxLabel) characters for \"\(name)\"")
            }
            labels[name] = text
        }
        return labels
    }

    package var recipients: [String] { urls }
    /// What is open is said again every minute, to each member; a busy night has hundreds of incidents.
    package var attemptsPerMinute: Int { 600 }
    package var burst: Int { 60 }
    package var isQuiet: Bool { false }
    package var resends: Duration? { Alertmanager.resend }
    package func heartbeat(node: String, at now: Timestamp) -> Message? {
        Alertmanager.watchdog(node: node, at: now, labels: labels)
    }

    /// It knows open and over. Who has acknowledged is none of its matters, and word of what is over by the time it could be told would
    /// say nothing.
    package func takes(_ kind: Notification.Kind) -> Bool {
        switch kind {
        case .trigger, .update, .resolve, .test: true
        case .acknowledge, .delayed, .digest, .change: false
        }
    }

    /// One alert a member of the incident. A test is an alert that is over as it begins: it is accepted and tells nobody.
    package func message(for notification: Notification) -> Message {
        let wording = Wording(notification)
        if notification.kind == .test {
            let labels = AlertLabels.of(["alertname": "MonitordTest", "severity": "none"], self.labels)
            return Message(
                body: JSON.array([
                    [
                        "labels": .sorted(labels),
                        "annotations": ["summary": .string(wording.summary.shortened(to: Alertmanager.maxSummary))],
                        "startsAt": .string(notification.at.description), "endsAt": .string(notification.at.description),
                    ]
                ]).text)
        }
        let shared = Alertmanager.annotations(wording)
        if wording.members.isEmpty { return Message(body: JSON.array([incident(wording, shared)]).text) }
        var alerts: [JSON] = []
        var used = 100
        var count = 0
        for member in wording.members {
            let next = states(of: member, wording, shared)
            used += next.reduce(0) { $0 + $1.text.utf8.count + 1 }
            // The worst stands whatever it costs, which is bounded.
            if used > Alertmanager.maxBody, count > 0 { break }
            alerts += next
            count += 1
        }
        if count < wording.members.count {
            alerts[0] = alerts[0].annotated("omitted", Shortened.more(wording.members.count - count))
        }
        return Message(body: JSON.array(alerts).text)
    }

    /// The member's alert; and where its level has changed, that of its former level as one that is over: it has other labels, and
    /// would stay until it is forgotten. The end of an alert that was never told would be told to people as news.
    private func states(of member: Notification.Member, _ wording: Wording, _ shared: [JSON.Member]) -> [JSON] {
        let notification = wording.notification
        var levels = [member.level]
        if let former = member.formerLevel, former != member.level { levels.append(former) }
        return levels.map { level in
            let isOver = notification.kind == .resolve || member.resolvedAt != nil || level != member.level
            let ended = member.resolvedAt ?? (notification.kind == .resolve ? notification.resolvedAt : nil) ?? notification.at
            let key = ["alertname": member.key.rule, "probe": member.key.probe, "severity": level.rawValue]
            return alert(
                key.merging(member.labels) { ours, _ in ours }, Alertmanager.annotations(member, wording, of: level) + shared,
                since: member.since, ended: isOver ? min(ended, notification.at) : nil, wording)
        }
    }

    /// An incident that no alert stands for.
    private func incident(_ wording: Wording, _ shared: [JSON.Member]) -> JSON {
        let notification = wording.notification
        let key = ["alertname": "MonitordIncident", "severity": notification.level.rawValue]
        return alert(
            // What the group was made by is said otherwise here.
            key.merging(notification.labels.filter { !["rule", "level"].contains($0.key) }) { ours, _ in ours },
            [.init("summary", .string(wording.headline.shortened(to: Alertmanager.maxSummary)))] + shared,
            since: notification.openedAt,
            ended: notification.kind == .resolve ? notification.resolvedAt ?? notification.at : nil,
            wording)
    }

    private func alert(
        _ labels: Labels, _ annotations: [JSON.Member], since: Timestamp, ended: Timestamp?, _ wording: Wording
    ) -> JSON {
        let own = wording.notification.isDrill ? self.labels.merging(["drill": "true"]) { _, drill in drill } : self.labels
        // Alertmanager refuses an end before the beginning.
        let ends = ended.map { max(since, $0) } ?? max(since, wording.notification.at) + Alertmanager.validity
        var alert: [JSON.Member] = [
            .init("labels", .sorted(AlertLabels.of(labels, own))), .init("annotations", .object(annotations)),
            .init("startsAt", .string(since.description)), .init("endsAt", .string(ends.description)),
        ]
        if let page = wording.ownPage { alert.append(.init("generatorURL", .string(page))) }
        return .object(alert)
    }

    private static func annotations(
        _ member: Notification.Member, _ wording: Wording, of level: Level
    ) -> [JSON.Member] {
        guard level == member.level || member.resolvedAt != nil else {
            return [
                .init("summary", .string("\(wording.name(member)) is \(member.level.rawValue) now".shortened(to: maxSummary)))
            ]
        }
        let reason = member.reason.oneLine
        let drill = wording.notification.isDrill ? "DRILL, nothing is wrong: " : ""
        let summary = "\(drill)\(wording.name(member))\(reason.isEmpty ? "" : ": \(reason)")"
        var annotations: [JSON.Member] = [
            .init("summary", .string(summary.shortened(to: maxSummary))),
            .init("description", .string(wording.line(member).shortened(to: maxDescription))),
            .init("since", .string(Wording.full(member.since))),
        ]
        let address = member.address.oneLine
        if !address.isEmpty { annotations.append(.init("address", .string(address.shortened(to: maxLabel)))) }
        return annotations
    }

    /// What all alerts of the incident say alike.
    private static func annotations(_ wording: Wording) -> [JSON.Member] {
        var annotations: [JSON.Member] = [
            .init("incident", .string(wording.notification.incident.oneLine.shortened(to: 200))),
            .init("node", .string(wording.notification.node.oneLine.shortened(to: 200))),
        ]
        if let acknowledge = wording.acknowledge {
            annotations.append(.init("acknowledge", .string(acknowledge.shortened(to: 300))))
        }
        if let unrecorded = wording.unrecorded { annotations.append(.init("unrecorded", .string(unrecorded))) }
        let facts = Shortened.list(wording.factLines, to: maxDescription) { $0 }
        if !facts.isEmpty { annotations.append(.init("facts", .string(facts.joined(separator: "\n")))) }
        // `Runbook` is `runbook_url`, as rules of Prometheus have it.
        var names: Set<String> = []
        for link in wording.links {
            let name = AlertLabels.valid(link.text.lowercased()) + "_url"
            if names.insert(name).inserted { annotations.append(.init(name, .string(link.address))) }
        }
        return annotations
    }

    /// The alert that always fires: whoever watches for its absence learns that nothing is watched any more. It names the node, for
    /// another monitord that lives must not hide the death of this one.
    package static func watchdog(node: String, at now: Timestamp, labels: Labels = [:]) -> Message {
        let own = AlertLabels.of(["alertname": "Watchdog", "severity": "none", "node": node], labels)
        return Message(
            body: JSON.array([
                [
                    "labels": .sorted(own),
                    "annotations": [
                        "summary": .string("monitord on \(node.oneLine.shortened(to: 200)) is alive"),
                        "description":
                            "It always fires. Where it is missing, monitord or the way from it to Alertmanager is broken.",
                    ],
                    "startsAt": .string(now.description), "endsAt": .string((now + validity).description),
                ]
            ]).text)
    }

    package func outgoing(_ row: OutboxRow) -> Outgoing {
        let base = row.recipient ?? urls.first ?? ""
        return .http(
            .post(
                Secret("\(base)/api/v2/alerts"), headers: HTTPRequest.jsonHeaders + headers, body: row.message.body,
                caFile: caFile))
    }

    /// The same state said twice is the same state: nothing is ever in doubt.
    package func judge(_ reply: TransferReply) -> DeliveryVerdict {
        let verdict = TransferVerdict.judge(reply, hiding: headers.map(\.value)) { _ in
            reply.status == 200 ? .delivered(reference: nil) : .rejected("\(reply.status), where Alertmanager answers 200")
        }
        guard case .inDoubt(let reason, let after) = verdict else { return verdict }
        return .retry(reason, after: after)
    }
}

extension JSON {
    /// An alert with one annotation more.
    fileprivate func annotated(_ name: String, _ text: String) -> JSON {
        guard case .object(var members) = self else { return self }
        for index in members.indices where members[index].name == "annotations" {
            if case .object(let annotations) = members[index].value {
                members[index].value = .object(annotations + [.init(name, .string(text))])
            }
        }
        return .object(members)
    }
}
