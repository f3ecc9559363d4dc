import Model

extension Schema {
    /// What attempts showed of each channel, what failing runs saw, what was deployed; and more kinds of timers, messages and records.
    static let third = [moreTimers, moreMessages, moreEvents, deliveries].joined(separator: "\n")

    private static let moreTimers = remade(
        "timer", "kind, owner, due, epoch, more, checksum",
        """
            kind TEXT NOT NULL CHECK (kind \(oneOf(TimerRow.Kind.self))),
            owner TEXT NOT NULL, due INTEGER NOT NULL, epoch INTEGER NOT NULL,
            \(tail),
            PRIMARY KEY (kind, owner)
        """)

    private static let moreMessages = messages(
        kinds: oneOf(Notification.Kind.self),
        columns: """
            id, incident, target, channel, recipient, kind, level, page, idempotency_key, message, created_at, not_before,
                deadline, phase, tries, in_doubt, last_attempt_at, settled_at, note, more, checksum
            """)

    private static let moreEvents = events(kinds: oneOf(Model.Record.Kind.self))

    private static let deliveries = """
        CREATE TABLE channel (
            name TEXT PRIMARY KEY CHECK (name <> ''), since INTEGER NOT NULL,
            failures INTEGER NOT NULL CHECK (failures >= 0), open_until INTEGER, not_before INTEGER, accepted_at INTEGER,
            problem TEXT NOT NULL,
            \(tail)
        ) STRICT;

        CREATE TABLE evidence (
            incident TEXT NOT NULL CHECK (incident <> ''), probe TEXT NOT NULL CHECK (probe <> ''), at INTEGER NOT NULL,
            bad TEXT NOT NULL, good TEXT, good_at INTEGER,
            \(tail),
            PRIMARY KEY (incident, probe)
        ) STRICT;
        CREATE INDEX evidence_at ON evidence (at);

        CREATE TABLE deploy (
            id TEXT PRIMARY KEY CHECK (id <> ''), at INTEGER NOT NULL, labels TEXT NOT NULL, version TEXT NOT NULL,
            comment TEXT NOT NULL, author TEXT NOT NULL CHECK (author <> ''),
            \(tail)
        ) STRICT;
        CREATE INDEX deploy_at ON deploy (at);

        """
}
