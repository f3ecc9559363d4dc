/// Who asked, as the kernel says of the other end of the socket.
package struct Actor: Sendable, Hashable, Codable, CustomStringConvertible {
    package var uid: UInt32
    package var pid: Int32
    /// The account's name, or the uid as text.
    package var name: String
    /// Why, in their own words.
    package var comment: String?
    package init(uid: UInt32, pid: Int32, name: String) {
        self.uid = uid
        self.pid = pid
        self.name = name
    }
    package var description: String { name }

    /// Who did it in whose name, and why, each in one line.
    package func acting(for author: String?, because comment: String?) -> Actor {
        var actor = self
        let other = (author ?? "").oneLine
        if !other.isEmpty, other != name { actor.name = "\(other) (by \(name))" }
        let reason = (comment ?? "").oneLine
        if !reason.isEmpty { actor.comment = reason }
        return actor
    }

    /// `ada: looking at it`
    package var withComment: String { comment.map { "\(name): \($0)" } ?? name }

    /// Somebody whom no kernel vouches for: who followed a signed link, or acted at a receiver. No account has this uid; see chown(2).
    package static func remote(_ name: String) -> Actor { Actor(uid: .max, pid: 0, name: name) }

    /// For records and the log: with account and process where the kernel knows them.
    package var whole: String { uid == .max ? name : "\(name) (uid \(uid), pid \(pid))" }
}

/// Something an operator wants done. Incidents, silences and overrides are named by their ids, or by a beginning that only one has.
/// A `version` is the one that the operator saw: the command is refused where the incident has changed since.
package enum Command: Sendable, Hashable {
    /// Escalation and repeats stop; with `lasts`, for so long.
    case acknowledge(incident: String, version: Int? = nil, lasts: Duration? = nil)
    case unacknowledge(incident: String, version: Int? = nil)
    case resolve(incident: String, version: Int? = nil)
    /// It goes on by the policy that the present configuration has for it.
    case reroute(incident: String, version: Int? = nil)
    case addSilence(SilenceRequest)
    case updateSilence(String, SilenceChange)
    /// Ends one before its time.
    case endSilence(String, Silence.Kind)
    case addOverride(OverrideRequest)
    case removeOverride(String)
    case reload
    /// Runs a probe now; `dry` stores nothing and tells nobody.
    case run(probe: String, dry: Bool)
    case testChannel(String)
    /// A message that was given up is tried again, or taken off the list.
    case requeue(Int64)
    case drop(Int64)
    /// Tells, as a drill, whoever a probe, policy, channel, contact or schedule would tell; somebody is to acknowledge it in time.
    case drill(String, expectAck: Duration)
    /// Puts a mark into history: a version is in service.
    case deploy(DeployRequest)
    /// Somebody did it at a receiver, which told us.
    case relayed(Relayed)
}

extension Command {
    /// A drill is to be acknowledged within this, where nothing else is asked for.
    package static let usualDrill = Duration.seconds(600)
}

/// When something ends.
package enum End: Sendable, Hashable {
    case at(Timestamp)
    /// So long after its start.
    case after(Duration)
}

/// A silence, or an ad-hoc maintenance, that somebody wants.
package struct SilenceRequest: Sendable, Hashable {
    package var kind: Silence.Kind
    package var matchers: [[Matcher]]
    /// nil: now.
    package var startsAt: Timestamp?
    /// nil: `Silence.usual`, or `Silence.longestUntilResolved`.
    package var end: End?
    package var untilResolved: Bool
    package var comment: String
    /// In whose name; nil: the actor's.
    package var author: String?
    package init(
        kind: Silence.Kind = .silence, matchers: [[Matcher]], startsAt: Timestamp? = nil, end: End? = nil,
        untilResolved: Bool = false, comment: String, author: String? = nil
    ) {
        self.kind = kind
        self.matchers = matchers
        self.startsAt = startsAt
        self.end = end
        self.untilResolved = untilResolved
        self.comment = comment
        self.author = author
    }
}

/// What is to be different in a silence; nil stays as it is.
package struct SilenceChange: Sendable, Hashable {
    package var matchers: [[Matcher]]?
    package var startsAt: Timestamp?
    /// `.after` counts from now where it has begun.
    package var end: End?
    package var untilResolved: Bool?
    package var comment: String?
    package init(
        matchers: [[Matcher]]? = nil, startsAt: Timestamp? = nil, end: End? = nil, untilResolved: Bool? = nil,
        comment: String? = nil
    ) {
        self.matchers = matchers
        self.startsAt = startsAt
        self.end = end
        self.untilResolved = untilResolved
        self.comment = comment
    }
}

/// Somebody who is to stand in on an on-call schedule.
package struct OverrideRequest: Sendable, Hashable {
    package var schedule: String
    package var person: String
    /// nil: now.
    package var startsAt: Timestamp?
    package var end: End
    package var comment: String
    package init(schedule: String, person: String, startsAt: Timestamp? = nil, end: End, comment: String = "") {
        self.schedule = schedule
        self.person = person
        self.startsAt = startsAt
        self.end = end
        self.comment = comment
    }
}

/// A command that was carried out or refused under an id that its sender chose: sent again, it answers the same and changes nothing.
package struct CommandRow: Sendable, Hashable, Codable {
    /// How long an id is remembered.
    package static let kept = Duration.seconds(86_400)
    /// So many at most; the oldest are forgotten first.
    package static let maximum = 10_000

    package var id: String
    package var at: Timestamp
    package var actor: Actor
    /// `Command.text`: the same id with another text is a mistake.
    package var text: String
    package var reply: CommandReply
    package init(id: String, at: Timestamp, actor: Actor, text: String, reply: CommandReply) {
        self.id = id
        self.at = at
        self.actor = actor
        self.text = text
        self.reply = reply
    }

    /// 1 to 64 letters of ASCII, digits, `-` and `_`.
    package static func isID(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == UInt8(ascii: "-")
                    || byte == UInt8(ascii: "_")
            }
    }
}

/// How a command ended. `status` is what `monitordctl` derives its exit code from.
package struct CommandReply: Sendable, Hashable, Codable {
    package enum Status: String, Sendable, Hashable, Codable {
        case done
        /// Nothing changed; `message` says why.
        case refused
        /// There is no such probe, incident, channel, silence, schedule or person.
        case unknown
        /// It was tried and failed.
        case failed
    }
    package var status: Status
    /// Sentences for a person.
    package var message: String
    /// Lines of detail: problems of a configuration, phases of a run.
    package var details: [String]
    package var run: Snapshot.Run?
    /// The silence or maintenance as it stands now.
    package var silence: Snapshot.Silence?
    /// The override as it stands now.
    package var override: Snapshot.Override?
    /// The mark that was made.
    package var deploy: Deploy?
    package init(
        _ status: Status, _ message: String, details: [String] = [], run: Snapshot.Run? = nil,
        silence: Snapshot.Silence? = nil, override: Snapshot.Override? = nil
    ) {
        self.status = status
        self.message = message
        self.details = details
        self.run = run
        self.silence = silence
        self.override = override
    }
}
