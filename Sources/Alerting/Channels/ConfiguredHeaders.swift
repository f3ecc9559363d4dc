import Model
import Settings

extension Fields {
    /// Headers that an operator adds to ours: names with a text or a secret.
    func headers(_ key: String) -> [Header] {
        let headers = secrets(key)?.map { Header($0.name, $0.value) } ?? []
        for header in headers {
            if let wrong = header.wrong { problem(at: key, "\(key): \(wrong)") }
        }
        return headers
    }
}

extension Header {
    /// What is wrong with a configured header, without its value.
    fileprivate var wrong: String? {
        let shown = name.oneLine.shortened(to: 60)
        let isToken = name.utf8.allSatisfy { byte in
            (byte | 32 >= 97 && byte | 32 <= 122) || (byte >= 48 && byte <= 57) || "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
        guard isToken, !name.isEmpty else { return "\"\(shown)\" is not a header's name" }
        let lower = name.lowercased()
        let ours = ["content-type", "content-length", "transfer-encoding", "host", "expect", "user-agent", "idempotency-key"]
        guard !ours.contains(lower), !lower.hasPrefix("x-monitord-") else {
            return "monitord sets the header \"\(shown)\" itself"
        }
        guard value.reveal().utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            return "the value of \"\(shown)\" has a control character or a line end"
        }
        return nil
    }
}
