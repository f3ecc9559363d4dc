import Glibc

// Every benchmark in turn, then one table. A missed goal is printed and is no failure: figures depend on the machine.
signal(SIGPIPE, SIG_IGN)
do {
    let site = try Site()
    defer { site.remove() }
    print(site.facts)
    var figures: [Figure] = []
    let benchmarks: [(name: String, run: (Site) throws -> [Figure])] = [
        ("probes", ProbeCost.run), ("pages", PageDelay.run), ("commits", CommitTime.run), ("decisions", DecisionTime.run),
        ("windows", WindowTime.run), ("restarts", RestartTime.run),
    ]
    let wanted = CommandLine.arguments.dropFirst()
    for benchmark in benchmarks where wanted.isEmpty || wanted.contains(benchmark.name) {
        print("\(benchmark.name) …")
        fflush(nil)
        figures += try benchmark.run(site)
    }
    print(Figure.table(figures))
    print(ProbeCost.forScale)
} catch {
    print("bench: \(error)")
}
