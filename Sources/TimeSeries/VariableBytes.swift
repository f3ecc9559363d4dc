/// Appends variable-length numbers (LEB128: seven bits a byte, low first, the high bit says that more follow).
struct ByteWriter {
    var bytes: [UInt8] = []
    init(capacity: Int) { bytes.reserveCapacity(capacity) }

    mutating func unsigned(_ value: UInt64) {
        var rest = value
        while rest >= 128 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 128)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// Zigzag: 0, -1, 1, -2 … become 0, 1, 2, 3 …
    mutating func signed(_ value: Int64) { unsigned(UInt64(bitPattern: value << 1 ^ value >> 63)) }

    mutating func fixed(_ value: UInt64) {
        for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift))) }
    }
}

/// Reads what `ByteWriter` wrote, from `index` to `end` of `bytes`; every step is checked.
struct ByteReader {
    let bytes: [UInt8]
    var index: Int
    let end: Int

    init(bytes: [UInt8], index: Int, end: Int) {
        self.bytes = bytes
        self.index = index
        self.end = end
    }

    mutating func byte() throws(HeadError) -> UInt8 {
        guard index < end else { throw .truncated }
        defer { index += 1 }
        return bytes[index]
    }

    mutating func unsigned() throws(HeadError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let next = try byte()
            guard shift < 63 || next <= 1 else { throw .malformed("a number is longer than 64 bits") }
            value |= UInt64(next & 127) << shift
            if next < 128 { return value }
            shift += 7
        }
    }

    mutating func signed() throws(HeadError) -> Int64 {
        let value = try unsigned()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    mutating func fixed() throws(HeadError) -> UInt64 {
        guard end - index >= 8 else { throw .truncated }
        defer { index += 8 }
        return (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[index + $1]) << UInt64(8 * $1) }
    }

    /// A number of things, or of bytes, of which each takes at least one byte.
    mutating func count() throws(HeadError) -> Int {
        let value = try unsigned()
        guard value <= UInt64(end - index) else { throw .truncated }
        return Int(value)
    }

    mutating func nameID() throws(HeadError) -> Int {
        let value = try unsigned()
        guard let id = Int(exactly: value) else { throw .unknownName(value) }
        return id
    }

    mutating func text() throws(HeadError) -> String {
        let length = try count()
        guard let text = String(validating: bytes[index..<index + length], as: UTF8.self) else {
            throw .malformed("a text is not UTF-8")
        }
        index += length
        return text
    }
}
