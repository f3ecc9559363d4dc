import Model
import Settings

/// Something wrong in a template: which line of it, and what.
package struct TemplateProblem: Error, Sendable, Hashable {
    package var line: Int
    package var sentence: String
}

/// Reads the tags of a template to find what is wrong with them, all at once. The language is Mustache's without what reaches
/// outside of the values or runs away: no partials, no inheritance, no functions, no other delimiters, no list within a list.
struct TemplateScanner {
    /// Bytes: a message is not a program.
    static let maxBytes = 8 << 10
    /// What is written for each alert is written up to 500 times.
    static let maxTags = 100
    static let maxDepth = 8

    private struct Section {
        var name: String
        var line: Int
        /// Its contents are written for each element.
        var isList: Bool
    }

    private let characters: [Character]
    private var index = 0
    private var line = 1
    private var tags = 0
    private var open: [Section] = []
    private var problems: [TemplateProblem] = []

    static func problems(in text: String) -> [TemplateProblem] {
        guard text.utf8.count <= maxBytes else {
            return [TemplateProblem(line: 1, sentence: "a template has at most 8 KiB, this one has \(text.utf8.count) bytes")]
        }
        var scanner = TemplateScanner(text)
        scanner.scan()
        return scanner.problems
    }

    private init(_ text: String) { characters = Array(text) }

    private var list: String? { open.last { $0.isList }?.name }

    private mutating func add(_ sentence: String, line: Int? = nil) {
        problems.append(TemplateProblem(line: line ?? self.line, sentence: sentence))
    }

    private func has(_ text: String, at place: Int) -> Bool {
        place + text.count <= characters.count && characters[place..<place + text.count].elementsEqual(text)
    }

    private mutating func scan() {
        while index < characters.count {
            guard has("{{", at: index) else {
                if characters[index].isNewline { line += 1 }
                index += 1
                continue
            }
            let isTriple = has("{{{", at: index)
            let end = isTriple ? "}}}" : "}}"
            let start = index + end.count
            guard let close = (start..<max(start, characters.count)).first(where: { has(end, at: $0) }) else {
                return add("a tag that begins with \(isTriple ? "{{{" : "{{") has no \(end)")
            }
            tags += 1
            let content = String(characters[start..<close])
            if isTriple { variable(name(content[...])) } else { tag(content) }
            line += characters[start..<close].count(where: \.isNewline)
            index = close + end.count
        }
        for section in open { add("the section \(section.name) has no {{/\(section.name)}}", line: section.line) }
        if tags > TemplateScanner.maxTags {
            add("a template has at most \(TemplateScanner.maxTags) tags, this one has \(tags)")
        }
    }

    private mutating func tag(_ content: String) {
        let sign = content.first
        let rest = content.dropFirst()
        switch sign {
        case "!": break
        case "#", "^": begin(name(rest), isInverted: sign == "^")
        case "/": end(name(rest))
        case "&": variable(name(rest))
        case ">", "<", "$": add("{{\(Shown.short(content))}}: a template stands alone, it has no partials and no blocks")
        case "=": add("{{\(Shown.short(content))}}: a template has no other delimiters than {{ and }}")
        case "%": add("{{\(Shown.short(content))}}: a template has no settings, it is always plain text")
        default: variable(name(content[...]))
        }
    }

    private func name(_ text: Substring) -> String {
        let start = text.drop(while: \.isWhitespace)
        return String(start.prefix { !$0.isWhitespace })
            + (start.drop { !$0.isWhitespace }.contains { !$0.isWhitespace } ? " " : "")
    }

    private mutating func variable(_ name: String) {
        guard let meaning = meaning(of: name) else { return }
        if meaning == .list { add("\(name) is a list: write {{#\(name)}}...{{/\(name)}}") }
    }

    private mutating func begin(_ name: String, isInverted: Bool) {
        let meaning = meaning(of: name)
        let isList = meaning == .list && !isInverted
        if isList, let list { add("{{#\(name)}} stands within {{#\(list)}}: a list has no list within") }
        open.append(Section(name: name, line: line, isList: isList))
        if open.count == TemplateScanner.maxDepth + 1 {
            add("sections stand at most \(TemplateScanner.maxDepth) deep")
        }
    }

    private mutating func end(_ name: String) {
        guard let last = open.last else { return add("{{/\(name)}} ends a section that has not begun") }
        guard last.name == name else { return add("{{/\(name)}} stands where {{/\(last.name)}} is expected") }
        open.removeLast()
    }

    /// What a name means here; nil where it means nothing, which is then told.
    private mutating func meaning(of name: String) -> TemplateFields.Meaning? {
        if let meaning = TemplateFields.meaning(of: name, within: list) { return meaning }
        let isName =
            !name.isEmpty
            && name.utf8.allSatisfy { byte in
                (byte | 32 >= 97 && byte | 32 <= 122) || (byte >= 48 && byte <= 57) || "_.".utf8.contains(byte)
            }
        if name == "labels" || name == TemplateFields.labelPrefix {
            add("labels are read by their names: {{labels.team}}")
        } else if name.contains("(") {
            add("{{\(Shown.short(name))}}: a template has no functions")
        } else if !isName {
            add("{{\(Shown.short(name))}} is not the name of a field")
        } else if let home = TemplateFields.lists.filter({ $0.value.contains(name) }).keys.sorted().first {
            add("\(name) stands within {{#\(home)}} only")
        } else {
            let known = TemplateFields.names + (list.flatMap { TemplateFields.lists[$0] } ?? [])
            let near = Suggestion.clause(for: name, in: known)
            add(
                "there is no field \"\(Shown.short(name))\""
                    + (near.isEmpty ? "; fields: " + known.joined(separator: ", ") : near))
        }
        return nil
    }
}
