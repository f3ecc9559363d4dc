import Model

// What people do at a receiver that keeps incidents of its own, and that tells us.
extension AlertingState {
    mutating func carryOut(
        _ relayed: Relayed, by actor: Actor, incident subject: inout String?, now: Timestamp
    ) -> CommandReply {
        guard !relayed.incident.isEmpty else {
            return CommandReply(.refused, "the receiver's incident has no key of ours: it is none of this monitord's")
        }
        return onIncident(relayed.incident, nil, &subject) { state, incident in
            // The receiver's incident of an older page ends because a newer one took its place.
            guard relayed.page == incident.page else {
                return CommandReply(
                    .refused,
                    "that was page \(relayed.page) of incident \(incident.id), which is at page \(incident.page) now")
            }
            if let at = relayed.at {
                if let last = incident.relayedAt, at < last {
                    return CommandReply(
                        .refused, "that was done at \(at), before what was done last, at \(last); nothing changed")
                }
                state.incidents[incident.id]?.relayedAt = at
                state.touched.incidents.insert(incident.id)
            }
            switch relayed.action {
            case .acknowledge:
                // Which of several receivers it came from is not known; to say it once more to that one is harmless.
                let sparing = relayed.channels.count == 1 ? Set(relayed.channels) : []
                return state.acknowledge(incident, for: nil, by: actor, sparing: sparing, now: now)
            case .unacknowledge: return state.unacknowledge(incident, by: actor, now: now)
            case .resolve: return state.resolve(incident, by: actor, now: now)
            }
        }
    }
}
