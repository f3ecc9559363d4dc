/// Who is told, when. Snapshotted into an incident when it opens.
package struct PolicySpec: Sendable, Hashable, Codable {
    package struct Step: Sendable, Hashable, Codable {
        /// From the end of `group_wait`.
        package var after: Duration
        /// The step runs for incidents of this level or above; nil is any.
        package var level: Level?
        /// Names of channels, contacts or on-call schedules.
        package var notify: [String]
        /// What must hold, too, for the step to run; nil is nothing.
        package var condition: StepCondition?
        package init(after: Duration, level: Level? = nil, notify: [String], condition: StepCondition? = nil) {
            self.after = after
            self.level = level
            self.notify = notify
            self.condition = condition
        }
    }
    package var name: String
    package var steps: [Step]
    /// This long after the last step the policy runs again; zero is never.
    package var repeatAfter: Duration
    /// An acknowledgement without a time of its own is over after this; nil: it lasts until the end.
    package var ackTimeout: Duration?
    /// Who joins an acknowledged incident is news for an update; false: it is open again, with a new page.
    package var ackCoversNew: Bool
    /// Those told hear of the end whatever holds problem messages; false: when silence and maintenance are over.
    package var resolvesThroughSilence: Bool
    /// An alert that still fires this long after an operator resolved its incident is told anew.
    package var reopenAfter: Duration
    package init(
        name: String, steps: [Step], repeatAfter: Duration = .seconds(4 * 3600), ackTimeout: Duration? = nil,
        ackCoversNew: Bool = false, resolvesThroughSilence: Bool = true, reopenAfter: Duration = .seconds(3600)
    ) {
        self.name = name
        self.steps = steps
        self.repeatAfter = repeatAfter
        self.ackTimeout = ackTimeout
        self.ackCoversNew = ackCoversNew
        self.resolvesThroughSilence = resolvesThroughSilence
        self.reopenAfter = reopenAfter
    }

    /// What a ledger of before does not say has its default.
    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            name: try fields.decode(String.self, forKey: .name), steps: try fields.decode([Step].self, forKey: .steps),
            repeatAfter: try fields.decode(Duration.self, forKey: .repeatAfter),
            ackTimeout: try fields.decodeIfPresent(Duration.self, forKey: .ackTimeout))
        ackCoversNew = try fields.decodeIfPresent(Bool.self, forKey: .ackCoversNew) ?? ackCoversNew
        resolvesThroughSilence =
            try fields.decodeIfPresent(Bool.self, forKey: .resolvesThroughSilence) ?? resolvesThroughSilence
        reopenAfter = try fields.decodeIfPresent(Duration.self, forKey: .reopenAfter) ?? reopenAfter
    }
}

/// Sends alerts whose labels match to a policy, grouped into incidents. Routes form a tree: an alert goes down it depth first, takes
/// the first branch that matches, and the ones after it while each says `continue`; a route whose branches all refuse it takes it
/// itself. What a branch does not say it has from its parent.
package struct RouteSpec: Sendable, Hashable {
    /// Label values that must be equal; a missing label equals the empty string.
    package var match: Labels
    /// Further comparisons that must hold.
    package var matchers: [Matcher]
    /// The routes after this one are asked too.
    package var continues: Bool
    package var routes: [RouteSpec]
    package var policy: String
    package var groupBy: [String]
    package var groupWait: Duration
    package var groupInterval: Duration
    /// The template that words the messages of its incidents, whatever their channels say.
    package var template: String?
    package init(
        match: Labels = [:], matchers: [Matcher] = [], policy: String, groupBy: [String] = ["probe"],
        groupWait: Duration? = nil, groupInterval: Duration = .seconds(300), continues: Bool = false, routes: [RouteSpec] = [],
        template: String? = nil
    ) {
        self.template = template
        self.match = match
        self.matchers = matchers
        self.continues = continues
        self.routes = routes
        self.policy = policy
        self.groupBy = groupBy
        self.groupWait = groupWait ?? (groupBy == ["probe"] ? .zero : .seconds(10))
        self.groupInterval = groupInterval
    }
    package func matches(_ labels: Labels) -> Bool {
        match.allSatisfy { labels[$0.key, default: ""] == $0.value } && matchers.match(labels)
    }

    /// The label in `group_by` that stands for all labels.
    package static let groupByAll = "..."
}

extension [RouteSpec] {
    /// The routes that take an alert; none where no route matches.
    package func taking(_ labels: Labels) -> [RouteSpec] {
        var taking: [RouteSpec] = []
        for route in self where route.matches(labels) {
            let below = route.routes.taking(labels)
            taking += below.isEmpty ? [route] : below
            if !route.continues { break }
        }
        return taking
    }
}
