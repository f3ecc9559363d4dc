import Model
import Settings

/// Slack's Web API, with the token of an app that may write to the channel (scope `chat:write`). It names each message, so that what
/// follows stands in the thread below the first. <https://docs.slack.dev/reference/methods/chat.postMessage>
struct SlackAPI: Sendable {
    static let vendor = "https://slack.com/api"

    let token: Secret
    let channel: String
    let url: String
    let caFile: String?

    init(token: Secret, channel: String, url: String = SlackAPI.vendor, caFile: String? = nil) {
        self.token = token
        self.channel = channel
        self.url = url
        self.caFile = caFile
    }

    /// nil where a problem was found.
    init?(_ fields: Fields) {
        let before = fields.problems.all.count
        let token = fields.token("token", required: true)
        let channel = fields.string("channel", required: true)
        let url = fields.vendorBase("url", adding: "/chat.postMessage")
        let caFile = fields.readableFile("ca_file")
        if let channel, channel.wholeMatch(of: #/[CGD][A-Z0-9]{2,30}/#) == nil {
            fields.problem(
                at: "channel",
                "channel: expected the channel's ID such as C0123456789, which Slack shows at the end of its details; a name can change"
            )
        }
        guard fields.problems.all.count == before, let token, let channel else { return nil }
        self.init(token: token, channel: channel, url: url ?? SlackAPI.vendor, caFile: caFile)
    }

    /// Where the first message of a page stands: what `judge` makes of Slack's answer, and later messages refer to.
    struct Root: Hashable {
        var channel: String
        var time: String

        init(channel: String, time: String) {
            self.channel = channel
            self.time = time
        }
        /// `C0123456789:1774749665.000100`
        init?(_ reference: String) {
            guard let match = reference.wholeMatch(of: #/([A-Z0-9]{1,40}):([0-9]{1,20}\.[0-9]{1,20})/#) else { return nil }
            self.init(channel: String(match.1), time: String(match.2))
        }
        var reference: String { "\(channel):\(time)" }
    }

    /// One request a row, so that each is retried by itself. An acknowledgement changes the first message: whoever looks at the
    /// channel sees that somebody has it, and nobody's phone rings for that. A resolve is a reply in the thread that the channel
    /// sees, too: a changed message would tell nobody. A page is always a message of its own, for replies are easily missed.
    ///
    /// The first message's place is known only when Slack has taken it, which is after later rows were worded: it is put before
    /// the stored body here.
    func outgoing(_ row: OutboxRow) -> Outgoing {
        let root = row.reference.flatMap(Root.init)
        let home: [JSON.Member] = [.init("channel", .string(root?.channel ?? channel))]
        switch row.kind {
        case .acknowledge:
            guard let root else { return call("chat.postMessage", home, Slack.marked(row)) }
            // To change it twice is to change it once: no mark of a repeat.
            return call("chat.update", home + [.init("ts", .string(root.time))], row.message.body)
        case .update, .resolve:
            guard let root else { return call("chat.postMessage", home, Slack.marked(row)) }
            var thread = home + [.init("thread_ts", .string(root.time))]
            if row.kind == .resolve { thread.append(.init("reply_broadcast", true)) }
            return call("chat.postMessage", thread, Slack.marked(row))
        case .trigger, .delayed, .test, .digest, .change:
            return call("chat.postMessage", [.init("channel", .string(channel))], Slack.marked(row))
        }
    }

    private func call(_ method: String, _ head: [JSON.Member], _ body: String) -> Outgoing {
        .http(
            .post(
                Secret("\(url)/\(method)"),
                headers: HTTPRequest.jsonHeaders + [Header("Authorization", "Bearer \(token.reveal())")],
                body: JSON.object(head).text.dropLast() + "," + body.dropFirst(), caFile: caFile))
    }

    /// Slack answers 200 whatever becomes of a request; the body says it.
    func judge(_ reply: TransferReply) -> DeliveryVerdict {
        TransferVerdict.judge(reply, hiding: token) { _ in
            guard reply.status == 200 else { return .rejected("\(reply.status), where Slack answers 200") }
            guard let answer = JSONAnswer(reply.body), let isOK = answer.isOK else {
                return .inDoubt("200 without Slack's \"ok\": another server may have answered")
            }
            if isOK {
                let root = answer.channel.flatMap { channel in answer.time.map { Root(channel: channel, time: $0).reference } }
                return .delivered(reference: root.flatMap(Root.init)?.reference)
            }
            return SlackAPI.refusal(answer, after: reply.retryAfter ?? answer.retryAfter)
        }
    }

    /// <https://docs.slack.dev/reference/methods/chat.postMessage#errors>
    private static func refusal(_ answer: JSONAnswer, after: Duration?) -> DeliveryVerdict {
        guard let error = answer.error.flatMap(word) else { return .rejected("200, and Slack's error is no word") }
        switch error {
        case "ratelimited", "rate_limited":
            return .retry("200, too many requests: \(error)", after: after)
        case "service_unavailable", "request_timeout":
            return .retry("200, Slack cannot take it now: \(error)", after: after)
        case "internal_error", "fatal_error":
            // "It's possible some aspect of the operation succeeded", says the page.
            return .inDoubt("200, Slack failed and may have kept the message: \(error)")
        case "thread_not_found", "message_not_found", "cant_update_message":
            // Somebody deleted the first message.
            return .unanchored("200, refused: \(error)")
        case "missing_scope":
            let needed = answer.needed.flatMap(word).map { "; the token lacks \($0)" } ?? ""
            return .rejected("200, refused: \(error)\(needed)")
        default:
            return .rejected("200, refused: \(error)")
        }
    }

    /// Slack's errors and scopes are words such as `channel_not_found` and `chat:write`; anything else is not shown.
    private static func word(_ text: String) -> String? {
        text.wholeMatch(of: #/[a-z_:.,]{1,64}/#) == nil ? nil : text
    }
}
