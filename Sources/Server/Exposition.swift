/// Writes the Prometheus text format 0.0.4, or OpenMetrics 1.0.0, into bytes: families one after another, each with its help and
/// type once. https://prometheus.io/docs/instrumenting/exposition_formats/
struct Exposition {
    enum Kind: String {
        case gauge, counter, summary
    }
    private(set) var bytes: [UInt8] = []
    private let format: Metrics.Format
    private var family: [UInt8] = []

    init(_ format: Metrics.Format, reserving count: Int) {
        self.format = format
        bytes.reserveCapacity(count)
    }

    /// Begins a family. A counter's name ends in `_total`; OpenMetrics names the family without it.
    mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
        family = Array(name.utf8)
        let shown = format == .openMetrics && kind == .counter && name.hasSuffix("_total") ? String(name.dropLast(6)) : name
        append("# HELP ")
        append(shown)
        append(" ")
        append(help)
        append("\n# TYPE ")
        append(shown)
        append(" ")
        append(kind.rawValue)
        append("\n")
    }

    /// One line of the family that was begun. `labels` and `more` are what `Labelling` made; both stand in the line, without a
    /// copy being made of the two together: there are hundreds of thousands of lines.
    mutating func add(_ labels: [UInt8] = [], and more: [UInt8] = [], suffix: StaticString = "", _ value: Double) {
        bytes += family
        append(suffix)
        if !labels.isEmpty {
            bytes.append(UInt8(ascii: "{"))
            bytes += labels
            if !more.isEmpty {
                bytes.append(UInt8(ascii: ","))
                bytes += more
            }
            bytes.append(UInt8(ascii: "}"))
        }
        bytes.append(UInt8(ascii: " "))
        number(value)
        bytes.append(UInt8(ascii: "\n"))
    }

    mutating func add(_ labels: [UInt8] = [], and more: [UInt8] = [], suffix: StaticString = "", _ value: Int) {
        add(labels, and: more, suffix: suffix, Double(value))
    }

    mutating func add(_ labels: [UInt8] = [], and more: [UInt8] = [], _ holds: Bool) {
        add(labels, and: more, holds ? 1.0 : 0.0)
    }

    mutating func end() {
        if format == .openMetrics { append("# EOF\n") }
    }

    private mutating func append(_ text: String) { bytes += text.utf8 }
    private mutating func append(_ text: StaticString) {
        if text.utf8CodeUnitCount > 0 { text.withUTF8Buffer { bytes.append(contentsOf: $0) } }
    }

    private mutating func number(_ value: Double) {
        if value.isNaN {
            append("NaN")
        } else if value.isInfinite {
            append(value < 0 ? "-Inf" : "+Inf")
        } else if value == 0 || value == 1 {
            bytes.append(value == 0 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
        } else if value == value.rounded(), abs(value) < 1e15 {
            integer(Int64(value))
        } else {
            append(value.description)
        }
    }

    private mutating func integer(_ value: Int64) {
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        var rest = value.magnitude
        let start = bytes.count
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }
}

/// Label sets as bytes: `probe="api",state="ok"`.
enum Labelling {
    static func pair(_ name: String, _ value: String) -> [UInt8] {
        var bytes = Array(name.utf8)
        bytes += [UInt8(ascii: "="), UInt8(ascii: "\"")]
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), UInt8(ascii: "\\")]
            case UInt8(ascii: "\""): bytes += [UInt8(ascii: "\\"), UInt8(ascii: "\"")]
            case UInt8(ascii: "\n"): bytes += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
        return bytes
    }

    static func join(_ first: [UInt8], _ second: [UInt8]) -> [UInt8] { first + [UInt8(ascii: ",")] + second }

    /// A label name made of any text: what is not a letter, digit or underscore becomes an underscore.
    static func name(_ text: String) -> String {
        String(
            text.unicodeScalars.map { scalar -> Character in
                switch scalar {
                case "a"..."z", "A"..."Z", "0"..."9", "_": Character(scalar)
                default: "_"
                }
            })
    }
}
