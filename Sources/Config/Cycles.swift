/// Finds rings in a graph of names.
enum Cycles {
    /// One ring of each knot, beginning at the name that stands first. Edges of a node to itself or to unknown names are left out.
    static func find(in graph: [(node: String, edges: [String])]) -> [[String]] {
        var edges: [String: [String]] = [:]
        for (node, targets) in graph { edges[node, default: []] += targets.filter { $0 != node } }
        // Peel off, again and again, what depends on nothing that is left.
        var dependents: [String: [String]] = [:]
        var open: [String: Int] = [:]
        for (node, targets) in edges {
            let known = targets.filter { edges[$0] != nil }
            open[node] = known.count
            for target in known { dependents[target, default: []].append(node) }
        }
        var ready = open.filter { $0.value == 0 }.map(\.key)
        while let node = ready.popLast() {
            open[node] = nil
            for dependent in dependents[node] ?? [] {
                guard let left = open[dependent] else { continue }
                open[dependent] = left - 1
                if left == 1 { ready.append(dependent) }
            }
        }
        // Whoever is left leads into a ring: follow first edges until a name comes again.
        var seen = Set<String>()
        var rings: [[String]] = []
        for (start, _) in graph where open[start] != nil && !seen.contains(start) {
            var path: [String] = []
            var next: String? = start
            while let node = next, seen.insert(node).inserted {
                path.append(node)
                next = edges[node]?.first { open[$0] != nil }
            }
            if let again = next, let index = path.firstIndex(of: again) { rings.append(Array(path[index...])) }
        }
        return rings
    }
}
