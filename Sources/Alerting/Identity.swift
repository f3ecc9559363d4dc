package import Model

/// SplitMix64 (Steele, Lea, Flood 2014): the state's own randomness, so that a seed repeats a history exactly.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64
    package init(seed: UInt64) { state = seed }
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}

/// A ULID: 48 bits of milliseconds since 1970 and 80 random bits in Crockford's base 32, so that names sort by time.
package enum ULID {
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")

    package static func make(at now: Timestamp, using random: inout SeededGenerator) -> String {
        var text: [Character] = []
        let milliseconds = UInt64(max(0, now.microseconds / 1000))
        for shift in stride(from: UInt64(45), through: 0, by: -5) { text.append(alphabet[Int(milliseconds >> shift & 31)]) }
        for _ in 0..<2 {
            let bits = random.next()
            for shift in stride(from: UInt64(35), through: 0, by: -5) { text.append(alphabet[Int(bits >> shift & 31)]) }
        }
        return String(text)
    }
}
