/// Reads JSON value by value, straight into the wanted types. A start reads tens of thousands of small texts of a few known shapes,
/// for which setting up Foundation's decoder costs more than the reading.
struct JSONReader {
    private var bytes: [UInt8]
    private var index = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    /// Reads one value with `body`, and nothing may follow it.
    static func read<T>(_ text: String, _ body: (inout JSONReader) throws -> T) throws -> T {
        var reader = JSONReader(text)
        let value = try body(&reader)
        guard reader.next() == nil else { throw reader.problem("something follows the value") }
        return value
    }

    mutating func array<T>(_ element: (inout JSONReader) throws -> T) throws -> [T] {
        var values: [T] = []
        try take("[")
        if skip("]") { return values }
        repeat { values.append(try element(&self)) } while skip(",")
        try take("]")
        return values
    }

    /// Calls `member` with each name; it reads the value.
    mutating func object(_ member: (inout JSONReader, String) throws -> Void) throws {
        try take("{")
        if skip("}") { return }
        repeat {
            let name = try string()
            try take(":")
            try member(&self, name)
        } while skip(",")
        try take("}")
    }

    mutating func texts() throws -> [String: String] {
        var values: [String: String] = [:]
        try object { reader, name in values[name] = try reader.string() }
        return values
    }

    /// Reads past a value that nobody asked for.
    mutating func skipValue() throws {
        switch next() {
        case UInt8(ascii: "{"): try object { reader, _ in try reader.skipValue() }
        case UInt8(ascii: "["): _ = try array { try $0.skipValue() }
        case UInt8(ascii: "\""): _ = try string()
        default:
            // A number, true, false or null.
            let start = index
            while index < bytes.count, !",]}".utf8.contains(bytes[index]) { index += 1 }
            guard index > start else { throw problem("a value is wanted") }
        }
    }

    mutating func integer() throws(CellProblem) -> Int64 {
        _ = next()
        let start = index
        while index < bytes.count, bytes[index] == UInt8(ascii: "-") || isDigit(bytes[index]) { index += 1 }
        guard let value = Int64(String(decoding: bytes[start..<index], as: UTF8.self)) else {
            throw problem("a whole number is wanted")
        }
        return value
    }

    mutating func string() throws(CellProblem) -> String {
        try take("\"")
        let start = index
        while index < bytes.count, bytes[index] != UInt8(ascii: "\""), bytes[index] != UInt8(ascii: "\\") { index += 1 }
        guard index < bytes.count else { throw problem("a text does not end") }
        if bytes[index] == UInt8(ascii: "\"") {
            defer { index += 1 }
            return String(decoding: bytes[start..<index], as: UTF8.self)
        }
        var text = Array(bytes[start..<index])
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): text += try escaped().utf8
            default: text.append(byte)
            }
        }
        throw problem("a text does not end")
    }

    /// What follows a backslash.
    private mutating func escaped() throws(CellProblem) -> String {
        guard index < bytes.count else { throw problem("a text does not end") }
        let byte = bytes[index]
        index += 1
        switch byte {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            let high = try unit()
            guard high & 0xFC00 == 0xD800 else { return String(decoding: [high], as: UTF16.self) }
            // Outside the first 65,536 characters, in two halves.
            guard index + 1 < bytes.count, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u") else {
                throw problem("half a character")
            }
            index += 2
            return String(decoding: [high, try unit()], as: UTF16.self)
        default: throw problem("an unknown escape")
        }
    }

    private mutating func unit() throws(CellProblem) -> UInt16 {
        guard index + 4 <= bytes.count,
            let unit = UInt16(String(decoding: bytes[index..<index + 4], as: UTF8.self), radix: 16)
        else { throw problem("four hexadecimal digits are wanted") }
        index += 4
        return unit
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    /// The next byte that is not a space.
    private mutating func next() -> UInt8? {
        while index < bytes.count, bytes[index] == 0x20 || (bytes[index] >= 0x09 && bytes[index] <= 0x0D) { index += 1 }
        return index < bytes.count ? bytes[index] : nil
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard next() == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func take(_ character: Unicode.Scalar) throws(CellProblem) {
        guard skip(character) else { throw problem("\(character) is wanted") }
    }

    private func problem(_ what: String) -> CellProblem {
        CellProblem(why: "its JSON cannot be read at byte \(index): \(what)")
    }
}
