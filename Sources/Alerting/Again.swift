import Model

// What comes back shortly after its end is a new incident, with a page of its own, that says so.
extension Incident {
    /// The episode before, where its end is known.
    var again: Notification.Again? {
        guard let previous, let previousEndedAt else { return nil }
        return Notification.Again(incident: previous, gap: openedAt - previousEndedAt)
    }
}

extension Notification.Again {
    /// `again: incident 01K… ended 4m before`
    var sentence: String { "again: incident \(incident.oneLine) ended \(max(.zero, gap).rough) before" }
}
