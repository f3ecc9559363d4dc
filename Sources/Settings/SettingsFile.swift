import Yams

/// Reads the text of one YAML file.
///
/// A file whose YAML is broken gives its first problem; in a file that can be composed every problem is found.
package enum SettingsFile {
    /// A configuration larger than this is a mistake or an attack.
    package static let maximumBytes = 1 << 20
    /// Values visited, with aliases followed: a few lines of nested aliases stand for billions of values.
    package static let maximumNodes = 10_000
    /// Mappings and lists within one another.
    package static let maximumDepth = 32

    /// The mapping of the file, or nil with a problem added. An empty file is an empty mapping.
    package static func parse(text: String, path: String, context: SettingsContext, problems: Problems) -> Fields? {
        var text = text[...]
        if text.unicodeScalars.first == "\u{FEFF}" { text.unicodeScalars.removeFirst() }
        switch read(String(text), path: path) {
        case .failure(let failure):
            problems.add(failure.problem.place, failure.problem.message)
            return nil
        case .success(let root):
            let top = Place(path: path, line: 1, column: 1)
            guard let root, !root.isNothing else {
                return Fields(entries: [], place: top, context: context, problems: problems)
            }
            guard case .mapping(let entries) = root.content else {
                problems.add(root.place, "expected a mapping of keys, such as \"name: value\", got \(root.shown)")
                return nil
            }
            return Fields(entries: entries, place: root.place, context: context, problems: problems)
        }
    }

    private struct Failure: Error {
        var problem: Problem
        init(_ place: Place, _ message: String) { problem = Problem(place, message) }
    }

    private static func read(_ text: String, path: String) -> Result<Tree?, Failure> {
        let whole = Place(path: path)
        guard text.utf8.count <= maximumBytes else {
            return .failure(Failure(whole, "the file has \(text.utf8.count) bytes; at most \(maximumBytes) are read"))
        }
        if let failure = firstForbiddenCharacter(text, path: path) { return .failure(failure) }
        do {
            // The mask keeps the library from following aliases, and no rules keep it from guessing types. It recurses no deeper
            // than the 1,000 levels that its own parser allows.
            let parser = try Parser(yaml: AliasMask.on(text), resolver: .basic, encoding: .utf8)
            guard let node = try parser.singleRoot() else { return .success(nil) }
            // Nodes hold their anchors weakly; the parser owns them.
            return try withExtendedLifetime(parser) {
                var composer = TreeComposer(path: path)
                return .success(try composer.tree(of: node))
            }
        } catch let error as TreeComposer.Failure {
            return .failure(Failure(error.place, error.message))
        } catch let error as YamlError {
            let problem = YamlProblem.of(error, in: text, path: path)
            return .failure(Failure(problem.place, problem.message))
        } catch {
            return .failure(Failure(whole, "cannot be read as YAML"))
        }
    }

    /// YAML takes printable characters only. A NUL means a binary file or UTF-16.
    private static func firstForbiddenCharacter(_ text: String, path: String) -> Failure? {
        var place = Place(path: path, line: 1, column: 1)
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0: return Failure(place, "a NUL character: the file must be text in UTF-8")
            case 0x0A:
                place.line += 1
                place.column = 0
            case 0x09, 0x0D, 0x20...0x7E, 0x85, 0xA0...: break
            default:
                return Failure(place, "the control character U+\(hexadecimal(scalar.value)) is not allowed in YAML")
            }
            if scalar.value == AliasMask.character.value || (0xFFFE...0xFFFF).contains(scalar.value) {
                return Failure(place, "the character U+\(hexadecimal(scalar.value)) is not allowed here")
            }
            place.column += 1
        }
        return nil
    }

    private static func hexadecimal(_ value: UInt32) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}

/// Hides aliases from the library, which would follow them without a limit: every `*` becomes one private-use character, so that
/// an alias is read as a plain text that begins with it. Columns stay as they are.
enum AliasMask {
    static let character: Unicode.Scalar = "\u{E000}"
    static func on(_ text: String) -> String {
        var masked = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { masked.append(scalar == "*" ? character : scalar) }
        return String(masked)
    }
    static func off(_ text: String) -> String {
        guard text.unicodeScalars.contains(character) else { return text }
        var plain = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { plain.append(scalar == character ? "*" : scalar) }
        return String(plain)
    }
}
