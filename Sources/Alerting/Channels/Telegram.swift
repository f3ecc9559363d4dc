package import Model
package import Settings

/// A Telegram bot's message to a chat: plain text, so that nothing in it is markup.
/// <https://core.telegram.org/bots/api#sendmessage>
package struct Telegram: Channel {
    package static let kind = "telegram"
    package static let vendor = "https://api.telegram.org"

    /// Characters, counted as UTF-16 units.
    static let maxText = 4_096
    static let maxHeadline = 600

    let token: Secret
    let chat: String
    let url: String
    let caFile: String?

    package init(token: Secret, chat: String, url: String = Telegram.vendor, caFile: String? = nil) {
        self.token = token
        self.chat = chat
        self.url = url
        self.caFile = caFile
    }

    package init?(_ fields: Fields) {
        let before = fields.problems.all.count
        let token = fields.secret("bot_token", required: true)
        let chat = fields.string("chat_id", required: true)
        let url = fields.vendorBase("url", adding: nil)
        let caFile = fields.readableFile("ca_file")
        if let token, token.reveal().wholeMatch(of: #/[0-9]+:[A-Za-z0-9_\-]+/#) == nil {
            fields.problem(at: "bot_token", "bot_token: expected the token that BotFather gives, digits, a colon and letters")
        }
        if let chat, chat.wholeMatch(of: #/-?[0-9]{1,20}|@[A-Za-z][A-Za-z0-9_]{3,31}/#) == nil {
            fields.problem(at: "chat_id", "chat_id: expected the number of a chat such as -1001234567890, or @channelname")
        }
        guard fields.problems.all.count == before, let token, let chat else { return nil }
        self.init(token: token, chat: chat, url: url ?? Telegram.vendor, caFile: caFile)
    }

    /// A group takes 20 a minute (<https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this>).
    package var attemptsPerMinute: Int { 18 }
    package var rateKey: Secret? { Secret("\(url) \(chat) \(token.reveal())") }

    package func message(for notification: Notification) -> Message {
        let wording = Wording(notification)
        let headline = "\(Sign(notification).emoji) \(wording.headline)".shortened(
            to: Telegram.maxHeadline, cost: Telegram.cost)
        let room = Telegram.maxText - Resent.mark.count - Telegram.maxHeadline
        // Telegram makes links of addresses itself. A button would be surer, but one whose address it does not like, such as that of
        // a host without a dot, costs the whole message.
        let links = wording.links.map { Notification.Link($0.text, $0.address.replacing("@", with: "%40")) }
        let lines = [headline] + wording.lines(to: room, links: links, cost: Telegram.cost)
        var message: [JSON.Member] = [
            .init("text", .string(Telegram.withoutMentions(lines.joined(separator: "\n")))), .init("chat_id", .string(chat)),
            .init("link_preview_options", ["is_disabled": true]),
        ]
        if notification.kind == .delayed || notification.kind == .digest { message.append(.init("disable_notification", true)) }
        return Message(body: JSON.object(message).text)
    }

    package func outgoing(_ row: OutboxRow) -> Outgoing {
        .http(.post(Secret("\(url)/bot\(token.reveal())/sendMessage"), body: row.body(markedIn: "text"), caFile: caFile))
    }

    package func judge(_ reply: TransferReply) -> DeliveryVerdict {
        TransferVerdict.judge(reply, hiding: token) { said in
            guard reply.status == 200 else { return .rejected("\(reply.status), where Telegram answers 200") }
            let answer = JSONAnswer(reply.body)
            guard answer?.isOK == true else { return .rejected("200 without \"ok\":true: \(said)") }
            return .delivered(reference: answer?.reference)
        }
    }

    /// Telegram tells the user whose name stands after an @ at a word's beginning; a word joiner, which nobody sees, keeps it from
    /// that.
    static func withoutMentions(_ text: String) -> String {
        var output = String.UnicodeScalarView()
        var before: Unicode.Scalar = " "
        for scalar in text.unicodeScalars {
            output.append(scalar)
            if scalar == "@", !before.properties.isAlphabetic, before.properties.numericType == nil {
                output.append("\u{2060}")
            }
            before = scalar
        }
        return String(output)
    }

    /// An @ may bring a word joiner.
    private static func cost(_ character: Character) -> Int {
        character.utf16.reduce(0) { $0 + ($1 == 0x40 ? 2 : 1) }
    }
}
