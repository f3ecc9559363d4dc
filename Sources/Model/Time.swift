/// A wall-clock instant: whole microseconds since 1970-01-01T00:00:00Z, without leap seconds (POSIX time).
package struct Timestamp: Hashable, Sendable {
    package var microseconds: Int64

    package init(microseconds: Int64) { self.microseconds = microseconds }
    package init(seconds: Int64) { self.microseconds = seconds * 1_000_000 }

    /// Seconds since 1970 with a fraction, as Prometheus writes them.
    package var seconds: Double { Double(microseconds) / 1e6 }

    package static let distantPast = Timestamp(microseconds: 0)
    package static let distantFuture = Timestamp(microseconds: .max)
}

extension Timestamp: Comparable {
    package static func < (a: Timestamp, b: Timestamp) -> Bool { a.microseconds < b.microseconds }
    package static func + (a: Timestamp, b: Duration) -> Timestamp { Timestamp(microseconds: a.microseconds + b.microseconds) }
    package static func - (a: Timestamp, b: Duration) -> Timestamp { Timestamp(microseconds: a.microseconds - b.microseconds) }
    package static func - (a: Timestamp, b: Timestamp) -> Duration { .microseconds(a.microseconds - b.microseconds) }
}

/// RFC 3339 in UTC: `2026-03-29T01:30:00Z`, with milliseconds only where there are any.
extension Timestamp: CustomStringConvertible, LosslessStringConvertible {
    package var description: String {
        let days = microseconds.floorDivided(by: 86_400_000_000)
        let ofDay = microseconds - days * 86_400_000_000
        let (year, month, day) = CivilDate.of(daysSince1970: days)
        let second = ofDay / 1_000_000
        let milli = ofDay % 1_000_000 / 1_000
        // Byte by byte: a decision words a dozen of them.
        return String(unsafeUninitializedCapacity: 32) { buffer in
            var count = 0
            func put(_ number: Int64, _ width: Int, _ mark: Unicode.Scalar) {
                var rest = number.magnitude
                for place in stride(from: count + width - 1, through: count, by: -1) {
                    buffer[place] = UInt8(ascii: "0") + UInt8(rest % 10)
                    rest /= 10
                }
                buffer[count + width] = UInt8(ascii: mark)
                count += width + 1
            }
            if year < 0 {
                buffer[0] = UInt8(ascii: "-")
                count = 1
            }
            put(year, max(4, String(year.magnitude).utf8.count), "-")
            put(month, 2, "-")
            put(day, 2, "T")
            put(second / 3600, 2, ":")
            put(second / 60 % 60, 2, ":")
            put(second % 60, 2, milli == 0 ? "Z" : ".")
            if milli != 0 { put(milli, 3, "Z") }
            return count
        }
    }

    /// Reads `YYYY-MM-DDTHH:MM:SS[.fraction](Z|±HH:MM)`; anything else is nil.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        func number(_ from: Int, _ count: Int) -> Int64? {
            guard from + count <= bytes.count else { return nil }
            var value: Int64 = 0
            for byte in bytes[from..<from + count] {
                guard byte >= 48, byte <= 57 else { return nil }
                value = value * 10 + Int64(byte - 48)
            }
            return value
        }
        func has(_ character: Character, at index: Int) -> Bool { index < bytes.count && bytes[index] == character.asciiValue }
        guard let year = number(0, 4), has("-", at: 4), let month = number(5, 2), has("-", at: 7), let day = number(8, 2),
            has("T", at: 10) || has("t", at: 10) || has(" ", at: 10),
            let hour = number(11, 2), has(":", at: 13), let minute = number(14, 2), has(":", at: 16),
            let second = number(17, 2),
            (1...12).contains(month), day >= 1, day <= CivilDate.days(in: month, of: year), hour < 24, minute < 60, second < 61
        else { return nil }
        var index = 19
        var micro: Int64 = 0
        if has(".", at: index) {
            index += 1
            var scale: Int64 = 100_000
            let start = index
            while let digit = number(index, 1) {
                micro += digit * scale
                scale /= 10
                index += 1
            }
            guard index > start else { return nil }
        }
        var offset: Int64 = 0
        if has("Z", at: index) || has("z", at: index) {
            index += 1
        } else if has("+", at: index) || has("-", at: index) {
            guard let hours = number(index + 1, 2), has(":", at: index + 3), let minutes = number(index + 4, 2) else {
                return nil
            }
            offset = (hours * 3600 + minutes * 60) * (has("-", at: index) ? -1 : 1)
            index += 6
        } else {
            return nil
        }
        guard index == bytes.count else { return nil }
        let days = CivilDate.daysSince1970(year: year, month: month, day: day)
        microseconds = (days * 86_400 + hour * 3600 + minute * 60 + second - offset) * 1_000_000 + micro
    }
}

extension CodingUserInfoKey {
    /// Set where times are to be whole microseconds and not RFC 3339 texts, which keep milliseconds only.
    package static let wholeMicroseconds = CodingUserInfoKey(rawValue: "whole microseconds")!
}

extension Timestamp: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard decoder.userInfo[.wholeMicroseconds] == nil else {
            self.init(microseconds: try container.decode(Int64.self))
            return
        }
        let text = try container.decode(String.self)
        guard let value = Timestamp(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(text) is not an RFC 3339 time")
        }
        self = value
    }
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if encoder.userInfo[.wholeMicroseconds] == nil {
            try container.encode(description)
        } else {
            try container.encode(microseconds)
        }
    }
}

/// A reading of the monotonic clock: nanoseconds since an arbitrary start. It never steps; it means nothing in another process.
package struct Uptime: Hashable, Comparable, Sendable {
    package var nanoseconds: Int64
    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }
    package static func < (a: Uptime, b: Uptime) -> Bool { a.nanoseconds < b.nanoseconds }
    package static func + (a: Uptime, b: Duration) -> Uptime { Uptime(nanoseconds: a.nanoseconds + b.nanoseconds) }
    package static func - (a: Uptime, b: Uptime) -> Duration { .nanoseconds(a.nanoseconds - b.nanoseconds) }
}

/// One reading of both clocks. Durations within a process use `uptime`; what is stored uses `wall`.
package struct Moment: Hashable, Sendable {
    package var wall: Timestamp
    package var uptime: Uptime
    package init(wall: Timestamp, uptime: Uptime) {
        self.wall = wall
        self.uptime = uptime
    }
    package static func + (a: Moment, b: Duration) -> Moment { Moment(wall: a.wall + b, uptime: a.uptime + b) }
}

/// Reads the clocks. Only its conformers do; everything else takes `now` as a parameter.
package protocol Clock: Sendable {
    func now() -> Moment
}

extension Duration {
    /// Whole microseconds, rounded toward zero.
    package var microseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }
    /// Whole nanoseconds, rounded toward zero.
    package var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
    /// Seconds with a fraction.
    package var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }

    /// The notation of the configuration: `250ms`, `2s`, `5m`, `1h30m`, `14d`.
    package var short: String {
        if self < .zero { return "-" + (Duration.zero - self).short }
        if self == .zero { return "0s" }
        if self < .seconds(1) {
            let micros = microseconds
            if micros < 1000 { return "\(micros)us" }
            // Two decimals are finer than any clock that people mean.
            let rest = (micros % 1000) / 10
            return rest == 0 || micros >= 100_000
                ? "\(micros / 1000)ms" : "\(micros / 1000).\(padded(rest, 2).trimmingTrailingZeros)ms"
        }
        let total = microseconds / 1000
        var rest = total / 1000
        let milli = total % 1000
        if rest < 60 { return milli == 0 ? "\(rest)s" : "\(rest).\(padded(milli, 3).trimmingTrailingZeros)s" }
        var text = ""
        for (unit, size) in [("d", Int64(86_400)), ("h", 3600), ("m", 60), ("s", 1)] where rest >= size {
            text += "\(rest / size)\(unit)"
            rest %= size
        }
        return text
    }
}

/// The proleptic Gregorian calendar as arithmetic; H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
package enum CivilDate {
    package static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted.floorDivided(by: 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    package static func of(daysSince1970 days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = shifted.floorDivided(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth + (shiftedMonth < 10 ? 3 : -9)
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    package static func days(in month: Int64, of year: Int64) -> Int64 {
        let next =
            month == 12 ? daysSince1970(year: year + 1, month: 1, day: 1) : daysSince1970(year: year, month: month + 1, day: 1)
        return next - daysSince1970(year: year, month: month, day: 1)
    }
}

extension Int64 {
    func floorDivided(by divisor: Int64) -> Int64 {
        self >= 0 ? self / divisor : -((-self + divisor - 1) / divisor)
    }
}

extension String {
    fileprivate var trimmingTrailingZeros: String {
        var text = self
        while text.last == "0" { text.removeLast() }
        return text
    }
}

private func padded(_ value: Int64, _ width: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, width - text.count)) + text
}
