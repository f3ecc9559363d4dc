import Glibc
import Model
import Transfer

/// A benchmark cannot go on: a sentence.
struct Trouble: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

/// Where the benchmarks run: a folder of its own on disk, the binaries, the clock.
struct Site {
    let clock: any Clock = SystemClock()
    /// Below /var/tmp, which is on disk where /tmp may be memory.
    let folder: String
    /// The daemon that is measured: the release binary beside this one.
    let monitord: String

    init() throws {
        var template = Array("/var/tmp/monitord-bench-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Trouble("no folder can be made in /var/tmp: \(systemError())") }
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard let own = realpath("/proc/self/exe", nil) else { throw Trouble("no path to this program: \(systemError())") }
        defer { free(own) }
        let path = String(cString: own)
        monitord = path[..<(path.lastIndex(of: "/") ?? path.endIndex)] + "/monitord"
        guard access(monitord, X_OK) == 0 else { throw Trouble("\(monitord) is missing; run: make bench") }
    }

    func now() -> Double { Double(clock.now().uptime.nanoseconds) / 1e9 }

    /// Seconds that `body` takes, `count` times.
    func times(_ count: Int, _ body: (Int) throws -> Void) rethrows -> Times {
        var seconds: [Double] = []
        seconds.reserveCapacity(count)
        for index in 0..<count {
            let start = now()
            try body(index)
            seconds.append(now() - start)
        }
        return Times(seconds)
    }

    func wait(_ seconds: Double) { usleep(useconds_t(seconds * 1e6)) }

    func subfolder(_ name: String) throws -> String {
        let path = "\(folder)/\(name)"
        guard mkdir(path, 0o700) == 0 else { throw Trouble("\(path) cannot be made: \(systemError())") }
        return path
    }

    func write(_ text: String, to path: String) throws {
        guard let file = fopen(path, "we") else { throw Trouble("\(path) cannot be written: \(systemError())") }
        defer { fclose(file) }
        guard fputs(text, file) >= 0 else { throw Trouble("\(path) cannot be written: \(systemError())") }
    }

    /// A port of 127.0.0.1 that was free a moment ago.
    func freePort() throws -> Int {
        let listener = try Listener()
        defer { close(listener.descriptor) }
        return listener.port
    }

    /// Deletes the folder and everything in it.
    func remove() {
        do {
            try Child("/bin/rm", ["-rf", folder], log: "/dev/null").wait()
        } catch {
            print("\(folder) is left behind: \(error)")
        }
    }

    /// The machine, for whoever compares tables.
    var facts: String {
        let model =
            lines(of: "/proc/cpuinfo").first { $0.hasPrefix("model name") }?.split(separator: ":").last ?? " unknown CPU"
        var name = utsname()
        uname(&name)
        let kernel = withUnsafeBytes(of: &name.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        let load = lines(of: "/proc/loadavg").first?.split(separator: " ").first ?? "?"
        return "\(sysconf(Int32(_SC_NPROCESSORS_ONLN))) x\(model), Linux \(kernel), load \(load) before the start"
    }
}

/// The lines of a small file, of /proc for one; none where it cannot be read.
func lines(of path: String) -> [Substring] {
    guard let file = fopen(path, "re") else { return [] }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n")
}

func systemError() -> String { String(cString: strerror(errno)) }

/// A socket that listens on a port of 127.0.0.1 chosen by the kernel.
struct Listener {
    let descriptor: CInt
    let port: Int

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && listen(descriptor, 512) == 0 && getsockname(descriptor, $0, &size) == 0
            }
        }
        guard descriptor >= 0, isBound else { throw Trouble("no port of 127.0.0.1 can be had: \(systemError())") }
        port = Int(UInt16(bigEndian: address.sin_port))
    }
}
