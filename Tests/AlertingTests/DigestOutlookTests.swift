import Model
import Testing

@testable import Alerting

@Suite("Digests name what comes: certificates that expire, silences that end")
struct DigestOutlookTests {
    /// Nine o'clock, 400 s after the start of a world.
    private static func world() -> World {
        var configuration = World.people(steps: [PolicySpec.Step(after: .zero, notify: ["chat"])])
        configuration.channels["boss-mail"] = SentenceChannel()
        configuration.digests = [
            DigestSpec(name: "daily", schedule: cron("0 9 * * *"), zone: .utc, to: ["boss"], heartbeat: false)
        ]
        configuration.probes = ["shop", "mail", "old", "new"].map { name in
            ProbeSpec(
                name: name, kind: "tls", address: "\(name).example.com:443", every: .seconds(3600), timeout: .seconds(5),
                rules: [RuleSpec(name: "expiring", warning: .compare(.sample("expires_in"), .less, 0, unit: .seconds))])
        }
        configuration.probes.append(
            ProbeSpec(name: "web", kind: "http", address: "http://web", every: .seconds(30), timeout: .seconds(5)))
        return World(configuration)
    }

    private static func said(_ world: World, _ title: String) -> [String] {
        let parts = world.received.filter { $0.contains("Digest") }.flatMap { $0.components(" | ") }
        return Array(parts.drop { !$0.hasPrefix(title) }.dropFirst().prefix { $0.hasPrefix("• ") })
    }

    @Test("certificates that expire within three weeks, by what the latest run saw, the first of them first")
    func certificates() {
        var world = Self.world()
        func see(_ probe: String, expiresIn days: Double) {
            world.observe(probe, Measured(samples: [Sample("expires_in", days * 86_400)]))
        }
        see("shop", expiresIn: 20)
        see("mail", expiresIn: 3.5)
        // At nine it has three weeks left to the second.
        world.observe("new", Measured(samples: [Sample("expires_in", 21 * 86_400 + 400)]))
        // One that expired is an incident, and is named all the same.
        see("old", expiresIn: -0.5)
        world.observe("web", Measured(samples: [Sample("expires_in", 86_400)]))
        world.pass(.seconds(400))
        #expect(
            Self.said(world, "Certificates that expire: 3") == [
                "• old (old.example.com:443): expired at 2025-10-08 20:53",
                "• mail (mail.example.com:443): 2025-10-12 20:53, in 3d11h",
                "• shop (shop.example.com:443): 2025-10-29 08:53, in 19d23h",
            ])
    }

    @Test("a certificate alone makes a digest worth sending, and one that was renewed does not")
    func renewed() {
        var world = Self.world()
        world.observe("shop", Measured(samples: [Sample("expires_in", 86_400)]))
        world.pass(.seconds(400))
        #expect(world.received.count == 1)
        world.observe("shop", Measured(samples: [Sample("expires_in", 90 * 86_400)]))
        world.pass(.seconds(86_400))
        #expect(world.received.count == 1)
    }

    @Test("silences that end before the next digest, with who meant them and why")
    func silences() {
        var world = Self.world()
        func silence(_ probe: String, _ duration: Duration, _ kind: Silence.Kind = .silence, comment: String = "deploy") {
            _ = world.command(
                .addSilence(
                    SilenceRequest(
                        kind: kind, matchers: [[Matcher("probe", equals: probe)]], end: .after(duration), comment: comment)))
        }
        silence("mail", .seconds(40 * 3600))
        silence("shop", .seconds(20 * 3600), comment: "new certificate")
        silence("web", .seconds(3600), .maintenance)
        silence("old", .seconds(300))
        world.pass(.seconds(400))
        #expect(
            Self.said(world, "Silences that end: 2") == [
                "• maintenance of probe=\"web\" by ada (deploy): 2025-10-09 09:53",
                "• silence of probe=\"shop\" by ada (new certificate): 2025-10-10 04:53",
            ])
    }
}

extension String {
    fileprivate func components(_ separator: String) -> [String] { split(separator: separator).map(String.init) }
}
