import Model
import Settings

extension HTTPProbe {
    /// A body of more than this is no health page; `max_body` raises it up to `largestBody`.
    static let defaultBody = 1 << 20
    static let largestBody = 64 << 20

    init?(_ fields: Fields, timeout: Duration) {
        let before = fields.problems.all.count
        let isSecret = if case .mapping = fields.shape(of: "url") { true } else { false }
        let url = fields.textOrSecret("url", required: true)
        var address: WebAddress?
        if let url {
            do {
                address = try WebAddress(url.reveal())
            } catch {
                fields.problem(at: "url", "url: \(error.sentence)")
            }
        }
        let body = fields.string("body")
        let method = fields.string("method") ?? (body == nil ? "GET" : "POST")
        if method.isEmpty || !method.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) {
            fields.problem(at: "method", "method: a method is in capital letters, such as GET or HEAD")
        }
        var headers: [Header] = []
        var redaction = Redaction()
        if let url { redaction.hide(url: url.reveal(), isSecret: isSecret) }
        let named = fields.fields("headers")
        for name in named?.remainingKeys ?? [] {
            let isReference = if case .mapping? = named?.shape(of: name) { true } else { false }
            guard let value = named?.textOrSecret(name) else { continue }
            redaction.hide(header: name, value.reveal(), isSecret: isReference)
            if let wrong = wrongHeader(name, value.reveal()) {
                fields.problem(at: "headers", "headers: \(wrong)")
            } else {
                headers.append(Header(name, value))
            }
        }
        if let basic = fields.fields("basic_auth") {
            let user = basic.string("user", required: true)
            let password = basic.secret("password", required: true)
            if headers.contains(where: { $0.name.lowercased() == "authorization" }) {
                fields.problem(at: "basic_auth", "basic_auth and a header Authorization exclude each other")
            }
            if let user, let password {
                if user.contains(":") { basic.problem(at: "user", "user: a user's name has no colon") }
                let credentials = base64(Array("\(user):\(password.reveal())".utf8))
                redaction.hide(password.reveal())
                redaction.hide(credentials)
                headers.append(Header("Authorization", Secret("Basic \(credentials)")))
            }
        }
        let follows = fields.boolean("follow_redirects") ?? true
        let tls = TLSOptions(
            caFile: fields.readableFile("ca_file"), verifies: !(fields.boolean("insecure_skip_verify") ?? false))
        let maxBody = fields.size("max_body", in: 1...HTTPProbe.largestBody) ?? HTTPProbe.defaultBody
        var expectation = HTTPExpectation()
        if let expect = fields.fields("expect") {
            expectation = HTTPExpectation(expect)
        }
        expectation.jsonSamples = jsonSamples(fields)
        guard fields.problems.all.count == before, let url, var address else { return nil }
        // The path of an address that came as a secret may be a token.
        if isSecret { address.path = "/" }
        self.address = address.shown
        self.expectation = expectation
        self.redaction = redaction
        request = HTTPRequest(
            method: method, url: url, headers: headers, body: Array((body ?? "").utf8), timeout: timeout,
            maxRedirects: follows ? HTTPProbe.maximumRedirects : 0, maxBodyBytes: maxBody, tls: tls, isFresh: true,
            wantsCertificates: address.scheme == "https")
    }
}

extension HTTPExpectation {
    fileprivate init(_ fields: Fields) {
        self.init()
        let texts = fields.shape(of: "status") == .text ? fields.string("status").map { [$0] } : fields.strings("status")
        if let texts {
            statuses = texts.compactMap { text in
                let status = HTTPStatus(text)
                if status == nil {
                    fields.problem(at: "status", "status: expected 100 to 599, or a class such as 2xx, got \(quoted(text))")
                }
                return status
            }
        }
        bodyContains = fields.string("body_contains")
        headers = (fields.pairs("header") ?? []).map { HeaderExpectation(name: $0.name, text: $0.text) }
        for (text, expected, place) in fields.pairs("json") ?? [] {
            do {
                json.append(JSONExpectation(path: try JSONPath(text), expected: Expected(expected)))
            } catch {
                fields.problems.add(place, "json: \(text): \(error.sentence)")
            }
        }
    }
}

private func jsonSamples(_ fields: Fields) -> [JSONSample] {
    var samples: [JSONSample] = []
    for (name, text, place) in fields.pairs("samples") ?? [] {
        guard isSampleName(name) else {
            fields.problems.add(place, "samples: a name has small letters, digits and _, got \(quoted(name))")
            continue
        }
        do {
            samples.append(JSONSample(name: name, path: try JSONPath(text)))
        } catch {
            fields.problems.add(place, "samples: \(name): \(error.sentence)")
        }
    }
    return samples
}

/// Names that metrics and rule expressions can hold.
func isSampleName(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= 64
        && name.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "_")
        }
}

/// Line ends in a header would let a value add headers of its own.
private func wrongHeader(_ name: String, _ value: String) -> String? {
    let symbols = "!#$%&'*+-.^_`|~"
    guard !name.isEmpty, name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || symbols.contains($0)) }) else {
        return "\(quoted(name)) is no name of a header"
    }
    guard value.unicodeScalars.allSatisfy({ $0 == "\t" || ($0.value >= 0x20 && $0.value != 0x7F) }) else {
        return "the value of header \(name) has a line end or another control character"
    }
    return nil
}

/// RFC 4648, with padding.
func base64(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
        let group = bytes[start..<min(start + 3, bytes.count)]
        let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
        for position in 0..<4 {
            text.append(position <= group.count ? alphabet[bits >> (18 - 6 * position) & 63] : UInt8(ascii: "="))
        }
    }
    return String(decoding: text, as: UTF8.self)
}
