internal import Model

/// A transfer that waits for its turn.
struct Waiting {
    var entry: Entry
    var deadline: Uptime
}

/// Transfers of one class: how many are in flight, and those that wait, first come first served.
struct Line {
    var inFlight = 0
    private var waiting: [Waiting] = []
    private var head = 0
    /// No one in the line has an earlier deadline. It may be earlier than the earliest: then a look finds nobody late.
    private(set) var firstDeadline: Uptime?

    var count: Int { waiting.count - head }

    mutating func append(_ one: Waiting) {
        waiting.append(one)
        firstDeadline = min(firstDeadline ?? one.deadline, one.deadline)
    }

    mutating func next() -> Waiting? {
        guard head < waiting.count else { return nil }
        let one = waiting[head]
        head += 1
        if head == waiting.count {
            waiting.removeAll(keepingCapacity: true)
            head = 0
            firstDeadline = nil
        } else if head > 256, head * 2 > waiting.count {
            waiting.removeFirst(head)
            head = 0
        }
        return one
    }

    func mayBeLate(_ now: Uptime) -> Bool { firstDeadline.map { $0 <= now } ?? false }

    mutating func takeLate(_ now: Uptime) -> [Waiting] {
        guard let first = firstDeadline, first <= now else { return [] }
        let all = waiting[head...]
        let late = all.filter { $0.deadline <= now }
        waiting = all.filter { $0.deadline > now }
        head = 0
        firstDeadline = waiting.lazy.map(\.deadline).min()
        return late
    }

    mutating func takeAll() -> [Waiting] {
        defer {
            waiting = []
            head = 0
            firstDeadline = nil
        }
        return Array(waiting[head...])
    }
}
