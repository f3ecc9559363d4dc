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
        "TOPIC": "verysecret-topic", "SLACK_TOKEN": Example.slackToken,
        "CHANGE_KEY": Example.changeKey,
    ]

    private func read(_ type: any Channel.Type, _ text: String) -> (channel: (any Channel)?, problems: [String]) {
        let problems = Problems()
        let context = SettingsContext(
            environment: { SettingsOfChannelsTests.environment[$0] },
            readFile: { $0 == "/etc/ca.pem" ? .success("pem") : .failure(SettingsFileError("no such file")) }, folder: "/etc",
            program: { $0 == "/opt/anyone" ? "anybody may write it" : $0 == "/opt/none" ? "no such file or folder" : nil })
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
        let app = read(Slack.self, "{token: {env: SLACK_TOKEN}, channel: C0123456789, url: \"http://127.0.0.1:1/api/\"}")
        #expect(app.problems.isEmpty && app.channel?.takes(.acknowledge) == true)
        let cluster = read(
            Alertmanager.self,
            "{urls: [\"http://am-1:9093/\", \"http://am-2:9093/am\"], headers: {Authorization: {env: PASSWORD}}, labels: {cluster: east}}"
        )
        #expect(cluster.problems.isEmpty && cluster.channel?.recipients == ["http://am-1:9093", "http://am-2:9093/am"])
        #expect(read(Alertmanager.self, "url: http://am:9093").channel?.recipients == ["http://am:9093"])
        let program = read(
            Exec.self,
            "{command: [/usr/local/bin/notify, --loud], timeout: 30s, environment: {TOKEN: {env: PASSWORD}, MODE: x}}")
        #expect(program.problems.isEmpty && (program.channel as? Exec)?.timeout == .seconds(30))
        #expect((program.channel as? Exec)?.environment.last == .init("MODE", "x"))
        #expect((read(Exec.self, "command: /usr/bin/logger").channel as? Exec)?.timeout == .seconds(10))
        let page2 = read(PagerDuty.self, "{routing_key: {env: CHANGE_KEY}, change_events: true}")
        #expect(page2.problems.isEmpty && page2.channel?.takes(.change) == true)
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
            (
                Slack.self, "webhook_url: {env: HOOK}\ntoken: {env: SLACK_TOKEN}\nchannel: C0123456789",
                ["f:1:1: webhook_url, or token and channel: a channel sends by one of the two"]
            ),
            (
                Slack.self, "webhok_url: {env: HOOK}",
                [
                    "f:1:1: expected webhook_url, or token and channel",
                    "f:1:1: unknown key \"webhok_url\"; did you mean \"webhook_url\"?",
                ]
            ),
            (Slack.self, "token: {env: SLACK_TOKEN}", ["f:1:1: channel is missing: expected a text"]),
            (
                Slack.self, "token: {env: EVIL}\nchannel: \"#alarms\"\nurl: http://slack.example.com/api",
                [
                    "f:1:8: token: the secret has a space, a control character or a character outside ASCII",
                    "f:3:6: url: the address must start with https://, for what is sent there is secret",
                    "f:2:10: channel: expected the channel's ID such as C0123456789, which Slack shows at the end of its details; "
                        + "a name can change",
                ]
            ),
            (
                PagerDuty.self, "routing_key: {env: KEY}\nchange_events: true\nurl: https://events.example.com/x",
                [
                    "f:2:16: change_events: a routing key that starts with R takes no change events",
                    "f:2:16: change_events: the url must end with /v2/enqueue",
                ]
            ),
            (Exec.self, "timeout: 10s", ["f:1:1: command is missing: expected a text, or a list of texts such as [a, b]"]),
            (Exec.self, "command: []", ["f:1:10: command: the list is empty"]),
            (
                Exec.self, "command: [notify, \"a\\0b\"]\ntimeout: 5m",
                [
                    "f:2:10: timeout: expected a duration from 1s to 2m, got \"5m\"",
                    "f:1:11: command: expected the absolute path of a program such as /usr/local/bin/notify, got \"notify\"; "
                        + "neither a shell nor a search path is used",
                    "f:1:19: command: a word has a NUL or more than 32768 bytes",
                ]
            ),
            (Exec.self, "command: /opt/none", ["f:1:10: command: cannot run /opt/none: no such file or folder"]),
            (
                Exec.self, "command: /opt/anyone\nenvironment: {MONITORD_KIND: x, \"a b\": c}",
                [
                    "f:1:10: command: cannot run /opt/anyone: anybody may write it",
                    "f:2:14: environment: monitord sets the variable \"MONITORD_KIND\" itself",
                    "f:2:14: environment: \"a b\" is not a variable's name: letters, digits and '_', the first no digit",
                ]
            ),
            (Alertmanager.self, "labels: {a: b}", ["f:1:1: expected url, or urls for a cluster"]),
            (Alertmanager.self, "urls: []", ["f:1:7: urls: the list is empty"]),
            (
                Alertmanager.self, "url: http://am:9093\nurls: [http://am:9093/]",
                ["f:1:1: url, or urls: a channel has one of the two", "f:2:8: urls: http://am:9093 stands twice"]
            ),
            (
                Alertmanager.self,
                "urls: [am:9093, \"http://u:verysecret@am\", \"http://am/?x\", \"http://am/api/v2/alerts\"]\n"
                    + "labels: {1st: a, severity: page, team: \"\"}\nheaders: {Host: x}",
                [
                    "f:1:8: urls: the address must start with https:// or http://",
                    "f:1:17: urls: an address must not hold a user or password: use headers",
                    "f:1:43: urls: the address must end before ? and #",
                    "f:1:59: urls: the address must end before /api: monitord adds /api/v2/alerts",
                    "f:3:10: headers: monitord sets the header \"Host\" itself",
                    "f:2:10: labels: \"1st\" is not a label's name: letters, digits and '_', the first no digit",
                    "f:2:18: labels: monitord sets the label \"severity\" itself",
                    "f:2:34: labels: expected one line of 1 to 1000 characters for \"team\"",
                ]
            ),
            (
                Webhook.self, "url: https://ann:verysecret@x.example/hook",
                ["f:1:6: url: it holds a user or password: write the whole address as a secret, or use headers"]
            ),
            (
                Slack.self,
                "token: {env: SLACK_TOKEN}\nchannel: C0123456789\nurl: https://slack.example.com/api/chat.postMessage",
                ["f:3:6: url: the address must end before /chat.postMessage: monitord adds it"]
            ),
            (
                Opsgenie.self, "api_key: {env: SLACK_TOKEN}\nurl: https://api.eu.opsgenie.com/v2/alerts/",
                ["f:2:6: url: the address must end before /v2/alerts: monitord adds it"]
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
            (
                Email.self, mail + "to: [jörg@example.com, jo\u{308}rg@example.com]",
                ["f:3:24: to: jo\u{308}rg@example.com stands twice"]
            ),
            (
                Email.self, "server: smtp://mail.example.com\nfrom: größe@exämple.com\nto: [jörg\u{202E}@example.com]",
                [
                    "f:2:7: from: \"größe@exämple.com\" has a character outside ASCII in its domain: write it in its xn-- form",
                    "f:3:6: to: \"jörg@example.com\" has a control character or a line end",
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
