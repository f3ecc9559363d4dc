import Foundation
import Model

/// Zones of the system's database.
enum Zones {
    static func named(_ name: String) throws -> TimeZoneRules {
        try TimeZoneRules.read(bytes(name), name: name).get()
    }

    static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: "/usr/share/zoneinfo/\(name)")))
    }
}

/// `2026-03-29 02:30` as a wall clock shows it.
func local(_ text: String) -> LocalTime {
    let instant = Timestamp(text.replacingOccurrences(of: " ", with: "T") + ":00Z")!
    return LocalTime(seconds: instant.microseconds / 1_000_000)
}

/// SplitMix64, so that a seed that was printed brings the same draws again.
struct Draws: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
