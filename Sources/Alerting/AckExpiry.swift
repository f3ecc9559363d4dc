import Model

// An acknowledgement may have an end: then nobody has the incident any more, and its policy starts over.
extension AlertingState {
    /// Those told hear this long before the end that it is near,
    static let ackReminder = Duration.seconds(300)
    /// unless it never lasted longer than this.
    static let shortestRemindedAck = Duration.seconds(600)
    /// From the end to the first step of the new page: time to take it again.
    static let reopenDelay = Duration.seconds(10)

    /// Sets when an acknowledgement that begins now ends: after the time asked for, or else the policy's.
    mutating func planAckExpiry(of id: String, after asked: Duration?, now: Timestamp) {
        cancelTimer(.ackExpiry, of: id)
        guard let incident = incidents[id], let lasts = asked ?? incident.policy.ackTimeout else {
            return changeIncident(id) { $0.ackExpiresAt = nil }
        }
        let ends = now + lasts
        changeIncident(id) { $0.ackExpiresAt = ends }
        let first = lasts > AlertingState.shortestRemindedAck ? ends - AlertingState.ackReminder : ends
        setTimer(TimerRow(.ackExpiry, owner: id, due: first, epoch: incident.epoch))
    }

    /// The acknowledgement is over, or nearly.
    mutating func ackExpiryDue(_ timer: TimerRow, now: Timestamp) {
        let id = timer.key.owner
        guard let incident = incidents[id], incident.phase == .acked, incident.epoch == timer.epoch,
            let ends = incident.ackExpiresAt
        else { return }
        let by = incident.ackedBy ?? "somebody"
        guard ends > now else {
            return reopen(id, "the acknowledgement by \(by) is over", after: AlertingState.reopenDelay, now: now)
        }
        setTimer(TimerRow(.ackExpiry, owner: id, due: ends, epoch: incident.epoch))
        record(now, .incident, incident: id, "the acknowledgement by \(by) ends in \((ends - now).short)")
        tellTold(.update, of: id, now: now)
    }

    /// An operator gives an acknowledged incident back.
    mutating func unacknowledge(_ id: String, by actor: Actor, now: Timestamp) {
        guard incidents[id]?.phase == .acked else { return }
        reopen(id, "given back by \(actor.withComment)", after: AlertingState.reopenDelay, now: now)
    }

    /// What ends an acknowledgement ends its timer.
    mutating func forgetAckExpiry(of incident: inout Incident) {
        guard incident.phase != .acked, incident.ackExpiresAt != nil else { return }
        incident.ackExpiresAt = nil
        cancelTimer(.ackExpiry, of: incident.id)
    }
}
