/// The timelines of a page: fenced blocks that are marked ```` ```timeline ````.
package enum MarkdownTimelines {
    package struct Block: Sendable, Hashable {
        /// The number of its first line in the page.
        package var line: Int
        /// The page with everything else empty, so that the numbers of lines are those of the page. A block without a `config:` has
        /// the head of the last one that has: what stands there before its first statement.
        package var text: String
    }

    package static func blocks(in page: String) -> [Block] {
        let lines = page.split(separator: "\n", omittingEmptySubsequences: false)
        var blocks: [Block] = []
        var head: [Int] = []
        var open: [Int]?
        for (index, line) in lines.enumerated() {
            if open == nil, line == "```timeline" {
                open = []
            } else if let numbers = open, line == "```" {
                let hasHead = numbers.contains { lines[$0].hasPrefix("config:") }
                if hasHead { head = numbers.filter { isHead(lines[$0]) } }
                let kept = Set(numbers + (hasHead ? [] : head))
                let text = lines.indices.map { kept.contains($0) ? lines[$0] : "" }.joined(separator: "\n")
                blocks.append(Block(line: (numbers.first ?? index) + 1, text: text))
                open = nil
            } else if open != nil {
                open?.append(index)
            }
        }
        return blocks
    }

    private static func isHead(_ line: Substring) -> Bool {
        line.first == " " || ["config", "probes", "start:", "allow"].contains(where: line.hasPrefix)
    }
}
