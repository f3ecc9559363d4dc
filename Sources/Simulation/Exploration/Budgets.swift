package import Alerting

extension Exploration {
    /// Small enough for every run of the tests.
    package static let small = Budget(results: 2, commands: 0, crashes: 1, losses: 1, failures: 0)

    /// Nothing fails but the services: more of their results can be tried.
    package static let calm = Budget(results: 3, commands: 0, crashes: 0, losses: 0, failures: 0)

    /// What is explored to exhaustion, one after the other.
    package static let whole = [
        Exploration(budget: Budget(results: 3, commands: 1, crashes: 2, losses: 3, failures: 0), policy: .escalating),
        Exploration(budget: Budget(results: 3, commands: 0, crashes: 2, losses: 3, failures: 0), policy: .together),
        Exploration(budget: Budget(results: 4, commands: 0, crashes: 1, losses: 1, failures: 1), policy: .together),
    ]

    /// The design with one of its rules left out, each of which must be missed.
    package static let broken: [(name: String, defects: Defects, budget: Budget)] = [
        ("a message counts as delivered before it is sent", .marksBeforeSending, small),
        ("the messages of a lane go out in any order", .ignoresLanes, calm),
        ("a resolve does not wait while its trigger is in doubt", .forgetsDoubt, small),
        ("timers outlive what they were set for", .keepsStaleTimers, calm),
    ]
}
