import FoundationEssentials
import Model

/// The body of a command: a JSON object of texts, truth values, whole numbers and lists, or nothing. An unknown key is a problem.
struct CommandBody {
    private enum Value: Decodable {
        case text(String)
        case flag(Bool)
        case number(Int)
        case texts([String])
        case lists([[String]])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            func attempt<T: Decodable>(_ type: T.Type) throws -> T? {
                do {
                    return try container.decode(type)
                } catch DecodingError.typeMismatch {
                    return nil
                }
            }
            if let text = try attempt(String.self) {
                self = .text(text)
            } else if let flag = try attempt(Bool.self) {
                self = .flag(flag)
            } else if let number = try attempt(Int.self) {
                self = .number(number)
            } else if let texts = try attempt([String].self) {
                self = .texts(texts)
            } else {
                self = .lists(try container.decode([[String]].self))
            }
        }
    }
    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
    private struct Object: Decodable {
        var values: [String: Value] = [:]
        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            for key in container.allKeys {
                values[key.stringValue] = try container.decode(Value.self, forKey: key)
            }
        }
    }
    private var values: [String: Value] = [:]

    init(_ bytes: some Collection<UInt8>, keys: [String]) throws {
        guard !bytes.isEmpty else { return }
        do {
            values = try JSONDecoder().decode(Object.self, from: Data(bytes)).values
        } catch {
            throw RequestProblem("The body is not a JSON object of texts, truth values, whole numbers and lists of texts.")
        }
        if let unknown = values.keys.sorted().first(where: { !keys.contains($0) }) {
            throw RequestProblem("There is no key \(unknown); this command takes \(keys.joined(separator: ", ")).")
        }
    }

    func text(_ key: String) throws -> String {
        guard let text = try optionalText(key), !text.isEmpty else {
            throw RequestProblem("\(key) is missing, or not a text.")
        }
        return text
    }

    func optionalText(_ key: String) throws -> String? {
        switch values[key] {
        case nil: nil
        case .text(let text): text
        case .flag, .number, .texts, .lists: throw RequestProblem("\(key) is missing, or not a text.")
        }
    }

    func flag(_ key: String) throws -> Bool { try optionalFlag(key) ?? false }

    func optionalFlag(_ key: String) throws -> Bool? {
        switch values[key] {
        case nil: nil
        case .flag(let flag): flag
        case .text, .number, .texts, .lists: throw RequestProblem("\(key) is true or false.")
        }
    }

    func number(_ key: String) throws -> Int? {
        switch values[key] {
        case nil: nil
        case .number(let number): number
        case .text, .flag, .texts, .lists: throw RequestProblem("\(key) is a whole number.")
        }
    }

    func messageID() throws -> Int64 {
        guard let id = try number("message") else { throw RequestProblem("message is missing: the number of a message.") }
        return Int64(id)
    }

    func duration(_ key: String) throws -> Duration? {
        guard let text = try optionalText(key) else { return nil }
        guard let duration = Duration(short: text) else {
            throw RequestProblem("\(key) is a duration such as 30m, 2h or 1d12h, not \(text).")
        }
        return duration
    }

    func time(_ key: String) throws -> Timestamp? {
        guard let text = try optionalText(key) else { return nil }
        guard let time = Timestamp(text) else {
            throw RequestProblem("\(key) is a time such as 2026-03-29T01:30:00Z, not \(text).")
        }
        return time
    }

    /// `until`, a time, or `for`, a duration.
    func end() throws -> End? {
        switch (try time("until"), try duration("for")) {
        case (let time?, nil): .at(time)
        case (nil, let duration?): .after(duration)
        case (nil, nil): nil
        case (_?, _?): throw RequestProblem("Give until or for, not both.")
        }
    }

    /// One set as a list of texts, or several as a list of lists; nil where there is none.
    func matchers() throws -> [[Matcher]]? {
        let sets: [[String]]
        switch values["matchers"] {
        case nil: return nil
        case .texts(let texts): sets = texts.isEmpty ? [] : [texts]
        case .lists(let lists): sets = lists
        case .text, .flag, .number:
            throw RequestProblem(#"matchers is a list of texts such as ["service=\"db\""], or a list of such lists."#)
        }
        do {
            return try sets.map { try $0.map(Matcher.parse) }
        } catch let problem as MatcherProblem {
            throw RequestProblem("A matcher cannot be read: \(problem.sentence).")
        }
    }

    func id() throws -> String? {
        guard let id = try optionalText("id") else { return nil }
        guard CommandRow.isID(id) else {
            throw RequestProblem("id is 1 to 64 letters, digits, - and _, not \(id.prefix(80)).")
        }
        return id
    }
}

extension SilenceRequest {
    static let keys = ["matchers", "start", "until", "for", "until_resolved", "comment", "author"]

    /// What a silence lacks is told by the daemon, which knows what there is.
    init(_ kind: Silence.Kind, _ body: CommandBody) throws {
        let end = try body.end()
        if kind == .maintenance, end == nil {
            throw RequestProblem("A maintenance needs an end: give for, such as 2h, or until.")
        }
        self.init(
            kind: kind, matchers: try body.matchers() ?? [], startsAt: try body.time("start"), end: end,
            untilResolved: try body.flag("until_resolved"), comment: try body.optionalText("comment") ?? "",
            author: try body.optionalText("author").flatMap { $0.isEmpty ? nil : $0 })
    }
}

extension SilenceChange {
    static let keys = ["silence", "matchers", "start", "until", "for", "until_resolved", "comment"]

    init(_ body: CommandBody) throws {
        self.init(
            matchers: try body.matchers(), startsAt: try body.time("start"), end: try body.end(),
            untilResolved: try body.optionalFlag("until_resolved"), comment: try body.optionalText("comment"))
    }
}

extension OverrideRequest {
    static let keys = ["schedule", "person", "start", "until", "for", "comment"]

    init(_ body: CommandBody) throws {
        guard let end = try body.end() else {
            throw RequestProblem("An override needs an end: give until, or for, such as 8h.")
        }
        self.init(
            schedule: try body.text("schedule"), person: try body.text("person"), startsAt: try body.time("start"), end: end,
            comment: try body.optionalText("comment") ?? "")
    }
}
