import Yams

/// Turns the library's nodes into a tree: follows aliases, and keeps the limits of depth and number while doing so.
struct TreeComposer {
    struct Failure: Error {
        var place: Place
        var message: String
    }

    let path: String
    private var anchors: [String: Tree] = [:]
    private var visited = 0

    init(path: String) { self.path = path }

    mutating func tree(of node: Node, depth: Int = 0) throws(Failure) -> Tree {
        let place = place(of: node)
        try count(1, at: place)
        guard depth <= SettingsFile.maximumDepth else {
            throw Failure(place: place, message: "nested more than \(SettingsFile.maximumDepth) levels deep")
        }
        var tree: Tree
        switch node {
        case .scalar(let scalar):
            try checkTag(scalar.tag, at: place)
            if scalar.style == .plain, scalar.string.unicodeScalars.first == AliasMask.character {
                return try followed(AliasMask.off(scalar.string), at: place)
            }
            tree = Tree(place: place, content: .text(AliasMask.off(scalar.string), style(of: scalar)))
        case .sequence(let sequence):
            try checkTag(sequence.tag, at: place)
            var elements: [Tree] = []
            for element in sequence { elements.append(try self.tree(of: element, depth: depth + 1)) }
            tree = Tree(place: place, content: .list(elements))
        case .mapping(let mapping):
            try checkTag(mapping.tag, at: place)
            var entries: [Tree.Entry] = []
            for (key, value) in mapping { entries.append(try entry(key, value, depth: depth)) }
            tree = Tree(place: place, content: .mapping(entries))
        case .alias:
            throw Failure(place: place, message: "aliases cannot be followed here")
        }
        if let anchor = node.anchor { anchors[AliasMask.off(anchor.rawValue)] = tree }
        return tree
    }

    private mutating func entry(_ key: Node, _ value: Node, depth: Int) throws(Failure) -> Tree.Entry {
        let keyPlace = place(of: key)
        guard case .scalar(let scalar) = key,
            scalar.style != .plain || scalar.string.unicodeScalars.first != AliasMask.character
        else {
            throw Failure(place: keyPlace, message: "a key must be a text")
        }
        try count(1, at: keyPlace)
        let name = AliasMask.off(scalar.string)
        if name == "<<", scalar.style == .plain {
            throw Failure(place: keyPlace, message: "merge keys (\"<<\") are not supported; write the keys out")
        }
        return Tree.Entry(key: name, keyPlace: keyPlace, value: try tree(of: value, depth: depth + 1))
    }

    /// The value of an alias, counted anew each time it is used.
    private mutating func followed(_ alias: String, at place: Place) throws(Failure) -> Tree {
        let name = String(alias.dropFirst())
        guard !name.isEmpty, name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isDigit || $0 == "_" || $0 == "-") }) else {
            throw Failure(place: place, message: "a text that begins with * must be quoted")
        }
        guard let target = anchors[name] else {
            throw Failure(
                place: place,
                message: "there is no anchor &\(name) before this alias"
                    + Suggestion.clause(for: name, in: anchors.keys.sorted()))
        }
        try count(size(of: target), at: place)
        return target
    }

    /// The number of values in a tree, counted no further than the limit.
    private func size(of tree: Tree) -> Int {
        var waiting = [tree]
        var size = 0
        while let next = waiting.popLast(), size <= SettingsFile.maximumNodes {
            size += 1
            switch next.content {
            case .text: break
            case .list(let elements): waiting += elements
            case .mapping(let entries):
                size += entries.count
                waiting += entries.map(\.value)
            }
        }
        return size
    }

    private mutating func count(_ more: Int, at place: Place) throws(Failure) {
        visited += more
        guard visited <= SettingsFile.maximumNodes else {
            let limit = SettingsFile.maximumNodes
            throw Failure(place: place, message: "the file has more than \(limit) values, counting every use of an alias")
        }
    }

    private func checkTag(_ tag: Tag, at place: Place) throws(Failure) {
        let allowed: [Tag.Name] = [.implicit, .str, .map, .seq]
        guard allowed.contains(where: { $0.rawValue == tag.description }) else {
            throw Failure(place: place, message: "tags such as !name are not supported")
        }
    }

    private func style(of scalar: Node.Scalar) -> Tree.Style {
        switch scalar.style {
        case .any, .plain: .plain
        case .singleQuoted, .doubleQuoted: .quoted
        case .literal, .folded: .block
        }
    }

    private func place(of node: Node) -> Place {
        Place(path: path, line: node.mark?.line ?? 0, column: node.mark?.column ?? 0)
    }
}
