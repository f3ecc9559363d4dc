import Synchronization

/// What tells states apart: 128 bits of hash. Two states that differ are taken for one with a probability below n² / 2^129 in all:
/// for ten million states that is 2 in 10^25.
struct StateKey: Sendable, Hashable {
    var high: UInt64
    var low: UInt64
}

/// The keys of the states that were seen, and how much trouble was left when they were.
///
/// A state that was seen with at least as much left in each respect need not be looked at again: whatever can follow it now could
/// follow it then. So a key is kept with the budgets of which none is as large as another in each respect.
final class VisitedStates: Sendable {
    private let shards: [Shard]

    /// So many that two threads seldom meet.
    private static let shardCount = 64

    private final class Shard: Sendable {
        let table = Mutex(Table())
    }

    init() { shards = (0..<VisitedStates.shardCount).map { _ in Shard() } }

    private func shard(of key: StateKey) -> Shard { shards[Int(key.high % UInt64(VisitedStates.shardCount))] }

    /// Notes a state; false where it was seen with as much left. The first time that a key is seen it counts as a state.
    func insert(_ key: StateKey, left: UInt32) -> Bool { shard(of: key).table.withLock { $0.insert(key, left) } }

    /// Whether the state was seen with more left since it was noted with this much.
    func isOutdone(_ key: StateKey, left: UInt32) -> Bool { shard(of: key).table.withLock { !$0.contains(key, left) } }

    /// Distinct states.
    var count: Int { shards.reduce(0) { $0 + $1.table.withLock { $0.keys } } }

    /// Open addressing with linear probing; an entry takes 20 bytes. A key may have several entries.
    private struct Table {
        private(set) var keys = 0
        private var used = 0
        private var slots = [StateKey](repeating: Table.empty, count: 1024)
        private var budgets = [UInt32](repeating: 0, count: 1024)

        /// No state's key: the odds are those of any collision.
        private static let empty = StateKey(high: 0, low: 0)

        mutating func insert(_ key: StateKey, _ left: UInt32) -> Bool {
            if used * 3 > slots.count * 2 { grow() }
            var isNew = true
            var index = start(key)
            while slots[index] != Table.empty {
                if slots[index] == key {
                    if Budget.covers(budgets[index], left) { return false }
                    if Budget.covers(left, budgets[index]) {
                        budgets[index] = left
                        return true
                    }
                    isNew = false
                }
                index = (index + 1) & (slots.count - 1)
            }
            slots[index] = key
            budgets[index] = left
            used += 1
            if isNew { keys += 1 }
            return true
        }

        func contains(_ key: StateKey, _ left: UInt32) -> Bool {
            var index = start(key)
            while slots[index] != Table.empty {
                if slots[index] == key, budgets[index] == left { return true }
                index = (index + 1) & (slots.count - 1)
            }
            return false
        }

        private func start(_ key: StateKey) -> Int { Int(truncatingIfNeeded: key.low) & (slots.count - 1) }

        private mutating func grow() {
            let old = (slots, budgets)
            slots = [StateKey](repeating: Table.empty, count: old.0.count * 2)
            budgets = [UInt32](repeating: 0, count: old.0.count * 2)
            for (key, left) in zip(old.0, old.1) where key != Table.empty {
                var index = start(key)
                while slots[index] != Table.empty { index = (index + 1) & (slots.count - 1) }
                slots[index] = key
                budgets[index] = left
            }
        }
    }
}
