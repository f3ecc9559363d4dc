/// What is wrong in the text of a schedule, and what to write instead.
package struct CronError: Error, Sendable, Hashable {
    /// In characters, from 0.
    package var offset: Int
    package var message: String
    package init(offset: Int, message: String) {
        self.offset = offset
        self.message = message
    }
}

extension CronSchedule {
    /// Reads `minute hour day month weekday`: in each field `*`, a number, a range `9-17`, a step `*/5` or `9-17/2`, or several of
    /// these with commas; months and weekdays also by name. Or one of `@hourly`, `@daily`, `@weekly`, `@monthly`.
    package static func parse(_ text: String) -> Result<CronSchedule, CronError> {
        do throws(CronError) {
            return .success(try read(text))
        } catch {
            return .failure(error)
        }
    }

    private static let names = ["@hourly": "0 * * * *", "@daily": "0 0 * * *", "@weekly": "0 0 * * 0", "@monthly": "0 0 1 * *"]

    private static func read(_ text: String) throws(CronError) -> CronSchedule {
        let words = words(of: text)
        if let first = words.first, first.text.hasPrefix("@") {
            guard words.count == 1, let fields = names[first.text.lowercased()] else {
                throw CronError(
                    offset: first.offset,
                    message: "\"\(shown(text))\" is no schedule: expected @hourly, @daily, @weekly, @monthly or five fields")
            }
            return try schedule(self.words(of: fields), text: text)
        }
        return try schedule(words, text: text)
    }

    private static func schedule(_ words: [Word], text: String) throws(CronError) -> CronSchedule {
        guard words.count == 5 else {
            let found = words.count == 0 ? "nothing" : words.count == 1 ? "one field" : "\(words.count) fields"
            throw CronError(
                offset: words.count > 5 ? words[5].offset : 0,
                message: "expected five fields, minute hour day month weekday, such as \"0 9 * * mon-fri\", got \(found)"
                    + (words.count == 6 ? "; there is no field for seconds or the year" : ""))
        }
        let (day, weekday) = (words[2], words[4])
        let isEitherDay = !day.text.hasPrefix("*") && !weekday.text.hasPrefix("*")
        let sundays = try values(weekday, .weekday)
        let schedule = CronSchedule(
            text: text, minutes: try values(words[0], .minute), hours: try values(words[1], .hour), days: try values(day, .day),
            months: try values(words[3], .month), weekdays: (sundays | sundays >> 7) & 0x7f, isEitherDay: isEitherDay,
            isEveryHour: words[1].text.hasPrefix("*"))
        let longest = (Int64(1)...12).filter { schedule.months.has($0) }.map { CivilDate.days(in: $0, of: 2000) }.max() ?? 0
        guard isEitherDay || schedule.days.trailingZeroBitCount <= longest else {
            throw CronError(
                offset: day.offset,
                message:
                    "no month of \"\(shown(words[3].text))\" has a day \(schedule.days.trailingZeroBitCount): it would never run"
            )
        }
        return schedule
    }

    private struct Word {
        var text: String
        var offset: Int
    }

    private static func words(of text: String) -> [Word] {
        var words: [Word] = []
        var isInside = false
        for (offset, character) in text.enumerated() {
            if character == " " || character == "\t" {
                isInside = false
            } else if isInside {
                words[words.count - 1].text.append(character)
            } else {
                words.append(Word(text: String(character), offset: offset))
                isInside = true
            }
        }
        return words
    }

    private enum Field: String {
        case minute, hour, day, month, weekday

        /// A Sunday may be 0 or 7.
        var range: ClosedRange<Int> {
            switch self {
            case .minute: 0...59
            case .hour: 0...23
            case .day: 1...31
            case .month: 1...12
            case .weekday: 0...7
            }
        }

        var names: [String] {
            switch self {
            case .month: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
            case .weekday: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
            case .minute, .hour, .day: []
            }
        }

        var expected: String {
            let numbers = "\(range.lowerBound) to \(range.upperBound)"
            return names.isEmpty ? numbers : "\(numbers) or \(names[0]) to \(names[names.count - 1])"
        }
    }

    private static func values(_ word: Word, _ field: Field) throws(CronError) -> UInt64 {
        var bits: UInt64 = 0
        var offset = word.offset
        for part in word.text.split(separator: ",", omittingEmptySubsequences: false) {
            bits |= try values(of: String(part), at: offset, field)
            offset += part.count + 1
        }
        return bits
    }

    /// One part of a list: `*`, `5`, `9-17`, `*/5`, `9-17/2`.
    private static func values(of part: String, at offset: Int, _ field: Field) throws(CronError) -> UInt64 {
        let halves = part.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let ends = halves[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let range = field.range
        var (first, last) = (range.lowerBound, field == .weekday ? 6 : range.upperBound)
        if halves[0] != "*" {
            first = try value(ends[0], at: offset, field)
            last = first
            if ends.count == 2 {
                let place = offset + ends[0].count + 1
                last = try value(ends[1], at: place, field)
                // Sunday ends a week as well as it begins one.
                if field == .weekday, last == 0, first > 0 { last = 7 }
                guard first <= last else {
                    let instead =
                        "\(ends[0])-\(field == .weekday ? "sat" : String(range.upperBound)),"
                        + "\(field == .weekday ? "sun" : String(range.lowerBound))-\(ends[1])"
                    throw CronError(offset: offset, message: "the range \(halves[0]) runs backwards; write \(instead)")
                }
            }
        }
        var step = 1
        if halves.count == 2 {
            let place = offset + halves[0].count + 1
            guard let number = whole(halves[1]), (1...range.upperBound).contains(number) else {
                throw CronError(
                    offset: place,
                    message:
                        "\"\(shown(halves[1]))\" is no step of the \(field.rawValue) field: expected 1 to \(range.upperBound)")
            }
            guard halves[0] == "*" || ends.count == 2 else {
                let instead = "\(halves[0])-\(range.upperBound)/\(halves[1])"
                throw CronError(offset: offset, message: "a step needs a range: write \(instead)")
            }
            step = number
        }
        return stride(from: first, through: last, by: step).reduce(0) { $0 | 1 << UInt64($1) }
    }

    private static func value(_ text: String, at offset: Int, _ field: Field) throws(CronError) -> Int {
        if let index = field.names.firstIndex(of: text.lowercased()) { return index + (field == .month ? 1 : 0) }
        guard let number = whole(text), field.range.contains(number) else {
            let got = text.isEmpty ? "a value is missing in" : "\"\(shown(text))\" does not fit"
            throw CronError(offset: offset, message: "\(got) the \(field.rawValue) field: expected \(field.expected)")
        }
        return number
    }

    private static func whole(_ text: String) -> Int? {
        guard (1...2).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(text)
    }

    /// A message stays one readable line.
    private static func shown(_ text: String) -> String {
        let cleaned = text.map { $0.unicodeScalars.contains { $0.value < 32 || $0.value == 127 } ? "?" : $0 }
        return cleaned.count <= 40 ? String(cleaned) : String(cleaned.prefix(37)) + "..."
    }
}
