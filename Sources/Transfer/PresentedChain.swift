internal import CCurl
internal import Glibc
internal import Model

extension UnsafeMutableRawPointer {
    /// So many elements of a chain are taken: their number is the server's choice.
    private static let maximumElements = 10

    /// What the server presented, its own certificate first. libcurl gives a list of lines a certificate, among them the whole of it in
    /// PEM: only the lines that are wanted become texts.
    var presentedChain: [TransferReply.Certificate] {
        var chain: UnsafeMutablePointer<curl_certinfo>?
        monitord_get_certificates(self, &chain)
        guard let chain, let lists = chain.pointee.certinfo else { return [] }
        return (0..<min(Int(chain.pointee.num_of_certs), Self.maximumElements)).compactMap { index in
            var subject = ""
            var issuer = ""
            var notAfter: Timestamp?
            var field = lists[index]
            while let line = field {
                if let text = value("Subject:", line.pointee.data) {
                    subject = commonName(text)
                } else if let text = value("Issuer:", line.pointee.data) {
                    issuer = commonName(text)
                } else if let text = value("Expire date:", line.pointee.data) {
                    notAfter = certificateDate(text[...])
                }
                field = line.pointee.next
            }
            return notAfter.map { TransferReply.Certificate(subject: subject, issuer: issuer, notAfter: $0) }
        }
    }
}

private func value(_ name: String, _ line: UnsafePointer<CChar>) -> String? {
    guard strncmp(line, name, name.utf8.count) == 0 else { return nil }
    return String(cString: line + name.utf8.count)
}

/// The common name of a name as OpenSSL writes it, `C = US, O = Example, CN = Example Root`; the whole name where it has none.
func commonName(_ name: String) -> String {
    for part in name.split(separator: ",") {
        let words = part.split(separator: "=", maxSplits: 1)
        guard words.count == 2, words[0].filter({ $0 != " " }) == "CN" else { continue }
        return String(words[1].drop { $0 == " " })
    }
    return name
}
