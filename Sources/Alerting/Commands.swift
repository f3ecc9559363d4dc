package import Model

// What operators ask. A refused command changes nothing and says why; each is recorded with who asked, refused ones too.
extension AlertingState {
    /// Decides a command, unless one of the same id was answered before: then the answer is the same and nothing changes.
    mutating func answer(_ command: Command, by actor: Actor, id: String?, now: Timestamp) {
        answered.forget(now: now)
        if let id, let reply = reply(toCommand: id, command) {
            draft.reply = reply
            return
        }
        var subject: String?
        let reply = carryOut(command, by: actor, incident: &subject, now: now)
        draft.reply = reply
        let asked = CommandReply(.done, "it was asked for before, with the same id; monitordctl outbox shows what waits")
        remember(command, by: actor, id: id, reply ?? asked, isOnItsWay: reply == nil, incident: subject, now: now)
    }

    /// What was answered to a command of this id before.
    package func reply(toCommand id: String, _ command: Command) -> CommandReply? {
        guard let row = answered[id] else { return nil }
        guard row.text == command.text else {
            return CommandReply(
                .refused,
                "the command id \(id) was used before, at \(row.at), for another command: \(row.text); nothing changed")
        }
        return row.reply
    }

    /// Records a command, and its answer under its id.
    mutating func remember(
        _ command: Command, by actor: Actor, id: String?, _ reply: CommandReply, isOnItsWay: Bool = false, incident: String?,
        now: Timestamp
    ) {
        let end = isOnItsWay ? "on its way" : "\(reply.status.rawValue): \(reply.message)"
        record(
            now, .command, incident: incident, "\(actor.name) (uid \(actor.uid), pid \(actor.pid)): \(command.text): \(end)")
        guard let id else { return }
        let row = CommandRow(id: id, at: now, actor: actor, text: command.text, reply: reply)
        answered.insert(row)
        draft.commands.append(row)
    }

    /// nil: the settlement of a row is the answer.
    private mutating func carryOut(
        _ command: Command, by actor: Actor, incident: inout String?, now: Timestamp
    ) -> CommandReply? {
        switch command {
        case .acknowledge(let name, let version, let lasts):
            onIncident(name, version, &incident) { $0.acknowledge($1, for: lasts, by: actor, now: now) }
        case .unacknowledge(let name, let version):
            onIncident(name, version, &incident) { $0.unacknowledge($1, by: actor, now: now) }
        case .resolve(let name, let version):
            onIncident(name, version, &incident) { $0.resolve($1, by: actor, now: now) }
        case .addSilence(let request): addSilence(request, by: actor, now: now)
        case .updateSilence(let id, let change): updateSilence(id, change, by: actor, now: now)
        case .endSilence(let id, let kind): endSilence(id, kind, by: actor, now: now)
        case .addOverride(let request): addOverride(request, by: actor, now: now)
        case .removeOverride(let id): removeOverride(id, by: actor, now: now)
        case .testChannel(let name): testChannel(name, by: actor, now: now)
        case .requeue(let id): requeue(id, by: actor, now: now)
        case .drop(let id): drop(id, by: actor, now: now)
        case .drill(let name, let expectAck):
            drill(name, expectAck: expectAck, by: actor, incident: &incident, now: now)
        case .reload, .run: CommandReply(.failed, "this command is carried out by the daemon, not decided")
        }
    }

    /// A message that says it is a test, to each recipient of a channel; the settlement of the last is the answer.
    private mutating func testChannel(_ name: String, by actor: Actor, now: Timestamp) -> CommandReply? {
        guard let channel = configuration.channels[name] else {
            let known = configuration.channels.keys.sorted().joined(separator: ", ")
            return CommandReply(.unknown, "there is no channel \(name); configured: \(known.isEmpty ? "none" : known)")
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
        return nil
    }

    /// What a start needs of earlier commands.
    mutating func restoreCommands(_ stored: Stored, now: Timestamp) {
        for row in stored.commands.sorted(by: { ($0.at, $0.id) < ($1.at, $1.id) }) { answered.insert(row) }
        answered.forget(now: now)
    }
}
