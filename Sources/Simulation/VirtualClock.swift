package import Model

/// Both clocks of a machine that does not exist. Time passes only when the simulation says so; the wall clock can be set, and a
/// suspended machine's monotonic clock stands still.
///
/// Unchecked because one simulation uses it from one thread; it is a class so that the daemon's parts see the same time.
package final class VirtualClock: Clock, @unchecked Sendable {
    private let wallAtStart: Timestamp

    /// True time since the start, in microseconds: what receivers and people live by.
    private(set) var elapsed: Int64 = 0
    private var wallShift: Int64 = 0
    private var suspended: Int64 = 0

    init(wallAtStart: Timestamp) { self.wallAtStart = wallAtStart }

    package func now() -> Moment {
        Moment(
            wall: wallAtStart + .microseconds(elapsed + wallShift),
            uptime: Uptime(nanoseconds: (elapsed - suspended) * 1000))
    }

    func advance(to time: Int64) { elapsed = max(elapsed, time) }

    /// The wall clock is set.
    func setWall(by step: Duration) { wallShift += step.microseconds }

    /// The machine slept for so long until now.
    func slept(_ duration: Duration) { suspended += duration.microseconds }

    /// The true time at which the wall clock will show `wall`, if nobody sets it.
    func time(ofWall wall: Timestamp) -> Int64 { (wall - wallAtStart).microseconds - wallShift }

    func time(ofUptime uptime: Uptime) -> Int64 { uptime.nanoseconds / 1000 + suspended }
}
