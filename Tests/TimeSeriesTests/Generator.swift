import Glibc

/// Random numbers that a seed repeats: SplitMix64, the constants of Steele, Lea and Flood.
struct Generator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// In (0, 1].
    mutating func unit() -> Double { Double((next() >> 11) + 1) / 9_007_199_254_740_992 }

    mutating func normal() -> Double { (-2 * log(unit())).squareRoot() * cos(2 * .pi * unit()) }
}

/// Shapes that latencies have, in seconds; rounded to 10 ms where ties are wanted.
enum Shape: String, CaseIterable {
    case lognormal, pareto, bimodal, constant, coarse

    func value(_ generator: inout Generator) -> Double {
        switch self {
        case .lognormal: exp(-2 + 0.7 * generator.normal())
        case .pareto: 0.1 / pow(generator.unit(), 1 / 1.3)
        case .bimodal: generator.unit() < 0.07 ? 3 + 0.1 * generator.normal() : 0.1 + 0.01 * generator.normal()
        case .constant: 0.25
        case .coarse: (exp(-2 + 0.7 * generator.normal()) * 100).rounded() / 100
        }
    }
}
