import Model
import Settings
import Testing

@testable import Alerting

/// A mapping a mistake, with the exact message.
@Suite struct SettingsOfChannelsTests {
    private static let environment = [
        "KEY": Example.routingKey, "REST": "u+0123456789abcdefghi", "HOOK": Example.hook,
        "HTTP_HOOK": "http://hooks.slack.com/services/T0/B0/verysecret", "PASSWORD": "mail-secret",
        "EVIL": "a\r\nX: verysecret",
        "BAD_URL": "ftp://verysecret", "DISCORD": Example.discordHook, "TEAMS": Example.teamsHook, "BOT": Example.botToken,
        "TOPIC": "verysecret-topic",
    ]

    private func read(_ type: any Channel.Type, _ text: String) -> (channel: (any Channel)?, problems: [String]) {
        let problems = Problems()
        let context = SettingsContext(
            environment: { SettingsOfChannelsTests.environment[$0] },
            readFile: { $0 == "/etc/ca.pem" ? .success("pem") : .failure(SettingsFileError("no such file")) }, folder: "/etc")
        guard let fields = SettingsFile.parse(text: text, path: "f", context: context, problems: problems) else {
            return (nil, problems.all.map(\.description))
        }
        let channel = type.init(fields)
        fields.close()
        return (channel, problems.all.map(\.description))
    }

    @Test func goodSettingsAreRead() throws {
        let page = try #require(read(PagerDuty.self, "{routing_key: {env: KEY}, ca_file: ca.pem}").channel as? PagerDuty)
        #expect(page.url == "https://events.pagerduty.com/v2/enqueue" && page.caFile == "/etc/ca.pem")
        let local = read(PagerDuty.self, "{routing_key: {env: KEY}, url: \"http://127.0.0.1:8080/v2/enqueue\"}")
        #expect(local.channel != nil && local.problems.isEmpty)
        #expect(read(Slack.self, "webhook_url: {env: HOOK}").channel is Slack)
        let hook = read(
            Webhook.self,
            "{url: \"http://tickets.internal/hook\", signing_key: {env: PASSWORD}, headers: {Authorization: {env: PASSWORD}}}")
        #expect((hook.channel as? Webhook)?.headers == [Header("Authorization", "mail-secret")])
        #expect(read(Teams.self, "webhook_url: {env: TEAMS}").channel is Teams)
        #expect(read(Discord.self, "webhook_url: {env: DISCORD}").channel is Discord)
        let bot = read(Telegram.self, "{bot_token: {env: BOT}, chat_id: -1001234567890, url: \"http://127.0.0.1:1/\"}")
        #expect((bot.channel as? Telegram)?.url == "http://127.0.0.1:1" && bot.problems.isEmpty)
        #expect((read(Telegram.self, "{bot_token: {env: BOT}, chat_id: \"@alarms\"}").channel as? Telegram)?.chat == "@alarms")
        let topic = read(Ntfy.self, "{topic: {env: TOPIC}, token: {env: PASSWORD}}").channel as? Ntfy
        #expect(topic?.topic == Secret("verysecret-topic") && topic?.url == "https://ntfy.sh")
        #expect((read(Ntfy.self, "topic: alarms").channel as? Ntfy)?.token == nil)
        let genie = read(Opsgenie.self, "{api_key: {env: PASSWORD}, url: \"https://api.eu.opsgenie.com\"}").channel
        #expect((genie as? Opsgenie)?.url == "https://api.eu.opsgenie.com")
        let mail = read(
            Email.self,
            """
            server: "smtp://mail.example.com:587"
            from: monitord@example.com
            to: [leads@example.com, ops@example.com]
            user: monitord
            password: {env: PASSWORD}
            """)
        #expect(mail.problems.isEmpty)
        #expect(mail.channel?.recipients == ["leads@example.com", "ops@example.com"])
        #expect((mail.channel as? Email)?.encryption == .required)
    }

    @Test func mistakesAreToldAtTheirPlace() {
        let mail = "server: smtp://mail.example.com\nfrom: m@example.com\n"
        let rows: [(type: any Channel.Type, text: String, problems: [String])] = [
            (
                PagerDuty.self, "routing_key: {env: REST}",
                [
                    "f:1:14: routing_key: the Events API v2 takes the 32-character routing (integration) key of an \"Events API v2\" "
                        + "integration, not a REST API key"
                ]
            ),
            (
                PagerDuty.self, "routing_key: {env: KEY}\nurl: http://events.example.com/",
                ["f:2:6: url: the address must start with https://, for what is sent there is secret"]
            ),
            (
                Slack.self, "webhook_url: {env: HTTP_HOOK}",
                ["f:1:14: webhook_url: the address must start with https://, for what is sent there is secret"]
            ),
            (Webhook.self, "url: {env: BAD_URL}", ["f:1:6: url: the address must start with https:// or http://"]),
            (
                Webhook.self, "url: https://x.example\nheaders: {Idempotency-Key: a, \"a b\": c, X-Key: {env: EVIL}}",
                [
                    "f:2:10: headers: monitord sets the header \"Idempotency-Key\" itself",
                    "f:2:10: headers: \"a b\" is not a header's name",
                    "f:2:10: headers: the value of \"X-Key\" has a control character or a line end",
                ]
            ),
            (
                Teams.self, "webhook_url: {env: HTTP_HOOK}",
                ["f:1:14: webhook_url: the address must start with https://, for what is sent there is secret"]
            ),
            (
                Discord.self, "webhook_url: {env: BAD_URL}",
                ["f:1:14: webhook_url: the address must start with https:// or http://"]
            ),
            (
                Telegram.self, "bot_token: {env: HOOK}\nchat_id: alarms",
                [
                    "f:1:12: bot_token: expected the token that BotFather gives, digits, a colon and letters",
                    "f:2:10: chat_id: expected the number of a chat such as -1001234567890, or @channelname",
                ]
            ),
            (
                Ntfy.self, "topic: a/b\nurl: http://ntfy.example.com",
                [
                    "f:2:6: url: the address must start with https://, for what is sent there is secret",
                    "f:1:8: topic: expected at most 64 letters, digits, '_' and '-'",
                ]
            ),
            (
                Opsgenie.self, "api_key: {env: EVIL}\nurl: https://genie.example.com/?x",
                [
                    "f:1:10: api_key: the secret has a space, a control character or a character outside ASCII",
                    "f:2:6: url: the address must end before ? and #",
                ]
            ),
            (
                Email.self, mail + "to: [a, b@example.com, b@example.com]",
                [
                    "f:3:6: to: \"a\" is not a mail address: it has no @",
                    "f:3:24: to: b@example.com stands twice",
                ]
            ),
            (Email.self, mail + "to: []", ["f:3:5: to: the list names nobody"]),
            (
                Email.self, mail + "to: [a@example.com]\nehlo: host",
                ["f:4:7: ehlo: expected a full domain name, or an address literal such as [192.0.2.1]"]
            ),
            (Email.self, mail + "to: [a@example.com]\nuser: m", ["f:4:7: user: user and password go together"]),
            (
                Email.self, mail + "to: [a@example.com]\nuser: m\npassword: {env: PASSWORD}\ntls: opportunistic",
                ["f:6:6: tls: a password is sent with \"tls: required\" only"]
            ),
        ]
        for row in rows {
            let (channel, problems) = read(row.type, row.text)
            #expect(channel == nil)
            #expect(problems == row.problems, "\(row.text)")
            #expect(!problems.description.contains("verysecret"))
        }
    }
}
