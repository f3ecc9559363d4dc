import Foundation

/// What the kernel says this process has used: user and system time, in seconds.
func usedSeconds() -> Double {
    let usage = usage()
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
}

/// The most memory that it ever had.
func residentMegabytes() -> Int { Int(usage().ru_maxrss) / 1024 }

private func usage() -> rusage {
    var usage = rusage()
    // It fails only where its arguments are wrong.
    guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else {
        preconditionFailure("getrusage failed: \(errno)")
    }
    return usage
}
