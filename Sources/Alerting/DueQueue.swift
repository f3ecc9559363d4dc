import HeapModule
import Model

/// Something due at a time, ordered by it; equal times go in the order of `tie`.
struct Due<Key: Sendable>: Comparable, Sendable {
    var at: Timestamp
    var tie: Int64
    var key: Key
    static func < (a: Due, b: Due) -> Bool { (a.at, a.tie) < (b.at, b.tie) }
    static func == (a: Due, b: Due) -> Bool { (a.at, a.tie) == (b.at, b.tie) }
}

/// What is due next. Entries are never taken out before their time: whoever pops one asks whether it is still true.
struct DueQueue<Key: Sendable>: Sendable {
    private var heap = Heap<Due<Key>>()

    var next: Timestamp? { heap.min?.at }

    mutating func insert(_ key: Key, at due: Timestamp, tie: Int64 = 0) { heap.insert(Due(at: due, tie: tie, key: key)) }

    mutating func pop(dueBy now: Timestamp) -> Due<Key>? {
        guard let first = heap.min, first.at <= now else { return nil }
        return heap.removeMin()
    }
}
