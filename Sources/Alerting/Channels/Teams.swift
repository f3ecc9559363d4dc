package import Model
package import Settings

/// A Microsoft Teams workflow that posts the adaptive card it is sent, or an older incoming webhook. Text from outside stands in
/// text runs, which Teams shows as they are: a text block would read Markdown.
/// <https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using>
package struct Teams: Channel {
    package static let kind = "teams"

    /// Bytes. <https://learn.microsoft.com/en-us/connectors/teams/> says about 28 KB; bodies of 19.6 KB were refused, too
    /// (<https://github.com/prometheus-msteams/prometheus-msteams/issues/29>).
    static let maxBody = 18_000
    static let maxHeadline = 400

    let webhook: SecretWebhook

    package init(webhook: Secret) { self.webhook = SecretWebhook(webhook) }

    package init?(_ fields: Fields) {
        guard let webhook = SecretWebhook(fields) else { return nil }
        self.webhook = webhook
    }

    /// Teams slows a sender down above four requests a second, and a workflow far sooner where it is billed by runs.
    package var attemptsPerMinute: Int { 30 }
    package var rateKey: Secret? { webhook.address }

    package func message(for notification: Notification) -> Message {
        let wording = Wording(notification)
        let sign = Sign(notification)
        let headline = "\(sign.emoji) \(wording.headline)".shortened(to: Teams.maxHeadline, cost: Teams.cost)
        let head = Teams.line(
            headline, run: [.init("weight", "Bolder"), .init("size", "Medium"), .init("color", .string(Teams.colour(sign)))])
        let actions = wording.links.map { link -> JSON in
            ["type": "Action.OpenUrl", "title": .string(link.text), "url": .string(link.address)]
        }
        let room = Teams.maxBody - Resent.mark.utf8.count - Teams.document([head], actions).text.utf8.count
        let line = Teams.line("", block: [.init("spacing", "Small")])
        let lines = wording.lines(to: room, separator: line.text.utf8.count + 1, links: [], cost: Teams.cost)
        // Teams refuses a card with a text that is empty.
        let body =
            [head] + lines.filter { !$0.allSatisfy(\.isWhitespace) }.map { Teams.line($0, block: [.init("spacing", "Small")]) }
        return Message(body: Teams.document(body, actions).text)
    }

    package func outgoing(_ row: OutboxRow) -> Outgoing {
        webhook.post(row.body(markedIn: "text"))
    }

    /// A workflow answers 202 with nothing. A connector answers 200 with `1`, and 200 with a sentence where Teams refused: then
    /// the status that stands in the sentence counts (<https://github.com/MicrosoftDocs/msteams-docs/issues/1810>).
    package func judge(_ reply: TransferReply) -> DeliveryVerdict {
        TransferVerdict.judge(reply, hiding: webhook.address) { said in
            if let status = Teams.innerStatus(String(decoding: reply.body, as: UTF8.self)), !(200...299).contains(status) {
                var inner = reply
                inner.status = status
                return TransferVerdict.status(inner, hiding: [webhook.address], detail: said).prefixed(
                    "\(reply.status), but Teams answered ")
            }
            let isAccepted = reply.status == 202 || reply.status == 200 && (said.isEmpty || said == "1")
            let shown = said.isEmpty ? "" : ": \(said)"
            return isAccepted
                ? .delivered(reference: nil) : .rejected("\(reply.status) and an answer that Teams does not give\(shown)")
        }
    }

    /// The status in a sentence such as `… Microsoft Teams endpoint returned HTTP error 413 with ContextId …`.
    static func innerStatus(_ body: String) -> Int? {
        body.firstRange(of: "HTTP error ").flatMap { Int(body[$0.upperBound...].prefix { $0.isASCII && $0.isNumber }) }
    }

    private static func document(_ body: [JSON], _ actions: [JSON]) -> JSON {
        var card: [JSON.Member] = [
            .init("$schema", "http://adaptivecards.io/schemas/adaptive-card.json"), .init("type", "AdaptiveCard"),
            .init("version", "1.2"), .init("msteams", ["width": "Full"]), .init("body", .array(body)),
        ]
        if !actions.isEmpty { card.append(.init("actions", .array(actions))) }
        return [
            "type": "message",
            "attachments": [
                ["contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": .null, "content": .object(card)]
            ],
        ]
    }

    private static func line(_ text: String, block: [JSON.Member] = [], run: [JSON.Member] = []) -> JSON {
        let inline = JSON.object([.init("type", "TextRun"), .init("text", .string(text))] + run)
        return .object([.init("type", "RichTextBlock")] + block + [.init("inlines", [inline])])
    }

    /// Bytes within a JSON text.
    private static func cost(_ character: Character) -> Int {
        character.utf8.reduce(0) { $0 + ($1 == UInt8(ascii: "\"") || $1 == UInt8(ascii: "\\") ? 2 : 1) }
    }

    private static func colour(_ sign: Sign) -> String {
        switch sign {
        case .critical: "Attention"
        case .warning: "Warning"
        case .over: "Good"
        case .drill: "Accent"
        case .acknowledged, .late, .test, .digest, .change: "Default"
        }
    }
}

extension DeliveryVerdict {
    fileprivate func prefixed(_ prefix: String) -> DeliveryVerdict {
        switch self {
        case .delivered: self
        case .retry(let reason, let after): .retry(prefix + reason, after: after)
        case .rejected(let reason): .rejected(prefix + reason)
        case .inDoubt(let reason, let after): .inDoubt(prefix + reason, after: after)
        case .unanchored(let reason): .unanchored(prefix + reason)
        }
    }
}
