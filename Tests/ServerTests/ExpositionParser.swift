/// A strict reader of the text format: every rule that it checks is one that a scraper may rely on.
struct ExpositionParser {
    struct Sample: Hashable {
        var name: String
        var labels: [String: String]
    }
    private(set) var samples: [Sample: Double] = [:]
    private(set) var types: [String: String] = [:]

    init(_ bytes: [UInt8], isOpenMetrics: Bool = false) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        guard Array(text.utf8) == bytes else { throw TestFailure("not UTF-8") }
        guard text.hasSuffix("\n") else { throw TestFailure("the last line has no end") }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        if isOpenMetrics {
            guard lines.popLast() == "# EOF" else { throw TestFailure("no # EOF at the end") }
        }
        var family = ""
        var awaitsType = false
        for line in lines {
            if line.hasPrefix("# HELP ") {
                let parts = line.dropFirst(7).split(separator: " ", maxSplits: 1)
                guard parts.count == 2, !awaitsType else { throw TestFailure("a bad HELP: \(line)") }
                family = String(parts[0])
                awaitsType = true
            } else if line.hasPrefix("# TYPE ") {
                let parts = line.dropFirst(7).split(separator: " ")
                guard parts.count == 2, awaitsType, parts[0] == family,
                    types.updateValue(String(parts[1]), forKey: family) == nil
                else { throw TestFailure("a TYPE out of place: \(line)") }
                awaitsType = false
            } else {
                guard !awaitsType, !line.isEmpty, !line.hasPrefix("#") else { throw TestFailure("out of place: \(line)") }
                try add(line, family, isOpenMetrics)
            }
        }
    }

    private mutating func add(_ line: Substring, _ family: String, _ isOpenMetrics: Bool) throws {
        var rest = line
        let name = String(rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":") })
        rest = rest.dropFirst(name.count)
        let suffixes: [String]
        switch types[family] {
        case "summary": suffixes = rest.hasPrefix("{quantile=") ? [""] : ["_sum", "_count"]
        case "counter" where isOpenMetrics: suffixes = ["_total"]
        default: suffixes = [""]
        }
        guard suffixes.contains(where: { name == family + $0 }) else { throw TestFailure("\(name) stands in family \(family)") }
        var labels: [String: String] = [:]
        if rest.first == "{" {
            rest = rest.dropFirst()
            while rest.first != "}" {
                let label = String(rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") })
                rest = rest.dropFirst(label.count)
                guard !label.isEmpty, !(label.first?.isNumber ?? true), rest.hasPrefix("=\"") else {
                    throw TestFailure("a bad label: \(line)")
                }
                rest = rest.dropFirst(2)
                let value = try Self.value(&rest)
                guard labels.updateValue(value, forKey: label) == nil else {
                    throw TestFailure("\(label) stands twice: \(line)")
                }
                if rest.first == "," {
                    rest = rest.dropFirst()
                } else if rest.first != "}" {
                    throw TestFailure("no comma: \(line)")
                }
            }
            rest = rest.dropFirst()
        }
        guard rest.first == " " else { throw TestFailure("no space before the value: \(line)") }
        let number = rest.dropFirst()
        let value: Double? =
            switch number {
            case "NaN": .nan
            case "+Inf": .infinity
            case "-Inf": -.infinity
            default: number.first.map { $0 == "-" || $0.isNumber } == true ? Double(number) : nil
            }
        guard let value else { throw TestFailure("a bad value: \(line)") }
        guard samples.updateValue(value, forKey: Sample(name: name, labels: labels)) == nil else {
            throw TestFailure("it stands twice: \(line)")
        }
    }

    private static func value(_ rest: inout Substring) throws -> String {
        var value = ""
        while let character = rest.unicodeScalars.popFirst() {
            switch character {
            case "\"": return value
            case "\\":
                switch rest.unicodeScalars.popFirst() {
                case "\\": value.unicodeScalars.append("\\")
                case "\"": value.unicodeScalars.append("\"")
                case "n": value.unicodeScalars.append("\n")
                default: throw TestFailure("a bad escape")
                }
            default: value.unicodeScalars.append(character)
            }
        }
        throw TestFailure("a label value without an end")
    }

    /// The value of the one line with this name that has these labels, others aside.
    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        let found = samples.filter { entry in
            entry.key.name == name && labels.allSatisfy { entry.key.labels[$0.key] == $0.value }
        }
        return found.count == 1 ? found.first?.value : nil
    }
}
