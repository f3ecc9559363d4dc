import Alerting
import Model
import Settings

// Addresses that people follow: of probes, and of this daemon.
extension Reading {
    /// In bytes: the name of a link stands on a button.
    static let longestLinkName = 40
    /// In bytes: some chats take no longer address.
    static let longestAddress = 2_000

    /// `runbook`, `dashboard` and `links`, in this order; what a probe says goes before what its file says for all.
    func links(_ fields: Fields, defaults: [Notification.Link] = []) -> [Notification.Link] {
        var links: [Notification.Link] = []
        for (key, name) in [("runbook", "Runbook"), ("dashboard", "Dashboard")] {
            guard let address = fields.string(key) else { continue }
            check(address, key, at: fields.place(of: key))
            links.append(Notification.Link(name, address))
        }
        for (name, address, place) in fields.pairs("links") ?? [] {
            if name.isEmpty || name.utf8.count > Reading.longestLinkName || name.utf8.contains(where: { $0 < 32 }) {
                problems.add(
                    place,
                    "links: expected a name of one line, at most \(Reading.longestLinkName) bytes, got \"\(Shown.short(name))\""
                )
            } else if links.contains(where: { $0.text == name }) {
                problems.add(place, "links: \"\(name)\" is the name of another link; write \(name.lowercased()) once")
            }
            check(address, "links", at: place)
            links.append(Notification.Link(name, address))
        }
        if links.count > AlertingState.mostLinks {
            let key = fields.has("links") ? "links" : "runbook"
            fields.problem(at: key, "links: at most \(AlertingState.mostLinks) with runbook and dashboard, got \(links.count)")
        }
        let own = Set(links.map(\.text))
        return links + defaults.filter { !own.contains($0.text) }
    }

    private func check(_ address: String, _ key: String, at place: Place) {
        if let wrong = Reading.wrong(address) { problems.add(place, "\(key): \(wrong)") }
    }

    /// What is wrong with an address to be followed, or nil.
    static func wrong(_ address: String) -> String? {
        let lower = address.lowercased()
        guard lower.hasPrefix("https://") || lower.hasPrefix("http://") else {
            return "expected an address that starts with https:// or http://, got \"\(Shown.short(address))\""
        }
        guard address.utf8.count <= longestAddress, address.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x22 }) else {
            return "an address has at most \(longestAddress) bytes, and no spaces, quotes or letters outside ASCII"
        }
        let authority = authority(of: address)
        guard !authority.prefix(while: { $0 != ":" }).isEmpty, !authority.contains("@") else {
            return "expected an address with a host and without a user, got \"\(Shown.short(address))\""
        }
        return nil
    }

    private static func authority(of address: String) -> Substring {
        address[(address.firstRange(of: "://")?.upperBound ?? address.endIndex)...].prefix { !"/?#".contains($0) }
    }

    /// Where people reach this daemon's server: with it, messages bear a link that acknowledges.
    func publicURL(_ fields: Fields) -> String? {
        guard let address = fields.string("public_url") else { return nil }
        if let wrong = Reading.wrong(address) {
            fields.problem(at: "public_url", "public_url: \(wrong)")
            return nil
        }
        guard !address.contains("?"), !address.contains("#") else {
            fields.problem(
                at: "public_url", "public_url: the address ends before ? and #, for paths are added to it")
            return nil
        }
        let host = Reading.authority(of: address)
        let name = host.first == "[" ? String(host.prefix { $0 != "]" }.dropFirst()) : String(host.prefix { $0 != ":" })
        if address.lowercased().hasPrefix("http://"), !ListenAddress.isLoopback(name) {
            warnings.add(
                fields.place(of: "public_url"),
                "public_url: over http:// whoever sees the traffic can acknowledge incidents; use https://")
        }
        return address.hasSuffix("/") ? String(address.dropLast()) : address
    }
}
