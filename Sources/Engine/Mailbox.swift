import Glibc
import Model

/// Letters for one reader, who sleeps until one comes or a time is reached.
///
/// A letter that can wait wakes the reader only where the box was empty, and the reader lets such letters gather for a moment: at a
/// thousand results a second a wake for each would cost more than the results.
/// Unchecked because the C mutex and condition guard every access.
final class Mailbox<Letter: Sendable>: @unchecked Sendable {
    /// How long letters that can wait may gather.
    static var gathering: Duration { .milliseconds(200) }

    private var letters: [Letter] = []
    private var isUrgent = false
    private var isClosed = false
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() {
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// False where the reader is gone: nobody will read it.
    @discardableResult
    func post(_ letter: Letter, urgent: Bool) -> Bool {
        pthread_mutex_lock(mutex)
        if isClosed {
            pthread_mutex_unlock(mutex)
            return false
        }
        let wakes = letters.isEmpty || (urgent && !isUrgent)
        letters.append(letter)
        isUrgent = isUrgent || urgent
        pthread_mutex_unlock(mutex)
        if wakes { pthread_cond_signal(condition) }
        return true
    }

    /// The reader goes: returns what it has not read, and takes nothing more.
    func close() -> [Letter] {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        isClosed = true
        defer { letters = [] }
        return letters
    }

    /// Returns what came, in order; nothing when `deadline` (on the monotonic clock) passed first.
    func take(until deadline: Uptime, clock: any Clock) -> [Letter] {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        var end = deadline
        var isGathering = false
        while !isUrgent {
            if !letters.isEmpty, !isGathering {
                isGathering = true
                end = min(deadline, clock.now().uptime + Mailbox.gathering)
            }
            guard clock.now().uptime < end else { break }
            var limit = timespec(tv_sec: Int(end.nanoseconds / 1_000_000_000), tv_nsec: Int(end.nanoseconds % 1_000_000_000))
            pthread_cond_timedwait(condition, mutex, &limit)
        }
        defer {
            letters.removeAll(keepingCapacity: true)
            isUrgent = false
        }
        return letters
    }
}
