import Model

/// Why a line cannot be read: a sentence that says what instead.
struct Wrong: Error, Hashable {
    var sentence: String
    init(_ sentence: String) { self.sentence = sentence }
}

/// The words of one line, cut at spaces. Quotes keep spaces together, `#` at the start of a word begins a comment.
struct Words {
    struct Word: Hashable {
        /// Without its quotes where the whole word stands in quotes.
        var text: String
        var isQuoted: Bool
    }
    private var rest: ArraySlice<Word>

    init(_ line: some StringProtocol) throws(Wrong) {
        rest = try Words.cut(line)[...]
    }

    var isEmpty: Bool { rest.isEmpty }
    /// As it would be typed again.
    var shown: String { rest.map { $0.isQuoted ? "\"\($0.text)\"" : $0.text }.joined(separator: " ") }

    mutating func next() -> Word? { rest.popFirst() }

    func begins(with keyword: String) -> Bool { rest.first.map { !$0.isQuoted && $0.text == keyword } ?? false }

    /// Takes the next word if it is this one.
    mutating func take(_ keyword: String) -> Bool {
        guard let first = rest.first, !first.isQuoted, first.text == keyword else { return false }
        rest = rest.dropFirst()
        return true
    }

    /// The next word, which must be there; `what` says what belongs here.
    mutating func need(_ what: String) throws(Wrong) -> String {
        guard let word = rest.popFirst() else { throw Wrong("the line ends where \(what) is expected") }
        return word.text
    }

    /// The next word if it stands in quotes.
    mutating func quoted() -> String? {
        guard let first = rest.first, first.isQuoted else { return nil }
        rest = rest.dropFirst()
        return first.text
    }

    /// The next word if `read` makes something of it.
    mutating func read<Value>(_ read: (String) -> Value?) -> Value? {
        guard let first = rest.first, !first.isQuoted, let value = read(first.text) else { return nil }
        rest = rest.dropFirst()
        return value
    }

    mutating func duration(_ what: String) throws(Wrong) -> Duration {
        let text = try need(what)
        guard let duration = Duration(short: text) else {
            throw Wrong("expected \(what) such as 30s, 5m or 1h30m, got \"\(text)\"")
        }
        return duration
    }

    func end() throws(Wrong) {
        guard rest.isEmpty else { throw Wrong("\"\(shown)\" is too much here") }
    }

    private static func cut(_ line: some StringProtocol) throws(Wrong) -> [Word] {
        let characters = Array(line)
        var words: [Word] = []
        var index = 0
        while index < characters.count {
            if characters[index].isWhitespace {
                index += 1
                continue
            }
            if characters[index] == "#" { break }
            let isQuoted = characters[index] == "\""
            var isOpen = false
            var text = ""
            while index < characters.count, isOpen || !characters[index].isWhitespace {
                let character = characters[index]
                index += 1
                if character == "\"" {
                    isOpen.toggle()
                    if !isQuoted { text.append(character) }
                    if isQuoted, !isOpen { break }
                } else if character == "\\", isOpen, index < characters.count {
                    if !isQuoted { text.append(character) }
                    text.append(characters[index])
                    index += 1
                } else {
                    text.append(character)
                }
            }
            guard !isOpen else { throw Wrong("a quote is opened and not closed on this line") }
            words.append(Word(text: text, isQuoted: isQuoted))
        }
        return words
    }
}
