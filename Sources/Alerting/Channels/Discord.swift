package import Model
package import Settings

/// A Discord webhook: one message with one embed. <https://discord.com/developers/docs/resources/webhook#execute-webhook>
package struct Discord: Channel {
    package static let kind = "discord"

    // Characters, counted as UTF-16 units of the escaped text. An embed's description may have 4,096, all embeds together 6,000.
    static let maxContent = 2_000
    static let maxDescription = 4_000
    static let maxField = 1_024

    let webhook: SecretWebhook

    package init(webhook: Secret) { self.webhook = SecretWebhook(webhook) }

    package init?(_ fields: Fields) {
        guard let webhook = SecretWebhook(fields) else { return nil }
        self.webhook = webhook
    }

    /// A webhook takes about 30 a minute, and 5 in two seconds.
    package var attemptsPerMinute: Int { 25 }
    package var rateKey: Secret? { webhook.address }

    /// Nobody is mentioned, whatever the text says.
    package func message(for notification: Notification) -> Message {
        let wording = Wording(notification)
        let sign = Sign(notification)
        let content = "\(sign.emoji) \(wording.fullSummary)"
            .shortened(to: Discord.maxContent - Resent.mark.count, cost: Markdown.cost)
        let description = wording.lines(to: Discord.maxDescription, links: [], cost: Markdown.cost).map(Markdown.escaped)
        var embed: [JSON.Member] = [
            .init("description", .string(description.joined(separator: "\n"))), .init("color", .integer(sign.colour)),
            .init("timestamp", .string(notification.at.description)),
        ]
        let links = Discord.links(wording)
        if !links.isEmpty { embed.append(.init("fields", [["name": "Links", "value": .string(links)]])) }
        let message: JSON = [
            "content": .string(Markdown.escaped(content)), "embeds": [.object(embed)], "allowed_mentions": ["parse": []],
        ]
        return Message(body: message.text)
    }

    /// A line a link, as many whole ones as a field has room for.
    private static func links(_ wording: Wording) -> String {
        var text = ""
        for link in wording.links.map(Markdown.link) where text.utf16.count + link.utf16.count < maxField {
            text += text.isEmpty ? link : "\n" + link
        }
        return text
    }

    package func outgoing(_ row: OutboxRow) -> Outgoing {
        webhook.post(row.body(markedIn: "content"), to: Secret(Discord.versioned(webhook.address.reveal())))
    }

    /// 200 comes with the message, for it is asked for; 204 is acceptance, too.
    package func judge(_ reply: TransferReply) -> DeliveryVerdict {
        TransferVerdict.judge(reply, hiding: webhook.address) { said in
            guard reply.status == 200 else {
                return reply.status == 204
                    ? .delivered(reference: nil) : .rejected("\(reply.status), where Discord answers 200 or 204")
            }
            guard let reference = JSONAnswer(reply.body)?.reference else {
                return .rejected("200 without Discord's message: \(said)")
            }
            return .delivered(reference: reference)
        }
    }

    /// The address with the version of the API, for in early ones `retry_after` counts milliseconds; and with `wait`, without
    /// which a message that was not kept is no error (<https://discord.com/developers/docs/reference#api-versioning>).
    static func versioned(_ address: String) -> String {
        let address = address.replacing("/api/webhooks/", with: "/api/v10/webhooks/", maxReplacements: 1)
        return address + (address.contains("?") ? "&" : "?") + "wait=true"
    }
}
