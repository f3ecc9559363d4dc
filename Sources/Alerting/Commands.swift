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
        guard Command.essence(of: row.text) == Command.essence(of: command.text) else {
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
            now, .command, incident: incident, "\(actor.whole): \(command.text): \(end)")
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
        case .reroute(let name, let version):
            onIncident(name, version, &incident) { $0.reroute($1, by: actor, now: now) }
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
        case .deploy(let request): recordDeploy(request, by: actor, now: now)
        case .relayed(let relayed): carryOut(relayed, by: actor, incident: &incident, now: now)
        case .reload, .run: CommandReply(.failed, "this command is carried out by the daemon, not decided")
        }
    }

    /// A message that says it is a test, to each recipient of a channel; their settlements are the answer.
    private mutating func testChannel(_ name: String, by actor: Actor, now: Timestamp) -> CommandReply? {
        guard configuration.channels[name] != nil else {
            let known = configuration.channels.keys.sorted().joined(separator: ", ")
            return CommandReply(.unknown, "there is no channel \(name); configured: \(known.isEmpty ? "none" : known)")
        }
        let test = Announcement(
            kind: .test, id: ULID.make(at: now, using: &random), title: "Test of channel \(name), asked for by \(actor.name)",
            from: now, lifetime: DeliveryLimit.testDeadline)
        for target in targets(ofChannel: name) {
            if let row = announce(test, to: target, now: now) { draft.repliesWithRows.insert(row) }
        }
        return nil
    }

    /// What a start needs of earlier commands.
    mutating func restoreCommands(_ stored: Stored, now: Timestamp) {
        for row in stored.commands.sorted(by: { ($0.at, $0.id) < ($1.at, $1.id) }) { answered.insert(row) }
        answered.forget(now: now)
    }
}
