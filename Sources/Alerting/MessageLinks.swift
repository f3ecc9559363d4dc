import Model

// Where whoever is told goes on: what their probes say, and the page that acknowledges.
extension AlertingState {
    /// A message of more links is not read.
    package static let mostLinks = 6

    func links(of incident: Incident, _ kind: Notification.Kind, now: Timestamp) -> [Notification.Link] {
        var links: [Notification.Link] = []
        for spec in affected(by: incident) {
            for link in spec.links where links.count < AlertingState.mostLinks {
                guard !links.contains(where: { $0.address == link.address }) else { continue }
                // Two runbooks need two names.
                let isTaken = links.contains { $0.text == link.text }
                links.append(Notification.Link(isTaken ? "\(link.text) of \(spec.name)" : link.text, link.address))
            }
        }
        guard let address = acknowledgeAddress(of: incident, kind, now: now) else { return links }
        return [Notification.Link("Acknowledge", address)] + links
    }

    private func acknowledgeAddress(of incident: Incident, _ kind: Notification.Kind, now: Timestamp) -> String? {
        guard let base = configuration.publicURL, kind == .trigger || kind == .update, incident.phase == .open,
            incident.mergedInto == nil
        else { return nil }
        return AcknowledgeLinks.address(base, incident: incident.id, sentAt: now)
    }
}
