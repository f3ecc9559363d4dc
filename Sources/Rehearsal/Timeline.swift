import Alerting
package import Model

/// What a file says: a configuration, what happens when, and what is to come of it.
package struct Timeline: Sendable {
    package var path: String
    /// The first comment line.
    package var about: String
    package var start: Timestamp
    /// Messages that no line expects are let pass.
    var allowsOthers: Bool
    /// By name; the first has none.
    var configurations: [String: AlertingConfiguration]
    /// In the order in which they happen.
    var statements: [Statement]

    /// The name of the configuration at the start.
    static let first = ""
    /// A Monday.
    static let usualStart = Timestamp(seconds: 1_767_614_400)
}

/// One line that is carried out, or one turn of an `every` line.
struct Statement: Sendable {
    var line: Int
    /// Since the start.
    var at: Duration
    /// The end of the time within which a message may come; equal to `at` where one time is given.
    var until: Duration
    /// As written, without its time.
    var text: String
    var action: Action
}

enum Action: Sendable {
    case result([String], ScriptedResult)
    /// What runs give that rules ask for, from now on; nil: they do not take place.
    case whenAsked([String], ScriptedResult?)
    /// A planned run does not start: the one before it has not ended.
    case skip([String])
    case acknowledge(IncidentName, lasts: Duration?, by: String?)
    case unacknowledge(IncidentName, by: String?)
    case resolve(IncidentName, by: String?)
    case reroute(IncidentName, by: String?)
    case silence(Silence.Kind, [Matcher], lasts: Duration?, untilResolved: Bool, by: String?, because: String?)
    /// The n-th of its kind, 1 is the first.
    case endSilence(Silence.Kind, Int, by: String?)
    /// A schedule, and who stands in on it.
    case override(String, String, lasts: Duration, by: String?, because: String?)
    /// The n-th, 1 is the first.
    case endOverride(Int, by: String?)
    case receiver(String, Receiver)
    case kill(Duration)
    case clock(Duration)
    case reload(String)
    case testChannel(String)
    case expect(Expectation)
}

/// An incident as a line names it: by its number in the order of opening, by a text of its title, or the newest.
enum IncidentName: Sendable, Hashable {
    case number(Int)
    case text(String)
    case newest
}

/// A result as a line gives it.
struct ScriptedResult: Sendable, Hashable {
    enum Kind: String, Sendable, Hashable, CaseIterable { case ok, fail, timeout, fault }
    var kind: Kind
    var detail: String?
    var samples: [Sample] = []
}

enum Expectation: Sendable {
    case message(to: String, Notification.Kind, texts: [String])
    case nothing(to: String?)
    case state(probe: String, rule: String?, Snapshot.State)
    case incident(IncidentName, Incident.Phase, Level?)
    /// So many are open.
    case incidents(Int)
    case record(String, isWanted: Bool)
    /// Held back, by this kind of reason if one is given.
    case held(probe: String, rule: String?, SuppressionKind?, isWanted: Bool)
    case run(String, isWanted: Bool)
    case refused(String?)
    case done(String)
    case dead(String, String?)

    /// It is compared with the messages once all have come.
    var isOfMessages: Bool {
        switch self {
        case .message, .nothing: true
        case .state, .incident, .incidents, .record, .held, .run, .refused, .done, .dead: false
        }
    }
}

/// A file that cannot be carried out, a line a problem: `path:line: message`.
package struct BrokenTimeline: Error, Sendable, Hashable, CustomStringConvertible {
    package var problems: [String]
    package init(problems: [String]) { self.problems = problems }
    package var description: String { problems.joined(separator: "\n") }
}
