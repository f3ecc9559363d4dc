import Model
import Settings
import Testing

@Suite("Quantities") struct QuantityTests {
    @Test(
        "are read as written",
        arguments: [
            ("0", 0, Unit.none), ("-5", -5, .none), ("0.25", 0.25, .none), ("1e6", 1_000_000, .none), ("85%", 0.85, .percent),
            ("99.95%", 0.9995, .percent), ("250ms", 0.25, .seconds), ("2s", 2, .seconds), ("1.5s", 1.5, .seconds),
            ("5m", 300, .seconds), ("1h30m", 5400, .seconds), ("14d", 1_209_600, .seconds), ("2w", 1_209_600, .seconds),
            ("10y", 315_360_000, .seconds), ("-1d", -86_400, .seconds), ("512KiB", 524_288, .bytes), ("2GB", 2e9, .bytes),
            ("1.5MiB", 1_572_864, .bytes), ("10B", 10, .bytes),
        ])
    func read(_ text: String, _ value: Double, _ unit: Unit) throws {
        let quantity = try QuantityParser.quantity(text).get()
        #expect(abs(quantity.value - value) < 1e-12 * max(1, abs(value)))
        #expect(quantity.unit == unit)
    }

    @Test(
        "that make no sense say why",
        arguments: [
            ("", QuantityError.Kind.malformed), ("fast", .malformed), ("5 s", .malformed), ("1.s", .malformed),
            (".5s", .malformed),
            ("1.5h30m", .malformed), ("5min", .unknownUnit), ("5M", .unknownUnit), ("30m1h", .order), ("5s5s", .order),
            ("101y", .tooLarge), ("9999999999999999999999d", .tooLarge), ("1e999", .tooLarge), ("--5", .malformed),
            ("٣s", .malformed), ("0x10", .malformed), ("inf", .malformed), ("nan", .malformed), ("5%%", .malformed),
        ])
    func refused(_ text: String, _ kind: QuantityError.Kind) {
        switch QuantityParser.quantity(text) {
        case .success(let value): #expect(Bool(false), "\(text) was read as \(value)")
        case .failure(let error): #expect(error.kind == kind, "\(text)")
        }
    }

    @Test("of time are read back as they are shown") func roundTrip() throws {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SplitMix(state: seed)
        for _ in 0..<2000 {
            let duration = Duration.milliseconds(Int64.random(in: 0...3_000_000_000_000, using: &generator) / 1000 * 1000)
            #expect(try QuantityParser.duration(duration.short).get() == duration, "seed \(seed)")
        }
    }
}

private struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

@Suite("Conditions") struct ConditionTests {
    @Test(
        "are read, and shown in their normal form",
        arguments: [
            ("failed", "failed"), ("  failed ", "failed"), ("duration>2s", "duration > 2s"),
            ("expires_in < 21d", "expires_in < 21d"),
            ("score <= 85%", "score <= 85%"), ("check_null-rate.x != 0", "check_null-rate.x != 0"),
            ("failed == 1", "failed == 1"),
            ("p95(duration,15m)>1s", "p95(duration, 15m) > 1s"),
            ("p99.9( duration , 1h30m ) >= 250ms", "p99.9(duration, 1h30m) >= 250ms"),
            ("avg(size, 1d) > 1.5MiB", "avg(size, 1d) > 1.5MiB"), ("count(duration, 5m) < 3", "count(duration, 5m) < 3"),
            ("min(a, 1m) == -1", "min(a, 1m) == -1"), ("max(a, 1m) < 0.5", "max(a, 1m) < 0.5"),
            ("temperature < -5", "temperature < -5"),
        ])
    func read(_ text: String, _ shown: String) throws {
        #expect(try ConditionParser.parse(text).get().description == shown)
    }

    @Test(
        "that make no sense say why, and where",
        arguments: [
            ("", 0, "expected failed, or a comparison such as duration > 2s or p95(duration, 15m) > 1s"),
            ("failing", 0, #""failing" is no condition; did you mean "failed"?"#),
            ("faild", 0, #""faild" is no condition; did you mean "failed"?"#),
            ("duration", 8, "expected an operator (< <= > >= == !=) and a quantity"),
            ("duration 2s", 9, #"expected an operator (< <= > >= == !=), got "2s""#),
            ("duration = 2s", 9, #"unknown operator "="; known: < <= > >= == !="#),
            ("duration => 2s", 9, #"unknown operator "=>"; known: < <= > >= == !="#),
            ("duration >", 10, "expected a quantity such as 2s, 512KiB, 85% or 100 after >, got nothing"),
            ("duration > soon", 11, #"expected a quantity such as 2s, 512KiB, 85% or 100 after >, got "soon""#),
            (
                "duration > 5min", 11,
                #"expected a quantity such as 2s, 512KiB, 85% or 100 after >, got "5min" ("min" is no unit)"#
            ),
            ("duration > 2s and failed", 14, #"unexpected "and failed" after the comparison"#),
            ("rate(errors, 5m) > 1", 0, #"unknown aggregate "rate"; known: p1…p99.99, avg, min, max, count"#),
            ("p100(duration, 5m) > 1s", 0, #"unknown aggregate "p100"; known: p1…p99.99, avg, min, max, count"#),
            ("p99.999(duration, 5m) > 1s", 0, #"unknown aggregate "p99.999"; known: p1…p99.99, avg, min, max, count"#),
            ("p95() > 1s", 4, "expected a sample's name, as in p95(duration, 15m)"),
            ("p95(duration) > 1s", 12, "expected a window, as in p95(duration, 15m)"),
            ("p95(duration, ) > 1s", 14, "expected a window such as 15m, got nothing"),
            ("p95(duration, 15) > 1s", 14, #"expected a window such as 15m, got "15" (the unit is missing)"#),
            ("p95(duration, 0s) > 1s", 14, "a window must be longer than 0s"),
            ("p95(duration, 15m > 1s", 18, #"expected ")" after the window"#),
            ("p95(duration, 15m)", 18, "expected an operator (< <= > >= == !=) and a quantity"),
        ])
    func refused(_ text: String, _ offset: Int, _ message: String) {
        switch ConditionParser.parse(text) {
        case .success(let condition): #expect(Bool(false), "\(text) was read as \(condition)")
        case .failure(let error):
            #expect(error.message == message)
            #expect(error.offset == offset, "\(text)")
        }
    }
}

@Suite("A suggestion") struct SuggestionTests {
    @Test(
        "is made only for what is near",
        arguments: [
            ("intervall", "interval"), ("evrey", "every"), ("timout", "timeout"), ("Timeout", "timeout"),
            ("webhok_url", "webhook_url"),
            ("url", nil), ("x", nil), ("foo", nil), ("colour", nil), ("evening", nil),
        ] as [(String, String?)])
    func nearest(_ word: String, _ suggestion: String?) {
        #expect(Suggestion.nearest(to: word, in: ["interval", "every", "timeout", "webhook_url", "to"]) == suggestion)
    }
}
