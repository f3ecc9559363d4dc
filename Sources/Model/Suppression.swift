/// Why problem messages of an alert are held back. The kinds stand in the order in which they are looked at: the first that applies
/// is the one that is stored and shown.
package enum SuppressionKind: String, Sendable, Hashable, Codable, CaseIterable {
    /// The probe is paused by configuration.
    case paused
    /// The monitor itself is cut off.
    case isolated
    /// What the probe depends on is down, or is being looked at.
    case dependency
    case inhibition, maintenance, silence, acknowledged, flapping
}

package struct Suppression: Sendable, Hashable, Codable {
    package var kind: SuppressionKind
    /// What holds it: a probe and rule, a window's name, a silence's id, an incident's id.
    package var by: String
    /// A sentence.
    package var reason: String
    package var since: Timestamp
    package init(_ kind: SuppressionKind, by: String, reason: String, since: Timestamp) {
        self.kind = kind
        self.by = by
        self.reason = reason
        self.since = since
    }
}
