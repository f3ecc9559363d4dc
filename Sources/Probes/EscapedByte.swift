/// A byte as other notations write it: `%2B`, `\u002B`, `\x2b`, `\/`, `&#43;`, `&#x2b;`, `&amp;`.
struct EscapedByte {
    var byte: UInt8
    /// Bytes that it takes.
    var length: Int

    /// None takes more.
    static let longest = 8
    static let signs = Array("%\\&".utf8)
    private static let characters: [(String, Unicode.Scalar)] = [
        ("amp", "&"), ("lt", "<"), ("gt", ">"), ("quot", "\""), ("apos", "'"), ("plus", "+"), ("sol", "/"), ("equals", "="),
    ]
    private static let names = characters.map { (name: Array($0.0.utf8), byte: UInt8(ascii: $0.1)) }

    private init(byte: UInt8, length: Int) {
        self.byte = byte
        self.length = length
    }

    /// What stands at the beginning of these bytes; nil where it is no such notation of one byte.
    init?(_ bytes: ArraySlice<UInt8>) {
        let rest = bytes.dropFirst()
        switch bytes.first {
        case UInt8(ascii: "%"): self.init(rest.prefix(2), radix: 16, digits: 2...2, around: 1)
        case UInt8(ascii: "\\"):
            switch rest.first {
            case UInt8(ascii: "u"): self.init(rest.dropFirst().prefix(4), radix: 16, digits: 4...4, around: 2)
            case UInt8(ascii: "x"): self.init(rest.dropFirst().prefix(2), radix: 16, digits: 2...2, around: 2)
            case let sign? where "\"\\/'".utf8.contains(sign): self.init(byte: sign, length: 2)
            default: return nil
            }
        case UInt8(ascii: "&"):
            let inner = rest.prefix(EscapedByte.longest - 2).prefix { $0 != UInt8(ascii: ";") }
            guard rest.dropFirst(inner.count).first == UInt8(ascii: ";") else { return nil }
            if inner.first != UInt8(ascii: "#") {
                guard let found = EscapedByte.names.first(where: { $0.name.elementsEqual(inner) }) else { return nil }
                self.init(byte: found.byte, length: inner.count + 2)
            } else if let mark = inner.dropFirst().first, mark | 0x20 == UInt8(ascii: "x") {
                self.init(inner.dropFirst(2), radix: 16, digits: 1...4, around: 4)
            } else {
                self.init(inner.dropFirst(), radix: 10, digits: 1...5, around: 3)
            }
        default: return nil
        }
    }

    /// - Parameter around: bytes beside the digits.
    private init?(_ digits: ArraySlice<UInt8>, radix: Int, digits count: ClosedRange<Int>, around: Int) {
        guard count.contains(digits.count), !digits.contains(UInt8(ascii: "+")), !digits.contains(UInt8(ascii: "-")),
            let value = UInt8(String(decoding: digits, as: UTF8.self), radix: radix)
        else { return nil }
        self.init(byte: value, length: digits.count + around)
    }
}

extension [UInt8] {
    /// How many bytes the value takes that stands here, as it is or with bytes of it escaped; nil where it does not stand here.
    func length(of value: [UInt8], at start: Int) -> Int? {
        if self[start...].starts(with: value) { return value.count }
        var position = start
        for byte in value {
            guard position < count else { return nil }
            if EscapedByte.signs.contains(self[position]), let escaped = EscapedByte(self[position...]), escaped.byte == byte {
                position += escaped.length
            } else if self[position] == byte {
                position += 1
            } else {
                return nil
            }
        }
        return position - start
    }
}
