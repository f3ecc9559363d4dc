package import Alerting
import Foundation
import Synchronization

/// Every history within a budget, up to states that behave alike.
package struct Exploration: Sendable {
    /// Whom the scene's policy tells when.
    package enum Policy: String, Sendable, Hashable {
        /// Both receivers at once.
        case together
        /// The one that keeps state at once, the other if the incident goes on.
        case escalating
    }
    package var budget: Budget
    package var policy: Policy
    package var defects: Defects
    /// It gives up after so many states.
    package var limit: Int
    package init(budget: Budget, policy: Policy = .together, defects: Defects = [], limit: Int = 50_000_000) {
        self.budget = budget
        self.policy = policy
        self.defects = defects
        self.limit = limit
    }

    package struct Finding: Sendable {
        package var states = 0
        /// Moves that were tried.
        package var moves = 0
        /// Every state was seen: there is no history within the budget that breaks anything, if there is no counterexample.
        package var isExhausted = false
        /// What breaks, and the history that leads there.
        package var problem: String?
        package var history: [String] = []
    }

    /// Breadth first: it finds a shortest history.
    package func shortest() -> Finding {
        var finding = Finding()
        let visited = VisitedStates()
        var level = [Node.first(self, visited)]
        while !level.isEmpty {
            var next: [Node] = []
            for node in level {
                let (nodes, broken) = node.followed(visited, &finding.moves)
                if let broken { return finding.ended(broken, visited, self) }
                next += nodes
            }
            if visited.count >= limit { return finding.ended(nil, visited, self) }
            level = next
        }
        finding.isExhausted = true
        return finding.ended(nil, visited, self)
    }

    /// Depth first, which needs little memory, on several threads. `report` is called now and then, from one of them.
    package func run(workers: Int = 1, report: @escaping @Sendable (Finding) -> Void = { _ in }) -> Finding {
        let search = Search(self, workers: workers)
        let done = DispatchGroup()
        for worker in 0..<workers {
            let thread = Thread {
                search.work(isFirst: worker == 0, report)
                done.leave()
            }
            thread.stackSize = 8 << 20
            done.enter()
            thread.start()
        }
        done.wait()
        return search.finding()
    }
}

/// A state and how it came to be.
struct Node: Sendable {
    var state: ExploredState
    var key: StateKey
    var path: Path?

    final class Path: Sendable {
        let before: Path?
        let move: Move
        init(_ before: Path?, _ move: Move) {
            self.before = before
            self.move = move
        }
        var moves: [Move] {
            var moves: [Move] = []
            var path: Path? = self
            while let step = path {
                moves.append(step.move)
                path = step.before
            }
            return moves.reversed()
        }
    }

    /// A history that breaks something.
    struct Broken: Sendable {
        var problem: String
        var moves: [Move]
    }

    static func first(_ exploration: Exploration, _ visited: VisitedStates) -> Node {
        let state = ExploredState(exploration)
        let key = Fingerprint.of(state)
        _ = visited.insert(key, left: state.left.packed)
        return Node(state: state, key: key)
    }

    /// The states that can follow and were not seen, and what breaks in one of them.
    func followed(_ visited: VisitedStates, _ tried: inout Int) -> ([Node], Broken?) {
        var nodes: [Node] = []
        for move in state.moves() {
            tried += 1
            var next = state
            next.apply(move)
            if next.isQuiet { next.settleDown() }
            if let problem = next.problems.first {
                return ([], Broken(problem: problem, moves: Path(path, move).moves))
            }
            let key = Fingerprint.of(next)
            guard visited.insert(key, left: next.left.packed) else { continue }
            nodes.append(Node(state: next, key: key, path: Path(path, move)))
        }
        return (nodes, nil)
    }
}

extension Exploration.Finding {
    /// With what broke, if anything did, told in words.
    func ended(_ broken: Node.Broken?, _ visited: VisitedStates, _ exploration: Exploration) -> Exploration.Finding {
        var whole = self
        whole.states = visited.count
        guard let broken else { return whole }
        whole.isExhausted = false
        whole.problem = broken.problem
        var state = ExploredState(exploration)
        for move in broken.moves {
            whole.history.append(state.words(move))
            state.apply(move)
            if state.isQuiet { state.settleDown() }
        }
        return whole
    }
}

/// Several threads on one search. Each has a stack of its own; one that has nothing left takes from what the others give away.
private final class Search: Sendable {
    private struct Shared {
        var pool: [Node] = []
        /// Threads without work.
        var waiting = 0
        var isOver = false
        var finding = Exploration.Finding()
        var broken: Node.Broken?
    }
    private let exploration: Exploration
    private let workers: Int
    private let visited = VisitedStates()
    private let shared = Mutex(Shared())
    private let isWanted = Atomic<Bool>(false)
    private let more = DispatchSemaphore(value: 0)

    /// A thread looks at what is shared after so many states.
    private static let statesBetween = 256
    private static let movesBetweenReports = 1_000_000

    init(_ exploration: Exploration, workers: Int) {
        self.exploration = exploration
        self.workers = workers
        shared.withLock { $0.pool = [Node.first(exploration, visited)] }
    }

    func work(isFirst: Bool, _ report: (Exploration.Finding) -> Void) {
        var told = 0
        while let node = take() {
            var stack = [node]
            var moves = 0
            var states = 0
            while let node = stack.popLast() {
                if visited.isOutdone(node.key, left: node.state.left.packed) { continue }
                let (nodes, broken) = node.followed(visited, &moves)
                stack += nodes
                states += 1
                if states % Search.statesBetween == 0 || broken != nil {
                    let finding = account(&moves, broken)
                    guard let finding else { return }
                    if isFirst, finding.moves - told >= Search.movesBetweenReports {
                        told = finding.moves
                        report(finding)
                    }
                }
                if isWanted.load(ordering: .relaxed), stack.count > 1 { give(&stack) }
            }
            guard account(&moves, nil) != nil else { return }
        }
    }

    /// Adds up; nil where the search is over.
    private func account(_ moves: inout Int, _ broken: Node.Broken?) -> Exploration.Finding? {
        let states = visited.count
        let (finding, isOver) = shared.withLock { shared in
            shared.finding.moves += moves
            shared.finding.states = states
            if shared.broken == nil { shared.broken = broken }
            if shared.broken != nil || states >= exploration.limit { shared.isOver = true }
            return (shared.finding, shared.isOver)
        }
        moves = 0
        guard isOver else { return finding }
        for _ in 0..<workers { more.signal() }
        return nil
    }

    /// The half that is nearest to the beginning, under which most lies.
    private func give(_ stack: inout [Node]) {
        let given = stack.prefix(stack.count / 2)
        let waiting = shared.withLock { shared in
            shared.pool += given
            isWanted.store(false, ordering: .relaxed)
            return shared.waiting
        }
        stack.removeFirst(given.count)
        for _ in 0..<min(waiting, given.count) { more.signal() }
    }

    /// The next state to begin with; nil where none is left anywhere.
    private func take() -> Node? {
        var hasWaited = false
        while true {
            let (node, isOver) = shared.withLock { shared -> (Node?, Bool) in
                if hasWaited { shared.waiting -= 1 }
                if shared.isOver { return (nil, true) }
                if let node = shared.pool.popLast() { return (node, false) }
                shared.waiting += 1
                if shared.waiting == workers {
                    shared.isOver = true
                    shared.finding.isExhausted = true
                } else {
                    isWanted.store(true, ordering: .relaxed)
                }
                return (nil, shared.isOver)
            }
            if let node { return node }
            if isOver {
                for _ in 0..<workers { more.signal() }
                return nil
            }
            more.wait()
            hasWaited = true
        }
    }

    func finding() -> Exploration.Finding {
        let (finding, broken) = shared.withLock { ($0.finding, $0.broken) }
        return finding.ended(broken, visited, exploration)
    }
}
