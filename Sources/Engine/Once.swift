import Synchronization

/// An answer that comes once, from any thread, or not in time.
final class Once<Value: Sendable>: Sendable {
    private let waiting: Mutex<CheckedContinuation<Value, Never>?>

    private init(_ continuation: CheckedContinuation<Value, Never>) { waiting = Mutex(continuation) }

    /// The first answer counts.
    func answer(_ value: Value) { waiting.withLock { $0.take() }?.resume(returning: value) }

    /// Waits for an answer to what `ask` starts.
    static func wait(_ ask: (Once<Value>) -> Void) async -> Value {
        await withCheckedContinuation { ask(Once($0)) }
    }

    /// The same, with an answer for when none has come within `limit`.
    static func wait(atMost limit: Duration, else fallback: Value, _ ask: (Once<Value>) -> Void) async -> Value {
        await withCheckedContinuation { continuation in
            let once = Once(continuation)
            ask(once)
            Task {
                do { try await Task.sleep(for: limit) } catch { return once.answer(fallback) }
                once.answer(fallback)
            }
        }
    }
}
