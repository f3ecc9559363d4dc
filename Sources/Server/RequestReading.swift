import FoundationEssentials
import Hummingbird
import Model

/// The query of a request. An unknown or repeated name is a problem: a misspelt filter must not answer as if it were none.
struct Query {
    private var values: [String: String] = [:]

    init(_ request: Request, names: [String]) throws {
        for (key, value) in request.uri.queryParameters {
            let name = String(key)
            guard names.contains(name) else {
                throw RequestProblem("\(request.uri.path) has no parameter \(name); it takes \(names.joined(separator: ", ")).")
            }
            guard values.updateValue(String(value), forKey: name) == nil else {
                throw RequestProblem("\(name) stands twice.")
            }
        }
    }

    subscript(name: String) -> String? { values[name] }

    /// An RFC 3339 time, or a duration: that long before now.
    func time(_ name: String, now: Timestamp) throws -> Timestamp? {
        guard let text = values[name] else { return nil }
        if let time = Timestamp(text) { return time }
        if let ago = Duration(short: text), ago.microseconds < now.microseconds { return now - ago }
        throw RequestProblem("\(name) is a time such as 2026-03-29T01:30:00Z, or a duration such as 24h or 7d, not \(text).")
    }

    func count(_ name: String, default standard: Int) throws -> Int {
        guard let text = values[name] else { return standard }
        guard let value = Int(text), (1...Limit.rows).contains(value) else {
            throw RequestProblem("\(name) is a number from 1 to \(Limit.rows), not \(text).")
        }
        return value
    }

    func flag(_ name: String) throws -> Bool {
        switch values[name] {
        case nil, "false", "0": false
        case "true", "1", "": true
        case .some(let text): throw RequestProblem("\(name) is true or false, not \(text).")
        }
    }
}

/// The body of a command: a JSON object of texts and truth values, or nothing. An unknown key is a problem.
struct CommandBody {
    private enum Value: Decodable {
        case text(String)
        case flag(Bool)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            do {
                self = .text(try container.decode(String.self))
            } catch DecodingError.typeMismatch {
                self = .flag(try container.decode(Bool.self))
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
            throw RequestProblem("The body is not a JSON object of texts and truth values.")
        }
        if let unknown = values.keys.sorted().first(where: { !keys.contains($0) }) {
            throw RequestProblem(
                keys.isEmpty
                    ? "There is no key \(unknown); this command takes none."
                    : "There is no key \(unknown); this command takes \(keys.joined(separator: ", ")).")
        }
    }

    func text(_ key: String) throws -> String {
        guard case .text(let text) = values[key], !text.isEmpty else {
            throw RequestProblem("\(key) is missing, or not a text.")
        }
        return text
    }

    func flag(_ key: String) throws -> Bool {
        switch values[key] {
        case nil: false
        case .flag(let flag): flag
        case .text: throw RequestProblem("\(key) is true or false.")
        }
    }
}
