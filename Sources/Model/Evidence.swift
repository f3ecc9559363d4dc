/// What a run saw, for a person who looks at its failure: named texts without secrets, each cut to a few lines.
package struct Evidence: Sendable, Hashable, Codable {
    package struct Item: Sendable, Hashable, Codable {
        /// `phases`, `status`, `headers`, `body`, `addresses`, `chain`, ...
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
