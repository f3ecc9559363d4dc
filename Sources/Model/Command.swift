/// Who asked, as the kernel says of the other end of the socket.
package struct Actor: Sendable, Hashable, Codable, CustomStringConvertible {
    package var uid: UInt32
    package var pid: Int32
    /// The account's name, or the uid as text.
    package var name: String
    package init(uid: UInt32, pid: Int32, name: String) {
        self.uid = uid
        self.pid = pid
        self.name = name
    }
    package var description: String { name }
}

/// Something an operator wants done.
package enum Command: Sendable, Hashable {
    case acknowledge(incident: String)
    case resolve(incident: String)
    case reload
    /// Runs a probe now; `dry` stores nothing and tells nobody.
    case run(probe: String, dry: Bool)
    case testChannel(String)
}

/// How a command ended. `status` is what `monitordctl` derives its exit code from.
package struct CommandReply: Sendable, Hashable, Codable {
    package enum Status: String, Sendable, Hashable, Codable {
        case done
        /// Nothing changed; `message` says why.
        case refused
        /// There is no such probe, incident or channel.
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
    package init(_ status: Status, _ message: String, details: [String] = [], run: Snapshot.Run? = nil) {
        self.status = status
        self.message = message
        self.details = details
        self.run = run
    }
}

/// A command that was carried out, kept so that one that is sent again is answered and not carried out again.
package struct CommandRow: Sendable, Hashable {
    /// Chosen by whoever asked: the same for every attempt to ask it.
    package var id: String
    package var at: Timestamp
    package var actor: Actor
    /// What was asked, in words.
    package var text: String
    package var reply: CommandReply
    package init(id: String, at: Timestamp, actor: Actor, text: String, reply: CommandReply) {
        self.id = id
        self.at = at
        self.actor = actor
        self.text = text
        self.reply = reply
    }
}
