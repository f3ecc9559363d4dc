import Simulation

struct Options {
    /// Model checking instead of seeds.
    var explores = false
    /// Only this seed, with its log.
    var seed: UInt64?
    var first: UInt64 = 1
    var seeds: UInt64 = 600
    var workers = 2
    var profile = Profile.days

    struct Misuse: Error, CustomStringConvertible { let description: String }

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
            case "--seed": seed = try number(argument)
            case "--first": first = try number(argument)
            case "--seeds": seeds = try number(argument)
            case "--workers": workers = max(1, Int(clamping: try number(argument)))
            case "--dense": profile = .dense
            default:
                throw Misuse(
                    description:
                        "\(argument) is not known; known: explore, --seed N, --first N, --seeds N, --workers N, --dense")
            }
        }
    }
}
