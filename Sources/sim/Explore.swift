import Alerting
import Foundation
import Simulation

/// Every history within a few budgets, and then each deliberate defect, which must be seen; returns whether all was as it should be.
func explore() -> Bool {
    var isRight = true
    let clock = ContinuousClock()
    for (name, defects, budget) in Exploration.broken {
        let finding = Exploration(budget: budget, defects: defects).run(breadthFirst: true)
        guard let problem = finding.problem else {
            print("the defect \"\(name)\" is not seen in \(finding.states) states")
            isRight = false
            continue
        }
        print("the defect \"\(name)\" is seen after \(finding.states) states: \(problem)")
        finding.history.forEach { print("    \($0)") }
    }
    for budget in Exploration.whole {
        let start = clock.now
        fflush(nil)
        let finding = Exploration(budget: budget).run()
        let seconds = (clock.now - start).components.seconds
        let name =
            "results \(budget.results), commands \(budget.commands), crashes \(budget.crashes), in doubt "
            + "\(budget.losses), failed \(budget.failures)"
        if let problem = finding.problem {
            isRight = false
            print("\(name): \(problem)")
            finding.history.forEach { print("    \($0)") }
        } else {
            isRight = isRight && finding.isExhausted
            print(
                "\(name): \(finding.states) states in \(seconds) s, \(finding.isExhausted ? "no violation" : "not exhausted")")
        }
    }
    return isRight
}
