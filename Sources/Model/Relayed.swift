/// What somebody did at a receiver that keeps incidents of its own, as that receiver told us.
package struct Relayed: Sendable, Hashable {
    package enum Action: String, Sendable, Hashable, CaseIterable {
        case acknowledge, unacknowledge, resolve
    }
    package var action: Action
    /// Our incident's whole id; empty where the receiver's incident is none of ours.
    package var incident: String
    /// The page that the receiver's incident stands for.
    package var page: Int
    /// The channels to that receiver: an acknowledgement is not said back to them.
    package var channels: [String]
    /// When it happened there; nil where that is not said.
    package var at: Timestamp?
    package init(_ action: Action, incident: String, page: Int, channels: [String] = [], at: Timestamp? = nil) {
        self.at = at
        self.action = action
        self.incident = incident
        self.page = page
        self.channels = channels
    }
}
