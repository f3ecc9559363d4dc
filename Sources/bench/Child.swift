import Glibc

/// A process that a benchmark started, and that it ends by its id.
final class Child {
    let id: pid_t
    private var hasEnded = false

    /// - Parameter log: takes its standard output and error.
    init(_ path: String, _ arguments: [String], log: String) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        let words = ([path] + arguments).map { strdup($0) }
        let settings: [String] = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "SWIFT_BACKTRACE=enable=no"]
        let environment = settings.map { strdup($0) }
        defer { for text in words + environment { free(text) } }
        var id: pid_t = 0
        let result = posix_spawn(&id, path, &actions, nil, words + [nil], environment + [nil])
        guard result == 0 else { throw Trouble("\(path) cannot be started: \(String(cString: strerror(result)))") }
        self.id = id
    }

    deinit { end() }

    /// Asks it to end, and waits for it.
    func end() {
        guard !hasEnded else { return }
        kill(id, SIGTERM)
        wait()
    }

    func wait() {
        guard !hasEnded else { return }
        var status: CInt = 0
        while waitpid(id, &status, 0) < 0, errno == EINTR {}
        hasEnded = true
    }

    /// User and system time of all its threads so far. The kernel's unit here is a hundredth of a second.
    var cpuSeconds: Double {
        guard let line = lines(of: "/proc/\(id)/stat").first, let name = line.lastIndex(of: ")") else { return .nan }
        // From the third field on; 14 and 15 are utime and stime, see proc(5).
        let fields = line[name...].split(separator: " ").dropFirst()
        let values = fields.dropFirst(11).prefix(2).compactMap { Double($0) }
        return values.reduce(0, +) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// The most memory it had resident so far, in bytes.
    var peakResidentBytes: Int {
        let line = lines(of: "/proc/\(id)/status").first { $0.hasPrefix("VmHWM:") }
        return (line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
    }
}
