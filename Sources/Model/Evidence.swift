/// What a run saw, for a person who looks at its failure: named texts without secrets, each cut to a few lines.
package struct Evidence: Sendable, Hashable, Codable {
    package struct Item: Sendable, Hashable, Codable {
        /// One of `Evidence.Name`, which is open to what later versions store.
        package var name: String
        package var text: String
        package init(_ name: String, _ text: String) {
            self.name = name
            self.text = text
        }
    }
    package var items: [Item]
    package init(_ items: [Item] = []) { self.items = items }
    package subscript(name: String) -> String? { items.first { $0.name == name }?.text }
    package subscript(name: Name) -> String? { self[name.rawValue] }
}

extension Evidence {
    /// What an item is called. Those that can change from one run to the next are written in the same way by good and bad runs.
    package enum Name: String, Sendable, Hashable, CaseIterable {
        /// The sentence of the failure.
        case failure
        /// `name look-up 1ms, connect 2ms, processing 80ms`: those that came to their end.
        case phases
        /// Whom the run spoke to, in digits; and all that the name stands for, where that was looked up.
        case address, addresses
        /// `HTTP/1.1 503 Service Unavailable`
        case status
        case redirects
        /// `name: value`, a line each.
        case headers
        /// The beginning of the reply's body.
        case body
        /// The server's own certificate; the whole presented chain, a line each.
        case certificate, issuer, expires, names, chain
        /// What verifying the chain found.
        case verdict
        /// Of TLS.
        case version = "protocol"
        case cipher
        /// What a database server says of itself, and of a statement that it refused.
        case server, error
        case rows
        /// The first row of an answer.
        case row
        /// `NAME SCORE, answer VALUE, 3ms`, a line each.
        case checks
    }

    /// What a failing run keeps: its phases, 20 headers, the head of a body and a chain fit. It is written once an incident and probe.
    package static let badBytes = 8 << 10
    /// What a good run keeps, for it is in memory once a probe: 10,000 of them are 10 MB at most.
    package static let goodBytes = 1 << 10

    package var bytes: Int { items.reduce(0) { $0 + $1.name.utf8.count + $1.text.utf8.count } }

    /// The first so many bytes; the item that does not fit is cut and ends with `…`.
    package func cut(to limit: Int) -> Evidence {
        guard bytes > limit else { return self }
        var kept = Evidence()
        var rest = limit
        for item in items {
            let room = rest - item.name.utf8.count
            guard room > 0 else { break }
            let text = item.text.cut(to: room)
            kept.items.append(Item(item.name, text))
            rest = room - text.utf8.count
        }
        return kept
    }
}

extension String {
    /// The text, or as much of it as fits with `…` into so many bytes.
    package func cut(to limit: Int) -> String {
        guard utf8.count > limit else { return self }
        let mark = "…"
        var end = utf8.index(startIndex, offsetBy: max(0, limit - mark.utf8.count))
        // Not within a character.
        while end > startIndex, end.samePosition(in: unicodeScalars) == nil { end = utf8.index(before: end) }
        return String(self[..<end]) + (limit >= mark.utf8.count ? mark : "")
    }
}

/// The first bad run of an alert beside the last good one before it; kept with the incident.
package struct EvidenceRow: Sendable, Hashable, Codable {
    package var incident: String
    package var probe: String
    package var at: Timestamp
    package var bad: Evidence
    /// What the last good run saw, and when.
    package var good: Evidence?
    package var goodAt: Timestamp?
    package init(
        incident: String, probe: String, at: Timestamp, bad: Evidence, good: Evidence? = nil, goodAt: Timestamp? = nil
    ) {
        self.incident = incident
        self.probe = probe
        self.at = at
        self.bad = bad
        self.good = good
        self.goodAt = goodAt
    }
}
