import Model

/// What happened, as lines for a person; always hashed, kept only where somebody will read it.
struct EventLog {
    /// FNV-1a, 64 bits.
    private(set) var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    private(set) var lines: [String] = []
    let isKept: Bool

    mutating func add(_ time: Int64, _ text: @autoclosure () -> String) {
        let text = text()
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        hash = (hash ^ UInt64(bitPattern: time)) &* 0x100_0000_01B3
        if isKept { lines.append("\(EventLog.clock(time)) \(text)") }
    }

    /// Days and time of day since the start, to the millisecond.
    static func clock(_ time: Int64) -> String {
        let seconds = time / 1_000_000
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let milli = time / 1000 % 1000
        let padded = milli < 10 ? "00\(milli)" : milli < 100 ? "0\(milli)" : "\(milli)"
        return
            "d\(seconds / 86_400) \(two(seconds / 3600 % 24)):\(two(seconds / 60 % 60)):\(two(seconds % 60)).\(padded)"
    }
}
