import ArgumentParser

/// Lets the options that every command takes stand before the command, too: `monitordctl --socket PATH status`.
///
/// The parser knows them only behind the command, so they are moved there. A group such as `silence` takes none itself: behind it
/// they go on to its command.
enum LeadingOptions {
    private static let withValue = ["--socket", "--url"]
    private static let flags = ["--json"]

    /// The commands of each group, by the words that lead to it.
    static let groups: [[String]: Set<String>] = groups(below: Monitordctl.self, [])

    private static func groups(below command: any ParsableCommand.Type, _ path: [String]) -> [[String]: Set<String>] {
        let commands = command.configuration.subcommands
        guard !commands.isEmpty else { return [:] }
        var found = [path: Set(commands.map { $0._commandName })]
        for next in commands { found.merge(groups(below: next, path + [next._commandName])) { $1 } }
        return found
    }

    static func behindCommand(_ arguments: [String]) -> [String] {
        var options: [String] = []
        var path: [String] = []
        var rest = arguments[...]
        while let names = groups[path] {
            take(&options, from: &rest)
            guard let next = rest.first, names.contains(next) || path.isEmpty else { break }
            path.append(next)
            rest = rest.dropFirst()
        }
        guard !path.isEmpty, !options.isEmpty else { return arguments }
        return path + options + rest
    }

    private static func take(_ options: inout [String], from rest: inout ArraySlice<String>) {
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
    }
}
