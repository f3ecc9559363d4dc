/// A mailbox as RFC 5321 writes it, without quoted local parts: `local@domain` in ASCII.
struct MailAddress: Sendable, Hashable {
    var local: String
    /// A domain name or an address literal.
    var domain: String

    var text: String { "\(local)@\(domain)" }
    var isFullDomain: Bool { domain.contains(".") && !domain.hasPrefix("[") }

    /// The mailbox, or a sentence that says what is wrong with it.
    static func read(_ text: String) -> Result<MailAddress, Wrong> {
        func wrong(_ sentence: String) -> Result<MailAddress, Wrong> {
            .failure(Wrong("\"\(text.oneLine.shortened(to: 100))\" \(sentence)"))
        }
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            return wrong("has a control character or a line end")
        }
        guard let at = text.lastIndex(of: "@") else { return wrong("is not a mail address: it has no @") }
        let local = String(text[..<at])
        let domain = String(text[text.index(after: at)...])
        guard local.utf8.allSatisfy({ $0 < 0x80 }) else {
            return wrong(
                "has a character outside ASCII before the @, which needs SMTPUTF8: few servers offer it, and monitord does not ask for it"
            )
        }
        guard domain.utf8.allSatisfy({ $0 < 0x80 }) else {
            return wrong("has a character outside ASCII in its domain: write it in its xn-- form")
        }
        guard isDotAtom(local), local.utf8.count <= 64 else {
            return wrong(
                "has no valid name before the @ (letters, digits and !#$%&'*+-/=?^_`{|}~ with single dots, at most 64)")
        }
        guard isDomain(domain) || isLiteral(domain) else { return wrong("has no valid domain after the @") }
        guard text.utf8.count <= 254 else { return wrong("is longer than 254 characters") }
        return .success(MailAddress(local: local, domain: domain))
    }

    /// RFC 5322's dot-atom-text.
    static func isDotAtom(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { atom in
                !atom.isEmpty && atom.allSatisfy { isLetterOrDigit($0) || "!#$%&'*+-/=?^_`{|}~".utf8.contains($0) }
            }
    }

    static func isDomain(_ text: String) -> Bool {
        text.utf8.count <= 253 && !text.isEmpty
            && text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { label in
                (1...63).contains(label.count) && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
                    && label.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
            }
    }

    /// `[192.0.2.1]`, `[IPv6:2001:db8::1]`
    static func isLiteral(_ text: String) -> Bool {
        guard text.hasPrefix("["), text.hasSuffix("]") else { return false }
        let inner = text.dropFirst().dropLast()
        if inner.hasPrefix("IPv6:") {
            let rest = inner.dropFirst(5)
            return rest.contains(":") && rest.utf8.allSatisfy { "0123456789abcdefABCDEF:.".utf8.contains($0) }
        }
        let parts = inner.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil && !$0.hasPrefix("+") }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (byte | 32 >= 97 && byte | 32 <= 122) || (byte >= 48 && byte <= 57)
    }

    struct Wrong: Error {
        var sentence: String
        init(_ sentence: String) { self.sentence = sentence }
    }
}
