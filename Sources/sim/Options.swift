import Simulation

struct Options {
    /// Model checking instead of seeds.
    var explores = false
    /// What is explored instead of what `make sim` does.
    var explorations: [Exploration]?
    /// Only this seed, of each scene.
    var seed: UInt64?
    var first: UInt64 = 1
    /// Of each scene; nil: as many as `make sim` runs.
    var seeds: UInt64?
    var workers = 2
    var scenes = Scene.allCases
    var isDense = false
    /// The log of a seed as it is, not of a smaller plan that fails too.
    var logs = false

    struct Misuse: Error, CustomStringConvertible { let description: String }

    /// Ten thousand days of the scene that speed is measured on, and a fortieth of that of the one that has everything.
    func seeds(of scene: Scene) -> UInt64 {
        switch scene {
        case .plain: seeds ?? 2000
        case .whole: seeds ?? 50
        }
    }

    func profile(of scene: Scene) -> Profile { (isDense ? Profile.dense : .days).on(scene) }

    init(_ arguments: [String]) throws {
        var rest = arguments[...]
        func number(_ name: String) throws -> UInt64 {
            guard let text = rest.popFirst(), let value = UInt64(text) else {
                throw Misuse(description: "\(name) wants a number")
            }
            return value
        }
        while let argument = rest.popFirst() {
            switch argument {
            case "explore": explores = true
            case "--budget":
                let parts = (rest.popFirst() ?? "").split(separator: ",").compactMap { Int($0) }
                guard parts.count == 5, parts.allSatisfy({ (0..<16).contains($0) }) else {
                    throw Misuse(description: "--budget wants results,commands,crashes,losses,failures, each below 16")
                }
                let budget = Budget(
                    results: parts[0], commands: parts[1], crashes: parts[2], losses: parts[3], failures: parts[4])
                explorations = [Exploration(budget: budget), Exploration(budget: budget, policy: .escalating)]
            case "--seed": seed = try number(argument)
            case "--first": first = try number(argument)
            case "--seeds": seeds = try number(argument)
            case "--workers": workers = max(1, Int(clamping: try number(argument)))
            case "--dense": isDense = true
            case "--log": logs = true
            case "--scene":
                let name = rest.popFirst() ?? ""
                guard let scene = Scene(rawValue: name) else {
                    let known = Scene.allCases.map(\.rawValue).joined(separator: ", ")
                    throw Misuse(description: "there is no scene \(name); known: \(known)")
                }
                scenes = [scene]
            default:
                throw Misuse(
                    description:
                        "\(argument) is not known; known: explore, --budget R,C,K,L,F, --seed N, --first N, --seeds N, --workers N, "
                        + "--scene NAME, --dense, --log")
            }
        }
    }
}
