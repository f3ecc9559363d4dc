import Config
import Model
import Settings
import Testing

/// One line of a configuration, and what is said of it.
struct WrittenLine: Sendable, CustomTestStringConvertible {
    var what: String
    var line: String
    var message: String
    init(_ what: String, _ line: String, _ message: String) {
        self.what = what
        self.line = line
        self.message = message
    }
    var testDescription: String { what }

    /// A main file in which nothing is wrong, but for this line: it stands in the place of the one with the same key, or as the sixth.
    var main: String {
        var lines = WrittenLine.good.split(separator: "\n").map(String.init)
        let key = line.prefix { $0 != ":" }
        if let index = lines.firstIndex(where: { $0.hasPrefix(key + ":") }) {
            lines[index] = line
        } else {
            lines.append(line)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    static let good = """
        channels: {chat: {slack: {webhook_url: {env: HOOK}}}, pager: {pagerduty: {routing_key: {env: ROUTING_KEY}}}}
        contacts: {ada: {channels: [chat, pager]}, bob: {channels: [chat]}}
        schedules: {week: {layers: [{people: [ada, bob], start: 2026-01-05T09:00}]}}
        policies: {default: {steps: [{notify: [chat, week]}, {after: 5m, level: critical, notify: pager}]}}
        routes: [{policy: default}]

        """
    static let probes = "probes: [{name: web, labels: {service: api, team: ops}, http: {url: 'http://127.0.0.1/'}}]\n"

    /// What reading the main file with this line says.
    func refusal() -> [String] {
        MemoryFiles(files: ["monitord.yaml": main, "probes.d/a.yaml": WrittenLine.probes]).problems()
    }

    func warnings() throws -> [String] {
        let files = MemoryFiles(files: ["monitord.yaml": main, "probes.d/a.yaml": WrittenLine.probes])
        return try files.read().get().warnings.map(\.description)
    }

    /// The same for a file of probes that is this line.
    func refusalOfProbes() -> [String] {
        MemoryFiles(files: ["monitord.yaml": WrittenLine.good, "probes.d/a.yaml": line + "\n"]).problems()
    }
}
