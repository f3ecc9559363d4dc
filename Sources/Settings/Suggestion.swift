/// "Did you mean": the known word nearest to a mistyped one.
package enum Suggestion {
    /// The nearest of `known`, where it is so near that a slip of the fingers explains the difference: one slip in a word of up
    /// to five letters, two up to eight, three beyond. Case does not count as a difference.
    package static func nearest(to word: String, in known: some Sequence<String>) -> String? {
        let typed = Array(word.lowercased())
        let allowed = typed.count <= 5 ? 1 : typed.count <= 8 ? 2 : 3
        var best: (distance: Int, word: String)?
        for candidate in known where candidate != word {
            let letters = Array(candidate.lowercased())
            guard abs(letters.count - typed.count) <= allowed else { continue }
            let distance = distance(typed, letters)
            // A word that shares no letter in its place with a short one is no slip.
            guard distance <= allowed, distance < max(typed.count, letters.count) else { continue }
            if best == nil || (distance, candidate) < (best!.distance, best!.word) { best = (distance, candidate) }
        }
        return best?.word
    }

    /// `; did you mean "interval"?`, or nothing.
    package static func clause(for word: String, in known: some Sequence<String>) -> String {
        nearest(to: word, in: known).map { "; did you mean \"\($0)\"?" } ?? ""
    }

    /// The Damerau–Levenshtein distance (optimal string alignment): letters inserted, dropped, replaced, or swapped with a
    /// neighbour.
    static func distance(_ a: [Character], _ b: [Character]) -> Int {
        var beforeLast = [Int](repeating: 0, count: b.count + 1)
        var last = Array(0...b.count)
        for i in 0..<a.count {
            var row = [i + 1]
            row.reserveCapacity(b.count + 1)
            for j in 0..<b.count {
                let replaced = last[j] + (a[i] == b[j] ? 0 : 1)
                var least = min(replaced, last[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { least = min(least, beforeLast[j - 1] + 1) }
                row.append(least)
            }
            beforeLast = last
            last = row
        }
        return last[b.count]
    }
}
