extension Command {
    /// As its record and the log say it: one line, whatever the sender wrote.
    package var text: String {
        switch self {
        case .acknowledge(let incident, let version, let lasts):
            "ack \(incident)\(Command.seen(version))\(lasts.map { " for \($0.short)" } ?? "")".oneLine
        case .unacknowledge(let incident, let version): "unack \(incident)\(Command.seen(version))".oneLine
        case .resolve(let incident, let version): "resolve \(incident)\(Command.seen(version))".oneLine
        case .reroute(let incident, let version): "reroute \(incident)\(Command.seen(version))".oneLine
        case .addSilence(let request): request.text.oneLine
        case .updateSilence(let id, let change): "silence update \(id)\(change.text)".oneLine
        case .endSilence(let id, .silence): "silence expire \(id)".oneLine
        case .endSilence(let id, .maintenance): "maintenance end \(id)".oneLine
        case .addOverride(let request): request.text.oneLine
        case .removeOverride(let id): "oncall override remove \(id)".oneLine
        case .reload: "reload"
        case .run(let probe, let dry): (dry ? "run \(probe) --dry" : "run \(probe)").oneLine
        case .testChannel(let channel): "notify \(channel) --test".oneLine
        case .requeue(let id): "requeue \(id)"
        case .drop(let id): "drop \(id)"
        case .drill(let name, let expectAck): "drill \(name) --expect-ack \(expectAck.short)".oneLine
        case .deploy(let request): request.text.oneLine
        case .relayed(let relayed): relayed.text.oneLine
        }
    }

    /// What two commands with one id must have alike: what is done to what. The version that was seen and a time that was reckoned from
    /// the present one differ where the same is asked for again.
    package static func essence(of text: String) -> String {
        text.replacing(/\ at version \d+/, with: "").replacing(/\ (until|from) \d{4}-\d\d-\d\dT[\d:.]+Z/, with: "")
    }

    private static func seen(_ version: Int?) -> String { version.map { " at version \($0)" } ?? "" }
}

extension [[Matcher]] {
    /// `service="db", env="test" or host="a"`
    package var text: String { map { $0.map(\.description).joined(separator: ", ") }.joined(separator: " or ") }
}

extension End {
    fileprivate var text: String {
        switch self {
        case .at(let time): " until \(time)"
        case .after(let duration): " for \(duration.short)"
        }
    }
}

extension SilenceRequest {
    fileprivate var text: String {
        let verb = kind == .silence ? "silence add" : "maintenance start"
        let times = (startsAt.map { " from \($0)" } ?? "") + (end?.text ?? "") + (untilResolved ? " until resolved" : "")
        let author = author.map { " in the name of \($0)" } ?? ""
        return "\(verb) \(matchers.text)\(times)\(author): \(comment)"
    }
}

extension SilenceChange {
    fileprivate var text: String {
        var text = ""
        if let matchers { text += " to \(matchers.text)" }
        if let startsAt { text += " from \(startsAt)" }
        if let end { text += end.text }
        if let untilResolved { text += untilResolved ? " until resolved" : " not until resolved" }
        if let comment { text += ": \(comment)" }
        return text
    }
}

extension OverrideRequest {
    fileprivate var text: String {
        let times = (startsAt.map { " from \($0)" } ?? "") + end.text
        return "oncall override add \(schedule) \(person)\(times)\(comment.isEmpty ? "" : ": \(comment)")"
    }
}

extension DeployRequest {
    fileprivate var text: String {
        let of = labels.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        return "deploy \(version)\(of)\(comment.isEmpty ? "" : ": \(comment)")"
    }
}

extension Relayed {
    fileprivate var text: String {
        let of = incident.isEmpty ? "an incident without a key of ours" : "\(incident), page \(page)"
        return "\(action.rawValue) \(of), said by a receiver"
    }
}

extension String {
    /// Control characters replaced and the length bounded, so that a request cannot write lines of its own.
    var oneLine: String {
        let scalars = unicodeScalars
        var line = String.UnicodeScalarView()
        line.append(contentsOf: scalars.prefix(500).map { $0.properties.generalCategory == .control ? "?" : $0 })
        return String(line) + (scalars.count > 500 ? "…" : "")
    }
}
