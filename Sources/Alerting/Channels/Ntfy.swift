package import Model
package import Settings

/// A message to a topic of ntfy, on ntfy.sh or a server of one's own, published as JSON.
/// <https://docs.ntfy.sh/publish/#publish-as-json>
package struct Ntfy: Channel {
    package static let kind = "ntfy"
    package static let vendor = "https://ntfy.sh"

    /// Bytes. A longer message becomes an attachment (<https://docs.ntfy.sh/publish/#limitations>).
    static let maxMessage = 4_096
    /// Bytes. Newer servers refuse more than 1 KB (<https://github.com/binwiederhier/ntfy/releases/tag/v2.28.0>).
    static let maxTitle = 250
    /// <https://docs.ntfy.sh/publish/#action-buttons>
    static let maxActions = 3

    /// Who knows a topic can read it, where the server has no accounts: it counts as a secret.
    let topic: Secret
    let token: Secret?
    let url: String
    let caFile: String?

    package init(topic: Secret, token: Secret? = nil, url: String = Ntfy.vendor, caFile: String? = nil) {
        self.topic = topic
        self.token = token
        self.url = url
        self.caFile = caFile
    }

    package init?(_ fields: Fields) {
        let before = fields.problems.all.count
        let topic = fields.textOrSecret("topic", required: true)
        let token = fields.token("token")
        let url = fields.vendorBase("url", adding: nil)
        let caFile = fields.readableFile("ca_file")
        if let topic, topic.reveal().wholeMatch(of: #/[A-Za-z0-9_\-]{1,64}/#) == nil {
            fields.problem(at: "topic", "topic: expected at most 64 letters, digits, '_' and '-'")
        }
        guard fields.problems.all.count == before, let topic else { return nil }
        self.init(topic: topic, token: token, url: url ?? Ntfy.vendor, caFile: caFile)
    }

    /// The public server gives back one request in five seconds, after the first sixty.
    package var attemptsPerMinute: Int { 12 }
    package var rateKey: Secret? { Secret(url) }

    package func message(for notification: Notification) -> Message {
        let wording = Wording(notification)
        let sign = Sign(notification)
        let room = Ntfy.maxTitle - Resent.mark.utf8.count
        // Buttons for the first, lines for the others; a touch of the message follows the first.
        let links = wording.links
        let lines = wording.lines(to: Ntfy.maxMessage, links: Array(links.dropFirst(Ntfy.maxActions)), cost: Ntfy.cost)
        let message: JSON = [
            "title": .string(wording.headlineAlone(to: room, cost: Ntfy.cost)),
            "message": .string(lines.joined(separator: "\n")),
            "priority": .integer(Ntfy.priority(notification)), "tags": [.string(sign.name)],
        ]
        guard let first = links.first, case .object(let members) = message else { return Message(body: message.text) }
        let buttons = links.prefix(Ntfy.maxActions).map { link -> JSON in
            ["action": "view", "label": .string(link.text), "url": .string(link.address)]
        }
        return Message(
            body: JSON.object(members + [.init("click", .string(first.address)), .init("actions", .array(Array(buttons)))]).text
        )
    }

    package func outgoing(_ row: OutboxRow) -> Outgoing {
        let topic = JSON.object([.init("topic", .string(topic.reveal()))]).text
        let headers = token.map { [Header("Authorization", "Bearer \($0.reveal())")] } ?? []
        return .http(
            .post(
                Secret(url + "/"), headers: HTTPRequest.jsonHeaders + headers,
                body: topic.dropLast() + "," + row.body(markedIn: "title").dropFirst(), caFile: caFile))
    }

    package func judge(_ reply: TransferReply) -> DeliveryVerdict {
        TransferVerdict.judge(reply, hiding: topic, token) { said in
            guard reply.status == 200 else { return .rejected("\(reply.status), where ntfy answers 200") }
            guard let reference = JSONAnswer(reply.body)?.reference else {
                return .rejected("200 without ntfy's message: \(said)")
            }
            return .delivered(reference: reference)
        }
    }

    /// 5 rings until it is seen, 4 rings, 3 is usual, 2 makes no sound.
    private static func priority(_ notification: Notification) -> Int {
        switch notification.kind {
        case .trigger, .update: notification.ackedBy != nil ? 3 : notification.level == .critical ? 5 : 4
        case .acknowledge, .resolve, .test: 3
        case .delayed, .digest, .change: 2
        }
    }

    private static func cost(_ character: Character) -> Int { character.utf8.count }
}
