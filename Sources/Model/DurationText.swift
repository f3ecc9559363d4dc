extension Duration {
    /// Reads the notation of the configuration, `250ms 2s 5m 1h30m 14d`; anything else is nil. Units stand from great to small,
    /// each once; the number of the last one may have a fraction of up to six digits.
    package init?(short text: String) {
        let units: [(name: String, micros: Int64)] = [
            ("d", 86_400_000_000), ("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000), ("ms", 1000), ("us", 1),
        ]
        var rest = Substring(text)
        var total: Int64 = 0
        var next = 0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            guard let whole = Int64(digits), whole < 1_000_000_000 else { return nil }
            var fraction = Substring()
            if rest.first == "." {
                fraction = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
                guard (1...6).contains(fraction.count) else { return nil }
                rest = rest.dropFirst(1 + fraction.count)
            }
            let name = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest.dropFirst(name.count)
            guard let index = units.firstIndex(where: { $0.name == name }), index >= next, fraction.isEmpty || rest.isEmpty
            else {
                return nil
            }
            next = index + 1
            let size = units[index].micros
            var (value, overflow) = whole.multipliedReportingOverflow(by: size)
            var scale: Int64 = 10
            for digit in fraction {
                value += Int64(digit.wholeNumberValue ?? 0) * size / scale
                scale *= 10
            }
            guard !overflow else { return nil }
            (total, overflow) = total.addingReportingOverflow(value)
            guard !overflow else { return nil }
        }
        self = .microseconds(total)
    }

    /// For ages: the two greatest units, `4m12s`, `3h5m`, `12d4h`.
    package var rough: String {
        if self < .zero { return "-" + (Duration.zero - self).rough }
        var total = components.seconds
        if total < 60 { return "\(total)s" }
        if total >= 3600 { total -= total % 60 }
        if total >= 86_400 { total -= total % 3600 }
        return Duration.seconds(total).short
    }
}
