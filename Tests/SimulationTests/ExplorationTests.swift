import Alerting
import Simulation
import Testing

@Suite("Every short history of a small world")
struct ExplorationTests {
    @Test("two services, two receivers, a crash and a lost reply: nothing is lost, repeated or left open")
    func holds() {
        let finding = Exploration(budget: Exploration.small).run()
        #expect(finding.problem == nil, "\(finding.history.joined(separator: "\n"))")
        #expect(finding.isExhausted)
        #expect(finding.states > 1000)
    }

    @Test("each rule of delivering is missed where it is left out", arguments: 0..<Exploration.broken.count)
    func sees(number: Int) {
        let (name, defects, budget) = Exploration.broken[number]
        let finding = Exploration(budget: budget, defects: defects).shortest()
        #expect(finding.problem != nil, "\(name): nothing was found in \(finding.states) states")
        #expect(!finding.history.isEmpty)
    }
}
