package import Alerting

/// Every history within a budget, up to states that behave alike.
package struct Exploration: Sendable {
    package var budget: Budget
    package var defects: Defects
    /// It gives up after so many states.
    package var limit: Int
    package init(budget: Budget, defects: Defects = [], limit: Int = 10_000_000) {
        self.budget = budget
        self.defects = defects
        self.limit = limit
    }

    package struct Finding: Sendable {
        package var states: Int
        /// Every state was seen: there is no history within the budget that breaks anything, if there is no counterexample.
        package var isExhausted: Bool
        /// What breaks, and the history that leads there.
        package var problem: String?
        package var history: [String] = []
    }

    /// Depth first where nothing is expected, for it needs little memory; breadth first finds a shortest history.
    package func run(breadthFirst: Bool = false) -> Finding {
        var seen: Set<UInt64> = []
        /// How each state on the frontier came to be: its parent's number and the move.
        var trail: [(parent: Int, text: String)] = [(-1, "")]
        var frontier = [(state: ExploredState(budget: budget, defects: defects), number: 0)]
        var first = 0
        seen.insert(Fingerprint.of(frontier[0].state))

        func history(_ number: Int) -> [String] {
            var lines: [String] = []
            var number = number
            while number > 0 {
                lines.append(trail[number].text)
                number = trail[number].parent
            }
            return lines.reversed()
        }

        while first < frontier.count {
            let entry: (state: ExploredState, number: Int)
            if breadthFirst {
                entry = frontier[first]
                first += 1
                if first > 4096 {
                    frontier.removeFirst(first)
                    first = 0
                }
            } else {
                entry = frontier.removeLast()
            }
            for move in entry.state.moves() {
                var next = entry.state
                move.apply(&next)
                if next.isQuiet { next.checkQuiet() }
                if let problem = next.problems.first {
                    return Finding(
                        states: seen.count, isExhausted: false, problem: problem,
                        history: history(entry.number) + [move.text])
                }
                guard seen.insert(Fingerprint.of(next)).inserted else { continue }
                if seen.count >= limit { return Finding(states: seen.count, isExhausted: false) }
                trail.append((entry.number, move.text))
                frontier.append((next, trail.count - 1))
            }
        }
        return Finding(states: seen.count, isExhausted: true)
    }
}

extension Exploration {
    /// Small enough for every run of the tests.
    package static let small = Budget(results: 2, commands: 0, crashes: 1, losses: 1, failures: 0)

    /// Nothing fails but the services: more of their results can be tried.
    package static let calm = Budget(results: 3, commands: 0, crashes: 0, losses: 0, failures: 0)

    /// What is explored to exhaustion, one after the other: together they spend every budget.
    package static let whole = [
        Budget(results: 3, commands: 0, crashes: 1, losses: 1, failures: 0),
        Budget(results: 3, commands: 1, crashes: 1, losses: 1, failures: 0),
        Budget(results: 3, commands: 0, crashes: 2, losses: 3, failures: 0),
        Budget(results: 4, commands: 0, crashes: 1, losses: 1, failures: 1),
    ]

    /// The design with one of its rules left out, each of which must be missed.
    package static let broken: [(name: String, defects: Defects, budget: Budget)] = [
        ("a message counts as delivered before it is sent", .marksBeforeSending, small),
        ("the messages of a lane go out in any order", .ignoresLanes, calm),
        ("a resolve does not wait while its trigger is in doubt", .forgetsDoubt, small),
        ("timers outlive what they were set for", .keepsStaleTimers, calm),
    ]
}
