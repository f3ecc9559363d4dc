import Hummingbird
import Model

/// The query of a request. An unknown or repeated name is a problem: a misspelt filter must not answer as if it were none.
struct Query {
    private var values: [String: String] = [:]

    init(_ request: Request, names: [String]) throws {
        for (key, value) in request.uri.queryParameters {
            let name = String(key)
            guard names.contains(name) else {
                throw RequestProblem(
                    "\(request.uri.path) has no parameter \(name); it takes \(names.isEmpty ? "none" : names.joined(separator: ", "))."
                )
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
