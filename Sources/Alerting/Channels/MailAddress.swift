/// A mailbox as RFC 5321 writes it, without quoted local parts: `local@domain`. The local part may be outside ASCII (RFC 6531,
/// section 3.3) and stays as it was written; the domain is ASCII.
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
        guard !text.unicodeScalars.contains(where: isControl) else { return wrong("has a control character or a line end") }
        guard let at = text.lastIndex(of: "@") else { return wrong("is not a mail address: it has no @") }
        let local = String(text[..<at])
        let domain = String(text[text.index(after: at)...])
        guard domain.utf8.allSatisfy({ $0 < 0x80 }) else {
            return wrong("has a character outside ASCII in its domain: write it in its xn-- form")
        }
        guard isDotAtom(local, beyondASCII: true), local.utf8.count <= 64 else {
            return wrong(
                "has no valid name before the @ (letters, digits and !#$%&'*+-/=?^_`{|}~ with single dots, at most 64 octets)")
        }
        guard isDomain(domain) || isLiteral(domain) else { return wrong("has no valid domain after the @") }
        guard text.utf8.count <= 254 else { return wrong("is longer than 254 characters") }
        return .success(MailAddress(local: local, domain: domain))
    }

    /// RFC 5322's dot-atom-text, or with RFC 6532's characters outside ASCII, of which no kind of space is taken.
    static func isDotAtom(_ text: String, beyondASCII: Bool = false) -> Bool {
        !text.isEmpty
            && text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { atom in
                !atom.isEmpty
                    && atom.allSatisfy {
                        isLetterOrDigit($0) || "!#$%&'*+-/=?^_`{|}~".utf8.contains($0) || beyondASCII && $0 >= 0x80
                    }
            } && !text.unicodeScalars.contains { $0.properties.generalCategory == .spaceSeparator }
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

    /// Also what ends lines, turns the direction of text or is not seen, but for the joiners that some scripts write words with.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        case .format: scalar != "\u{200C}" && scalar != "\u{200D}"
        default: false
        }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (byte | 32 >= 97 && byte | 32 <= 122) || (byte >= 48 && byte <= 57)
    }

    struct Wrong: Error {
        var sentence: String
        init(_ sentence: String) { self.sentence = sentence }
    }
}
