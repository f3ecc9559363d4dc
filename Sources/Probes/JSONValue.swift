/// A JSON document, read strictly after RFC 8259: no comments, no trailing commas, no control characters in strings.
enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// Deeper nesting is refused: reading is recursive, and a target must not be able to exhaust the stack.
    static let maximumDepth = 64

    /// Reads a whole document; throws `JSONError`. Of a key that stands twice the last value counts.
    init(_ bytes: [UInt8]) throws(JSONError) {
        var reader = JSONReader(bytes)
        self = try reader.document()
    }
}

struct JSONError: Error, Hashable {
    /// What was wrong, and at which byte, counted from 0. It repeats nothing of the document.
    var sentence: String
}

private struct JSONReader {
    let bytes: [UInt8]
    var index = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var next: UInt8? { index < bytes.count ? bytes[index] : nil }

    func wrong(_ what: String) -> JSONError { JSONError(sentence: "\(what) at byte \(index)") }

    mutating func document() throws(JSONError) -> JSONValue {
        skipSpace()
        guard next != nil else { throw JSONError(sentence: "it is empty") }
        let value = try value(depth: 0)
        skipSpace()
        guard next == nil else { throw wrong("something follows the value") }
        return value
    }

    mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { index += 1 }
    }

    mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        guard depth <= JSONValue.maximumDepth else { throw wrong("nested deeper than \(JSONValue.maximumDepth) levels") }
        guard let next else { throw wrong("it ends where a value is expected,") }
        switch next {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
        default: throw wrong("no value begins")
        }
    }

    mutating func word(_ text: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        let end = index + text.utf8CodeUnitCount
        let matches = text.withUTF8Buffer { end <= bytes.count && bytes[index..<end].elementsEqual($0) }
        guard matches else { throw wrong("no value begins") }
        index = end
        return value
    }

    mutating func array(depth: Int) throws(JSONError) -> JSONValue {
        index += 1
        var values: [JSONValue] = []
        skipSpace()
        if take("]") { return .array(values) }
        while true {
            skipSpace()
            values.append(try value(depth: depth + 1))
            skipSpace()
            if take("]") { return .array(values) }
            guard take(",") else { throw wrong("no \",\" or \"]\"") }
        }
    }

    mutating func object(depth: Int) throws(JSONError) -> JSONValue {
        index += 1
        var values: [String: JSONValue] = [:]
        skipSpace()
        if take("}") { return .object(values) }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw wrong("no key begins") }
            let key = try string()
            skipSpace()
            guard take(":") else { throw wrong("no \":\"") }
            skipSpace()
            values[key] = try value(depth: depth + 1)
            skipSpace()
            if take("}") { return .object(values) }
            guard take(",") else { throw wrong("no \",\" or \"}\"") }
        }
    }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    mutating func number() throws(JSONError) -> Double {
        let start = index
        _ = take("-")
        if !take("0") { try digits() }
        if take(".") { try digits() }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try digits()
        }
        // The grammar is checked above, so only a number too large to be finite fails here.
        guard let value = Double(String(decoding: bytes[start..<index], as: UTF8.self)), value.isFinite else {
            throw wrong("a number out of range ends")
        }
        return value
    }

    mutating func digits() throws(JSONError) {
        let start = index
        while let byte = next, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { index += 1 }
        guard index > start else { throw wrong("no digit") }
    }

    mutating func string() throws(JSONError) -> String {
        index += 1
        var text: [UInt8] = []
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                index += 1
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw wrong("a string that is not UTF-8 ends")
                }
                return string
            case UInt8(ascii: "\\"):
                index += 1
                try escape(into: &text)
            case 0..<0x20: throw wrong("a control character stands in a string")
            default:
                text.append(byte)
                index += 1
            }
        }
        throw wrong("a string does not end")
    }

    mutating func escape(into text: inout [UInt8]) throws(JSONError) {
        guard let byte = next else { throw wrong("a string does not end") }
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            var code = try fourHexDigits()
            if code & 0xFC00 == 0xD800 {
                guard take("\\"), take("u") else { throw wrong("half of a surrogate pair") }
                let low = try fourHexDigits()
                guard low & 0xFC00 == 0xDC00 else { throw wrong("half of a surrogate pair") }
                code = 0x10000 + (code & 0x3FF) << 10 + low & 0x3FF
            }
            guard let scalar = Unicode.Scalar(code) else { throw wrong("half of a surrogate pair") }
            text.append(contentsOf: Array(String(scalar).utf8))
        default: throw wrong("an unknown escape")
        }
    }

    mutating func fourHexDigits() throws(JSONError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw wrong("no four hexadecimal digits")
            }
            code = code << 4 | UInt32(digit)
            index += 1
        }
        return code
    }
}

extension JSONValue: CustomStringConvertible {
    /// What a failure's sentence shows of it: scalars as they are written, the rest by its size.
    var description: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .number(let value): shownNumber(value)
        case .string(let text): quoted(text)
        case .array(let values): "a list of \(values.count)"
        case .object(let values): "a mapping of \(values.count)"
        }
    }
}
