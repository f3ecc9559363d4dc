package import Model
package import Settings

/// An address of http or https, as far as a channel must know it. Messages about it never contain it: it may be a secret.
struct WebAddress {
    var isEncrypted: Bool
    var host: String

    /// Nil with a sentence that says what is wrong.
    static func read(_ text: String) -> Result<WebAddress, Wrong> {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            return .failure(Wrong("the address has a space, a control character or a character outside ASCII"))
        }
        let isEncrypted = text.lowercased().hasPrefix("https://")
        guard isEncrypted || text.lowercased().hasPrefix("http://") else {
            return .failure(Wrong("the address must start with https:// or http://"))
        }
        guard let host = host(of: text), !host.isEmpty else { return .failure(Wrong("the address has no host")) }
        return .success(WebAddress(isEncrypted: isEncrypted, host: host))
    }

    /// For an address that is, or is sent with, a credential: in clear only to this machine.
    static func readConfidential(_ text: String) -> Result<WebAddress, Wrong> {
        read(text).flatMap { address in
            address.isEncrypted || address.isLoopback
                ? .success(address) : .failure(Wrong("the address must start with https://, for what is sent there is secret"))
        }
    }

    var isLoopback: Bool { ["localhost", "127.0.0.1", "[::1]"].contains(host) }

    /// The host of an absolute address, without port, user or password; nil for a relative one.
    static func host(of address: String) -> String? {
        guard var authority = authority(of: address) else { return nil }
        if let at = authority.lastIndex(of: "@") { authority = authority[authority.index(after: at)...] }
        if authority.first == "[" {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            return authority[...end].lowercased()
        }
        return authority.prefix { $0 != ":" }.lowercased()
    }

    /// Whether user or password stand in an absolute address.
    static func hasUser(_ address: String) -> Bool { authority(of: address)?.contains("@") ?? false }

    /// `user:password@host:port`
    private static func authority(of address: String) -> Substring? {
        guard let scheme = address.firstRange(of: "://") else { return nil }
        return address[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    }

    struct Wrong: Error {
        var sentence: String
        init(_ sentence: String) { self.sentence = sentence }
    }
}

extension Fields {
    /// A required address of http or https, as it stands or as a secret.
    package func address(_ key: String) -> Secret? {
        guard let address = textOrSecret(key, required: true) else { return nil }
        if case .failure(let wrong) = WebAddress.read(address.reveal()) { problem(at: key, "\(key): \(wrong.sentence)") }
        return address
    }

    /// A required secret that is a whole address, such as a chat's webhook.
    func secretAddress(_ key: String) -> Secret? {
        guard let secret = secret(key, required: true) else { return nil }
        if case .failure(let wrong) = WebAddress.readConfidential(secret.reveal()) {
            problem(at: key, "\(key): \(wrong.sentence)")
        }
        return secret
    }

    /// The address of a vendor or of a server that speaks like it. A credential is sent there.
    func vendorAddress(_ key: String) -> String? {
        guard let url = string(key) else { return nil }
        if case .failure(let wrong) = WebAddress.readConfidential(url) { problem(at: key, "\(key): \(wrong.sentence)") }
        return url
    }

    /// An address that paths are added to: without a query, and without the slash at its end.
    func vendorBase(_ key: String, adding path: String?) -> String? {
        guard let url = vendorAddress(key)?.withoutSlash else { return nil }
        if url.contains("?") || url.contains("#") { problem(at: key, "\(key): the address must end before ? and #") }
        if let path, url.hasSuffix(path) { problem(at: key, "\(key): the address must end before \(path): monitord adds it") }
        return url
    }

    /// A secret that is sent in a header: visible ASCII.
    func token(_ key: String, required: Bool = false) -> Secret? {
        guard let token = secret(key, required: required) else { return nil }
        if !token.reveal().utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) {
            problem(at: key, "\(key): the secret has a space, a control character or a character outside ASCII")
        }
        return token
    }
}

extension String {
    /// Of an address: without the slash at its end.
    var withoutSlash: String { hasSuffix("/") ? String(dropLast()) : self }
    /// Of an address: something follows the host.
    var hasPathOfItsOwn: Bool {
        guard let scheme = firstRange(of: "://") else { return true }
        return self[scheme.upperBound...].withoutTrailingSlash.contains("/")
    }
}

extension Substring {
    fileprivate var withoutTrailingSlash: Substring { hasSuffix("/") ? dropLast() : self }
}
