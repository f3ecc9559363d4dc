internal import Model

/// Learns from a mail server's replies, line by line, whether it offers SMTPUTF8 (RFC 6531, section 3.1).
///
/// libcurl 7.88 sends an address outside ASCII also to a server that does not offer it, and believes an offer from before STARTTLS,
/// which RFC 3207, section 4.2, says to discard. So the transfer ends as soon as the last EHLO was answered without it.
struct SMTPUTF8Offer {
    private enum Next { case answer, startTLS, lastAnswer }

    private let encryption: Mail.Encryption
    private var next: Next
    private var keywords: Set<String> = []
    /// Nil until the answer to the last EHLO came.
    private(set) var isOffered: Bool?

    init(_ mail: Mail) {
        encryption = mail.encryption
        next = mail.server.hasPrefix("smtps:") || mail.encryption == .none ? .lastAnswer : .answer
    }

    mutating func read(_ line: some Collection<UInt8>) {
        guard isOffered == nil else { return }
        let code = String(decoding: line.prefix(3), as: UTF8.self)
        if code == "250" { keywords.insert(String(decoding: line.dropFirst(4).prefix { $0 > 0x20 }, as: UTF8.self)) }
        guard line.dropFirst(3).first != UInt8(ascii: "-") else { return }
        switch (next, code) {
        case (.startTLS, "220"):
            next = .lastAnswer
            keywords = []
        case (.startTLS, _):
            // Where encryption is required libcurl ends here, and says why.
            if encryption == .opportunistic { decide() }
        case (.answer, "250") where keywords.contains("STARTTLS") || encryption == .required: next = .startTLS
        case (_, "250"): decide()
        default: break
        }
    }

    private mutating func decide() { isOffered = keywords.contains("SMTPUTF8") }
}

extension Mail {
    /// The address that needs SMTPUTF8, if one does.
    var addressOutsideASCII: String? { [sender, recipient].first { !$0.utf8.allSatisfy { $0 < 0x80 } } }
}
