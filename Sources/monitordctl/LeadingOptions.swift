/// Lets the options that every command takes stand before the command, too: `monitordctl --socket PATH status`.
///
/// The parser knows them only behind the command, so they are moved there.
enum LeadingOptions {
    private static let withValue = ["--socket", "--url"]
    private static let flags = ["--json"]

    static func behindCommand(_ arguments: [String]) -> [String] {
        var options: [String] = []
        var rest = arguments[...]
        while let first = rest.first {
            if withValue.contains(first), rest.count > 1 {
                options += rest.prefix(2)
                rest = rest.dropFirst(2)
            } else if flags.contains(first) || withValue.contains(where: { first.hasPrefix($0 + "=") }) {
                options.append(first)
                rest = rest.dropFirst()
            } else {
                break
            }
        }
        guard let command = rest.first, !options.isEmpty else { return arguments }
        return [command] + options + rest.dropFirst()
    }
}
