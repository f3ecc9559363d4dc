internal import CCurl
internal import Glibc
internal import Model

/// Where an address leads: scheme, host and port, as libcurl reads it. Two requests to equal values may share credentials.
struct WebAddress: Equatable {
    var scheme: String
    var host: String
    var port: String

    init?(_ text: String) {
        guard let url = curl_url() else { return nil }
        defer { curl_url_cleanup(url) }
        guard curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK else { return nil }
        func part(_ what: CURLUPart) -> String? {
            var text: UnsafeMutablePointer<CChar>?
            guard curl_url_get(url, what, &text, UInt32(CURLU_DEFAULT_PORT)) == CURLUE_OK, let text else { return nil }
            defer { curl_free(text) }
            return String(cString: text)
        }
        guard let scheme = part(CURLUPART_SCHEME), let host = part(CURLUPART_HOST), let port = part(CURLUPART_PORT) else {
            return nil
        }
        self.scheme = scheme.lowercased()
        self.host = host.lowercased()
        self.port = port
    }

    /// For people; user, password, path and query may be secrets.
    var place: String { "\(host):\(port)" }

    var needsLookup: Bool {
        var address = in_addr()
        return !host.hasPrefix("[") && host != "localhost" && inet_pton(AF_INET, host, &address) != 1
    }
}

extension HTTPRequest {
    var isSecure: Bool { url.reveal().utf8.prefix(6).elementsEqual("https:".utf8) { $0 | 0x20 == $1 | 0x20 } }

    /// Why it cannot be sent at all: bytes that could end a line and start another, or no method.
    var problem: TransferError? {
        if url.reveal().hasControls { return TransferError(.setup, "the address has a control character") }
        if !method.isToken { return TransferError(.setup, "the method is not a word") }
        for header in headers {
            if !header.name.isToken { return TransferError(.setup, "a header's name is not a word") }
            if header.value.reveal().hasControls {
                return TransferError(.setup, "the value of the header \(header.name) has a control character")
            }
        }
        return nil
    }
}

extension String {
    /// Bytes below 0x20, or 0x7f.
    var hasControls: Bool { utf8.contains { $0 < 0x20 || $0 == 0x7f } }

    /// A token of RFC 9110, section 5.6.2.
    var isToken: Bool {
        !isEmpty
            && utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }
}
