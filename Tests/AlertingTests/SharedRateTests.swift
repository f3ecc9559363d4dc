import Model
import Testing

@testable import Alerting

/// A receiver counts by key or address: two channels with the same one are one to it.
@Suite("Channels that lead to one receiver")
struct SharedRateTests {
    private static func configuration(keys: (String?, String?), atOnce: Int = 4) -> AlertingConfiguration {
        func channel(_ key: String?) -> LineChannel {
            var channel = LineChannel()
            channel.attemptsPerMinute = 60
            channel.burst = 2
            channel.attemptsAtOnce = atOnce
            channel.rateKey = key.map(Secret.init)
            return channel
        }
        return World.configuration(
            probes: ["api", "db"], channels: ["ann": channel(keys.0), "bob": channel(keys.1)],
            steps: [.init(after: .zero, notify: ["ann", "bob"])])
    }

    @Test(
        "have one rate between them",
        arguments: [
            ("with one key", ("k", "k"), ["0s ann", "0s bob", "1s ann", "2s bob"]),
            ("with keys of their own", ("k", "l"), ["0s ann", "0s ann", "0s bob", "0s bob"]),
            ("of a kind that does not count", (nil, nil), ["0s ann", "0s ann", "0s bob", "0s bob"]),
        ] as [(String, (String?, String?), [String])])
    func rate(sentence: String, keys: (String?, String?), expected: [String]) {
        var world = World(Self.configuration(keys: keys))
        world.fail("api")
        world.fail("db")
        world.pass(.seconds(10))
        #expect(world.pages.sorted() == expected, "\(sentence)")
    }

    @Test("wait together for as long as the receiver asks, also after a restart, and say so")
    func retryAfter() throws {
        var world = World(Self.configuration(keys: ("k", "k")))
        world.answers["ann"] = [.retry("status 429", after: .seconds(600))]
        world.fail("api")
        world.pass(.seconds(5))
        world.fail("db")
        let pages = world.pages
        #expect(pages == ["0s bob"], "it was on its way before the receiver asked")
        world.crashAndRestart()
        let until = try #require(world.channels["ann"]?.notBefore)
        #expect(world.state.shownWaits(now: world.now.wall)["bob"]?.until == until)
        #expect(world.state.shownChannels(now: world.now.wall).map(\.retryAt) == [until, until])
        world.pass(.seconds(594))
        #expect(world.pages == pages)
        world.pass(.seconds(10))
        #expect(world.pages.count == 4)
    }

    @Test("have one attempt at a time between them where the receiver takes one, and none waits for ever")
    func atOnce() {
        for isReloaded in [false, true] {
            var world = World(Self.configuration(keys: ("k", "k"), atOnce: 1))
            world.hanging = ["ann"]
            world.fail("api")
            world.pass(.seconds(5))
            #expect(world.pages.isEmpty && world.underWay.map(\.target) == ["ann"])
            if isReloaded {
                let apart = Self.configuration(keys: ("k", "l"), atOnce: 1)
                world.take(world.state.reconfigure(to: apart, now: world.now.wall).0)
                world.take(world.state.decide(.tick, now: world.now))
                #expect(world.pages == ["5s bob"], "they share it no more")
            }
            world.settleHanging(.delivered(reference: nil))
            #expect(Set(world.pages) == ["5s ann", "5s bob"])
        }
    }

    @Test(
        "keep what the receiver asked for when a reload takes one of them away, or adds one",
        arguments: [["bob"], ["aaa", "ann", "bob"]])
    func reloaded(names: [String]) throws {
        var world = World(Self.configuration(keys: ("k", "k")))
        world.answers["ann"] = [.retry("status 429", after: .seconds(600))]
        world.fail("api")
        var next = Self.configuration(keys: ("k", "k"))
        let channel = next.channels["ann"]
        next.channels = Dictionary(uniqueKeysWithValues: names.map { ($0, channel!) })
        next.policies["default"]?.steps = [.init(after: .zero, notify: names)]
        world.take(world.state.reconfigure(to: next, now: world.now.wall).0)
        let before = world.pages
        world.fail("db")
        world.pass(.seconds(599))
        #expect(world.pages == before)
        world.pass(.seconds(5))
        #expect(world.pages.count > before.count)
    }

    @Test("are those with the key, the address or the server of one")
    func keys() throws {
        let webhook = Slack(webhook: Secret("https://hooks.slack.com/services/T/B/x"))
        let rows: [(sentence: String, a: any Channel, b: any Channel, isShared: Bool)] = [
            ("one webhook", webhook, webhook, true),
            ("two webhooks", webhook, Slack(webhook: Secret("https://hooks.slack.com/services/T/B/y")), false),
            ("one routing key", Example.pagerduty, Example.pagerduty, true),
            (
                "one server, other people", Example.email,
                Email(
                    server: Example.email.server, sender: Example.email.sender,
                    addresses: [try MailAddress.read("x@example.com").get()]), true
            ),
            (
                "another server", Example.email, Email(server: "smtp://other:25", sender: Example.email.sender, addresses: []),
                false
            ),
            ("a program", Example.exec, Example.exec, false),
        ]
        for row in rows {
            var configuration = World.configuration()
            configuration.channels = ["a": row.a, "b": row.b]
            let world = World(configuration)
            #expect((world.state.meter(of: "b") == "a") == row.isShared, "\(row.sentence)")
        }
    }
}
