import Model

/// What must not be seen of what a target says: it can send back what it was sent. The values that the configuration holds are masked
/// wherever they stand, whole, in pieces, and as other notations write them; what a reply itself calls a token, a password or a cookie
/// is masked by that name.
struct Redaction: Sendable, Hashable {
    /// Shorter ones are masked only where they surely are secrets: else `true` in a header would mask every `true` of a reply.
    private static let shortest = 6
    /// A piece of a secret: the word after `Bearer`, a segment of a path.
    private static let shortestPiece = 4
    /// A longer name is that of no credential.
    fileprivate static let longestName = 64

    /// Longest first, so that a whole is masked before its pieces.
    private(set) var values: [[UInt8]] = []
    private var longest: Int { values.first?.count ?? 0 }

    init() {}

    /// Masks a text, and what stands between its separators.
    mutating func hide(_ secret: String) {
        add(secret)
        let pieces = secret.split { " ;,=&:/?@\"".contains($0) }.filter { $0.utf8.count >= Redaction.shortestPiece }
        if pieces.count > 1 { for piece in pieces where !Redaction.isKnownWord(piece) { add(String(piece)) } }
        values.sort { ($1.count, String(decoding: $0, as: UTF8.self)) < ($0.count, String(decoding: $1, as: UTF8.self)) }
    }

    private mutating func add(_ secret: String) {
        var forms = [secret, secret.percentDecoded]
        // As JSON and HTML write it.
        forms.append(secret.replacing(["\\": "\\\\", "\"": "\\\""]))
        forms.append(secret.replacing(["\\": "\\\\", "\"": "\\\"", "/": "\\/"]))
        forms.append(secret.replacing(["&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;"]))
        for form in forms where !form.isEmpty && !values.contains(Array(form.utf8)) { values.append(Array(form.utf8)) }
    }

    /// Words of the protocol that stand in secrets and are none.
    private static func isKnownWord(_ word: Substring) -> Bool {
        ["bearer", "basic", "digest", "token", "http", "https", "api", "path", "hooks", "services"].contains(word.lowercased())
    }

    /// A header that is sent. One that was given as a secret, or that is called like one, is masked however short it is.
    mutating func hide(header name: String, _ value: String, isSecret: Bool) {
        if isSecret || name.isCredentialName {
            hide(value)
        } else if !Redaction.plainHeaders.contains(name.lowercased()), value.utf8.count >= Redaction.shortest {
            hide(value)
        }
    }

    /// Headers whose values are no secrets, and would mask what a reply says of itself.
    private static let plainHeaders: Set<String> = [
        "accept", "accept-charset", "accept-encoding", "accept-language", "cache-control", "connection", "content-language",
        "content-length", "content-type", "expect", "from", "host", "if-match", "if-modified-since", "if-none-match",
        "if-unmodified-since", "origin", "pragma", "range", "referer", "te", "upgrade", "user-agent", "via",
    ]

    /// The address of a request: its password, and what its query says. Of one that was given as a secret, path and query too.
    mutating func hide(url: String, isSecret: Bool) {
        let rest = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        if let at = authority.lastIndex(of: "@") {
            let user = authority[..<at]
            let password = user.firstIndex(of: ":").map { user[user.index(after: $0)...] } ?? user
            hide(String(password))
            // As libcurl sends it.
            hide(base64(Array(String(user).percentDecoded.utf8)))
        }
        let path = rest[authority.endIndex...].prefix { $0 != "#" }
        if isSecret, path.count > 1 { hide(String(path)) }
        guard let mark = path.firstIndex(of: "?") else { return }
        for pair in path[path.index(after: mark)...].split(separator: "&") {
            let value = pair.firstIndex(of: "=").map { pair[pair.index(after: $0)...] } ?? pair
            let name = pair.prefix { $0 != "=" }
            if isSecret || String(name).isCredentialName || value.utf8.count >= Redaction.shortest { hide(String(value)) }
        }
    }

    // MARK: Masking

    /// The first `limit` bytes with what is to be masked masked: also what begins within them and ends behind.
    func masked(head bytes: some RandomAccessCollection<UInt8>, limit: Int) -> [UInt8] {
        guard !values.isEmpty else { return Array(bytes.prefix(limit)) }
        let window = Array(bytes.prefix(limit + longest * EscapedByte.longest))
        // Most bytes begin none of them.
        var begins = [Bool](repeating: false, count: 256)
        for value in values { begins[Int(value[0])] = true }
        for sign in EscapedByte.signs { begins[Int(sign)] = true }
        var result: [UInt8] = []
        result.reserveCapacity(limit)
        var position = 0
        while position < min(limit, window.count) {
            if begins[Int(window[position])], let length = values.lazy.compactMap({ window.length(of: $0, at: position) }).first
            {
                result += Redaction.mask
                position += length
            } else if begins[Int(window[position])], endsWithin(window[position...]) {
                result += Redaction.mask
                break
            } else {
                result.append(window[position])
                position += 1
            }
        }
        return result
    }

    /// The text breaks off in the middle of one.
    private func endsWithin(_ rest: ArraySlice<UInt8>) -> Bool {
        rest.count >= Redaction.shortestPiece && rest.count < longest && values.contains { $0.starts(with: rest) }
    }

    /// Also what is cut short in it: before `…` a part of a secret may stand.
    func masked(_ text: String) -> String {
        guard !values.isEmpty else { return text }
        return text.split(separator: "…", omittingEmptySubsequences: false).map { part in
            String(decoding: masked(head: Array(part.utf8), limit: part.utf8.count), as: UTF8.self)
        }.joined(separator: "…")
    }

    fileprivate static let mask = Array(Secret.mask.utf8)
}

extension String {
    /// A header, a key of JSON or of a form that is called like this holds what must not be seen.
    var isCredentialName: Bool { utf8.isCredentialName }

    fileprivate func replacing(_ characters: [Character: String]) -> String {
        var result = ""
        for character in self { result += characters[character] ?? String(character) }
        return result
    }
}

private let credentialWords = [
    "authorization", "password", "passwd", "pwd", "secret", "token", "cookie", "apikey", "accesskey", "privatekey", "session",
    "credential", "signature",
].map { Array($0.utf8) }

extension Collection<UInt8> {
    var isCredentialName: Bool {
        let plain = compactMap { byte in
            switch byte {
            case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): nil as UInt8?
            case 0x41...0x5A: byte | 0x20
            default: byte
            }
        }
        return plain.suffix(4).elementsEqual("auth".utf8) || plain.holds(anyOf: credentialWords)
    }
}

extension [UInt8] {
    /// One of the words stands in it. The library's `firstRange(of:)` takes a hundred times as long, and this is asked of each header.
    func holds(anyOf words: [[UInt8]]) -> Bool {
        for (position, byte) in enumerated() {
            for word in words where word[0] == byte && self[position...].starts(with: word) { return true }
        }
        return false
    }
}

extension [UInt8] {
    /// What follows `"password":`, `token=` or `Authorization:` in a text is masked to its end, and the word after `Bearer`.
    var withoutNamedCredentials: [UInt8] {
        var result: [UInt8] = []
        var copied = 0
        var index = 0
        while index < count {
            guard let value = credential(at: index) else {
                index += 1
                continue
            }
            result += self[copied..<value.lowerBound] + Redaction.mask
            copied = value.upperBound
            index = value.upperBound
        }
        return copied == 0 ? self : result + self[copied...]
    }

    /// The value that this separator stands before, where what stands before the separator is the name of a credential.
    private func credential(at index: Int) -> Range<Int>? {
        switch self[index] {
        case UInt8(ascii: " "):
            guard ["bearer", "basic"].contains(String(decoding: name(before: index), as: UTF8.self).lowercased()) else {
                return nil
            }
            return value(from: index + 1) { !" \t\r\n\"',;<>".utf8.contains($0) }
        case let sign where sign == UInt8(ascii: ":") || sign == UInt8(ascii: "="):
            let end = self[..<index].lastIndex { !"\"'\\ ".utf8.contains($0) } ?? -1
            guard name(before: end + 1).isCredentialName else { return nil }
            let start = self[(index + 1)...].firstIndex { !" \t\\".utf8.contains($0) } ?? count
            guard start < count else { return nil }
            let first = self[start]
            if first == UInt8(ascii: "\"") || first == UInt8(ascii: "'") {
                return quoted(from: start + 1, by: first)
            }
            return sign == UInt8(ascii: ":")
                ? value(from: start) { !"\r\n,}<".utf8.contains($0) }
                : value(from: start) { !" \t\r\n&;,<\"'".utf8.contains($0) }
        default:
            return nil
        }
    }

    private func name(before end: Int) -> ArraySlice<UInt8> {
        var start = end
        while start > 0, end - start < Redaction.longestName, self[start - 1].isNamePart { start -= 1 }
        return self[start..<end]
    }

    /// Up to the quote that ends it, or to the end of the text.
    private func quoted(from start: Int, by quote: UInt8) -> Range<Int>? {
        var end = start
        while end < count, self[end] != quote { end += self[end] == UInt8(ascii: "\\") ? 2 : 1 }
        return Swift.min(end, count) > start ? start..<Swift.min(end, count) : nil
    }

    private func value(from start: Int, while belongs: (UInt8) -> Bool) -> Range<Int>? {
        guard start < count else { return nil }
        let end = self[start...].firstIndex { !belongs($0) } ?? count
        return end > start ? start..<end : nil
    }
}

extension UInt8 {
    fileprivate var isNamePart: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."): true
        default: false
        }
    }
}
