/// A ULID: 48 bits of milliseconds since 1970 and 80 random bits in Crockford's base 32, so that names sort by time.
package enum ULID {
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")

    package static func make(at now: Timestamp, using random: inout some RandomNumberGenerator) -> String {
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
