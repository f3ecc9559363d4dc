import Config
import Model
import Settings
import Testing

/// Files as they are half saved, cut off or hit by a slip: whatever they hold, reading them ends with a value or with lines.
@Suite("Damaged files") struct MutationTests {
    private static let main =
        goodMain + """
            storage: {path: data/m.db, retention: {raw: 2d, hourly: 30d}, max_size: 100MiB}
            listen: {http: "127.0.0.1:80", socket: run/m.sock}
            contacts: {ada: {channels: [chat, pager], failover_after: 90s, keep_primary: true}}
            schedules:
              week:
                zone: Europe/London
                layers: [{people: [ada, ada], start: 2026-01-05T09:00, handoff: {days: 2}, hours: "09:00-17:00", weekdays: mon-fri}]
            fallback_contact: week
            maintenance:
              - {name: patching, match: {service: api}, cron: {at: "0 2 * * sun", zone: UTC}, for: 1h}
              - {name: moving, matchers: ['service=~"a.*"', team!=b], from: 2026-12-01T22:00, until: 2026-12-02T02:00}
            inhibit: [{source: {match: {level: critical}}, target: [level=warning], equal: [service]}]
            quorum: [{name: many, quorum: 50%, policy: default}]
            digests: [{cron: "0 8 * * *", zone: Europe/London, to: [chat, week], heartbeat: true}]

            """
    private static let probes = """
        defaults: &shared
          every: 30s
          timeout: 5s
          labels: {service: api, "team": 'platform'}
        probes:
          - name: api
            http:
              url: https://api.example.com/health
              headers: {Authorization: {env: TOKEN}}
              expect: {status: 200, json: {$.status: ok}}
            rules: &rules
              - {name: slow, target: duration < 2s, warning: duration > 2s, clear: duration < 1s, after: 3 of 5, flapping: off}
              - {name: p95, critical: "p95(duration, 15m) > 1s", for: 5m, min_samples: 20}
          - name: site
            cron: {at: "0 9-17/2 * * mon-fri", zone: Europe/London}
            tls: {host: api.example.com, port: 443}
            depends_on: [{probe: api, rule: p95}]
            renamed_from: page
            paused: moving house

        """

    @Test("are read without a crash, and every problem is one line with a place")
    func damaged() {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SplitMix(state: seed)
        var refused = 0
        for round in 0..<1500 {
            var texts = ["monitord.yaml": Self.main, "probes.d/a.yaml": Self.probes]
            let path = round % 3 == 0 ? "monitord.yaml" : "probes.d/a.yaml"
            texts[path] = damage(texts[path] ?? "", with: &generator)
            let lines = MemoryFiles(files: texts).problems()
            refused += lines.isEmpty ? 0 : 1
            for line in lines {
                let isPlaced = line.hasPrefix("monitord.yaml:") || line.hasPrefix("probes.d")
                #expect(isPlaced && !line.contains("\n"), "seed \(seed), round \(round): \(line)")
                #expect(!line.contains("hunter2"), "seed \(seed), round \(round): \(line)")
            }
        }
        #expect(refused > 500, "seed \(seed): most damage is noticed")
    }

    /// One to three slips: a character lost, doubled, exchanged or put in, a line lost or doubled, the rest cut off.
    private func damage(_ text: String, with generator: inout SplitMix) -> String {
        let pool = Array("[]{}:,-?&*!|>'\"%@`#~ \n\t\u{0}\u{7}\u{FEFF}\u{2028}aé0.$<=\\")
        var characters = Array(text)
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            let at = Int.random(in: 0..<characters.count, using: &generator)
            switch Int.random(in: 0..<7, using: &generator) {
            case 0: characters.remove(at: at)
            case 1: characters.insert(characters[at], at: at)
            case 2: characters[at] = pool.randomElement(using: &generator) ?? " "
            case 3: characters.insert(pool.randomElement(using: &generator) ?? " ", at: at)
            case 4: characters.insert(contentsOf: "\n  *shared", at: at)
            case 5:
                let end = min(characters.count, at + Int.random(in: 1...40, using: &generator))
                characters.insert(contentsOf: characters[at..<end], at: at)
            default: characters.removeSubrange(at...)
            }
            if characters.isEmpty { break }
        }
        return String(characters)
    }
}

private struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
