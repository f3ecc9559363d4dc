import Model
import Settings

/// Reads what follows `expect`.
struct ExpectationReader {
    private static let subjects = [
        "nothing", "state", "incident", "incidents", "record", "held", "run", "no", "not", "refused", "done", "dead",
    ]
    let known: Known

    func expectation(_ words: inout Words) throws(Wrong) -> Expectation {
        let subject = try words.need("what is expected")
        switch subject {
        case "nothing":
            return .nothing(to: words.take("to") ? try known.target(try words.need("a channel")) : nil)
        case "state":
            let (probe, rule) = try known.alert(try words.need("a probe, or probe/rule"))
            return .state(probe: probe, rule: rule, try choice(Snapshot.State.self, "a state", &words))
        case "incident":
            return try incident(&words)
        case "incidents":
            guard let count = words.read(Int.init) else { throw Wrong("expected how many incidents are open") }
            return .incidents(count)
        case "record":
            return .record(try words.need("a text in quotes"), isWanted: true)
        case "held":
            return try held(&words, isWanted: true)
        case "run":
            return .run(try known.alert(try words.need("a probe")).probe, isWanted: true)
        case "no":
            switch try words.need("record or run") {
            case "record": return .record(try words.need("a text in quotes"), isWanted: false)
            case "run": return .run(try known.alert(try words.need("a probe")).probe, isWanted: false)
            case let other: throw Wrong("expected `no record` or `no run`, got \"no \(other)\"")
            }
        case "not":
            guard words.take("held") else { throw Wrong("expected `not held` and a probe") }
            return try held(&words, isWanted: false)
        case "refused":
            return .refused(words.quoted())
        case "done":
            return .done(try words.need("a text in quotes"))
        case "dead":
            return .dead(try known.channel(try words.need("a channel")), words.quoted())
        default:
            return try message(to: subject, &words)
        }
    }

    private func message(to name: String, _ words: inout Words) throws(Wrong) -> Expectation {
        let target: String
        do {
            target = try known.target(name)
        } catch {
            let near = Suggestion.clause(for: name, in: Array(known.channels) + ExpectationReader.subjects)
            let channels = known.channels.sorted().joined(separator: ", ")
            let subjects = ExpectationReader.subjects.joined(separator: ", ")
            let instead = near.isEmpty ? "; channels: \(channels); other: \(subjects)" : near
            throw Wrong("\"\(name)\" is no channel and nothing else that can be expected\(instead)")
        }
        let kind = try choice(Notification.Kind.self, "a kind of message", &words)
        var texts: [String] = []
        while let word = words.next() {
            guard word.isQuoted || Level(rawValue: word.text) != nil else {
                throw Wrong("expected a level or a text in quotes, got \"\(word.text)\"")
            }
            texts.append(word.text)
        }
        return .message(to: target, kind, texts: texts)
    }

    private func incident(_ words: inout Words) throws(Wrong) -> Expectation {
        var name = IncidentName.newest
        if let number = words.read(Int.init) {
            guard number >= 1 else { throw Wrong("incidents are counted from 1, in the order in which they opened") }
            name = .number(number)
        } else if let text = words.quoted() {
            name = .text(text)
        }
        let phase = try words.need("open, acked or resolved")
        guard let wanted = Incident.Phase(rawValue: phase) else {
            throw Wrong("expected open, acked or resolved, got \"\(phase)\"")
        }
        return .incident(name, wanted, words.read(Level.init(rawValue:)))
    }

    private func held(_ words: inout Words, isWanted: Bool) throws(Wrong) -> Expectation {
        let (probe, rule) = try known.alert(try words.need("a probe, or probe/rule"))
        let kind = words.take("by") ? try choice(SuppressionKind.self, "a reason", &words) : nil
        return .held(probe: probe, rule: rule, kind, isWanted: isWanted)
    }

    private func choice<T: RawRepresentable & CaseIterable>(
        _ type: T.Type, _ what: String, _ words: inout Words
    ) throws(Wrong) -> T where T.RawValue == String {
        let word = try words.need(what)
        if let value = T(rawValue: word) { return value }
        let all = T.allCases.map(\.rawValue)
        let near = Suggestion.clause(for: word, in: all)
        throw Wrong("expected \(what) (\(all.joined(separator: ", "))), got \"\(word)\"\(near)")
    }
}
