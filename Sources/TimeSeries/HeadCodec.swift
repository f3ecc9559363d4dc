package import Model

/// Writes the observations of one commit as one block of bytes, and reads them back bit for bit.
///
/// Layout, all numbers as LEB128 variable-length integers unless said otherwise (`z` is zigzag, for signed ones):
///
///     codec id (1 byte) · version (1 byte) · base time z
///     number of texts · each: length, UTF-8            the details of failures, each once
///     number of observations · each: name id of the probe · length of the rest in bytes · the rest:
///         flags (1 byte): outcome 0–1 · extra 2 · failure 3 · unit of elapsed 4–5 (µs, ns, seconds and attoseconds)
///         planned − base z · started − planned z · elapsed z
///         with a failure: reason · index of its text
///         number of samples · each: name id << 3 | censored << 2 | kind, then the value
///             kind 0: whole microseconds, value = n / 10^6 · kind 1: a whole number z · kind 2: 8 bytes of a Double, low first
///     CRC-32C of all before (4 bytes, low first)
///
/// Times are microseconds. A base and not the previous time is subtracted, and each observation tells its length, so that a reader
/// of one probe steps over the others. Names stand for ids that the caller keeps; an id, once given, never changes its meaning.
package enum HeadCodec {
    package static let id: UInt8 = 0x48
    package static let version: UInt8 = 1

    package static func encode(_ observations: [Observation], name: (String) throws -> Int) rethrows -> [UInt8] {
        let base = observations.first?.planned.microseconds ?? 0
        var texts: [String: Int] = [:]
        var inOrder: [String] = []
        var body = ByteWriter(capacity: observations.count * 48)
        var one = ByteWriter(capacity: 128)
        for observation in observations {
            one.bytes.removeAll(keepingCapacity: true)
            let (unit, elapsed) = elapsedParts(observation.elapsed)
            var flags = code(of: observation.outcome) | unit << 4
            if observation.isExtra { flags |= 4 }
            if observation.failure != nil { flags |= 8 }
            one.bytes.append(flags)
            one.signed(observation.planned.microseconds &- base)
            one.signed(observation.started.microseconds &- observation.planned.microseconds)
            for part in elapsed { one.signed(part) }
            if let failure = observation.failure {
                one.unsigned(UInt64(code(of: failure.reason)))
                let next = inOrder.count
                let index = texts[failure.detail, default: next]
                if index == next {
                    texts[failure.detail] = next
                    inOrder.append(failure.detail)
                }
                one.unsigned(UInt64(index))
            }
            one.unsigned(UInt64(observation.samples.count))
            for sample in observation.samples {
                let tag = UInt64(try name(sample.name)) << 3 | (sample.isCensored ? 4 : 0)
                if let whole = exactWhole(sample.value) {
                    one.unsigned(tag | 1)
                    one.signed(whole)
                } else if let micros = exactMicroseconds(sample.value) {
                    one.unsigned(tag)
                    one.unsigned(micros)
                } else {
                    one.unsigned(tag | 2)
                    one.fixed(sample.value.bitPattern)
                }
            }
            body.unsigned(UInt64(try name(observation.probe)))
            body.unsigned(UInt64(one.bytes.count))
            body.bytes += one.bytes
        }
        var block = ByteWriter(capacity: body.bytes.count + 64)
        block.bytes += [id, version]
        block.signed(base)
        block.unsigned(UInt64(inOrder.count))
        for text in inOrder {
            block.unsigned(UInt64(text.utf8.count))
            block.bytes += text.utf8
        }
        block.unsigned(UInt64(observations.count))
        block.bytes += body.bytes
        let checksum = CRC32C.of(block.bytes)
        for shift in [0, 8, 16, 24] as [UInt32] { block.bytes.append(UInt8(truncatingIfNeeded: checksum >> shift)) }
        return block.bytes
    }

    /// The observations in the order in which they were written; with `only`, those of the probe with that name id.
    /// Throws on anything that `encode` did not write; it never traps.
    package static func decode(
        _ block: [UInt8], only wanted: Int? = nil, name: (Int) -> String?
    ) throws(HeadError) -> [Observation] {
        guard block.count >= 9 else { throw .truncated }
        let end = block.count - 4
        let expected = (0..<4).reduce(UInt32(0)) { $0 | UInt32(block[end + $1]) << UInt32(8 * $1) }
        guard block.withUnsafeBytes({ CRC32C.of(UnsafeRawBufferPointer(rebasing: $0[..<end])) }) == expected else {
            throw .checksum
        }
        guard block[0] == id, block[1] == version else { throw .version(codec: block[0], version: block[1]) }
        var reader = ByteReader(bytes: block, index: 2, end: end)
        let base = try reader.signed()
        // Each of them takes at least a byte, so a count past what is left cannot be true and must not reserve memory.
        let textCount = try reader.count()
        var texts: [String] = []
        for _ in 0..<textCount { texts.append(try reader.text()) }
        let count = try reader.count()
        var observations: [Observation] = []
        if wanted == nil { observations.reserveCapacity(count) }
        for _ in 0..<count {
            let probe = try reader.nameID()
            let length = try reader.count()
            let next = reader.index + length
            if let wanted, wanted != probe {
                reader.index = next
                continue
            }
            var rest = ByteReader(bytes: block, index: reader.index, end: next)
            observations.append(try observation(probe, base, texts, &rest, name))
            guard rest.index == next else { throw .malformed("an observation is shorter than its length") }
            reader.index = next
        }
        guard reader.index == end else { throw .malformed("bytes follow the last observation") }
        return observations
    }

    private static func observation(
        _ probe: Int, _ base: Int64, _ texts: [String], _ reader: inout ByteReader, _ name: (Int) -> String?
    ) throws(HeadError) -> Observation {
        let flags = try reader.byte()
        guard flags < 64, let outcome = outcome(flags & 3) else { throw .malformed("unknown flags \(flags)") }
        let planned = base &+ (try reader.signed())
        let started = planned &+ (try reader.signed())
        let elapsed: Duration
        switch flags >> 4 {
        case 0: elapsed = .microseconds(try reader.signed())
        case 1: elapsed = .nanoseconds(try reader.signed())
        case 2:
            let seconds = try reader.signed()
            let attoseconds = try reader.signed()
            elapsed = Duration(secondsComponent: seconds, attosecondsComponent: attoseconds)
        default: throw .malformed("unknown unit of elapsed time")
        }
        var failure: Failure?
        if flags & 8 != 0 {
            let number = try reader.unsigned()
            let index = try reader.unsigned()
            guard let reason = reasons[number] else { throw .malformed("unknown failure reason \(number)") }
            guard index < UInt64(texts.count) else { throw .malformed("text \(index) of \(texts.count)") }
            failure = Failure(reason, texts[Int(index)])
        }
        let sampleCount = try reader.count()
        var samples: [Sample] = []
        samples.reserveCapacity(sampleCount)
        for _ in 0..<sampleCount {
            let tag = try reader.unsigned()
            let value: Double
            switch tag & 3 {
            case 0: value = Double(try reader.unsigned()) / 1e6
            case 1: value = Double(try reader.signed())
            case 2: value = Double(bitPattern: try reader.fixed())
            default: throw .malformed("unknown kind of value")
            }
            guard let number = Int(exactly: tag >> 3), let text = name(number) else { throw .unknownName(tag >> 3) }
            samples.append(Sample(text, value, isCensored: tag & 4 != 0))
        }
        guard let probeName = name(probe) else { throw .unknownName(UInt64(probe)) }
        var observation = Observation(
            probe: probeName, planned: Timestamp(microseconds: planned), started: Timestamp(microseconds: started),
            elapsed: elapsed, isExtra: flags & 4 != 0, measured: Measured(samples: samples, failure: failure))
        observation.outcome = outcome
        return observation
    }

    // MARK: Numbers that stand in files for ever

    private static func code(of outcome: Outcome) -> UInt8 {
        switch outcome {
        case .ok: 0
        case .failed: 1
        case .timeout: 2
        case .monitorFault: 3
        }
    }
    private static func outcome(_ code: UInt8) -> Outcome? { Outcome.allCases.first { self.code(of: $0) == code } }

    private static func code(of reason: FailureReason) -> UInt8 {
        switch reason {
        case .nameResolution: 1
        case .connect: 2
        case .tls: 3
        case .certificateExpired: 4
        case .certificateNotYetValid: 5
        case .certificateUntrusted: 6
        case .certificateHostName: 7
        case .transfer: 8
        case .protocol: 9
        case .redirect: 10
        case .tooLarge: 11
        case .status: 12
        case .body: 13
        case .header: 14
        case .authentication: 15
        case .query: 16
        case .expectation: 17
        case .timeout: 18
        case .saturated: 19
        case .resolver: 20
        case .descriptors: 21
        case .setup: 22
        case .interrupted: 23
        case .storage: 24
        case .isolated: 25
        }
    }
    private static let reasons = Dictionary(uniqueKeysWithValues: FailureReason.allCases.map { (UInt64(code(of: $0)), $0) })

    // MARK: Exact forms

    /// Beyond 2^53 not every whole number is a Double.
    private static let largestExact = 9_007_199_254_740_992.0

    private static func exactWhole(_ value: Double) -> Int64? {
        guard abs(value) <= largestExact else { return nil }
        let whole = Int64(value)
        // By bits, for -0.0 equals 0.0.
        return Double(whole).bitPattern == value.bitPattern ? whole : nil
    }

    private static func exactMicroseconds(_ value: Double) -> UInt64? {
        let scaled = (value * 1e6).rounded()
        guard scaled >= 0, scaled <= largestExact else { return nil }
        let micros = UInt64(scaled)
        return (Double(micros) / 1e6).bitPattern == value.bitPattern ? micros : nil
    }

    private static func elapsedParts(_ elapsed: Duration) -> (unit: UInt8, parts: [Int64]) {
        let (seconds, attoseconds) = elapsed.components
        // 2^33 seconds are 272 years: what is longer takes the long form, so that nothing overflows.
        if seconds.magnitude < 1 << 33 {
            if attoseconds % 1_000_000_000_000 == 0 { return (0, [elapsed.microseconds]) }
            if attoseconds % 1_000_000_000 == 0 { return (1, [elapsed.nanoseconds]) }
        }
        return (2, [seconds, attoseconds])
    }
}

/// Why a block cannot be read.
package enum HeadError: Error, Sendable, Hashable, CustomStringConvertible {
    case truncated
    case checksum
    case version(codec: UInt8, version: UInt8)
    case unknownName(UInt64)
    case malformed(String)

    package var description: String {
        switch self {
        case .truncated: "it is too short"
        case .checksum: "its checksum is wrong"
        case .version(let codec, let version): "codec \(codec) version \(version) is not known"
        case .unknownName(let id): "name \(id) is not in the name table"
        case .malformed(let what): what
        }
    }
}
