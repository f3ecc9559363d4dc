import FoundationEssentials
package import Model

/// What PagerDuty tells us of its incidents by webhooks of version 3: who acknowledged there has it here, too.
/// <https://developer.pagerduty.com/docs/webhooks-overview>, <https://developer.pagerduty.com/docs/verifying-webhook-signatures>
package enum PagerDutyHook {
    package enum Heard: Sendable, Hashable {
        /// No channel has a `webhook_secret`.
        case notConfigured
        /// No configured secret gives one of its signatures.
        case forged
        case malformed(String)
        /// Genuine, and of a type that says nothing to us.
        case ignored(String)
        /// With who did it, and an id that is the same whenever the same event is sent.
        case relayed(Relayed, Actor, id: String)
    }

    package static let notConfigured =
        "No pagerduty channel has a webhook_secret: without one nobody can say whether this comes from PagerDuty."
    package static let forged = "No signature of X-PagerDuty-Signature is made with a configured webhook_secret."
    static let malformed = "The body is not an event of PagerDuty's webhooks, version 3."
    /// PagerDuty sends one signature a secret, two while a secret is changed.
    static let mostSignatures = 10

    /// Reads what was sent. Nothing in the body is looked at before its signature is found good.
    package static func read(_ body: [UInt8], signatures: String, channels: [String: any Channel]) -> Heard {
        let secrets = channels.compactMapValues { ($0 as? PagerDuty)?.webhookSecret }
        guard !secrets.isEmpty else { return .notConfigured }
        let given = signatures.split(separator: ",").prefix(mostSignatures).compactMap { part -> String? in
            let part = part.drop { $0 == " " }
            return part.hasPrefix("v1=") ? String(part.dropFirst(3)) : nil
        }
        let signers = secrets.filter { _, secret in
            let expected = Digest.hmacSHA256(key: Array(secret.reveal().utf8), body)
            // All of them are compared, so that the time says nothing of which one fits.
            return given.reduce(false) { Digest.isEqual($1.lowercased(), expected) || $0 }
        }
        guard !signers.isEmpty else { return .forged }
        let event: Event
        do {
            event = try JSONDecoder().decode(Payload.self, from: Data(body)).event
        } catch {
            return .malformed(malformed)
        }
        guard let action = Relayed.Action(eventType: event.type) else { return .ignored(event.type.oneLine.shortened(to: 100)) }
        let (incident, page) = ours(event.data?.incidentKey ?? "") ?? ("", 0)
        let relayed = Relayed(
            action, incident: incident, page: page, channels: signers.keys.sorted(),
            at: event.occurredAt.flatMap { Timestamp($0) })
        return .relayed(relayed, actor(event.agent?.summary ?? ""), id: commandID(event.id))
    }

    /// The incident and the page of a key that we made: `md-01KMVH5J8Q4Y7T2N6R0C3D9ZXA-2`.
    static func ours(_ key: String) -> (incident: String, page: Int)? {
        let parts = key.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "md", parts[1].utf8.count == 26, let page = Int(parts[2]), page > 0 else {
            return nil
        }
        return (String(parts[1]), page)
    }

    private static func actor(_ name: String) -> Actor {
        let name = name.oneLine.shortened(to: 80)
        return .remote(name.isEmpty ? "somebody (PagerDuty)" : "\(name) (PagerDuty)")
    }

    private static func commandID(_ event: String) -> String {
        let id = "pagerduty-\(event)"
        return CommandRow.isID(id) ? id : "pagerduty-\(Digest.sha256(Array(event.utf8)).prefix(40))"
    }

    private struct Payload: Decodable {
        var event: Event
    }

    private struct Event: Decodable {
        var id: String
        var type: String
        var occurredAt: String?
        var agent: Agent?
        var data: Incident?
        enum CodingKeys: String, CodingKey {
            case id, agent, data
            case occurredAt = "occurred_at"
            case type = "event_type"
        }
    }

    private struct Agent: Decodable {
        var summary: String?
    }

    private struct Incident: Decodable {
        var incidentKey: String?
        enum CodingKeys: String, CodingKey { case incidentKey = "incident_key" }
    }
}

extension Relayed.Action {
    fileprivate init?(eventType: String) {
        switch eventType {
        case "incident.acknowledged": self = .acknowledge
        case "incident.unacknowledged": self = .unacknowledge
        case "incident.resolved": self = .resolve
        default: return nil
        }
    }
}
