package import Model

/// The clock of Berlin as the law has it: one hour east of Greenwich, two from the last Sunday of March to that of October, both at
/// 01:00 UTC. It is reckoned here anew, for the checks.
package enum Berlin {
    static let name = "Europe/Berlin"

    package static func offset(at time: Timestamp) -> Int64 {
        let second = Int64(time.seconds.rounded(.down))
        let year = Int64(Timestamp(seconds: second).description.prefix(4)) ?? 0
        return lastSunday(year, 3) <= second && second < lastSunday(year, 10) ? 7200 : 3600
    }

    package static func local(at time: Timestamp) -> LocalTime {
        LocalTime(seconds: Int64(time.seconds.rounded(.down)) + offset(at: time))
    }

    /// When a clock that was right at midnight shows a time of a day. Where the clock leaps over it, that is an hour later by the new
    /// clock; where it is shown twice, the first time.
    package static func instant(day: Int64, minute: Int) -> Timestamp {
        let midnight = LocalTime(day: day).seconds
        let before = offset(at: Timestamp(seconds: midnight - 7200))
        let first = Timestamp(seconds: midnight + Int64(minute) * 60 - before)
        // After the change all times of the day are those of the new clock; in the hour of the change, those of the old one.
        return minute < 4 * 60 ? first : Timestamp(seconds: midnight + Int64(minute) * 60 - offset(at: first))
    }

    /// 01:00 UTC of the last Sunday of a month of 31 days.
    private static func lastSunday(_ year: Int64, _ month: Int64) -> Int64 {
        let last = LocalTime(year, month, 31)
        return LocalTime(day: last.day - last.weekday).seconds + 3600
    }

    /// The zone for the daemon, as a compiled file would give it: no table, and the rule that holds for ever.
    package static let zone: TimeZoneRules = {
        func header(_ version: UInt8) -> [UInt8] {
            // "TZif", the version, 15 unused bytes; counts of flags, flags, leap seconds, times, types (1) and characters (4).
            Array("TZif".utf8) + [version] + [UInt8](repeating: 0, count: 15) + [0, 0, 0, 0].flatMap { [0, 0, 0, $0] }
                + [0, 0, 0, 1, 0, 0, 0, 4]
        }
        // One type: an hour east (3600 = 0x0E10), no summer time, its name at 0.
        let block: [UInt8] = [0, 0, 0x0E, 0x10, 0, 0] + Array("CET\0".utf8)
        let version = UInt8(ascii: "2")
        let file = header(version) + block + header(version) + block + Array("\nCET-1CEST,M3.5.0,M10.5.0/3\n".utf8)
        guard case .success(let zone) = TimeZoneRules.read(file, name: name) else {
            preconditionFailure("the file of \(name) is wrong")
        }
        return zone
    }()
}
