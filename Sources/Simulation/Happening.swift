import HeapModule
import Model

/// What is to happen at a true time.
enum Happening: Sendable {
    case act(Plan.Act)
    /// A probe's run; `life` is that of the process that asked for it.
    case run(probe: String, isExtra: Bool, life: Int)
    case applied(OutboxRow, body: String)
    case settled(Settlement, target: String, kind: Notification.Kind, life: Int)
    case restart(variant: Int?)
}

/// Happenings in the order of their times; equal times in the order in which they were added.
struct Happenings {
    private struct Entry: Comparable {
        var at: Int64
        var number: Int
        var happening: Happening
        static func < (a: Entry, b: Entry) -> Bool { (a.at, a.number) < (b.at, b.number) }
        static func == (a: Entry, b: Entry) -> Bool { (a.at, a.number) == (b.at, b.number) }
    }
    private var heap = Heap<Entry>()
    private var count = 0
    /// Requests that receivers will still apply.
    private(set) var unapplied = 0

    var next: Int64? { heap.min?.at }

    mutating func add(_ happening: Happening, at time: Int64) {
        count += 1
        if case .applied = happening { unapplied += 1 }
        heap.insert(Entry(at: time, number: count, happening: happening))
    }

    mutating func pop(by time: Int64) -> Happening? {
        guard let first = heap.min, first.at <= time else { return nil }
        heap.removeMin()
        if case .applied = first.happening { unapplied -= 1 }
        return first.happening
    }
}
