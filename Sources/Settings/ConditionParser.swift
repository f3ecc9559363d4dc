package import Model

/// Where in an expression (in characters from 0) and why it cannot be read.
package struct ConditionError: Error, Sendable, Hashable {
    package var offset: Int
    package var message: String
}

/// Reads rule expressions: `failed`, `SAMPLE OP QUANTITY` or `AGGREGATE(SAMPLE, WINDOW) OP QUANTITY`.
package enum ConditionParser {
    /// What may stand before the bracket, for messages.
    package static let knownAggregates = "p1…p99.99, avg, min, max, count"

    package static func parse(_ text: String) -> Result<Condition, ConditionError> {
        var reader = Reader(text)
        do {
            return .success(try reader.condition())
        } catch {
            return .failure(error)
        }
    }

    /// `p95`, `p99.9`, `avg` …
    package static func aggregate(named name: String) -> Aggregate? {
        switch name {
        case "avg": return .average
        case "min": return .minimum
        case "max": return .maximum
        case "count": return .count
        default:
            guard let percent = percentage(of: name), percent >= 1, percent <= 99.99 else { return nil }
            return .quantile((percent * 100).rounded() / 10_000)
        }
    }

    /// The number of `p95`; nil where the name has another form, or more than two decimals.
    private static func percentage(of name: String) -> Double? {
        guard name.first == "p", case .success(let value) = QuantityParser.number(String(name.dropFirst())),
            name.dropFirst().allSatisfy({ $0.isDigit || $0 == "." }), name.drop(while: { $0 != "." }).count <= 3
        else { return nil }
        return value
    }

    private struct Reader {
        let characters: [Character]
        var index = 0

        init(_ text: String) { characters = Array(text) }

        mutating func condition() throws(ConditionError) -> Condition {
            skipSpaces()
            let start = index
            guard let name = word() else {
                throw failure(at: start, "expected failed, or a comparison such as duration > 2s or p95(duration, 15m) > 1s")
            }
            skipSpaces()
            if name == "failed", isAtEnd { return .failed }
            let operand: Operand
            if peek == "(" {
                operand = try aggregate(named: name, at: start)
            } else {
                operand = .sample(name)
            }
            skipSpaces()
            let comparison = try comparison(after: name, isSample: operand.window == nil, from: start)
            skipSpaces()
            let (value, unit) = try quantity(after: comparison)
            skipSpaces()
            guard isAtEnd else { throw failure(at: index, "unexpected \"\(remainder)\" after the comparison") }
            return .compare(operand, comparison, value, unit: unit)
        }

        private mutating func aggregate(named name: String, at start: Int) throws(ConditionError) -> Operand {
            guard let aggregate = ConditionParser.aggregate(named: name) else {
                throw failure(at: start, "unknown aggregate \"\(name)\"; known: \(ConditionParser.knownAggregates)")
            }
            index += 1
            skipSpaces()
            let sampleStart = index
            guard let sample = word() else {
                throw failure(at: sampleStart, "expected a sample's name, as in \(name)(duration, 15m)")
            }
            skipSpaces()
            guard peek == "," else { throw failure(at: index, "expected a window, as in \(name)(\(sample), 15m)") }
            index += 1
            skipSpaces()
            let windowStart = index
            let window = token { $0 != ")" && !$0.isWhitespace }
            switch QuantityParser.duration(window) {
            case .success(let duration) where duration > .zero:
                skipSpaces()
                guard peek == ")" else { throw failure(at: index, "expected \")\" after the window") }
                index += 1
                return .aggregate(aggregate, sample: sample, window: duration)
            case .success:
                throw failure(at: windowStart, "a window must be longer than 0s")
            case .failure(let error):
                throw failure(
                    at: windowStart, QuantityMessage.expected("a window such as 15m", got: quoted(window), because: error))
            }
        }

        private mutating func comparison(
            after name: String, isSample: Bool, from start: Int
        ) throws(ConditionError) -> Comparison {
            let symbolStart = index
            let symbol = token { "<>=!~≤≥".contains($0) }
            if let comparison = Comparison(rawValue: symbol) { return comparison }
            if !symbol.isEmpty {
                throw failure(at: symbolStart, "unknown operator \"\(symbol)\"; known: < <= > >= == !=")
            }
            if isSample, isAtEnd,
                Suggestion.nearest(to: name, in: ["failed", "failing", "failure", "fails", "fail"]) != nil
                    || ["failing", "failure", "fails", "fail"].contains(name)
            {
                throw failure(at: start, "\"\(name)\" is no condition; did you mean \"failed\"?")
            }
            throw failure(
                at: symbolStart,
                "expected an operator (< <= > >= == !=)" + (isAtEnd ? " and a quantity" : ", got \"\(remainder)\""))
        }

        private mutating func quantity(after comparison: Comparison) throws(ConditionError) -> (Double, Unit) {
            let start = index
            let text = token { !$0.isWhitespace }
            switch QuantityParser.quantity(text) {
            case .success(let quantity): return quantity
            case .failure(let error):
                let got = text.isEmpty ? "nothing" : quoted(text)
                let expected = "a quantity such as 2s, 512KiB, 85% or 100 after \(comparison.rawValue)"
                throw failure(at: start, QuantityMessage.expected(expected, got: got, because: error))
            }
        }

        private var peek: Character? { index < characters.count ? characters[index] : nil }
        private var isAtEnd: Bool { index >= characters.count }
        private var remainder: String { Shown.short(String(characters[index...])) }

        private mutating func skipSpaces() {
            while let next = peek, next.isWhitespace { index += 1 }
        }

        private mutating func token(while belongs: (Character) -> Bool) -> String {
            let start = index
            while let next = peek, belongs(next) { index += 1 }
            return String(characters[start..<index])
        }

        /// A letter or underscore, then letters, digits, `_`, `.` and `-`.
        private mutating func word() -> String? {
            guard let first = peek, first.isASCII, first.isLetter || first == "_" else { return nil }
            return token { $0.isASCII && ($0.isLetter || $0.isDigit || "_.-".contains($0)) }
        }

        private func quoted(_ text: String) -> String { text.isEmpty ? "nothing" : "\"\(Shown.short(text))\"" }
        private func failure(at offset: Int, _ message: String) -> ConditionError {
            ConditionError(offset: offset, message: message)
        }
    }
}
