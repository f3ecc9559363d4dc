package import Model

// Readers of single values. Each returns nil where the key is absent or wrong; `required` adds a problem where it is absent.
extension Fields {
    package func string(_ key: String, required: Bool = false) -> String? { text(key, "a text", required: required)?.text }

    package func integer(_ key: String, in range: ClosedRange<Int>, required: Bool = false) -> Int? {
        let expected = "a whole number" + bounds(range)
        guard let (text, value) = text(key, expected, required: required) else { return nil }
        guard let number = Self.whole(text), range.contains(number) else {
            wrong(key, expected, value)
            return nil
        }
        return number
    }

    package func number(_ key: String, required: Bool = false) -> Double? {
        guard let (text, value) = text(key, "a number", required: required) else { return nil }
        guard case .success(let number) = QuantityParser.number(text) else {
            wrong(key, "a number", value)
            return nil
        }
        return number
    }

    /// A percentage or a plain number: `85%` and `0.85` are both 0.85.
    package func ratio(_ key: String, required: Bool = false) -> Double? {
        let expected = "a percentage such as 85%, or a ratio such as 0.85"
        guard let (text, value) = text(key, expected, required: required) else { return nil }
        guard case .success(let (ratio, unit)) = QuantityParser.quantity(text), unit == .percent || unit == .none else {
            wrong(key, expected, value)
            return nil
        }
        return ratio
    }

    package func boolean(_ key: String) -> Bool? {
        guard let (text, value) = text(key, "true or false") else { return nil }
        switch text {
        case "true": return true
        case "false": return false
        default:
            wrong(key, "true or false", value)
            return nil
        }
    }

    /// `250ms 2s 5m 1h30m 14d`
    package func duration(_ key: String, in range: ClosedRange<Duration>? = nil, required: Bool = false) -> Duration? {
        let expected = "a duration such as 30s, 5m or 1h30m"
        guard let (text, value) = text(key, expected, required: required) else { return nil }
        switch QuantityParser.duration(text) {
        case .failure(let error):
            let message = QuantityMessage.expected(expected, got: value.shown, because: error)
            problems.add(value.place, "\(key): \(message)")
            return nil
        case .success(let duration):
            if let range, !range.contains(duration) {
                let limits =
                    range.upperBound >= QuantityParser.longest
                    ? "of at least \(range.lowerBound.short)" : "from \(range.lowerBound.short) to \(range.upperBound.short)"
                wrong(key, "a duration \(limits)", value)
                return nil
            }
            return duration
        }
    }

    /// `512KiB 2GB`, in bytes.
    package func size(_ key: String, in range: ClosedRange<Int>? = nil, required: Bool = false) -> Int? {
        let expected = "a size such as 512KiB or 2GB"
        guard let (text, value) = text(key, expected, required: required) else { return nil }
        switch QuantityParser.size(text) {
        case .failure(let error):
            let message = QuantityMessage.expected(expected, got: value.shown, because: error)
            problems.add(value.place, "\(key): \(message)")
            return nil
        case .success(let size):
            if let range, !range.contains(size) {
                let low = Quantity.text(Double(range.lowerBound), .bytes)
                let high = Quantity.text(Double(range.upperBound), .bytes)
                wrong(key, range.upperBound == .max ? "a size of at least \(low)" : "a size from \(low) to \(high)", value)
                return nil
            }
            return size
        }
    }

    package func choice<T: CaseIterable & RawRepresentable>(_ key: String, _ type: T.Type) -> T? where T.RawValue == String {
        let words = T.allCases.map(\.rawValue)
        let expected = Shown.alternatives(words)
        guard let (text, value) = text(key, expected) else { return nil }
        guard let choice = T(rawValue: text) else {
            let suggestion = Suggestion.clause(for: text, in: words)
            problems.add(value.place, "\(key): expected \(expected), got \(value.shown)\(suggestion)")
            return nil
        }
        return choice
    }

    /// A rule expression. A problem stands at its place within the expression.
    package func condition(_ key: String) -> Condition? {
        let expected = "a condition such as failed or duration > 2s"
        guard let (text, value) = text(key, expected) else { return nil }
        switch ConditionParser.parse(text) {
        case .success(let condition): return condition
        case .failure(let error):
            problems.add(place(in: value, at: error.offset), "\(key): \(error.message)")
            return nil
        }
    }

    /// Times by the calendar, such as `0 9 * * mon-fri`. A problem stands at its place within the text.
    package func cron(_ key: String, required: Bool = false) -> CronSchedule? {
        let expected = "a schedule such as \"0 9 * * mon-fri\" or @daily"
        guard let (text, value) = text(key, expected, required: required) else { return nil }
        switch CronSchedule.parse(text) {
        case .success(let schedule): return schedule
        case .failure(let error):
            problems.add(place(in: value, at: error.offset), "\(key): \(error.message)")
            return nil
        }
    }

    /// Where a character of a text stands; the text's beginning where it is written over several lines.
    private func place(in value: Tree, at offset: Int) -> Place {
        var place = value.place
        if case .text(_, let style) = value.content, style != .block {
            place.column += offset + (style == .quoted ? 1 : 0)
        }
        return place
    }

    /// Takes a key whose value is a single text.
    func text(_ key: String, _ expected: String, required: Bool = false) -> (text: String, value: Tree)? {
        guard let value = take(key, expected, required: required) else { return nil }
        guard case .text(let text, _) = value.content else {
            wrong(key, expected, value)
            return nil
        }
        return (text, value)
    }

    private func bounds(_ range: ClosedRange<Int>) -> String {
        switch (range.lowerBound, range.upperBound) {
        case (.min, .max): ""
        case (let low, .max): " of at least \(low)"
        case (.min, let high): " of at most \(high)"
        case (let low, let high): " from \(low) to \(high)"
        }
    }

    /// Decimal digits with an optional sign; no leading zero, which other YAML readers take for octal.
    static func whole(_ text: String) -> Int? {
        let digits = text.first == "-" || text.first == "+" ? text.dropFirst() : text[...]
        guard digits.allSatisfy(\.isDigit), digits.count == 1 || digits.first != "0" else { return nil }
        return Int(text)
    }
}
