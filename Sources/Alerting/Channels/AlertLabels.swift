import Model

/// Labels of Prometheus, from ours.
enum AlertLabels {
    /// Those that say which alert it is.
    static let own = ["alertname", "probe", "severity"]

    /// Ours before those of the configuration; names made valid, values one line and not empty.
    static func of(_ labels: Labels, _ configured: Labels) -> [String: String] {
        var all: [String: String] = [:]
        func add(_ labels: [(key: String, value: String)]) {
            for (name, value) in labels where all.count < Alertmanager.maxLabels {
                let value = value.oneLine.shortened(to: Alertmanager.maxLabel)
                if !value.isEmpty, all[valid(name)] == nil { all[valid(name)] = value }
            }
        }
        add(labels.filter { own.contains($0.key) }.sorted { $0.key < $1.key })
        add(labels.sorted { $0.key < $1.key })
        add(configured.sorted { $0.key < $1.key })
        return all
    }

    /// `[a-zA-Z_][a-zA-Z0-9_]*`, what else there is as `_`.
    static func valid(_ name: String) -> String {
        var output = ""
        for byte in name.utf8.prefix(128) {
            let isLetter = byte | 32 >= 97 && byte | 32 <= 122
            let isDigit = byte >= 48 && byte <= 57
            if isDigit, output.isEmpty { output = "_" }
            output.unicodeScalars.append(isLetter || isDigit || byte == UInt8(ascii: "_") ? Unicode.Scalar(byte) : "_")
        }
        return output.isEmpty ? "_" : output
    }
}
