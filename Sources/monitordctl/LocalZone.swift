import Foundation
import Glibc
import Model

/// The time zone of whoever sits at this terminal.
struct LocalZone: Sendable {
    var rules: TimeZoneRules

    static let utc = LocalZone(rules: .utc)

    /// `$TZ`, else what /etc/localtime says; UTC where neither can be read.
    static var here: LocalZone {
        let named = getenv("TZ").map { String(cString: $0) } ?? ""
        let name = named.hasPrefix(":") ? String(named.dropFirst()) : named
        if !name.isEmpty {
            guard TimeZoneRules.isName(name) else { return .utc }
            return read("/usr/share/zoneinfo/\(name)", name: name)
        }
        return read("/etc/localtime", name: linkedName() ?? "local time")
    }

    /// The zone that the link /etc/localtime names.
    private static func linkedName() -> String? {
        var buffer = [CChar](repeating: 0, count: 1024)
        let length = readlink("/etc/localtime", &buffer, buffer.count - 1)
        guard length > 0 else { return nil }
        let path = String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return path.range(of: "zoneinfo/").map { String(path[$0.upperBound...]) }
    }

    private static func read(_ path: String, name: String) -> LocalZone {
        guard let bytes = FileManager.default.contents(atPath: path),
            case .success(let rules) = TimeZoneRules.read([UInt8](bytes), name: name)
        else { return .utc }
        return LocalZone(rules: rules)
    }

    private var isUTC: Bool { ["UTC", "Etc/UTC"].contains(rules.name) }

    /// `2026-03-29 03:30:00 Europe/Berlin (01:30:00 UTC)`, or only the latter where that is the zone.
    func both(_ time: Timestamp) -> String {
        guard !isUTC else { return time.readable }
        let utc = time.readable
        let isSameDay = local(time).prefix(10) == utc.prefix(10)
        return "\(local(time)) \(rules.name) (\(isSameDay ? String(utc.dropFirst(11)) : utc))"
    }

    /// `2026-03-29 03:30:00`
    func local(_ time: Timestamp) -> String { rules.local(at: time).description.replacing("T", with: " ") }

    /// What a person types: `18:30` is the next one of them, `2026-03-29 18:30` and `tomorrow 18:30` are times of this zone, `+2h`
    /// counts from now, and a time with its own offset is what it says.
    func time(_ text: String, now: Timestamp) -> Timestamp? {
        if let time = Timestamp(text) { return time }
        if text.hasPrefix("+") { return Duration(short: String(text.dropFirst())).map { now + $0 } }
        let words = text.replacing("T", with: " ").split(separator: " ").map(String.init)
        let today = rules.local(at: now).day
        switch words.count {
        case 1:
            guard let seconds = Self.secondOfDay(words[0]) else { return nil }
            let first = rules.instant(of: LocalTime(seconds: today * 86_400 + seconds))
            return first > now ? first : rules.instant(of: LocalTime(seconds: (today + 1) * 86_400 + seconds))
        case 2:
            guard let seconds = Self.secondOfDay(words[1]) else { return nil }
            if words[0] == "tomorrow" { return rules.instant(of: LocalTime(seconds: (today + 1) * 86_400 + seconds)) }
            guard let day = Timestamp("\(words[0])T00:00:00Z") else { return nil }
            return rules.instant(of: LocalTime(seconds: Int64(day.seconds) + seconds))
        default: return nil
        }
    }

    /// `18:30` or `18:30:15`
    private static func secondOfDay(_ text: String) -> Int64? {
        let full = text.count == 5 ? text + ":00" : text
        return Timestamp("1970-01-01T\(full)Z").map { Int64($0.seconds) }
    }

    static let wanted = "a time such as 18:30, \"2026-03-29 18:30\", +2h or 2026-03-29T16:30:00Z"
}
