/// The parts of an `http` or `https` address that a probe checks and shows. The request itself uses the text as it was written.
struct WebAddress: Sendable, Hashable {
    var scheme: String
    /// As written, IPv6 in brackets.
    var host: String
    var port: Int?
    var path: String

    struct Wrong: Error, Hashable {
        /// What is wrong; it repeats nothing of the address, which may be a secret.
        var sentence: String
    }

    init(_ text: String) throws(Wrong) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw Wrong(sentence: "an address has no spaces, control characters or letters beyond ASCII: write them as %XX")
        }
        guard let scheme = ["https://", "http://"].first(where: { text.lowercased().hasPrefix($0) }) else {
            throw Wrong(sentence: "an address starts with http:// or https://")
        }
        self.scheme = String(scheme.dropLast(3))
        let rest = text.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let path = rest[authority.endIndex...].prefix { $0 != "?" && $0 != "#" }
        self.path = path.isEmpty ? "/" : String(path)
        let server = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        // A colon inside the brackets of an IPv6 address is no port's.
        let hostEnd = server.first == "[" ? server.firstIndex(of: "]").map(server.index(after:)) : server.firstIndex(of: ":")
        host = String(server[..<(hostEnd ?? server.endIndex)]).lowercased()
        guard !host.isEmpty, host.first != "[" || host.last == "]" else { throw Wrong(sentence: "the address has no host") }
        let after = server[(hostEnd ?? server.endIndex)...]
        guard after.isEmpty || after.first == ":" else { throw Wrong(sentence: "a port follows a colon") }
        port = nil
        if after.count > 1 {
            guard let number = Int(after.dropFirst()), (1...65_535).contains(number) else {
                throw Wrong(sentence: "a port is a number from 1 to 65535")
            }
            port = number
        }
    }

    /// Without user, password, query and fragment: those may be secrets.
    var shown: String { "\(scheme)://\(host)\(port.map { ":\($0)" } ?? "")\(path)" }
}
