/// Why the bytes of a zone's file cannot be used.
package enum TimeZoneFileError: Error, Sendable, Hashable, CustomStringConvertible {
    case noZoneFile
    case oldVersion
    case cutShort
    case leapSeconds
    case inconsistent(String)

    package var description: String {
        switch self {
        case .noZoneFile: "it is no time zone file"
        case .oldVersion: "it has version 1 of the format, whose times end in 2038"
        case .cutShort: "it is cut short"
        case .leapSeconds: "it counts leap seconds, which the system's clock does not"
        case .inconsistent(let what): "it is damaged: \(what)"
        }
    }
}

extension TimeZoneRules {
    /// Whether a name can be one of the database's: parts of letters, digits, `+`, `-` and `_` between slashes. So it cannot lead
    /// out of the database's folder. The copies below `right/`, which count leap seconds, and `posix/` are no zones of their own.
    package static func isName(_ name: String) -> Bool {
        let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return name.utf8.count <= 64 && parts[0].first != UInt8(ascii: "-") && name != "localtime" && name != "posixrules"
            && !["posix", "right"].contains(String(parts[0]) ?? "")
            && parts.allSatisfy { part in
                !part.isEmpty
                    && part.allSatisfy { byte in
                        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                            || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
                    }
            }
    }

    /// Reads a compiled zone (TZif, RFC 8536) of version 2 or later.
    ///
    /// Layout: a header of 44 bytes with six counts, a block with times of 32 bits, which is skipped; a header of the same form, a
    /// block with times of 64 bits; a line with the rule for later times. In a block stand the times of all changes, a type for
    /// each (one byte), the types (offset, summer or not, name: 6 bytes), names, leap seconds, and two lists of flags that only
    /// matter to rules without a closing line.
    package static func read(_ bytes: [UInt8], name: String) -> Result<TimeZoneRules, TimeZoneFileError> {
        var input = Input(bytes: bytes[...])
        do throws(TimeZoneFileError) {
            let first = try input.header()
            guard first.version >= UInt8(ascii: "2") else { throw .oldVersion }
            _ = try input.take(first.blockSize(timeSize: 4))
            let counts = try input.header()
            guard counts.leaps == 0 else { throw .leapSeconds }
            guard counts.types > 0 else { throw .inconsistent("it has no type of time") }
            var block = Input(bytes: try input.take(counts.blockSize(timeSize: 8)))
            var starts: [Int64] = []
            for _ in 0..<counts.times { starts.append(try block.number(8)) }
            guard zip(starts, starts.dropFirst()).allSatisfy({ $0 < $1 }) else {
                throw .inconsistent("its times are not in order")
            }
            let indices = try block.take(counts.times)
            var types: [Int64] = []
            for _ in 0..<counts.types {
                let offset = try block.number(4)
                guard abs(offset) <= reach else { throw .inconsistent("an offset of \(offset) seconds") }
                types.append(offset)
                _ = try block.take(2)
            }
            guard indices.allSatisfy({ $0 < types.count }) else { throw .inconsistent("a type that is not there") }
            let offsets = indices.map { types[Int($0)] }
            return .success(
                TimeZoneRules(name: name, starts: starts, offsets: offsets, initial: types[0], rule: try input.rule()))
        } catch {
            return .failure(error)
        }
    }

    private struct Counts {
        var version: UInt8
        var utcFlags: Int
        var standardFlags: Int
        var leaps: Int
        var times: Int
        var types: Int
        var characters: Int

        func blockSize(timeSize: Int) -> Int {
            times * (timeSize + 1) + types * 6 + characters + leaps * (timeSize + 4) + standardFlags + utcFlags
        }
    }

    private struct Input {
        var bytes: ArraySlice<UInt8>

        mutating func take(_ count: Int) throws(TimeZoneFileError) -> ArraySlice<UInt8> {
            guard count <= bytes.count else { throw .cutShort }
            defer { bytes = bytes.dropFirst(count) }
            return bytes.prefix(count)
        }

        /// A signed number, its high byte first.
        mutating func number(_ size: Int) throws(TimeZoneFileError) -> Int64 {
            let taken = try take(size)
            let negative: Int64 = taken.first.map { $0 >= 0x80 } == true ? -1 : 0
            return taken.reduce(negative) { $0 << 8 | Int64($1) }
        }

        mutating func header() throws(TimeZoneFileError) -> Counts {
            guard bytes.starts(with: "TZif".utf8) else { throw bytes.isEmpty ? .cutShort : .noZoneFile }
            let fixed = try take(20)
            var counts: [Int] = []
            for _ in 0..<6 {
                let count = try number(4)
                // A file has a few hundred; a greater number would only overflow.
                guard (0...1_000_000).contains(count) else { throw .inconsistent("a count of \(count)") }
                counts.append(Int(count))
            }
            return Counts(
                version: fixed[fixed.startIndex + 4], utcFlags: counts[0], standardFlags: counts[1], leaps: counts[2],
                times: counts[3], types: counts[4], characters: counts[5])
        }

        /// The closing line; empty where no rule holds for later times.
        mutating func rule() throws(TimeZoneFileError) -> PosixZone? {
            guard bytes.first == UInt8(ascii: "\n"), let end = bytes.dropFirst().firstIndex(of: UInt8(ascii: "\n")) else {
                throw .cutShort
            }
            let line = bytes[(bytes.startIndex + 1)..<end]
            guard !line.isEmpty else { return nil }
            guard let rule = PosixZone(line) else {
                throw .inconsistent("the rule \"\(String(decoding: line.prefix(60), as: UTF8.self))\"")
            }
            return rule
        }
    }
}
