import Model
import Testing

@testable import Alerting

/// What `judge` says of each status from 100 to 599 without an error; the first range that holds a status counts.
typealias StatusRow = (sentence: String, statuses: ClosedRange<Int>, outcome: String)

func check(_ channel: any Channel, body: String = "", _ rows: [StatusRow]) {
    for status in 100...599 {
        guard let row = rows.first(where: { $0.statuses.contains(status) }) else {
            Issue.record("no row for \(status)")
            continue
        }
        let verdict = channel.judge(TransferReply(status: status, body: Array(body.utf8), mayHaveArrived: true))
        #expect(verdict.outcome == row.outcome, "\(type(of: channel).kind) \(status): \(row.sentence)")
        #expect(verdict.outcome == "delivered" || verdict.reason.hasPrefix(String(status)), "\(verdict.reason)")
    }
}

/// What most receivers of HTTP mean by every status but success.
let usualRows: [StatusRow] = [
    ("an interim answer is none", 100...199, "in_doubt"),
    ("a redirected POST is a configuration error", 300...399, "rejected"),
    ("it did not get the request in time", 408...408, "retry"),
    ("it asks to come again", 425...425, "retry"),
    ("the rate limit", 429...429, "retry"),
    ("refused", 400...499, "rejected"),
    ("it refuses before it works", 503...503, "retry"),
    ("it may have worked before it failed", 500...599, "in_doubt"),
]

/// Every status and every error, for every channel; the tables of the later channels stand in files of their own.
@Suite struct JudgeTests {
    @Test("a refusal that repeats the address or the key is quoted without its secret parts, and the rest stays readable")
    func masks() {
        let rows: [(secret: String, said: String, shown: String)] = [
            (
                "http://h/api/disc/1122/tok-Zx9QwErTy", "The URL /api/disc/1122/tok-Zx9QwErTy was not found",
                "The URL /api/disc/1122/… was not found"
            ),
            ("https://h/teams/SECRETTEAMS?sig=SECRETSIG", "no /teams/SECRETTEAMS with sig=SECRETSIG", "no /teams/… with sig=…"),
            ("https://h/hook/ab12C", "/hook/ab12C is gone", "/hook/… is gone"),
            ("https://h/services/T0/B0/correcthorse", "no correcthorse in the api", "no … in the api"),
            ("https://h/p?sig=plAnted%2BsigVal", "sig=plAnted+sigVal is wrong", "sig=… is wrong"),
            ("0123456789abcdefPLANTEDKEY", String(repeating: " ", count: 3_000) + "bad 0123456789abcdefPLANTEDKEY", "bad …"),
            ("0123456789abcdefPLANTEDKEY", "it broke off: 0123456789abcd", "it broke off: …"),
        ]
        for row in rows {
            let reply = TransferReply(status: 404, body: Array(row.said.utf8))
            #expect(TransferVerdict.said(reply, hiding: [Secret(row.secret)]) == row.shown.replacing("…", with: Secret.mask))
        }
    }

    @Test("a redirect to a host that is called like the secret does not tell it")
    func redirectedSecret() {
        let reply = TransferReply(status: 302)
        var redirected = reply
        redirected.headers = [(name: "Location", value: "https://plantedslack0042.example.net/x")]
        let verdict = TransferVerdict.judge(redirected, hiding: Secret("https://h/services/T0/PLANTEDSLACK0042")) { _ in
            .delivered(reference: nil)
        }
        #expect(
            verdict.reason
                == "302, a redirected POST is a configuration error: Location is on host \(Secret.mask).example.net")
    }

    @Test("a server error that asks to wait is in doubt, and is waited for")
    func serverErrorThatAsks() {
        let reply = TransferReply(status: 500, mayHaveArrived: true, retryAfter: .seconds(20))
        #expect(
            Example.slack.judge(reply)
                == .inDoubt("500, the receiver failed and may have kept the message", after: .seconds(20)))
    }

    @Test func pagerDuty() {
        check(
            Example.pagerduty,
            [
                ("an interim answer is none", 100...199, "in_doubt"),
                ("the documented acceptance", 202...202, "delivered"),
                ("not PagerDuty's answer; a repeat is harmless", 200...299, "in_doubt"),
                ("a redirected POST is a configuration error", 300...399, "rejected"),
                ("it did not get the request in time", 408...408, "retry"),
                ("it asks to come again", 425...425, "retry"),
                ("the rate limit; the event was not taken", 429...429, "retry"),
                ("the event or the key is wrong", 400...499, "rejected"),
                ("it refuses before it works", 503...503, "retry"),
                ("it may have kept the event before it failed", 500...599, "in_doubt"),
            ])
    }

    @Test func slack() {
        let rows: [StatusRow] = [
            ("an interim answer is none", 100...199, "in_doubt"),
            ("acceptance", 200...200, "delivered"),
            ("only 200 is acceptance", 201...299, "rejected"),
            ("a redirected POST is a configuration error", 300...399, "rejected"),
            ("it did not get the request in time", 408...408, "retry"),
            ("it asks to come again", 425...425, "retry"),
            ("the rate limit", 429...429, "retry"),
            ("the message, the channel or the webhook is wrong", 400...499, "rejected"),
            ("it refuses before it works", 503...503, "retry"),
            ("it may have posted before it failed", 500...599, "in_doubt"),
        ]
        check(Example.slack, body: "ok", rows)
        check(Example.slack, body: "no_service", [("200 with another body is a refusal", 200...200, "rejected")] + rows)
        #expect(
            Example.slack.judge(TransferReply(status: 404, body: Array("no_service".utf8))).reason == "404, refused: no_service"
        )
        #expect(
            Example.slack.judge(TransferReply(status: 200, body: Array("no_text".utf8))).reason
                == "200 without the body \"ok\": no_text")
        #expect(Example.slack.judge(TransferReply(status: 200, body: Array("ok\n".utf8))).outcome == "rejected")
        let broken = TransferReply(status: 200, body: [], error: TransferError(.timeout, "timed out"), mayHaveArrived: true)
        #expect(Example.slack.judge(broken) == .inDoubt("200, but the answer broke off"))
    }

    @Test func webhook() {
        check(
            Example.webhook,
            [
                ("an interim answer is none", 100...199, "in_doubt"),
                ("acceptance", 200...299, "delivered"),
                ("a redirected POST is a configuration error", 300...399, "rejected"),
                ("it did not get the request in time", 408...408, "retry"),
                ("it asks to come again", 425...425, "retry"),
                ("the rate limit", 429...429, "retry"),
                ("refused", 400...499, "rejected"),
                ("it refuses before it works", 503...503, "retry"),
                ("it may have worked before it failed", 500...599, "in_doubt"),
            ])
    }

    @Test func email() {
        for status in 200...599 where !(300...399).contains(status) {
            let verdict = Example.email.judge(TransferReply(status: status, mayHaveArrived: true))
            switch status {
            case 200...299: #expect(verdict.outcome == "delivered", "\(status) after the final dot is acceptance")
            case 400...499: #expect(verdict.outcome == "retry", "\(status) asks to come again")
            default: #expect(verdict.outcome == "rejected", "\(status) refuses for good")
            }
        }
        let rows: [(sentence: String, reply: TransferReply, verdict: DeliveryVerdict)] = [
            (
                "greylisting waits half a minute", TransferReply(status: 451, error: TransferError(.refused, "451 at RCPT")),
                .retry("451, the server asks to come again: 451 at RCPT", after: .seconds(30))
            ),
            (
                "a drop after the final dot is in doubt",
                TransferReply(status: 354, error: TransferError(.receive, "closed"), mayHaveArrived: true),
                .inDoubt("receive: closed")
            ),
            (
                "a drop after an accepted recipient sent nothing",
                TransferReply(status: 250, error: TransferError(.receive, "closed")), .retry("receive: closed", after: nil)
            ),
            (
                "a wrong password", TransferReply(status: 535, error: TransferError(.authentication, "login denied")),
                .rejected("535, the server does not take user and password: login denied")
            ),
            (
                "a server that is busy with passwords",
                TransferReply(status: 454, error: TransferError(.authentication, "later")),
                .retry("454, the server cannot take it now: later", after: nil)
            ),
            (
                "no STARTTLS", TransferReply(status: 250, error: TransferError(.encryptionUnavailable, "no STARTTLS")),
                .rejected("encryptionUnavailable: no STARTTLS")
            ),
            (
                "no SMTPUTF8", TransferReply(status: 0, error: TransferError(.refused, "x does not offer SMTPUTF8")),
                .rejected("refused: x does not offer SMTPUTF8")
            ),
            (
                "refused after the body",
                TransferReply(status: 554, error: TransferError(.refused, "spam"), mayHaveArrived: true),
                .rejected("554, refused: spam")
            ),
        ]
        for row in rows { #expect(Example.email.judge(row.reply) == row.verdict, "\(row.sentence)") }
    }

    @Test func everyErrorWithoutAStatus() {
        let final: Set<TransferError.Kind> = [
            .encryptionUnavailable, .tooManyRedirects, .authentication, .refused, .program,
        ]
        for (channel, _) in Example.channels {
            for kind in TransferError.Kind.allCases {
                for arrived in [false, true] {
                    let reply = TransferReply(error: TransferError(kind, "a sentence"), mayHaveArrived: arrived)
                    let sentence = "\(kind.rawValue): a sentence"
                    // What may be said twice is never in doubt.
                    let isInDoubt = arrived && !(channel is Alertmanager)
                    let expected: DeliveryVerdict =
                        final.contains(kind)
                        ? .rejected(sentence) : isInDoubt ? .inDoubt(sentence) : .retry(sentence, after: nil)
                    #expect(channel.judge(reply) == expected, "\(type(of: channel).kind) \(kind), may have arrived: \(arrived)")
                }
            }
            let unanswered = channel.judge(TransferReply(mayHaveArrived: true)).outcome
            #expect(unanswered == (channel is Alertmanager ? "retry" : "in_doubt"))
            #expect(channel.judge(TransferReply()).outcome == "retry")
        }
    }

    @Test func theReceiversWaitIsKept() {
        for (channel, _) in Example.overHTTP {
            for status in [429, 503] {
                let reply = TransferReply(status: status, retryAfter: .seconds(17))
                guard case .retry(_, let after) = channel.judge(reply) else {
                    Issue.record("\(status) is not retried")
                    continue
                }
                #expect(after == .seconds(17))
            }
        }
    }

    @Test func aWaitInTheAnswerIsKept() {
        let rows: [(sentence: String, body: String, after: Duration?)] = [
            ("Discord and Slack", #"{"message":"slow down","retry_after":0.65,"global":false}"#, .milliseconds(650)),
            ("whole seconds", #"{"retry_after":1,"ok":false}"#, .seconds(1)),
            ("Telegram", #"{"ok":false,"error_code":429,"parameters":{"retry_after":34}}"#, .seconds(34)),
            ("none", #"{"ok":false}"#, nil), ("a text", #"{"retry_after":"1"}"#, nil),
            ("a negative one", #"{"retry_after":-1}"#, nil),
            ("more than a day", #"{"retry_after":1e9}"#, nil), ("not a number", #"{"retry_after":NaN}"#, nil),
            ("no JSON", "<html>", nil), ("a list", "[1]", nil), ("nothing", "", nil), ("broken off", #"{"retry_after":1"#, nil),
        ]
        for (channel, _) in Example.overHTTP {
            for row in rows {
                guard case .retry(_, let after) = channel.judge(TransferReply(status: 429, body: Array(row.body.utf8))) else {
                    Issue.record("429 is not retried: \(row.sentence)")
                    continue
                }
                #expect(after == row.after, "\(row.sentence)")
            }
        }
        let both = TransferReply(status: 429, body: Array(rows[0].body.utf8), retryAfter: .seconds(2))
        #expect(Example.discord.judge(both).wait == .seconds(2), "the header counts first")
    }

    @Test func aStatusCountsMoreThanAnErrorAfterIt() {
        let accepted = TransferReply(status: 202, error: TransferError(.receive, "reset"), mayHaveArrived: true)
        #expect(Example.pagerduty.judge(accepted) == .delivered(reference: nil))
        #expect(Example.webhook.judge(accepted) == .delivered(reference: nil))
    }

    @Test func aRedirectNamesTheHostOnly() {
        var reply = TransferReply(status: 307)
        reply.headers = [(name: "location", value: "https://user:pw@Login.example.com:8443/T0/B0/secret?x=1")]
        #expect(
            Example.webhook.judge(reply)
                == .rejected("307, a redirected POST is a configuration error: Location is on host login.example.com"))
        reply.headers = [(name: "Location", value: "/login")]
        #expect(
            Example.webhook.judge(reply) == .rejected("307, a redirected POST is a configuration error: Location names no host")
        )
    }
}

extension DeliveryVerdict {
    fileprivate var wait: Duration? { if case .retry(_, let after) = self { after } else { nil } }
}
