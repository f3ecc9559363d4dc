import Model

// What operators ask of incidents and channels. A refused command changes nothing and says why.
extension AlertingState {
    /// An alert that still fires this long after an operator resolved its incident is told anew.
    static let reopenAfter = Duration.seconds(3600)

    mutating func carryOut(_ command: Command, by actor: Actor, now: Timestamp) {
        switch command {
        case .acknowledge(let name):
            guard let incident = openIncident(named: name) else { return }
            if incident.phase == .acked {
                draft.reply = CommandReply(
                    .refused, "incident \(incident.id) is already acknowledged by \(incident.ackedBy ?? "somebody")")
                return
            }
            acknowledge(incident.id, by: actor, now: now)
            draft.reply = CommandReply(.done, "acknowledged \(incident.id): \(incident.title)")
        case .resolve(let name):
            guard let incident = openIncident(named: name) else { return }
            let reopens = now + AlertingState.reopenAfter
            let ended = gathered(by: incident.id) + [incident.id]
            for member in incident.firing where alert(member.key) != nil {
                changeAlert(member.key) { $0.incidents.removeAll(where: ended.contains) }
                setTimer(TimerRow(.confirm, owner: member.key.description, due: reopens, epoch: 0))
            }
            for id in ended { resolve(id, "by \(actor.name)", now: now) }
            draft.reply = CommandReply(
                .done,
                "resolved \(incident.id): \(incident.title); what still fails in \(AlertingState.reopenAfter.short) opens a new "
                    + "incident")
        case .testChannel(let name):
            testChannel(name, by: actor, now: now)
        case .reload, .run:
            draft.reply = CommandReply(.failed, "this command is carried out by the daemon, not decided")
        }
    }

    /// Finds an open incident by its id or a beginning of it that only one has; otherwise the reply says what is wrong.
    private mutating func openIncident(named name: String) -> Incident? {
        let wanted = name.uppercased()
        let open = incidents.values.filter { $0.isOpen && $0.id.hasPrefix(wanted) }.sorted { $0.id < $1.id }
        if !wanted.isEmpty, open.count == 1 { return open[0] }
        if open.count > 1, !wanted.isEmpty {
            draft.reply = CommandReply(
                .refused, "\(open.count) open incidents begin with \(name); give more of the id", details: open.map(\.id))
        } else if !wanted.isEmpty, incidents.values.contains(where: { $0.id.hasPrefix(wanted) }) {
            draft.reply = CommandReply(.refused, "incident \(name) is already resolved")
        } else {
            draft.reply = CommandReply(.unknown, "there is no open incident \(name.isEmpty ? "without an id" : name)")
        }
        return nil
    }

    /// A message that says it is a test, to each recipient of a channel; the settlement of the last is the answer.
    private mutating func testChannel(_ name: String, by actor: Actor, now: Timestamp) {
        guard let channel = configuration.channels[name] else {
            let known = configuration.channels.keys.sorted().joined(separator: ", ")
            draft.reply = CommandReply(.unknown, "there is no channel \(name); configured: \(known.isEmpty ? "none" : known)")
            return
        }
        let id = ULID.make(at: now, using: &random)
        for target in targets(ofChannel: name) {
            let rowID = nextRowID()
            let key = "\(id)-\(rowID)"
            let notification = Notification(
                kind: .test, idempotencyKey: key, dedupKey: dedupKey(incident: id, page: 1), node: configuration.node,
                incident: id,
                recipient: target.recipient, title: "Test of channel \(name), asked for by \(actor.name)", level: .warning,
                openedAt: now, at: now)
            put(
                OutboxRow(
                    id: rowID, incident: id, target: target.name, channel: name, recipient: target.recipient, kind: .test,
                    level: .warning, page: 1, idempotencyKey: key, message: channel.message(for: notification), createdAt: now,
                    notBefore: now, deadline: now + DeliveryLimit.testDeadline))
            draft.repliesWithRow = rowID
        }
        record(now, .command, "test of channel \(name) asked for by \(actor.name)")
    }
}
