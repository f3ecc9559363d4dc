import Yams

/// Words what is wrong with the YAML itself. The library's own descriptions quote the file, which may hold what must not be shown.
enum YamlProblem {
    static func of(_ error: YamlError, in text: String, path: String) -> Problem {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _):
            let place = Place(path: path, line: mark.line, column: mark.column)
            if let column = tabInIndentation(of: mark.line, in: text) {
                let tab = Place(path: path, line: mark.line, column: column)
                return Problem(tab, "a tab in the indentation; YAML is indented with spaces")
            }
            if problem.hasPrefix("Maximum nesting") {
                return Problem(place, "nested more than \(SettingsFile.maximumDepth) levels deep")
            }
            return Problem(place, "not valid YAML: \(problem)" + clause(context))
        case .composer(_, let problem, let mark, _):
            let place = Place(path: path, line: mark.line, column: mark.column)
            if problem.hasSuffix("another document") {
                return Problem(place, "a second document begins here; a file holds one")
            }
            return Problem(place, "not valid YAML: \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            let place = Place(path: path, line: context.mark.line, column: context.mark.column)
            let keys = duplicates.map { "\"\(Shown.short(AliasMask.off($0)))\"" }.joined(separator: ", ")
            return Problem(place, "the key \(keys) stands more than once in the same mapping")
        case .reader(let problem, _, _, _): return Problem(Place(path: path), "not valid YAML: \(problem)")
        case .memory: return Problem(Place(path: path), "not enough memory to read the file")
        case .no, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            return Problem(Place(path: path), "cannot be read as YAML")
        }
    }

    /// `, while parsing a block mapping (from 3:1)`
    private static func clause(_ context: YamlError.Context?) -> String {
        context.map { ", \($0.text) (from \($0.mark.line):\($0.mark.column))" } ?? ""
    }

    /// The column of a tab before the first other character of a line.
    private static func tabInIndentation(of line: Int, in text: String) -> Int? {
        let lines = text.split(separator: "\n", maxSplits: line, omittingEmptySubsequences: false)
        guard line >= 1, line <= lines.count else { return nil }
        let indentation = lines[line - 1].prefix { $0 == " " || $0 == "\t" }
        return indentation.firstIndex(of: "\t").map { indentation.distance(from: indentation.startIndex, to: $0) + 1 }
    }
}
