import Alerting
import Config
import Model
import Settings

/// `config:` or `probes:` with a name or none, followed by a path or by indented YAML.
struct ConfigurationBlock {
    enum Kind: String, CaseIterable { case config, probes }
    var kind: Kind
    var name: String
    /// The number of its first line.
    var line: Int
    var path: String?
    /// Numbers of the indented lines.
    var lines: [Int] = []
    /// Indented lines that follow belong to it.
    var isOpen: Bool

    /// nil where the line begins something else.
    init?(_ line: Substring, number: Int) throws(Wrong) {
        guard
            let kind = Kind.allCases.first(where: { kind in
                line.hasPrefix(kind.rawValue) && [":", " "].contains(line.dropFirst(kind.rawValue.count).first)
            })
        else { return nil }
        guard let colon = line.firstIndex(of: ":") else { throw Wrong("expected `\(kind.rawValue):`") }
        var words = try Words(line[line.index(line.startIndex, offsetBy: kind.rawValue.count)..<colon])
        self.kind = kind
        name = words.next()?.text ?? Timeline.first
        self.line = number
        try words.end()
        words = try Words(line[line.index(after: colon)...])
        path = words.next()?.text
        try words.end()
        guard path == nil || kind == .config else {
            throw Wrong("probes stand in the file itself, indented below `probes:`; a path is for `config:`")
        }
        isOpen = path == nil
    }
}

/// Reads the configurations of a timeline: those of other files, and those written in it.
struct ConfigurationSources {
    let path: String
    let files: FileAccess
    let environment: @Sendable (String) -> String?

    private var folder: String { path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "" }

    /// The configurations by name, or a line a problem.
    func read(
        _ blocks: [ConfigurationBlock], lines: [Substring]
    ) -> (configurations: [String: AlertingConfiguration]?, problems: [String]) {
        var problems: [String] = []
        var seen: [String: ConfigurationBlock] = [:]
        for block in blocks {
            let key = "\(block.kind.rawValue) \(block.name)"
            if let before = seen[key] {
                problems.append("\(path):\(block.line): the same block stands on line \(before.line)")
            }
            seen[key] = block
        }
        let names = Set(blocks.map(\.name)).sorted()
        guard let first = seen["config "] else {
            return (nil, problems + ["\(path):1: there is no `config:`: a path after it, or YAML indented below it"])
        }
        var configurations: [String: AlertingConfiguration] = [:]
        for name in names {
            let main = seen["config \(name)"] ?? first
            let probes = seen["probes \(name)"] ?? (main.path == nil ? seen["probes "] : nil)
            if main.path != nil, let probes {
                problems.append("\(path):\(probes.line): probes belong to a configuration in this file, not to \(main.path!)")
                continue
            }
            switch read(main, probes, lines) {
            case .success(let configuration): configurations[name] = configuration.alerting
            case .failure(let error): problems += error.problems.map(description)
            }
        }
        return (problems.isEmpty ? configurations : nil, problems)
    }

    func zone(_ name: String) throws(Wrong) -> TimeZoneRules {
        switch ConfigurationReader.zone(name, environment: environment, files: files) {
        case .success(let zone): return zone
        case .failure(let error): throw Wrong(error.sentence)
        }
    }

    // MARK: One configuration

    /// The one file in the folder of probes that a configuration in the file has.
    private static let probeFile = "timeline-probes"

    private func read(
        _ main: ConfigurationBlock, _ probes: ConfigurationBlock?, _ lines: [Substring]
    ) -> Result<DaemonConfiguration, ConfigurationError> {
        if let referred = main.path {
            let whole = referred.hasPrefix("/") || folder.isEmpty ? referred : "\(folder)/\(referred)"
            return ConfigurationReader.read(
                path: whole, environment: environment, files: files, hostName: "rehearsal", standIn: StandIn.secret)
        }
        let text = only(main.lines, of: lines)
        let hasProbesKey = main.lines.contains { lines[$0 - 1].drop { $0 == " " }.hasPrefix("probes:") }
        let probeText = probes.map { block in
            let isList = block.lines.first.map { lines[$0 - 1].drop { $0 == " " }.first == "-" } ?? false
            return only(block.lines, of: lines, head: isList ? (block.line, "probes:") : nil)
        }
        let (own, system) = (path, files)
        let folder = self.folder.isEmpty ? "probes.d" : "\(self.folder)/probes.d"
        let probePath = "\(folder)/\(Self.probeFile).yaml"
        let access = FileAccess(
            read: { path in
                if path == own { return .success(text) }
                if path == probePath, let probeText { return .success(probeText) }
                return system.read(path)
            },
            list: { path in
                if path == folder, !hasProbesKey { return .success(probeText == nil ? [] : ["\(Self.probeFile).yaml"]) }
                return system.list(path)
            }, readBytes: files.readBytes)
        return ConfigurationReader.read(
            path: path, environment: environment, files: access, hostName: "rehearsal", standIn: StandIn.secret)
    }

    /// The text with all other lines empty, so that places stay as they are in the file.
    private func only(_ numbers: [Int], of lines: [Substring], head: (line: Int, text: String)? = nil) -> String {
        var kept = [Substring](repeating: "", count: lines.count)
        for number in numbers { kept[number - 1] = lines[number - 1] }
        if let head { kept[head.line - 1] = Substring(head.text) }
        return kept.joined(separator: "\n")
    }

    private func description(_ problem: Problem) -> String {
        var problem = problem
        if problem.place.path.hasSuffix("/\(Self.probeFile).yaml") || problem.place.path == "\(Self.probeFile).yaml" {
            problem.place.path = path
        }
        return problem.description
    }
}

/// What takes the place of secrets that are not at hand: nothing is sent, so any that looks right does.
package enum StandIn {
    package static let secret: @Sendable (String) -> String? = { key in
        switch key {
        case "routing_key": String(repeating: "0", count: 32)
        case "webhook_url", "url": "https://stand-in.invalid/hook"
        case "dsn": "postgresql://stand-in.invalid/stand-in"
        case "bot_token", "token": "123456:stand-in"
        default: "stand-in"
        }
    }
}
