import Model
import Testing

@testable import TimeSeries

@Suite struct HeadCodecTests {
    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func whatIsReadIsWhatWasWrittenBitForBit(seed: UInt64) throws {
        var random = Seeded(seed: seed)
        for _ in 0..<20 {
            let observations = (0..<Int.random(in: 0...40, using: &random)).map { _ in observation(&random) }
            let names = Names()
            let block = HeadCodec.encode(observations) { names.id($0) }
            let read = try HeadCodec.decode(block) { names.text($0) }
            #expect(read.map(Exact.init) == observations.map(Exact.init), "seed \(seed)")
            for name in Set(observations.map(\.probe)) {
                let one = try HeadCodec.decode(block, only: names.id(name)) { names.text($0) }
                #expect(one.map(Exact.init) == observations.filter { $0.probe == name }.map(Exact.init), "seed \(seed)")
            }
        }
    }

    @Test func usualRunsAreSmall() {
        let names = Names()
        let observations = (0..<100).map { index in
            Observation(
                probe: "probe-\(index)", planned: Timestamp(seconds: 1_774_742_400),
                started: Timestamp(microseconds: 1_774_742_400_000_000 + Int64(index) * 137), elapsed: .microseconds(123_456),
                measured: Measured(samples: [Sample("duration", 0.123456), Sample("status", 200)]))
        }
        let block = HeadCodec.encode(observations) { names.id($0) }
        #expect(block.count == 1755, "under 18 bytes a run of two samples")
    }

    @Test func aBlockCutShortAnywhereIsAnError() {
        let (block, names) = sampleBlock(seed: 7)
        for length in 0..<block.count {
            #expect(throws: HeadError.self) { try HeadCodec.decode(Array(block[..<length])) { names.text($0) } }
        }
    }

    @Test func aFlippedBitAnywhereIsAnError() {
        let (block, names) = sampleBlock(seed: 8)
        for bit in 0..<block.count * 8 {
            var damaged = block
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: HeadError.checksum) { try HeadCodec.decode(damaged) { names.text($0) } }
        }
    }

    /// A checksum that is right says nothing of the rest: every reading step must stand on its own.
    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func garbageWithARightChecksumNeverTraps(seed: UInt64) {
        var random = Seeded(seed: seed)
        let (block, names) = sampleBlock(seed: seed)
        var read = 0
        for _ in 0..<400 {
            var body = Array(block.dropLast(4))
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                body[Int.random(in: 0..<body.count, using: &random)] = [0, 1, 127, 128, 255].randomElement(using: &random)!
            }
            if Bool.random(using: &random) { body.removeLast(Int.random(in: 0..<body.count, using: &random)) }
            let checksum = CRC32C.of(body)
            let damaged = body + (0..<4).map { UInt8(truncatingIfNeeded: checksum >> UInt32(8 * $0)) }
            do throws(HeadError) {
                read += try HeadCodec.decode(damaged) { names.text($0) }.count
            } catch {
                #expect(!error.description.isEmpty)
            }
        }
        print("seed \(seed): \(read) observations could be read")
    }

    @Test func anotherVersionIsNamed() {
        var body: [UInt8] = [0x48, 2, 0, 0, 0]
        let checksum = CRC32C.of(body)
        body += (0..<4).map { UInt8(truncatingIfNeeded: checksum >> UInt32(8 * $0)) }
        #expect(throws: HeadError.version(codec: 0x48, version: 2)) { try HeadCodec.decode(body) { _ in nil } }
    }

    @Test func aNameThatIsNotInTheTableIsNamed() {
        let (block, _) = sampleBlock(seed: 9)
        #expect(throws: HeadError.self) { try HeadCodec.decode(block) { _ in nil } }
        #expect(HeadError.unknownName(5).description == "name 5 is not in the name table")
    }

    /// RFC 3720, appendix B.4.
    @Test func theChecksumIsCastagnolis() {
        #expect(CRC32C.of([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(CRC32C.of([UInt8](repeating: 255, count: 32)) == 0x62A8_AB43)
        #expect(CRC32C.of(Array(0...31)) == 0x46DD_794E)
        #expect(CRC32C.of(Array("123456789".utf8)) == 0xE306_9283)
    }

    // MARK: Material

    private func sampleBlock(seed: UInt64) -> ([UInt8], Names) {
        var random = Seeded(seed: seed)
        let names = Names()
        let observations = (0..<8).map { _ in observation(&random) }
        return (HeadCodec.encode(observations) { names.id($0) }, names)
    }

    private func observation(_ random: inout Seeded) -> Observation {
        let planned = Timestamp(
            microseconds: Int.random(in: 0..<50, using: &random) == 0
                ? Int64.random(in: .min ... .max, using: &random)
                : 1_774_742_400_000_000 + Int64.random(in: -5_000_000...5_000_000, using: &random))
        let started = Timestamp(microseconds: planned.microseconds &+ Int64.random(in: -10...2_000_000, using: &random))
        let elapsed: Duration =
            switch Int.random(in: 0..<6, using: &random) {
            case 0: Duration(secondsComponent: .random(in: -9...9, using: &random), attosecondsComponent: 0)
            case 1: Duration(secondsComponent: .max, attosecondsComponent: 999_999_999_999_999_999)
            case 2: Duration(secondsComponent: .min, attosecondsComponent: -1)
            case 3: .nanoseconds(Int64.random(in: -5...5_000_000_000, using: &random))
            default: .microseconds(Int64.random(in: 0...5_000_000, using: &random))
            }
        var failure: Failure?
        if Int.random(in: 0..<3, using: &random) == 0 {
            let details = ["", "connection refused", "Zeit überschritten — 5 s", "\u{0}\u{1F980}"]
            failure = Failure(
                FailureReason.allCases.randomElement(using: &random)!, details.randomElement(using: &random)!)
        }
        let samples = (0..<Int.random(in: 0...6, using: &random)).map { _ in
            Sample(
                ["duration", "status", "bytes", "score", "check_größe"].randomElement(using: &random)!, value(&random),
                isCensored: Bool.random(using: &random))
        }
        var observation = Observation(
            probe: "probe-\(Int.random(in: 0..<5, using: &random))", planned: planned, started: started, elapsed: elapsed,
            isExtra: Bool.random(using: &random), measured: Measured(samples: samples, failure: failure))
        observation.outcome = Outcome.allCases.randomElement(using: &random)!
        return observation
    }

    private func value(_ random: inout Seeded) -> Double {
        let edges: [Double] = [
            0, -0.0, 1, -1, .nan, .infinity, -.infinity, .leastNonzeroMagnitude, .greatestFiniteMagnitude,
            9_007_199_254_740_992,
            9_007_199_254_740_994, -9_007_199_254_740_992, 1e-6, 0.1, 1.0 / 3, 9_007_199_254.740992, 1e300, -0.000001,
            Double(nan: 0x1234, signaling: false),
        ]
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return edges.randomElement(using: &random)!
        case 1: return Double(Int.random(in: 0...10_000_000, using: &random)) / 1e6
        case 2: return Double(Int.random(in: -1000...1000, using: &random))
        default: return Double(bitPattern: random.next())
        }
    }
}

/// Everything of an observation, with values by their bits: NaN is not equal to itself and -0.0 is equal to 0.0.
private struct Exact: Equatable {
    let rest: Observation
    let bits: [UInt64]
    init(_ observation: Observation) {
        bits = observation.samples.map(\.value.bitPattern)
        var rest = observation
        for index in rest.samples.indices { rest.samples[index].value = 0 }
        self.rest = rest
    }
}

/// The table of names that a ledger would keep.
private final class Names {
    private var ids: [String: Int] = [:]
    private var texts: [String] = []
    func id(_ text: String) -> Int {
        if let id = ids[text] { return id }
        texts.append(text)
        ids[text] = texts.count
        return texts.count
    }
    func text(_ id: Int) -> String? { texts.indices.contains(id - 1) ? texts[id - 1] : nil }
}

/// SplitMix64.
private struct Seeded: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}
