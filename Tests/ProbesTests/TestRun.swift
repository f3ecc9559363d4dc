import Glibc
import Model
import Testing

@testable import Probes

/// The machine's clocks, with the wall clock where a test wants it.
struct TestClock: Clock {
    var wall: Timestamp?
    func now() -> Moment {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        let uptime = Uptime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
        clock_gettime(CLOCK_REALTIME, &time)
        return Moment(wall: wall ?? Timestamp(seconds: Int64(time.tv_sec)), uptime: uptime)
    }
}

/// A run that begins now; the one name that resolves is `localhost`, first to an address where nobody listens.
func testRun(timeout: Duration, at wall: Timestamp? = nil) -> BlockingRun {
    let clock = TestClock(wall: wall)
    return BlockingRun(deadline: clock.now().uptime + timeout, clock: clock) { host, _, _ in
        host == "localhost"
            ? .success(["127.0.0.2", "127.0.0.1"]) : .failure(Failure(.nameResolution, "the name \(host) does not resolve"))
    }
}

func value(_ name: String, _ measured: Measured) -> Double? { measured.samples.first { $0.name == name }?.value }

extension Measured {
    /// Samples and failure, without what the run saw.
    var numbers: Measured { Measured(samples: samples, failure: failure) }
}

/// Measures until a run ends within 100 ms after its deadline, five times at most: a machine that is busy with other things can
/// delay one run, a deadline that is not kept delays all of them.
func measureTimely(_ timeout: Duration, _ measure: () -> Measured) -> Measured {
    var measured = Measured()
    var elapsed = Duration.zero
    for _ in 0..<5 {
        let start = TestClock().now().uptime
        measured = measure()
        elapsed = TestClock().now().uptime - start
        if elapsed >= timeout && elapsed < timeout + .milliseconds(100) { return measured }
    }
    Issue.record("a run with a timeout of \(timeout.short) took \(elapsed.short)")
    return measured
}
