import Model

/// What an exchange showed: phases, whom it spoke to, the status line, headers, the beginning of the body, certificates.
///
/// A good run keeps what can change from one run to the next, and it costs little, for there are a thousand a second; a failing run
/// keeps all of it.
struct HTTPEvidence {
    /// More headers, or longer ones, say nothing more of a failure.
    static let maximumHeaders = 20
    static let maximumHeader = 200
    static let maximumGoodHeaders = 8
    static let maximumGoodHeader = 100
    /// The beginning of a body: the title of an error page, the first fields of a document.
    static let bodyHead = 512

    var reply: TransferReply
    var redaction: Redaction

    func evidence(_ failure: Failure?) -> Evidence? {
        var seen = Sightings()
        seen.note(.phases, phases)
        seen.note(.address, reply.remoteAddress)
        seen.note(.status, statusLine)
        if reply.redirects > 0 { seen.note(.redirects, "\(reply.redirects)") }
        if let leaf = reply.certificates.first {
            seen.note(.certificate, oneLine(leaf.subject, limit: 80))
            seen.note(.issuer, oneLine(leaf.issuer, limit: 80))
        }
        seen.note(.expires, reply.certificateExpires?.description)
        if failure == nil {
            seen.note(.headers, telling)
        } else {
            seen.note(.headers, headers)
            seen.note(.body, body)
            seen.note(
                .chain,
                reply.certificates.map { chainLine(subject: $0.subject, issuer: $0.issuer, notAfter: $0.notAfter) }
                    .joined(separator: "\n"))
        }
        return seen.evidence(failure)
    }

    private var phases: String {
        let timings = reply.timings
        return phasesText([
            ("name look-up", timings.nameLookup), ("connect", timings.connect), ("TLS", timings.tls),
            ("processing", timings.processing), ("transfer", timings.transfer), ("redirects", timings.redirects),
        ])
    }

    /// As it came; what was not kept is made of the number.
    private var statusLine: String {
        let line = reply.head.prefix { $0 != 10 && $0 != 13 }.prefix(HTTPEvidence.maximumHeader)
        guard line.isEmpty else { return text(of: redaction.masked(head: line, limit: HTTPEvidence.maximumHeader)) }
        return reply.status == 0 ? "" : HTTPStatus.text(reply.status)
    }

    // MARK: Headers

    /// Those that tell who answered and with what: server, type, length, entity tag, version.
    private var telling: String {
        lines(atMost: HTTPEvidence.maximumGoodHeaders, cutTo: HTTPEvidence.maximumGoodHeader, telling: true)
    }

    private var headers: String {
        lines(atMost: HTTPEvidence.maximumHeaders, cutTo: HTTPEvidence.maximumHeader, telling: false)
    }

    /// Lines `name: value` as they came, names in small letters.
    private func lines(atMost maximum: Int, cutTo limit: Int, telling: Bool) -> String {
        var bytes: [UInt8] = []
        var count = 0
        for line in reply.head.split(separator: 10).dropFirst() {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else { continue }
            // Most lines of a good reply are passed over by their first letter.
            if telling, !"cesvx".utf8.contains(line[line.startIndex] | 0x20) { continue }
            let name = line[..<colon].prefix(64).map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
            let isKnown = HTTPEvidence.tellingNames.contains(name)
            if telling, !isKnown, !HTTPEvidence.isVersion(name) { continue }
            if count > 0 { bytes.append(10) }
            guard count < maximum else {
                bytes += "…".utf8
                break
            }
            count += 1
            var value = line[(colon + 1)...].drop { $0 == 32 || $0 == 9 }
            if value.last == 13 { value.removeLast() }
            bytes.append(shown: name)
            bytes += ": ".utf8
            if isKnown || !name.isCredentialName {
                append(value, of: name, limit: limit, to: &bytes)
            } else {
                bytes += Secret.mask.utf8
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func append(_ value: ArraySlice<UInt8>, of name: [UInt8], limit: Int, to bytes: inout [UInt8]) {
        if name.elementsEqual("location".utf8) || name.elementsEqual("content-location".utf8),
            let query = value.firstIndex(of: UInt8(ascii: "?"))
        {
            // Where a redirect leads to may hold a code that logs in.
            bytes.append(shown: redaction.masked(head: value[..<query], limit: limit))
            bytes += "?\(Secret.mask)".utf8
        } else {
            bytes.append(shown: redaction.masked(head: value, limit: limit).withoutNamedCredentials)
            if value.count > limit { bytes += "…".utf8 }
        }
    }

    /// Applications send such to say which version of them runs.
    private static func isVersion(_ name: [UInt8]) -> Bool {
        name.starts(with: "x-".utf8) && name.holds(anyOf: versionWords)
    }
    private static let tellingNames = ["server", "content-type", "content-length", "etag", "via"].map { Array($0.utf8) }
    private static let versionWords = ["version", "release", "revision", "commit", "build"].map { Array($0.utf8) }

    // MARK: Body

    /// On one line: white space, line ends too, is one space. What is no text is told by its length.
    private var body: String {
        guard !reply.body.isEmpty else { return "" }
        let head = redaction.masked(head: reply.body, limit: HTTPEvidence.bodyHead).withoutNamedCredentials
        let shown = text(of: head)
        let size = "\(reply.body.count) bytes"
        let wrong = shown.unicodeScalars.count { $0 == "\u{FFFD}" }
        guard wrong * 8 <= shown.unicodeScalars.count else { return "\(size) that are no text" }
        return shown + (reply.body.count > HTTPEvidence.bodyHead ? "… (\(size))" : "")
    }

    private func text(of bytes: some Collection<UInt8>) -> String {
        var shown: [UInt8] = []
        shown.append(shown: bytes)
        return String(decoding: shown, as: UTF8.self)
    }
}

extension [UInt8] {
    /// Adds what a terminal may show of a text: white space is one space; control characters, and what is no UTF-8, are U+FFFD.
    fileprivate mutating func append(shown bytes: some Collection<UInt8>) {
        var isSpace = true
        if bytes.allSatisfy({ $0 < 0x7F && ($0 >= 0x20 || (0x09...0x0D).contains($0)) }) {
            for byte in bytes where byte > 0x20 || !isSpace {
                append(byte > 0x20 ? byte : 0x20)
                isSpace = byte <= 0x20
            }
            return
        }
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            let kind = scalar.kind
            if kind == .space, isSpace { continue }
            isSpace = kind == .space
            switch kind {
            case .space: append(0x20)
            case .shown: append(contentsOf: UTF8.encode(scalar)!)
            case .hidden: append(contentsOf: "\u{FFFD}".utf8)
            }
        }
    }
}

extension Unicode.Scalar {
    fileprivate enum Kind { case shown, space, hidden }

    /// What would move a cursor, or turn the direction of what follows, is hidden.
    fileprivate var kind: Kind {
        switch value {
        case 0x20, 0x09...0x0D: return .space
        case 0x21...0x7E: return .shown
        default: break
        }
        if properties.isWhitespace { return .space }
        return switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned: .hidden
        default: .shown
        }
    }
}
