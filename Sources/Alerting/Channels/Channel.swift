package import Model
package import Settings

/// A way to reach somebody. Both functions are pure: golden files test the first, a table of every status the second.
package protocol Channel: Sendable {
    /// The key in the configuration.
    static var kind: String { get }
    /// Reads its mapping; nil where a problem was found. It need not close `fields`.
    init?(_ fields: Fields)
    /// One outbox row and one transaction each; empty where the channel is itself the address.
    var recipients: [String] { get }
    /// Words a notification, without credentials, within the vendor's limits: it shrinks, it never fails.
    func message(for notification: Notification) -> Message
    /// What to send for a stored message: adds the credential, and the mark of a repeat after an attempt in doubt.
    func outgoing(_ row: OutboxRow) -> Outgoing
    /// Judges the receiver's reply.
    func judge(_ reply: TransferReply) -> DeliveryVerdict
    /// Attempts that may start in a minute.
    var attemptsPerMinute: Int { get }
    /// What the receiver counts requests by, a key or an address. Channels of a kind that have the same share one rate; nil: it has
    /// one of its own.
    var rateKey: Secret? { get }
    /// Attempts that may start at once after a quiet time.
    var burst: Int { get }
    /// Attempts that may be under way at the same time: a receiver that hangs takes no more than these.
    var attemptsAtOnce: Int { get }
    /// A late trigger could reopen what was resolved: hold the resolve while a trigger is in doubt.
    var keepsState: Bool { get }
    /// The kinds of notification that it takes at all.
    func takes(_ kind: Notification.Kind) -> Bool
    /// The receiver forgets what is not said again after this long; nil: it remembers.
    var resends: Duration? { get }
    /// For such a receiver: what says that the monitor is alive.
    func heartbeat(node: String, at now: Timestamp) -> Message?
    /// Whoever has another address or key of this kind may be somebody else, who knows nothing of what was told before.
    var endsWhereItTold: Bool { get }
    /// Such a message wakes nobody: the place for word of an incident that is over.
    var isQuiet: Bool { get }
}

extension Channel {
    package var recipients: [String] { [] }
    package var rateKey: Secret? { nil }
    package var burst: Int { 3 }
    package var attemptsAtOnce: Int { 4 }
    package var keepsState: Bool { false }
    package var isQuiet: Bool { !keepsState }
    package var resends: Duration? { nil }
    package var endsWhereItTold: Bool { true }
    package func heartbeat(node: String, at now: Timestamp) -> Message? { nil }
    /// Where the receiver keeps state by key, a repeat only appends to what is open, so an update would reach nobody, and word of
    /// what is over could wake somebody. Anywhere else an acknowledgement is an update.
    package func takes(_ kind: Notification.Kind) -> Bool {
        switch kind {
        case .trigger, .resolve, .test: true
        case .acknowledge: keepsState
        case .update, .delayed, .digest: !keepsState
        case .change: false
        }
    }
}

/// Every kind. A new channel is one file, one line here, one test and one example.
package enum ChannelCatalog {
    package static let all: [any Channel.Type] = [
        PagerDuty.self, Slack.self, Email.self, Webhook.self, Teams.self, Discord.self, Telegram.self, Ntfy.self, Opsgenie.self,
        Alertmanager.self, Exec.self,
    ]
}
