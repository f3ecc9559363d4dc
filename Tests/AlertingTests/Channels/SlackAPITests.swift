import Model
import Testing

@testable import Alerting

@Suite struct SlackAPITests {
    private static let reference = "C0AAAAAAAAA:1774749675.000200"

    private func sent(
        _ kind: Notification.Kind, reference: String?, tries: Int = 1, inDoubt: Bool = false
    ) throws
        -> (method: String, body: [String: Any], request: HTTPRequest)
    {
        var row = Example.row(Example.slackAPI, Example.notification(kind), tries: tries, inDoubt: inDoubt)
        row.reference = reference
        let request = try #require(Example.slackAPI.outgoing(row).request)
        let method = try #require(request.url.reveal().split(separator: "/").last)
        return (String(method), try json(String(decoding: request.body, as: UTF8.self)), request)
    }

    private func answer(_ body: String, status: Int = 200) -> DeliveryVerdict {
        Example.slackAPI.judge(TransferReply(status: status, body: Array(body.utf8), mayHaveArrived: true))
    }

    @Test func everyStatus() {
        let rows: [StatusRow] = [
            ("only 200 is Slack's", 201...299, "rejected")
        ]
        let ok = #"{"ok":true,"channel":"C1","ts":"1774749675.000200"}"#
        check(Example.slackAPI, body: ok, [("acceptance says so", 200...200, "delivered")] + rows + usualRows)
        for body in ["", "ok", "<html>", "[]", #"{"ok":"true"}"#, #"{"ok":true"#] {
            check(Example.slackAPI, body: body, [("an answer that is not Slack's", 200...200, "in_doubt")] + rows + usualRows)
        }
        let broken = TransferReply(status: 200, error: TransferError(.timeout, "timed out"), mayHaveArrived: true)
        #expect(Example.slackAPI.judge(broken) == .inDoubt("200, but the answer broke off"))
    }

    @Test func everyErrorInASuccessfulAnswer() {
        let rows: [(error: String, verdict: DeliveryVerdict)] = [
            ("ratelimited", .retry("200, too many requests: ratelimited", after: .seconds(30))),
            ("rate_limited", .retry("200, too many requests: rate_limited", after: .seconds(30))),
            ("service_unavailable", .retry("200, Slack cannot take it now: service_unavailable", after: .seconds(30))),
            ("request_timeout", .retry("200, Slack cannot take it now: request_timeout", after: .seconds(30))),
            ("internal_error", .inDoubt("200, Slack failed and may have kept the message: internal_error")),
            ("fatal_error", .inDoubt("200, Slack failed and may have kept the message: fatal_error")),
            ("missing_scope", .rejected("200, refused: missing_scope; the token lacks chat:write")),
        ]
        for error in ["thread_not_found", "message_not_found", "cant_update_message"] {
            #expect(answer(#"{"ok":false,"error":"\#(error)"}"#) == .unanchored("200, refused: \(error)"))
        }
        for row in rows {
            let body = #"{"ok":false,"error":"\#(row.error)","needed":"chat:write","retry_after":30}"#
            #expect(answer(body) == row.verdict, "\(row.error)")
        }
        for error in [
            "channel_not_found", "not_in_channel", "is_archived", "msg_too_long", "no_text", "too_many_attachments",
            "not_authed",
            "invalid_auth", "account_inactive", "token_revoked", "invalid_blocks", "edit_window_closed", "invalid_arg_name",
            "invalid_charset", "something_new",
        ] {
            #expect(answer(#"{"ok":false,"error":"\#(error)"}"#) == .rejected("200, refused: \(error)"))
        }
        #expect(answer(#"{"ok":false,"error":"xoxb <script>"}"#) == .rejected("200, and Slack's error is no word"))
        #expect(answer(#"{"ok":false}"#) == .rejected("200, and Slack's error is no word"))
        #expect(answer(#"{"ok":false,"error":"missing_scope","needed":"<x>"}"#) == .rejected("200, refused: missing_scope"))
        #expect(answer(#"{"ok":false,"error":"ratelimited"}"#, status: 429).outcome == "retry")
    }

    @Test func anAcceptedMessageIsNamed() {
        let rows: [(body: String, reference: String?)] = [
            (#"{"ok":true,"channel":"C0123456789","ts":"1774749675.000200"}"#, "C0123456789:1774749675.000200"),
            (#"{"ok":true,"channel":"C0123456789"}"#, nil), (#"{"ok":true,"ts":"1774749675.000200"}"#, nil),
            (#"{"ok":true,"channel":"C1\"","ts":"1"}"#, nil),
        ]
        for row in rows { #expect(answer(row.body) == .delivered(reference: row.reference), "\(row.body)") }
    }

    @Test func whatFollowsStandsInTheThread() throws {
        let rows: [(sentence: String, kind: Notification.Kind, method: String, place: [String: String], broadcast: Bool?)] = [
            ("a page is a message of its own", .trigger, "chat.postMessage", ["channel": "C0123456789"], nil),
            (
                "an update stands below", .update, "chat.postMessage",
                ["channel": "C0AAAAAAAAA", "thread_ts": "1774749675.000200"], nil
            ),
            (
                "an acknowledgement changes the first message", .acknowledge, "chat.update",
                ["channel": "C0AAAAAAAAA", "ts": "1774749675.000200"], nil
            ),
            (
                "the channel sees a resolve, too", .resolve, "chat.postMessage",
                ["channel": "C0AAAAAAAAA", "thread_ts": "1774749675.000200"], true
            ),
            ("word of what is long over", .delayed, "chat.postMessage", ["channel": "C0123456789"], nil),
            ("a test", .test, "chat.postMessage", ["channel": "C0123456789"], nil),
            ("a digest", .digest, "chat.postMessage", ["channel": "C0123456789"], nil),
        ]
        for row in rows {
            let (method, body, request) = try sent(row.kind, reference: Self.reference)
            #expect(method == row.method, "\(row.sentence)")
            let places = body.filter { ["channel", "ts", "thread_ts"].contains($0.key) }.compactMapValues { $0 as? String }
            #expect(places == row.place, "\(row.sentence)")
            #expect(body["reply_broadcast"] as? Bool == row.broadcast, "\(row.sentence)")
            #expect((body["text"] as? String)?.isEmpty == false && (body["blocks"] as? [Any])?.isEmpty == false)
            #expect(request.headers.contains(Header("Authorization", "Bearer \(Example.slackToken)")))
            #expect(!String(decoding: request.body, as: UTF8.self).contains(Example.slackToken))
        }
    }

    @Test func whatHasNoFirstMessageStandsInTheChannel() throws {
        for kind in [Notification.Kind.update, .acknowledge, .resolve] {
            for reference in [nil, "", "1774749675.000200", "C1:\"},{", "c1:1.2"] {
                let (method, body, _) = try sent(kind, reference: reference)
                #expect(method == "chat.postMessage")
                #expect(Set(body.keys) == ["channel", "text", "blocks"], "\(kind) \(reference ?? "-")")
                #expect(body["channel"] as? String == "C0123456789")
            }
        }
    }

    @Test func onlyWhatMayStandTwiceIsMarked() throws {
        for kind in [Notification.Kind.trigger, .update, .resolve] {
            let (_, body, _) = try sent(kind, reference: Self.reference, tries: 2, inDoubt: true)
            #expect((body["text"] as? String)?.hasPrefix("(resent) ") == true, "\(kind)")
        }
        let (_, body, _) = try sent(.acknowledge, reference: Self.reference, tries: 2, inDoubt: true)
        #expect(texts(body).allSatisfy { !$0.contains("resent") })
    }

    @Test func aWebhookCannotTakeAnAcknowledgement() {
        for kind in Notification.Kind.allCases {
            #expect(Example.slackAPI.takes(kind) == (kind != .change))
            #expect(Example.slack.takes(kind) == ![.acknowledge, .change].contains(kind))
        }
        #expect(!Example.slackAPI.keepsState && Example.slackAPI.isQuiet)
    }
}
