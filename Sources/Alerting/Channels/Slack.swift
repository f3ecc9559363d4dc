package import Model
package import Settings

/// A channel of Slack, by an incoming webhook or by the Web API. A webhook names no message, so nothing that follows can refer to it;
/// with either, a repeat can only be marked. <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks>
package struct Slack: Channel {
    package static let kind = "slack"

    // Characters as Slack may count them: UTF-16 units of the escaped text. All of them together stay below 12,000; the
    // total that Slack refuses is undocumented and was seen near 13,000.
    static let maxText = 1_500
    static let maxHeader = 150
    static let maxSection = 3_000
    static let maxLine = 600
    static let maxFacts = 1_500
    static let maxLinks = 1_500
    static let maxField = 200
    static let maxFields = 10

    enum Way: Sendable {
        case webhook(SecretWebhook)
        case api(SlackAPI)
    }
    let way: Way

    init(_ way: Way) { self.way = way }
    package init(webhook: Secret) { self.init(.webhook(SecretWebhook(webhook))) }

    package init?(_ fields: Fields) {
        let api = ["token", "channel"]
        switch (fields.has("webhook_url"), api.contains(where: fields.has)) {
        case (true, false):
            guard let webhook = SecretWebhook(fields) else { return nil }
            self.init(.webhook(webhook))
        case (false, true):
            guard let api = SlackAPI(fields) else { return nil }
            self.init(.api(api))
        case (false, false):
            fields.expect(["webhook_url"] + api)
            fields.problems.add(fields.place, "expected webhook_url, or token and channel")
            return nil
        case (true, true):
            for key in ["webhook_url", "url", "ca_file"] + api { fields.skip(key) }
            fields.problems.add(fields.place, "webhook_url, or token and channel: a channel sends by one of the two")
            return nil
        }
    }

    /// One message a second.
    package var attemptsPerMinute: Int { 60 }
    package var rateKey: Secret? {
        switch way {
        case .webhook(let webhook): webhook.address
        case .api(let api): Secret("\(api.url) \(api.channel) \(api.token.reveal())")
        }
    }

    /// An acknowledgement changes the first message, which a webhook cannot.
    package func takes(_ kind: Notification.Kind) -> Bool {
        switch kind {
        case .trigger, .update, .resolve, .delayed, .test, .digest: true
        case .acknowledge: if case .api = way { true } else { false }
        case .change: false
        }
    }

    package func message(for notification: Notification) -> Message {
        let wording = Wording(notification)
        var blocks: [JSON] = [
            [
                "type": "header",
                "text": [
                    "type": "plain_text",
                    "text": .string(
                        Slack.escaped("\(Slack.emoji(Sign(notification))) \(wording.headline)", to: Slack.maxHeader)),
                ],
            ],
            Slack.section(Slack.opening(wording)),
        ]
        if let unrecorded = wording.unrecorded {
            blocks.append(Slack.section(":floppy_disk: " + Slack.escaped(unrecorded, to: 500)))
        }
        let digest = Shortened.list(wording.digestLines, to: Slack.maxSection, cost: Slack.cost) { line in
            line.shortened(to: Slack.maxLine, cost: Slack.cost)
        }
        if !digest.isEmpty {
            blocks.append(Slack.section(Slack.escaped(digest.joined(separator: "\n"), to: Slack.maxSection)))
        }
        let lines = Shortened.list(wording.shownMembers, to: Slack.maxSection, cost: Slack.cost) { member in
            "• " + wording.line(member).shortened(to: Slack.maxLine, cost: Slack.cost)
        }
        if !lines.isEmpty {
            blocks.append(Slack.section(Slack.escaped(lines.joined(separator: "\n"), to: Slack.maxSection)))
        }
        let facts = Shortened.list(wording.facts, to: Slack.maxFacts, cost: { $0.utf16.count }) { fact in
            "*\(Slack.escaped(fact.name, to: 100)):* \(Slack.escaped(fact.text, to: Slack.maxLine))"
        }
        if !facts.isEmpty { blocks.append(Slack.section(facts.joined(separator: "\n"))) }
        let links = Slack.links(wording)
        if !links.isEmpty { blocks.append(Slack.section(links)) }
        if let acknowledge = wording.acknowledge {
            blocks.append(Slack.section("Acknowledge: `\(Slack.escaped(acknowledge, to: 300))`"))
        }
        let fields = wording.shownLabels.prefix(Slack.maxFields).map { label -> JSON in
            Slack.markdown("*\(Slack.escaped(label.name, to: 80))*\n\(Slack.escaped(label.value, to: Slack.maxField - 90))")
        }
        if !fields.isEmpty { blocks.append(["type": "section", "fields": .array(Array(fields))]) }
        blocks.append(["type": "context", "elements": [Slack.markdown(Slack.escaped(wording.origin, to: 500))]])
        // `text` stands first: `outgoing` marks a repeat in front of it.
        let text = Slack.escaped(wording.fullSummary, to: Slack.maxText)
        return Message(body: JSON.object([.init("text", .string(text)), .init("blocks", .array(blocks))]).text)
    }

    package func outgoing(_ row: OutboxRow) -> Outgoing {
        switch way {
        case .webhook(let webhook): webhook.post(Slack.marked(row))
        case .api(let api): api.outgoing(row)
        }
    }

    package func judge(_ reply: TransferReply) -> DeliveryVerdict {
        switch way {
        case .webhook: Slack.judgeWebhook(reply)
        case .api(let api): api.judge(reply)
        }
    }

    private static func judgeWebhook(_ reply: TransferReply) -> DeliveryVerdict {
        let word = Slack.errorWord(reply.body)
        switch reply.status {
        case 0: return TransferVerdict.failure(reply.error, mayHaveArrived: reply.mayHaveArrived)
        case 200 where reply.error != nil:
            return .inDoubt("200, but the answer broke off")
        case 200 where reply.body == Array("ok".utf8):
            return .delivered(reference: nil)
        case 200...299:
            return .rejected("\(reply.status) without the body \"ok\"" + (word.isEmpty ? "" : ": \(word)"))
        default:
            return TransferVerdict.status(reply, detail: word)
        }
    }

    /// Puts the mark where people see it: before the text of the phone's notice, and above the first block.
    static func marked(_ row: OutboxRow) -> String {
        let body = row.body(markedIn: "text")
        guard row.isRepeat else { return body }
        let blocks = "\",\"blocks\":["
        return body.replacing(blocks, with: "\(blocks)\(section(Resent.sentence).text),", maxReplacements: 1)
    }

    /// What a template says, or else the times.
    private static func opening(_ wording: Wording) -> String {
        guard let own = wording.ownLines else { return escaped(wording.times.capitalizedFirst, to: 500) }
        let lines = Shortened.list(own, to: maxSection, cost: cost) { $0.shortened(to: maxLine, cost: cost) }
        return escaped(lines.joined(separator: "\n"), to: maxSection)
    }

    /// As many whole links as have room. A button with an address would ask the app for an answer that nobody gives.
    private static func links(_ wording: Wording) -> String {
        var text = ""
        for link in wording.links {
            // The first bar ends the address; another one is not to be read as anything.
            var shown = link.text
            shown.unicodeScalars.replace("|".unicodeScalars, with: "/".unicodeScalars)
            let next = "<\(escaped(link.address, to: .max))|\(escaped(shown, to: 150))>"
            if text.utf16.count + next.utf16.count + 3 <= maxLinks { text += text.isEmpty ? next : " · \(next)" }
        }
        return text
    }

    private static func section(_ text: String) -> JSON { ["type": "section", "text": markdown(text)] }

    /// `verbatim` keeps Slack from making links and mentions of names in the text.
    private static func markdown(_ text: String) -> JSON { ["type": "mrkdwn", "text": .string(text), "verbatim": true] }

    /// The three characters that Slack's markup is made of become entities; the result costs no more than `limit`.
    static func escaped(_ text: String, to limit: Int) -> String {
        var output = ""
        for scalar in text.shortened(to: limit, cost: cost).unicodeScalars {
            switch scalar {
            case "&": output += "&amp;"
            case "<": output += "&lt;"
            case ">": output += "&gt;"
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output
    }

    private static func cost(_ character: Character) -> Int {
        character.unicodeScalars.reduce(0) { sum, scalar in
            switch scalar {
            case "&": sum + 5
            case "<", ">": sum + 4
            default: sum + UTF16.width(scalar)
            }
        }
    }

    /// Slack's answers to a refused message are a word such as `no_service`; anything else is not shown.
    private static func errorWord(_ body: [UInt8]) -> String {
        let isWord = body.count <= 64 && body.allSatisfy { ($0 >= 97 && $0 <= 122) || $0 == UInt8(ascii: "_") }
        return isWord ? String(decoding: body, as: UTF8.self) : ""
    }

    /// Slack has names of its own for two of them.
    private static func emoji(_ sign: Sign) -> String {
        switch sign {
        case .warning, .over: ":large_\(sign.name):"
        case .critical, .acknowledged, .late, .test, .digest, .change, .drill: ":\(sign.name):"
        }
    }
}
