import Model

// What is due is stored as wall time, so that it survives a restart. Within a process distances count: when the wall clock is set,
// everything that waits moves with it. Neither does an hour forward run steps early, nor does one back hold pages for an hour.
extension AlertingState {
    /// Smaller differences are the clock being slewed, and readings that do not fall together.
    private static let noticedStep = Duration.seconds(30)

    mutating func noticeClockStep(_ now: Moment) {
        let offset = Duration.microseconds(now.wall.microseconds) - .nanoseconds(now.uptime.nanoseconds)
        guard let before = clockOffset else { return clockOffset = offset }
        let step = offset - before
        guard step > AlertingState.noticedStep || step < .zero - AlertingState.noticedStep else { return }
        clockOffset = offset
        move(by: step, now: now.wall)
        planHandoffs(now: now.wall)
        planDigests(now: now.wall)
        let direction = step > .zero ? "forward" : "back"
        let size = Duration.seconds(Int64((step > .zero ? step : .zero - step).seconds.rounded())).short
        record(now.wall, .daemon, "the wall clock was set \(direction) by \(size); what waits keeps its distance")
        rebuildSuppression(now: now.wall)
    }

    private mutating func move(by step: Duration, now: Timestamp) {
        for timer in timers.values.sorted(by: { ($0.due, $0.key.owner) < ($1.due, $1.key.owner) })
        where !timer.key.kind.isByCalendar {
            setTimer(TimerRow(timer.key.kind, owner: timer.key.owner, due: timer.due + step, epoch: timer.epoch))
        }
        for id in incidents.keys where incidents[id]!.isOpen {
            changeIncident(id) {
                $0.stepsFrom = $0.stepsFrom + step
                $0.ackExpiresAt = $0.ackExpiresAt.map { $0 + step }
            }
        }
        for var row in outbox.rows.values.sorted(by: { $0.id < $1.id }) {
            row.notBefore = row.notBefore + step
            row.deadline = row.deadline + step
            put(row)
        }
        for name in channels.keys.sorted() {
            changeHealth(of: name, now: now) {
                $0.notBefore = $0.notBefore.map { $0 + step }
                $0.openUntil = $0.openUntil.map { $0 + step }
                $0.tokensAt = $0.tokensAt.map { $0 + step }
            }
        }
        for probe in probes.indices {
            for rule in probes.values[probe].alerts.indices {
                let key = probes.values[probe].alerts[rule].key
                guard [.pending, .firing, .recovering].contains(probes.values[probe].alerts[rule].phase) else { continue }
                changeAlert(key) { alert in
                    alert.badSince = alert.badSince.map { $0 + step }
                    alert.criticalSince = alert.criticalSince.map { $0 + step }
                    alert.firedAt = alert.firedAt.map { $0 + step }
                    alert.milderSince = alert.milderSince.map { $0 + step }
                    alert.goodSince = alert.goodSince.map { $0 + step }
                    alert.freshAfter = alert.freshAfter.map { $0 + step }
                }
            }
        }
    }
}

extension TimerRow.Kind {
    /// Due when the wall clock says so, however it came to.
    fileprivate var isByCalendar: Bool {
        switch self {
        case .silence, .maintenance, .digest, .handoff: true
        case .step, .update, .confirm, .hold, .ackExpiry, .failover, .quorum, .noData, .drill, .proof: false
        }
    }
}
