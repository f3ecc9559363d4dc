package import Model
import Synchronization

/// Both clocks under the test's control: time passes only by `advance`, and the wall clock can be set.
package final class VirtualClock: Clock {
    private let moment: Mutex<Moment>

    package init(wall: Timestamp = Timestamp("2026-03-02T12:00:00Z")!, uptime: Uptime = Uptime(nanoseconds: 1_000_000_000_000))
    {
        moment = Mutex(Moment(wall: wall, uptime: uptime))
    }

    package func now() -> Moment { moment.withLock { $0 } }

    /// Lets time pass on both clocks.
    package func advance(by duration: Duration) {
        precondition(duration >= .zero, "time does not go back; stepWall sets the wall clock")
        moment.withLock { $0 = $0 + duration }
    }

    /// Lets time pass until the monotonic clock shows `uptime`.
    package func advance(to uptime: Uptime) {
        moment.withLock { $0 = $0 + max(uptime - $0.uptime, .zero) }
    }

    /// Sets the wall clock forward or back; the monotonic one does not notice.
    package func stepWall(by duration: Duration) { moment.withLock { $0.wall = $0.wall + duration } }
}
