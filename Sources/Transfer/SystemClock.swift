internal import Glibc
package import Model

/// The machine's clocks: CLOCK_REALTIME for what is stored, CLOCK_MONOTONIC for durations. The only place that reads them.
package struct SystemClock: Clock {
    package init() {}

    package func now() -> Moment {
        let wall = SystemClock.read(CLOCK_REALTIME)
        let uptime = SystemClock.read(CLOCK_MONOTONIC)
        return Moment(
            wall: Timestamp(microseconds: Int64(wall.tv_sec) * 1_000_000 + Int64(wall.tv_nsec) / 1_000),
            uptime: Uptime(nanoseconds: Int64(uptime.tv_sec) * 1_000_000_000 + Int64(uptime.tv_nsec)))
    }

    private static func read(_ clock: clockid_t) -> timespec {
        var time = timespec()
        let result = clock_gettime(clock, &time)
        precondition(result == 0, "clock_gettime knows both clocks on every Linux")
        return time
    }
}
