package import Model

/// Links in messages that acknowledge an incident: whoever has the message may say "I have it", from any browser.
///
/// A link names the incident and when it ends, and bears an HMAC-SHA-256 of both under a key of 256 random bits. What is stored
/// of a message has a stand-in for it: like every credential it is added when the message is sent, so that nobody can take it from
/// the ledger or from what is shown of the outbox.
package struct AcknowledgeLinks: Sendable {
    /// As long as a page is worth delivering. Whoever finds an older message is not the one who was called.
    package static let lasts = DeliveryLimit.pageDeadline
    /// As long as what takes its place, and of letters that no channel escapes.
    static let standIn = String(repeating: "acknowledgehere0", count: 4)
    /// Characters of what comes with a request.
    static let longestIncident = 64
    static let longestName = 60

    private let key: [UInt8]

    package init(key: Secret) { self.key = Array(key.reveal().utf8) }

    /// Of a message that is decided now, with the stand-in.
    static func address(_ base: String, incident: String, sentAt now: Timestamp) -> String {
        "\(base)/ack/\(incident)?until=\(end(of: now))&key=\(standIn)"
    }

    /// Seconds since 1970.
    private static func end(of sent: Timestamp) -> Int64 { (sent + lasts).microseconds / 1_000_000 }

    private func signature(incident: String, until: Int64) -> String {
        Digest.hmacSHA256(key: key, Array("acknowledge \(incident) until \(until)".utf8))
    }

    /// The row with its links complete.
    package func signed(_ row: OutboxRow) -> OutboxRow {
        var row = row
        row.message.body = signed(row.message.body, of: row)
        row.message.headers = row.message.headers.mapValues { signed($0, of: row) }
        return row
    }

    private func signed(_ text: String, of row: OutboxRow) -> String {
        var body = Array(text.utf8)
        let standIn = Array(AcknowledgeLinks.standIn.utf8)
        var signature: [UInt8]?
        var index = 0
        while index + standIn.count <= body.count {
            guard body[index] == standIn[0], let places = AcknowledgeLinks.places(of: standIn, in: body, at: index) else {
                index += 1
                continue
            }
            let whole =
                signature
                ?? Array(
                    self.signature(incident: row.incident, until: AcknowledgeLinks.end(of: row.createdAt)).utf8)
            signature = whole
            for (place, byte) in zip(places, whole) { body[place] = byte }
            index = places[places.count - 1] + 1
        }
        return signature == nil ? text : String(decoding: body, as: UTF8.self)
    }

    /// Where the bytes of the stand-in stand from here on: in a mail, a soft line break may stand between any two (RFC 2045 6.7).
    private static func places(of standIn: [UInt8], in body: [UInt8], at start: Int) -> [Int]? {
        let softBreak = Array("=\r\n".utf8)
        var places: [Int] = []
        var index = start
        for byte in standIn {
            if index + 3 <= body.count, body[index..<index + 3].elementsEqual(softBreak) { index += 3 }
            guard index < body.count, body[index] == byte else { return nil }
            places.append(index)
            index += 1
        }
        return places
    }

    /// Whether a link is one that this daemon made.
    package func verdict(incident: String, until: String, key: String, now: Timestamp) -> LinkVerdict {
        guard incident.utf8.count <= AcknowledgeLinks.longestIncident, let end = Int64(until), String(end) == until,
            end >= 0, Digest.isEqual(key, signature(incident: incident, until: end))
        else { return .forged }
        return now.microseconds / 1_000_000 < end ? .genuine : .expired
    }

    /// One link acknowledges once.
    package static func commandID(incident: String, until: String) -> String { "link-\(incident)-\(until)" }

    /// Who acknowledges by it: the name that they give, if any, and where the request came from.
    package static func actor(name: String, address: String) -> Actor {
        let name = name.oneLine.shortened(to: longestName)
        return .remote((name.isEmpty ? "" : "\(name), ") + "acknowledge link (\(address))")
    }
}

extension AlertingState {
    /// Lines about its alerts that the page of a link shows.
    private static let linkedAlerts = 5

    /// What a genuine link can do.
    package func linkState(incident id: String, until: String) -> LinkState {
        guard let incident = incidents[id], incident.isOpen else { return .over }
        if let parent = incident.mergedInto, incidents[parent]?.isOpen == true {
            return linkState(incident: parent, until: until)
        }
        var linked = LinkedIncident(
            id: id, title: incident.title, level: incident.level, openedAt: incident.openedAt)
        let firing = incident.firing
        linked.alerts = firing.prefix(AlertingState.linkedAlerts).map { "\($0.key) (\($0.level.rawValue)): \($0.reason)" }
        if firing.count > AlertingState.linkedAlerts {
            linked.alerts.append(Shortened.more(firing.count - AlertingState.linkedAlerts))
        }
        if incident.phase == .acked { return .acknowledged(linked, by: incident.ackedBy ?? "somebody") }
        let before = answered[AcknowledgeLinks.commandID(incident: id, until: until)]
        return before?.reply.status == .done ? .used(linked) : .open(linked)
    }
}
