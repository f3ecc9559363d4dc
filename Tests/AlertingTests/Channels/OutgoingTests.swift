import Model
import Testing

@testable import Alerting

@Suite struct OutgoingTests {
    @Test func requestsCannotBeRepeatedByTheLibrary() throws {
        for (channel, _) in Example.overHTTP {
            let request = try #require(channel.outgoing(Example.row(channel, Example.notification(.trigger))).request)
            #expect(request.isFresh && request.maxRedirects == 0 && request.method == "POST")
            #expect(request.timeout == .seconds(15) && request.connectTimeout == .seconds(5) && request.maxBodyBytes == 65_536)
        }
    }

    @Test func pagerDutyPutsItsKeyFirstAndRepeatsEveryByte() {
        let notification = Example.notification(.trigger)
        let first = Example.pagerduty.outgoing(Example.row(Example.pagerduty, notification)).text
        let again = Example.pagerduty.outgoing(Example.row(Example.pagerduty, notification, tries: 2, inDoubt: true)).text
        #expect(first.hasPrefix("{\"routing_key\":\"\(Example.routingKey)\",\"event_action\":\"trigger\",\"dedup_key\":"))
        #expect(first == again)
    }

    @Test func aLongDedupKeyIsHashedEquallyForAllMessages() throws {
        var trigger = Example.notification(.trigger)
        trigger.dedupKey = String(repeating: "n", count: 300)
        var resolve = Example.notification(.resolve)
        resolve.dedupKey = trigger.dedupKey
        let keys = try [trigger, resolve].map { try json(Example.pagerduty.message(for: $0).body)["dedup_key"] as? String }
        #expect(keys[0] == keys[1])
        #expect(keys[0]?.count == 67)
    }

    @Test func onlyARepeatInDoubtIsMarked() {
        let notification = Example.notification(.trigger)
        for (tries, inDoubt, isMarked) in [(1, false, false), (2, false, false), (1, true, false), (2, true, true)] {
            let slack = Example.slack.outgoing(Example.row(Example.slack, notification, tries: tries, inDoubt: inDoubt)).text
            #expect(slack.contains("(resent)") == isMarked)
            for channel in [Example.teams, Example.discord, Example.telegram, Example.ntfy] as [any Channel] {
                let chat = channel.outgoing(Example.row(channel, notification, tries: tries, inDoubt: inDoubt)).text
                #expect(chat.contains("(resent) ") == isMarked, "\(type(of: channel).kind)")
            }
            let mail = Example.email.outgoing(Example.row(Example.email, notification, tries: tries, inDoubt: inDoubt)).text
            #expect(mail.hasPrefix("X-Monitord-Resent: yes\r\n") == isMarked)
        }
    }

    /// The expected value was computed with `printf '%s' TEXT | openssl dgst -sha256 -hmac KEY`.
    @Test func theSignatureIsHMAC() {
        #expect(
            Digest.hmacSHA256(key: Array("signing-secret".utf8), Array("1774749677.{}".utf8))
                == "08220eb96a9e19874c9579325a43c0ecdd0694899f7b99109dd11268c4ba5b9e")
        #expect(Digest.sha256([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    @Test func aWebhookSaysWhichAttemptItIs() throws {
        let row = Example.row(Example.webhook, Example.notification(.trigger), tries: 3)
        let request = try #require(Example.webhook.outgoing(row).request)
        let headers = Dictionary(uniqueKeysWithValues: request.headers.map { ($0.name, $0.value.reveal()) })
        #expect(headers["Content-Type"] == "application/json")
        #expect(headers["User-Agent"] == "monitord")
        #expect(headers["Idempotency-Key"] == row.idempotencyKey)
        #expect(headers["X-Monitord-Attempt"] == "3")
        let signed = Digest.hmacSHA256(key: Array("signing-secret".utf8), Array("1774749677.\(row.message.body)".utf8))
        #expect(headers["X-Monitord-Signature"] == "t=1774749677,v1=\(signed)")
    }

    @Test func aMailGoesToTheRowsRecipient() throws {
        let mail = try #require(Example.email.outgoing(Example.row(Example.email, Example.notification(.resolve))).mail)
        #expect(mail.server == "smtp://mail.example.com:587")
        #expect(mail.ehlo == "example.com")
        #expect(mail.encryption == .required)
        #expect(mail.sender == "monitord@example.com" && mail.recipient == "leads@example.com")
        #expect(mail.password == Secret("mail-secret"))
    }

    @Test func aMailToAnAddressOutsideASCIINamesItAsItIs() throws {
        var row = Example.row(Example.email, Example.notification(.trigger))
        row.recipient = "jo\u{308}rg@example.com"
        let mail = try #require(Example.email.outgoing(row).mail)
        #expect(Array(mail.recipient.utf8) == Array("jo\u{308}rg@example.com".utf8))
    }

    @Test func whichMessagesAChannelTakes() {
        for kind in Notification.Kind.allCases {
            #expect(Example.pagerduty.takes(kind) == ![.update, .delayed, .digest, .change].contains(kind))
            #expect(Example.changes.takes(kind) == ![.update, .delayed, .digest].contains(kind))
            #expect(Example.slack.takes(kind) == ![.acknowledge, .change].contains(kind))
            #expect(Example.email.takes(kind) == ![.acknowledge, .change].contains(kind))
            #expect(Example.exec.takes(kind) == (kind != .change))
            #expect(Example.webhook.takes(kind) == (kind != .change))
            #expect(Exec(command: ["/bin/true"], tellsChanges: true).takes(kind))
            #expect(Webhook(url: Secret("https://x.example"), tellsChanges: true).takes(kind))
        }
        #expect(Example.pagerduty.keepsState && !Example.pagerduty.isQuiet)
        #expect(!Example.slack.keepsState && Example.slack.isQuiet)
        #expect(
            ChannelCatalog.all.map { $0.kind } == [
                "pagerduty", "slack", "email", "webhook", "teams", "discord", "telegram", "ntfy", "opsgenie", "alertmanager",
                "exec",
            ])
    }
}
