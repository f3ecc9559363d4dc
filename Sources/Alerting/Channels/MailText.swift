/// The encodings of a mail: header lines (RFC 5322, 2047) and quoted-printable bodies (RFC 2045). All output is ASCII with CRLF, but
/// for addresses that are not (RFC 6532).
enum MailText {
    /// Folded lines are no longer, without CRLF, where there is a place to fold.
    static let line = 78

    /// `Name: value` with CRLF, folded at spaces. What ASCII cannot say, or what has no place to fold, becomes encoded words.
    /// `text` is made one line first: nothing in it can start another header.
    static func header(_ name: String, text: String) -> String {
        let text = text.oneLine
        let words = text.split(separator: " ")
        let isPlain = text.utf8.allSatisfy { $0 < 0x7F } && !text.contains("=?") && words.allSatisfy { $0.utf8.count <= 60 }
        return folded(name, isPlain ? words.map(String.init) : encodedWords(text))
    }

    /// `Name: word word` for words that stand as they are: message identifiers, addresses.
    static func folded(_ name: String, _ words: [String]) -> String {
        var output = "\(name):"
        var used = output.utf8.count
        for (index, word) in words.enumerated() {
            let width = word.utf8.count
            if index > 0, used + 1 + width > line {
                output += "\r\n"
                used = 0
            }
            output += " " + word
            used += 1 + width
        }
        return output + "\r\n"
    }

    /// RFC 2047 words in base 64, each of whole characters where they fit, at most 64 of the 75 permitted characters, so that the
    /// first fits beside a header's name.
    static func encodedWords(_ text: String) -> [String] {
        let room = 39
        var words: [[UInt8]] = [[]]
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            if words[words.count - 1].count + bytes.count > room { words.append([]) }
            words[words.count - 1] += bytes
        }
        return words.map { "=?UTF-8?B?\(base64($0))?=" }
    }

    static func base64(_ bytes: [UInt8]) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var output: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for digit in 0..<4 {
                output.append(digit <= group.count ? digits[bits >> (18 - 6 * digit) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// Quoted-printable, lines of at most 76 characters, every line ended by CRLF. A space before a line end is encoded.
    static func quotedPrintable(_ text: String) -> String {
        let hex = Array("0123456789ABCDEF".utf8)
        var output: [UInt8] = []
        for line in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            var used = 0
            for (offset, byte) in line.enumerated() {
                let isLast = offset == line.count - 1
                let isPlain = (byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "=")) || (byte == 0x20 && !isLast)
                if used + (isPlain ? 1 : 3) > 75 {
                    output += "=\r\n".utf8
                    used = 0
                }
                if isPlain {
                    output.append(byte)
                    used += 1
                } else {
                    output += [UInt8(ascii: "="), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
                    used += 3
                }
            }
            output += "\r\n".utf8
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// The five characters that HTML is made of become entities.
    static func html(_ text: String) -> String {
        var output = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": output += "&amp;"
            case "<": output += "&lt;"
            case ">": output += "&gt;"
            case "\"": output += "&quot;"
            case "'": output += "&#39;"
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output
    }
}
