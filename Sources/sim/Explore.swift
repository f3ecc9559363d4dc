import Alerting
import Foundation
import Model
import Simulation

/// Every history within a few budgets, and then each deliberate defect, which must be seen; returns whether all was as it should be.
func explore(_ options: Options) -> Bool {
    var isRight = true
    let clock = ContinuousClock()
    for (name, defects, budget) in options.explorations == nil ? Exploration.broken : [] {
        let finding = Exploration(budget: budget, defects: defects).shortest()
        guard let problem = finding.problem else {
            print("the defect \"\(name)\" is not seen in \(finding.states) states")
            isRight = false
            continue
        }
        print("the defect \"\(name)\" is seen after \(finding.states) states: \(problem)")
        finding.history.forEach { print("    \($0)") }
    }
    for exploration in options.explorations ?? Exploration.whole {
        let start = clock.now
        let before = usedSeconds()
        fflush(nil)
        let finding = exploration.run(workers: options.workers) { finding in
            FileHandle.standardError.write(Data("\(finding.states) states, \(finding.moves) moves\n".utf8))
        }
        let took =
            "\(Int((clock.now - start).seconds)) s, \(Int(usedSeconds() - before)) CPU-seconds, "
            + "\(residentMegabytes()) MB at most"
        let budget = exploration.budget
        let name =
            "told \(exploration.policy.rawValue): results \(budget.results), commands \(budget.commands), crashes \(budget.crashes), "
            + "in doubt \(budget.losses), failed \(budget.failures)"
        let size = "\(finding.states) states, \(finding.moves) moves in \(took)"
        if let problem = finding.problem {
            isRight = false
            print("\(name): \(problem)")
            finding.history.forEach { print("    \($0)") }
        } else {
            isRight = isRight && finding.isExhausted
            print("\(name): \(size), \(finding.isExhausted ? "no violation" : "not exhausted")")
        }
    }
    return isRight
}
