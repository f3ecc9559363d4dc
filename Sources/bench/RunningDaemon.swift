/// The release daemon as a child, with a configuration written for one benchmark and its ledger on disk.
final class RunningDaemon {
    let child: Child
    let address: String
    private let web: Web

    /// Starts it and waits until it answers.
    /// - Parameters:
    ///   - main: what the main file has beside storage and listen.
    ///   - defaults: what all probes have in common; empty for nothing.
    ///   - probes: one mapping each, written to files of a hundred: a file has at most 10,000 values.
    init(_ site: Site, _ name: String, main: String = "", defaults: String = "", probes: [String]) throws {
        let folder = try site.subfolder(name)
        let probesFolder = try site.subfolder(name + "/probes.d")
        let port = try site.freePort()
        try site.write(
            """
            node: bench
            storage: {path: monitord.db}
            listen: {http: "127.0.0.1:\(port)", socket: monitord.sock}
            \(main)
            """, to: folder + "/monitord.yaml")
        for start in stride(from: 0, to: probes.count, by: 100) {
            let some = probes[start..<min(start + 100, probes.count)].map { "  - \($0)\n" }.joined()
            try site.write("\(defaults)\nprobes:\n\(some)", to: "\(probesFolder)/from-\(start).yaml")
        }
        address = "http://127.0.0.1:\(port)/"
        web = try Web()
        child = try Child(site.monitord, ["--config", folder + "/monitord.yaml"], log: folder + "/log")
        for _ in 0..<400 {
            if web.get(address + "readyz") != nil { return }
            site.wait(0.025)
        }
        let said = lines(of: folder + "/log").prefix(5).joined(separator: "; ")
        throw Trouble("monitord does not become ready in 10 s: \(said)")
    }

    func metricsText() throws -> [UInt8] {
        guard let text = web.get(address + "metrics") else { throw Trouble("monitord does not answer /metrics") }
        return text
    }

    func metrics() throws -> MetricValues { MetricValues(try metricsText()) }
}

/// Lines of a metrics text, by name and labels.
struct MetricValues {
    private var values: [(name: Substring, value: Double)] = []

    init(_ text: [UInt8]) {
        for line in String(decoding: text, as: UTF8.self).split(separator: "\n") where !line.hasPrefix("#") {
            guard let space = line.lastIndex(of: " "), let value = Double(line[line.index(after: space)...]) else { continue }
            values.append((line[..<space], value))
        }
    }

    /// The sum of a family's lines, of those that contain `label`.
    func sum(_ family: String, _ label: String = "") -> Double {
        values.filter { $0.name.hasPrefix(family) && (label.isEmpty || $0.name.contains(label)) }
            .map(\.value).reduce(0, +)
    }
}
