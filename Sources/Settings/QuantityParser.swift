package import Model

/// Why a quantity cannot be read: a clause that follows what was expected.
package struct QuantityError: Error, Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        case malformed, unitMissing, unknownUnit, order, negative, tooLarge
    }
    package var kind: Kind
    /// What to add to the message, or empty: `"min" is no unit`.
    package var note: String
    init(_ kind: Kind, _ note: String = "") {
        self.kind = kind
        self.note = note
    }
}

/// Reads durations, sizes, percentages and plain numbers as the configuration writes them.
package enum QuantityParser {
    /// Longer durations are mistakes; the bound keeps all arithmetic on nanoseconds within 64 bits.
    package static let longest = Duration.seconds(100 * 31_536_000)

    /// In nanoseconds, from long to short. A year has 365 days.
    private static let durationUnits: [(name: String, nanoseconds: Int64)] = [
        ("y", 31_536_000_000_000_000), ("w", 604_800_000_000_000), ("d", 86_400_000_000_000), ("h", 3_600_000_000_000),
        ("m", 60_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1000),
    ]
    private static let sizeUnits: [(name: String, bytes: Double)] = [
        ("B", 1), ("kB", 1e3), ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("KiB", 1024), ("MiB", 1_048_576),
        ("GiB", 1_073_741_824), ("TiB", 1_099_511_627_776),
    ]

    /// `250ms 1.5s 5m 1h30m 14d 10y`: units from long to short, a fraction only in the last. `0` needs no unit.
    package static func duration(_ text: String) -> Result<Duration, QuantityError> {
        guard !text.isEmpty else { return .failure(QuantityError(.malformed)) }
        if text == "0" { return .success(.zero) }
        if text.first == "-" {
            return duration(String(text.dropFirst())).flatMap { _ in .failure(QuantityError(.negative)) }
        }
        var rest = Substring(text)
        var total: Int64 = 0
        var unitsLeft = durationUnits[...]
        var hadFraction = false
        while !rest.isEmpty {
            guard !hadFraction, let (whole, fraction) = takeNumber(&rest) else { return .failure(QuantityError(.malformed)) }
            let name = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(name.count)
            if name.isEmpty { return .failure(QuantityError(rest.isEmpty ? .unitMissing : .malformed)) }
            guard let unit = durationUnits.first(where: { $0.name == name }) else {
                return .failure(QuantityError(.unknownUnit, "\"\(name)\" is no unit of time"))
            }
            guard let index = unitsLeft.firstIndex(where: { $0.name == name }) else {
                return .failure(QuantityError(.order, "units go from long to short, each once"))
            }
            unitsLeft = durationUnits[(index + 1)...]
            hadFraction = !fraction.isEmpty
            let part = hadFraction ? ((Double("0." + fraction) ?? 0) * Double(unit.nanoseconds)).rounded() : 0
            guard let count = Int64(whole),
                case let (product, overflow) = count.multipliedReportingOverflow(by: unit.nanoseconds),
                !overflow, case let (sum, overflow2) = total.addingReportingOverflow(product), !overflow2,
                case let (all, overflow3) = sum.addingReportingOverflow(Int64(part)), !overflow3, all <= longest.nanoseconds
            else { return .failure(QuantityError(.tooLarge)) }
            total = all
        }
        return .success(.nanoseconds(total))
    }

    /// `512KiB 2GB 1.5MiB`, or a plain number of bytes. Part of a byte is dropped.
    package static func size(_ text: String) -> Result<Int, QuantityError> {
        if text.first == "-" { return size(String(text.dropFirst())).flatMap { _ in .failure(QuantityError(.negative)) } }
        var rest = Substring(text)
        guard let (whole, fraction) = takeNumber(&rest) else { return .failure(QuantityError(.malformed)) }
        if rest.isEmpty {
            guard fraction.isEmpty else { return .failure(QuantityError(.unitMissing)) }
            return Int(whole).map { .success($0) } ?? .failure(QuantityError(.tooLarge))
        }
        guard let unit = sizeUnits.first(where: { $0.name == rest }) else {
            let isWord = rest.allSatisfy(\.isLetter)
            return .failure(isWord ? QuantityError(.unknownUnit, "\"\(rest)\" is no unit of size") : QuantityError(.malformed))
        }
        let bytes = (Double(fraction.isEmpty ? whole : "\(whole).\(fraction)") ?? .infinity) * unit.bytes
        guard bytes < 9e18 else { return .failure(QuantityError(.tooLarge)) }
        return .success(Int(bytes))
    }

    /// A plain number: `5`, `-0.25`, `1e6`.
    package static func number(_ text: String) -> Result<Double, QuantityError> {
        var rest = Substring(text)
        if rest.first == "-" || rest.first == "+" { rest = rest.dropFirst() }
        guard takeNumber(&rest) != nil else { return .failure(QuantityError(.malformed)) }
        if rest.first == "e" || rest.first == "E" {
            rest = rest.dropFirst()
            if rest.first == "-" || rest.first == "+" { rest = rest.dropFirst() }
            guard !rest.isEmpty, rest.allSatisfy(\.isDigit) else { return .failure(QuantityError(.malformed)) }
            rest = ""
        }
        guard rest.isEmpty, let value = Double(text) else { return .failure(QuantityError(.malformed)) }
        return value.isFinite ? .success(value) : .failure(QuantityError(.tooLarge))
    }

    /// Whatever a rule compares with, in base units: seconds, bytes, a ratio for a percentage. It may be negative.
    package static func quantity(_ text: String) -> Result<(value: Double, unit: Unit), QuantityError> {
        if case .success(let value) = number(text) { return .success((value, .none)) }
        if case .failure(let error) = number(text), error.kind == .tooLarge { return .failure(error) }
        let sign = text.first == "-" ? -1.0 : 1.0
        let unsigned = sign < 0 ? String(text.dropFirst()) : text
        guard unsigned.first?.isDigit == true else { return .failure(QuantityError(.malformed)) }
        if unsigned.last == "%" {
            // As a decimal shift: 99.95 / 100 would not be the number nearest to 0.9995.
            let digits = String(unsigned.dropLast())
            guard case .success = number(digits), let ratio = Double(digits + "e-2") else {
                return .failure(QuantityError(.malformed))
            }
            return .success((sign * ratio, .percent))
        }
        switch (duration(unsigned), size(unsigned)) {
        case (.success(let value), _): return .success((sign * value.seconds, .seconds))
        case (_, .success(let value)): return .success((sign * Double(value), .bytes))
        case (.failure(let asDuration), .failure(let asSize)):
            if asDuration.kind != .unknownUnit { return .failure(asDuration) }
            if asSize.kind != .unknownUnit { return .failure(asSize) }
            let unit = unsigned.drop { !$0.isLetter }.prefix(while: \.isLetter)
            return .failure(QuantityError(.unknownUnit, "\"\(unit)\" is no unit"))
        }
    }

    /// Digits with an optional fraction, taken off the front.
    private static func takeNumber(_ rest: inout Substring) -> (whole: String, fraction: String)? {
        let whole = rest.prefix(while: \.isDigit)
        guard !whole.isEmpty else { return nil }
        rest = rest.dropFirst(whole.count)
        guard rest.first == "." else { return (String(whole), "") }
        let fraction = rest.dropFirst().prefix(while: \.isDigit)
        guard !fraction.isEmpty else { return nil }
        rest = rest.dropFirst(fraction.count + 1)
        return (String(whole), String(fraction))
    }
}

extension Character {
    /// `0` to `9`, and no other script's digits.
    var isDigit: Bool { ("0"..."9").contains(self) }
}
