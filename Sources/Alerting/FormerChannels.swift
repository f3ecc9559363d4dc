package import Model

/// How a page was told that was told before its channel's address or key was changed.
struct FormerChannel: Sendable {
    /// Messages of this page and of those before go the old way.
    var page: Int
    var channel: any Channel
}

// What was told by one address or key ends there: a receiver knows nothing of what another was told. The old way is kept in memory, for
// it holds secrets, which the ledger must not: after a restart there is only the new one.
extension AlertingState {
    /// The way for a message of this kind to a target: where its channel is gone, only for what ends what it was told.
    func way(_ kind: Notification.Kind, in lane: Lane, by channel: String) -> (any Channel)? {
        configuration.channels[channel] ?? (kind == .resolve ? formerChannels[lane]?.channel : nil)
    }

    /// The way for a message to go.
    package func channel(for row: OutboxRow) -> (any Channel)? {
        if let former = formerChannels[Lane(incident: row.incident, target: row.target)], row.page <= former.page {
            return former.channel
        }
        return configuration.channels[row.channel]
    }

    /// Before a new configuration is taken: remembers how those were told whose channel changes.
    mutating func keepFormerChannels(until next: AlertingConfiguration, now: Timestamp) {
        for entry in told.values.flatMap(\.values) where entry.resolvedAt == nil {
            let lane = Lane(incident: entry.incident, target: entry.target)
            guard formerChannels[lane].map({ $0.page < entry.page }) ?? true, let target = target(named: entry.target),
                let old = configuration.channels[target.channel]
            else { continue }
            let what: String
            if let new = next.channels[target.channel] {
                guard type(of: old) == type(of: new), old.endsWhereItTold,
                    AlertingState.leads(elsewhere: target, old, new, now: now)
                else { continue }
                what = "\(entry.target) has another address or key now"
            } else {
                what = "\(entry.target) is not configured any more"
            }
            formerChannels[lane] = FormerChannel(page: entry.page, channel: old)
            record(now, .delivery, incident: entry.incident, "\(what); what it was told before ends the old way")
        }
    }

    private static func leads(elsewhere target: Target, _ old: any Channel, _ new: any Channel, now: Timestamp) -> Bool {
        let probe = OutboxRow(
            id: 0, incident: "", target: target.name, channel: target.channel, recipient: target.recipient, kind: .resolve,
            level: .warning, page: 1, idempotencyKey: "", message: Message(body: "{}"), createdAt: now, notBefore: now,
            deadline: now)
        guard case .http(let before) = old.outgoing(probe), case .http(let after) = new.outgoing(probe) else { return false }
        return before.url != after.url || before.body != after.body
    }
}
