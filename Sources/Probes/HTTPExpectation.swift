import Model

/// What a complete reply must be like, and the numbers to take out of it.
struct HTTPExpectation: Sendable, Hashable {
    /// Any of them; 2xx where none is configured.
    var statuses: [HTTPStatus] = [.class(2)]
    var headers: [HeaderExpectation] = []
    var bodyContains: String?
    var json: [JSONExpectation] = []
    /// Numbers that become samples `json_NAME`.
    var jsonSamples: [JSONSample] = []

    /// The first thing that is wrong gives the reason; where the status is as expected, the sentence tells all of them.
    func judge(_ reply: TransferReply) -> (failure: Failure?, samples: [Sample]) {
        guard statuses.contains(where: { $0.matches(reply.status) }) else {
            let expected = anyOf(statuses.map(\.description))
            return (Failure(.status, "status \(HTTPStatus.text(reply.status)), expected \(expected)"), [])
        }
        var wrong: [Failure] = []
        wrong += headers.compactMap { $0.judge(reply) }
        if let bodyContains, !reply.body.contains(bodyContains) {
            wrong.append(Failure(.body, "the body of \(reply.body.count) bytes does not contain \(quoted(bodyContains))"))
        }
        var samples: [Sample] = []
        if !json.isEmpty || !jsonSamples.isEmpty {
            do {
                let document = try JSONValue(reply.body)
                wrong += json.compactMap { $0.judge(document) }
                samples = jsonSamples.compactMap { $0.read(document) }
            } catch {
                wrong.append(Failure(.body, "the body is not JSON: \(error.sentence)"))
            }
        }
        guard let first = wrong.first else { return (nil, samples) }
        return (Failure(first.reason, wrong.map(\.detail).joined(separator: "; ")), samples)
    }
}

/// A header of that name has a value that contains the text.
struct HeaderExpectation: Sendable, Hashable {
    var name: String
    var text: String

    /// The value that came is not repeated: it can be a session's token.
    func judge(_ reply: TransferReply) -> Failure? {
        guard let value = reply.header(name) else {
            return Failure(.header, "no header \(name), expected one that contains \(quoted(text))")
        }
        return value.contains(text) ? nil : Failure(.header, "header \(name) does not contain \(quoted(text))")
    }
}

/// A value at a path of a JSON body.
struct JSONExpectation: Sendable, Hashable {
    var path: JSONPath
    var expected: Expected

    func judge(_ document: JSONValue) -> Failure? {
        guard let value = path.value(in: document) else {
            return Failure(.body, "\(path) is missing, expected \(expected)")
        }
        return expected.holds(value) ? nil : Failure(.body, "\(path) is \(value), expected \(expected)")
    }
}

/// A number of a JSON body that becomes a sample. Where it is missing or no number there is no sample, and rules on it are unknown.
struct JSONSample: Sendable, Hashable {
    var name: String
    var path: JSONPath

    func read(_ document: JSONValue) -> Sample? {
        switch path.value(in: document) {
        case .number(let value): Sample("json_\(name)", value)
        case .bool(let value): Sample("json_\(name)", value ? 1 : 0)
        case .null, .string, .array, .object, nil: nil
        }
    }
}

/// One status, or a class of them: `200`, `2xx`.
enum HTTPStatus: Sendable, Hashable, CustomStringConvertible {
    case exactly(Int)
    case `class`(Int)

    init?(_ text: String) {
        if let code = Int(text), (100...599).contains(code) {
            self = .exactly(code)
        } else if text.count == 3, text.lowercased().hasSuffix("xx"), let first = text.first?.wholeNumberValue,
            (1...5).contains(first)
        {
            self = .class(first)
        } else {
            return nil
        }
    }

    func matches(_ status: Int) -> Bool {
        switch self {
        case .exactly(let code): status == code
        case .class(let first): status / 100 == first
        }
    }

    var description: String {
        switch self {
        case .exactly(let code): "\(code)"
        case .class(let first): "\(first)xx"
        }
    }

    /// `503 Service Unavailable`; the number alone where it has no common name (IANA's registry of status codes).
    static func text(_ status: Int) -> String { names[status].map { "\(status) \($0)" } ?? "\(status)" }

    private static let names: [Int: String] = [
        200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 206: "Partial Content", 301: "Moved Permanently",
        302: "Found", 303: "See Other", 304: "Not Modified", 307: "Temporary Redirect", 308: "Permanent Redirect",
        400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
        406: "Not Acceptable", 408: "Request Timeout", 409: "Conflict", 410: "Gone", 413: "Content Too Large",
        415: "Unsupported Media Type", 418: "I'm a teapot", 422: "Unprocessable Content", 429: "Too Many Requests",
        500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
        504: "Gateway Timeout", 507: "Insufficient Storage",
    ]
}

/// `a`, `a or b`, `a, b or c`.
func anyOf(_ texts: [String]) -> String {
    guard let last = texts.last, texts.count > 1 else { return texts.first ?? "" }
    return texts.dropLast().joined(separator: ", ") + " or " + last
}

extension [UInt8] {
    /// The bytes of the text occur in a row.
    fileprivate func contains(_ text: String) -> Bool {
        let needle = Array(text.utf8)
        guard let first = needle.first else { return true }
        guard count >= needle.count else { return false }
        for start in 0...(count - needle.count) where self[start] == first {
            if self[start..<start + needle.count].elementsEqual(needle) { return true }
        }
        return false
    }
}
