/// What a reload would change: told before anything does. Its JSON keys are an interface.
package struct Plan: Sendable, Hashable, Codable {
    package struct Change: Sendable, Hashable, Codable {
        package enum Kind: String, Sendable, Hashable, Codable { case added, changed, removed }
        package var name: String
        package var kind: Kind
        /// What is different, a line each.
        package var details: [String]
        package init(_ name: String, _ kind: Kind, _ details: [String] = []) {
            self.name = name
            self.kind = kind
            self.details = details
        }
    }
    /// A firing alert that ends because its rule or probe goes.
    package struct Ending: Sendable, Hashable, Codable {
        package var alert: String
        package var level: Level
        /// The titles of its open incidents.
        package var incidents: [String]
        /// Who hears that all of that is over.
        package var told: [String]
        package init(alert: String, level: Level, incidents: [String], told: [String]) {
            self.alert = alert
            self.level = level
            self.incidents = incidents
            self.told = told
        }
    }
    /// A rule whose word on the latest run is another.
    package struct VerdictChange: Sendable, Hashable, Codable {
        package var alert: String
        /// `good`, `warning`, `critical`, `unknown`, or `new` for a rule that is not there now.
        package var before: String
        package var after: String
        package var reason: String
        package init(alert: String, before: String, after: String, reason: String) {
            self.alert = alert
            self.before = before
            self.after = after
            self.reason = reason
        }
    }
    /// The main file that was read.
    package var file: String
    package var probes: [Change] = []
    /// Channels, policies, routes, contacts and the like: `channel chat`.
    package var others: [Change] = []
    package var endings: [Ending] = []
    package var verdicts: [VerdictChange] = []
    /// Messages that the reload itself sends, a line each.
    package var messages: [String] = []
    /// Open incidents that stay, with the policy that they opened with.
    package var incidentsKept: [String] = []
    /// What works but is probably not meant, and what a reload cannot change.
    package var warnings: [String] = []
    package init(file: String) { self.file = file }

    package var isEmpty: Bool {
        probes.isEmpty && others.isEmpty && endings.isEmpty && verdicts.isEmpty && messages.isEmpty
    }
    enum CodingKeys: String, CodingKey {
        case file, probes, others, endings, verdicts, messages, warnings
        case incidentsKept = "incidents_kept"
    }
}

package enum PlanReply: Sendable {
    case planned(Plan)
    /// The file cannot be used: a line a problem.
    case broken([String])
}
