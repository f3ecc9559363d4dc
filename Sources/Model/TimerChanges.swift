/// Timers that are set and cancelled: the last word on each counts, so that many decisions can be added up in one pass.
package struct TimerChanges: Sendable {
    private enum Change: Sendable {
        case set(TimerRow)
        case cancelled
    }
    private var last: [TimerRow.Key: Change] = [:]
    /// In the order in which they were first spoken of.
    private var keys: [TimerRow.Key] = []

    package init() {}

    package var isEmpty: Bool { keys.isEmpty }

    package mutating func set(_ timer: TimerRow) { change(timer.key, .set(timer)) }
    package mutating func cancel(_ key: TimerRow.Key) { change(key, .cancelled) }

    private mutating func change(_ key: TimerRow.Key, _ change: Change) {
        if last.updateValue(change, forKey: key) == nil { keys.append(key) }
    }

    /// Adds what comes after this.
    package mutating func append(_ next: TimerChanges) {
        guard !isEmpty else { return self = next }
        for key in next.keys { next.last[key].map { change(key, $0) } }
    }

    /// Those that are set. To replace them leaves the others cancelled.
    package var timers: [TimerRow] {
        get {
            keys.compactMap { key in
                if case .set(let timer) = last[key] { timer } else { nil }
            }
        }
        set {
            var replaced = TimerChanges()
            for key in cancelled { replaced.cancel(key) }
            for timer in newValue { replaced.set(timer) }
            self = replaced
        }
    }

    /// Those that are cancelled. To replace them leaves the others set, also where they are among these.
    package var cancelled: [TimerRow.Key] {
        get {
            keys.filter { key in
                if case .cancelled = last[key] { true } else { false }
            }
        }
        set {
            var replaced = TimerChanges()
            for key in newValue { replaced.cancel(key) }
            for timer in timers { replaced.set(timer) }
            self = replaced
        }
    }
}
