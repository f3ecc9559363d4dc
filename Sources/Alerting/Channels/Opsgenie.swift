package import Model
package import Settings

/// Opsgenie's Alert API, and what speaks like it: an alert that stays open until it is closed. Requests with one alias are one
/// alert, so a repeated request only counts. A request is carried out after it was accepted; what becomes of it there is not
/// told. <https://docs.opsgenie.com/docs/alert-api>
package struct Opsgenie: Channel {
    package static let kind = "opsgenie"
    package static let vendor = "https://api.opsgenie.com"

    // Characters, counted as UTF-16 units.
    static let maxMessage = 130
    static let maxAlias = 512
    static let maxDescription = 15_000
    static let maxSource = 100
    static let maxEntity = 512
    /// All names and values together.
    static let maxDetails = 8_000

    let key: Secret
    let url: String
    let caFile: String?

    package init(key: Secret, url: String = Opsgenie.vendor, caFile: String? = nil) {
        self.key = key
        self.url = url
        self.caFile = caFile
    }

    package init?(_ fields: Fields) {
        let before = fields.problems.all.count
        let key = fields.token("api_key", required: true)
        let url = fields.vendorBase("url", adding: "/v2/alerts")
        let caFile = fields.readableFile("ca_file")
        guard fields.problems.all.count == before, let key else { return nil }
        self.init(key: key, url: url ?? Opsgenie.vendor, caFile: caFile)
    }

    package var attemptsPerMinute: Int { 60 }
    package var rateKey: Secret? { Secret("\(url) \(key.reveal())") }
    package var keepsState: Bool { true }

    /// The alias stands first in every stored message: `outgoing` puts it in the path where the alert is named there. A test is an
    /// alert of the lowest priority; somebody has to close it there.
    package func message(for notification: Notification) -> Message {
        let wording = Wording(notification)
        let alias = JSON.Member("alias", .string(Opsgenie.alias(notification.dedupKey)))
        let source = JSON.Member(
            "source", .string("monitord on \(notification.node.oneLine)".shortened(to: Opsgenie.maxSource, cost: Opsgenie.cost))
        )
        let event: [JSON.Member]
        switch notification.kind {
        case .trigger, .update, .test:
            event = [alias] + Opsgenie.alert(wording) + [source]
        case .acknowledge, .resolve, .delayed, .digest, .change:
            event = [alias, source, .init("note", .string(wording.summary.shortened(to: 1_000, cost: Opsgenie.cost)))]
        }
        return Message(body: JSON.object(event).text)
    }

    package func outgoing(_ row: OutboxRow) -> Outgoing {
        let headers = HTTPRequest.jsonHeaders + [Header("Authorization", "GenieKey \(key.reveal())")]
        let body = row.message.body
        let start = "{\"alias\":\""
        precondition(body.hasPrefix(start), "an Opsgenie message starts with its alias")
        let alias = body.dropFirst(start.count).prefix { $0 != "\"" }
        func act(_ action: String) -> Outgoing {
            // What is left of the document after the alias, its quote and comma.
            let rest = "{" + body.dropFirst(start.count + alias.count + 2)
            let address = Secret("\(url)/v2/alerts/\(alias)/\(action)?identifierType=alias")
            return .http(.post(address, headers: headers, body: rest, caFile: caFile))
        }
        switch row.kind {
        case .trigger, .update, .test:
            return .http(.post(Secret("\(url)/v2/alerts"), headers: headers, body: body, caFile: caFile))
        case .acknowledge: return act("acknowledge")
        case .resolve, .delayed, .digest, .change: return act("close")
        }
    }

    /// 202 is acceptance. Any other success is not Opsgenie's answer; asking again is harmless there.
    package func judge(_ reply: TransferReply) -> DeliveryVerdict {
        TransferVerdict.judge(reply, hiding: key) { _ in
            reply.status == 202
                ? .delivered(reference: JSONAnswer(reply.body)?.reference)
                : .inDoubt("\(reply.status), where Opsgenie answers 202; another server may have answered")
        }
    }

    /// The key itself, or its hash where it is too long or would need escaping in a path.
    static func alias(_ key: String) -> String {
        key.utf8.count <= maxAlias && key.wholeMatch(of: #/[A-Za-z0-9._\-]+/#) != nil
            ? key : "md-" + Digest.sha256(Array(key.utf8))
    }

    private static func alert(_ wording: Wording) -> [JSON.Member] {
        let notification = wording.notification
        let worst = wording.members.first
        let entity = [worst?.address, worst?.key.probe].compactMap { $0?.oneLine }.first { !$0.isEmpty }
        var alert: [JSON.Member] = [
            .init("message", .string(wording.headlineAlone(to: maxMessage, cost: cost))),
            .init("description", .string(wording.lines(to: maxDescription, cost: cost).joined(separator: "\n"))),
            .init("priority", .string(priority(notification))),
        ]
        if let entity { alert.append(.init("entity", .string(entity.shortened(to: maxEntity, cost: cost)))) }
        let details = details(wording)
        if !details.isEmpty { alert.append(.init("details", .object(details))) }
        return alert
    }

    /// As many labels, links and facts as fit; of two with one name the first.
    private static func details(_ wording: Wording) -> [JSON.Member] {
        let more =
            wording.links.map { JSON.Member($0.text, .string($0.address)) }
            + wording.facts.map { JSON.Member($0.name, .string($0.text)) }
        var names: Set<String> = []
        var used = 0
        return (wording.labelMembers(atMost: 100, name: 100, value: 500, cost: cost) + more).filter { member in
            guard case .string(let value) = member.value, !names.contains(member.name) else { return false }
            let size = member.name.utf16.count + value.utf16.count
            guard used + size <= maxDetails else { return false }
            used += size
            return names.insert(member.name).inserted
        }
    }

    private static func priority(_ notification: Notification) -> String {
        notification.kind == .test ? "P5" : notification.level == .critical ? "P1" : "P3"
    }

    private static func cost(_ character: Character) -> Int { character.utf16.count }
}
