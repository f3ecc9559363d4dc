import GRDB
import Model

// How the values of the model become rows. What SQL asks for stands in columns of its own; nested values are JSON in a text column.

extension Alert: StoredRow {
    static let table = Table(
        "alert", keys: 2, "probe", "rule", "phase", "level", "since", "bad_since", "critical_since", "good_since", "fired_at",
        "bad_bits",
        "critical_bits", "known", "good_run", "incident", "reason")
    static let more: [MoreField<Alert>] = [
        MoreField("suppression", \.suppression),
        MoreField("fresh_after", \.freshAfter),
        MoreField("milder_since", \.milderSince),
        MoreField("flapping", \.isFlapping, default: false),
    ]
    var rowKey: AlertKey { key }
    var cells: [DatabaseValue] {
        [
            key.probe.databaseValue, key.rule.databaseValue, phase.rawValue.databaseValue, cell(level?.rawValue), cell(since),
            cell(badSince), cell(criticalSince), cell(goodSince), cell(firedAt), Int64(bitPattern: badBits).databaseValue,
            Int64(bitPattern: criticalBits).databaseValue, known.databaseValue, goodRun.databaseValue,
            cell(incidents.isEmpty ? nil : incidents.joined(separator: " ")),
            reason.databaseValue,
        ]
    }
    init(_ cells: inout CellReader) throws {
        let key = AlertKey(probe: try cells.text(), rule: try cells.text())
        let phase = try cells.choice(Phase.self)
        let level = try cells.optionalChoice(Level.self)
        self.init(key: key, since: try cells.time())
        self.phase = phase
        self.level = level
        badSince = try cells.optionalTime()
        criticalSince = try cells.optionalTime()
        goodSince = try cells.optionalTime()
        firedAt = try cells.optionalTime()
        badBits = UInt64(bitPattern: try cells.integer())
        criticalBits = UInt64(bitPattern: try cells.integer())
        known = Int(try cells.integer())
        goodRun = Int(try cells.integer())
        incidents = try cells.optionalText().map { $0.split(separator: " ").map(String.init) } ?? []
        reason = try cells.text()
    }
}

extension Incident: StoredRow {
    static let table = Table(
        "incident", keys: 1, "id", "group_key", "labels", "phase", "level", "title", "opened_at", "resolved_at", "acked_by",
        "acked_at", "members", "policy", "next_step", "ran_steps", "steps_from", "group_interval", "roots", "page", "version",
        "epoch", "announced", "unrecorded")
    static let more: [MoreField<Incident>] = [
        MoreField("kind", \.kind, default: .group),
        MoreField("merged_into", \.mergedInto),
        MoreField("previous", \.previous),
        MoreField("previous_ended_at", \.previousEndedAt),
        MoreField("ack_expires_at", \.ackExpiresAt),
        MoreField("fallback_page", \.fallbackPage, default: 0),
        MoreField("nobody_reached", \.isNobodyReached, default: false),
        MoreField("template", \.template),
        MoreField("changed_after", \.changedAfter),
        MoreField("reopened_page", \.reopenedPage),
        MoreField("relayed_at", \.relayedAt),
    ]
    var rowKey: String { id }
    var cells: [DatabaseValue] {
        get throws {
            [
                id.databaseValue, groupKey.databaseValue, try json(labels), phase.rawValue.databaseValue,
                level.rawValue.databaseValue, title.databaseValue, cell(openedAt), cell(resolvedAt), cell(ackedBy),
                cell(ackedAt), try json(members.map(StoredMember.init)), try json(policy), nextStep.databaseValue,
                try json(ranSteps),
                cell(stepsFrom), groupInterval.microseconds.databaseValue, try json(roots), page.databaseValue,
                version.databaseValue, epoch.databaseValue, cell(isAnnounced),
                cell(isUnrecorded),
            ]
        }
    }
    init(_ cells: inout CellReader) throws {
        let id = try cells.text()
        let groupKey = try cells.text()
        let labels = try cells.json { try $0.texts() }
        let phase = try cells.choice(Phase.self)
        let level = try cells.choice(Level.self)
        let title = try cells.text()
        let openedAt = try cells.time()
        let resolvedAt = try cells.optionalTime()
        let ackedBy = try cells.optionalText()
        let ackedAt = try cells.optionalTime()
        let members = try cells.json { try $0.array(StoredMember.init) }
        let policy = try cells.sharedJSON(PolicySpec.self)
        let nextStep = try cells.integer()
        let ranSteps = try cells.json { try $0.array { Int(try $0.integer()) } }
        self.init(
            id: id, groupKey: groupKey, labels: labels, level: level, title: title, openedAt: openedAt, policy: policy,
            stepsFrom: try cells.time(), groupInterval: .microseconds(try cells.integer()))
        roots = try cells.json { try $0.texts() }
        self.ranSteps = ranSteps
        self.phase = phase
        self.resolvedAt = resolvedAt
        self.ackedBy = ackedBy
        self.ackedAt = ackedAt
        self.members = members.map(\.member)
        self.nextStep = Int(nextStep)
        page = Int(try cells.integer())
        version = Int(try cells.integer())
        epoch = Int(try cells.integer())
        isAnnounced = try cells.flag()
        isUnrecorded = try cells.flag()
    }
}

/// A member with its times as whole microseconds: the RFC 3339 text of a `Timestamp` keeps milliseconds only.
private struct StoredMember: Encodable {
    var probe: String
    var rule: String
    var level: Level
    var formerLevel: Level?
    var since: Int64
    var joinedAt: Int64?
    var resolvedAt: Int64?
    var reason: String

    init(_ member: Incident.Member) {
        probe = member.key.probe
        rule = member.key.rule
        level = member.level
        formerLevel = member.formerLevel
        since = member.since.microseconds
        joinedAt = member.joinedAt?.microseconds
        resolvedAt = member.resolvedAt?.microseconds
        reason = member.reason
    }
    init(_ reader: inout JSONReader) throws {
        var (probe, rule, reason): (String?, String?, String?)
        var (level, formerLevel): (Level?, Level?)
        var (since, joinedAt, resolvedAt): (Int64?, Int64?, Int64?)
        try reader.object { reader, name in
            switch name {
            case "probe": probe = try reader.string()
            case "rule": rule = try reader.string()
            case "level": level = Level(rawValue: try reader.string())
            case "formerLevel": formerLevel = Level(rawValue: try reader.string())
            case "since": since = try reader.integer()
            case "joinedAt": joinedAt = try reader.integer()
            case "resolvedAt": resolvedAt = try reader.integer()
            case "reason": reason = try reader.string()
            default: try reader.skipValue()
            }
        }
        guard let probe, let rule, let level, let since, let reason else { throw CellProblem(why: "a member lacks a field") }
        self.probe = probe
        self.rule = rule
        self.level = level
        self.formerLevel = formerLevel
        self.since = since
        self.joinedAt = joinedAt
        self.resolvedAt = resolvedAt
        self.reason = reason
    }
    var member: Incident.Member {
        var member = Incident.Member(
            key: AlertKey(probe: probe, rule: rule), level: level, since: Timestamp(microseconds: since),
            resolvedAt: resolvedAt.map(Timestamp.init(microseconds:)), reason: reason)
        member.formerLevel = formerLevel
        member.joinedAt = joinedAt.map(Timestamp.init(microseconds:))
        return member
    }
}

extension TimerRow: StoredRow {
    static let table = Table("timer", keys: 2, "kind", "owner", "due", "epoch")
    var rowKey: Key { key }
    var cells: [DatabaseValue] {
        [key.kind.rawValue.databaseValue, key.owner.databaseValue, cell(due), epoch.databaseValue]
    }
    init(_ cells: inout CellReader) throws {
        let kind = try cells.choice(Kind.self)
        self.init(kind, owner: try cells.text(), due: try cells.time(), epoch: Int(try cells.integer()))
    }
}

extension OutboxRow: StoredRow {
    static let table = Table(
        "outbox", keys: 1, "id", "incident", "target", "channel", "recipient", "kind", "level", "page", "idempotency_key",
        "message", "created_at", "not_before", "deadline", "phase", "tries", "in_doubt", "last_attempt_at", "settled_at",
        "note")
    static let more: [MoreField<OutboxRow>] = [
        MoreField("contacts", \.contacts, default: []), MoreField("reference", \.reference),
    ]
    var rowKey: Int64 { id }
    var cells: [DatabaseValue] {
        get throws {
            [
                id.databaseValue, incident.databaseValue, target.databaseValue, channel.databaseValue, cell(recipient),
                kind.rawValue.databaseValue, level.rawValue.databaseValue, page.databaseValue, idempotencyKey.databaseValue,
                try json(message), cell(createdAt), cell(notBefore), cell(deadline), phase.rawValue.databaseValue,
                tries.databaseValue, cell(isInDoubt), cell(lastAttemptAt), cell(settledAt), note.databaseValue,
            ]
        }
    }
    init(_ cells: inout CellReader) throws {
        self.init(
            id: try cells.integer(), incident: try cells.text(), target: try cells.text(), channel: try cells.text(),
            recipient: try cells.optionalText(), kind: try cells.choice(), level: try cells.choice(),
            page: Int(try cells.integer()), idempotencyKey: try cells.text(), message: try cells.json(Message.init),
            createdAt: try cells.time(), notBefore: try cells.time(), deadline: try cells.time())
        phase = try cells.choice()
        tries = Int(try cells.integer())
        isInDoubt = try cells.flag()
        lastAttemptAt = try cells.optionalTime()
        settledAt = try cells.optionalTime()
        note = try cells.text()
    }
}

extension Attempt: StoredRow {
    static let table = Table("attempt", keys: 2, "row", "number", "started_at", "ended_at", "outcome", "status", "detail")
    var rowKey: [Int64] { [row, Int64(number)] }
    var cells: [DatabaseValue] {
        [
            row.databaseValue, number.databaseValue, cell(startedAt), cell(endedAt), cell(outcome), status.databaseValue,
            detail.databaseValue,
        ]
    }
    init(_ cells: inout CellReader) throws {
        self.init(row: try cells.integer(), number: Int(try cells.integer()), startedAt: try cells.time())
        endedAt = try cells.optionalTime()
        outcome = try cells.optionalText()
        status = Int(try cells.integer())
        detail = try cells.text()
    }
}

extension Told: StoredRow {
    static let table = Table(
        "told", keys: 2, "incident", "target", "in_doubt", "level", "page", "at", "reference", "resolved_at")
    static let more: [MoreField<Told>] = [MoreField("row", \.row)]
    var rowKey: [String] { [incident, target] }
    var cells: [DatabaseValue] {
        [
            incident.databaseValue, target.databaseValue, cell(isInDoubt), level.rawValue.databaseValue, page.databaseValue,
            cell(at), cell(reference), cell(resolvedAt),
        ]
    }
    init(_ cells: inout CellReader) throws {
        self.init(
            incident: try cells.text(), target: try cells.text(), isInDoubt: try cells.flag(), level: try cells.choice(),
            page: Int(try cells.integer()), at: try cells.time(), reference: try cells.optionalText(),
            resolvedAt: try cells.optionalTime())
    }
}

extension Message {
    fileprivate init(_ reader: inout JSONReader) throws {
        self.init(body: "")
        try reader.object { reader, name in
            switch name {
            case "body": body = try reader.string()
            case "headers": headers = try reader.texts()
            default: try reader.skipValue()
            }
        }
    }
}
