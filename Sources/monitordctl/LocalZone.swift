import ArgumentParser
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

    /// Where a time lies that is given without its day or as a distance.
    enum Side {
        case ahead, back

        var wanted: String {
            switch self {
            case .ahead: "a time such as 18:30, \"2026-03-29 18:30\", +2h or 2026-03-29T16:30:00Z"
            case .back:
                "an age such as 90m, or a time such as 18:30, \"yesterday 18:30\", \"2026-03-29 18:30\" or 2026-03-29T16:30:00Z"
            }
        }
    }

    /// What a person types after an option: `18:30` is the next one of them, or the last, `2026-03-29 18:30` and `tomorrow 18:30`
    /// are times of this zone, and of two the first; `+2h` counts from now and an age back, and a time with its own offset is what
    /// it says.
    func time(_ option: String, _ text: String, now: Timestamp, _ side: Side = .ahead) throws -> Timestamp {
        guard let found = try Timestamp(text) ?? distance(text, side).map({ now + $0 }) ?? wall(option, text, now: now, side)
        else { throw ValidationError("\(option) is \(side.wanted), not \(text).") }
        guard side == .ahead || found <= now else { throw ValidationError("\(option): \(text) is yet to come.") }
        return found
    }

    private func distance(_ text: String, _ side: Side) -> Duration? {
        switch side {
        case .ahead: text.hasPrefix("+") ? Duration(short: String(text.dropFirst())) : nil
        case .back: Duration(short: text).map { .zero - $0 }
        }
    }

    private func wall(_ option: String, _ text: String, now: Timestamp, _ side: Side) throws -> Timestamp? {
        let words = text.replacing("T", with: " ").split(separator: " ").map(String.init)
        guard let seconds = words.last.flatMap(Self.secondOfDay), words.count <= 2 else { return nil }
        var day = rules.local(at: now).day
        let today = rules.instant(of: LocalTime(seconds: day * 86_400 + seconds))
        switch words.count == 2 ? words[0] : "" {
        case "" where side == .ahead: day += today > now ? 0 : 1
        case "": day -= today > now ? 1 : 0
        case "yesterday": day -= 1
        case "today": break
        case "tomorrow": day += 1
        case let date:
            guard let midnight = Timestamp("\(date)T00:00:00Z") else { return nil }
            day = LocalTime(seconds: Int64(midnight.seconds)).day
        }
        let local = LocalTime(seconds: day * 86_400 + seconds)
        if let first = rules.instants(of: local).first { return first }
        throw ValidationError(
            "\(option): there is no \("\(local)".replacing("T", with: " ")) in \(rules.name), for clocks go forward over it; "
                + "\(self.local(rules.instant(of: local))) comes instead.")
    }

    /// `18:30` or `18:30:15`
    private static func secondOfDay(_ text: String) -> Int64? {
        let full = text.count == 5 ? text + ":00" : text
        return Timestamp("1970-01-01T\(full)Z").map { Int64($0.seconds) }
    }
}
