import Glibc

/// A program that a test runs. It dies with this value, and with the test process however that ends: a small shell between the two
/// reads a socket whose other end only we hold.
package final class ChildProcess: @unchecked Sendable {
    package struct Failed: Error, CustomStringConvertible {
        package var description: String
    }

    /// The shell's; ended by closing the socket, not by a signal.
    private let shell: pid_t
    private let leash: Int32
    private var isOver = false

    /// Starts `arguments[0]`, looked up in PATH. `signal` ends it. The folder, if any, is removed after that.
    package init(_ arguments: [String], signal: String = "KILL", removing folder: String = "") throws {
        // A pair of sockets, for they can be made to close in every other child at once.
        var ends: [Int32] = [0, 0]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw Failed(description: "socketpair: error \(errno)")
        }
        let script = """
            exec 3<&0 </dev/null; folder=$1; signal=$2; shift 2
            "$@" 3<&- & child=$!
            read -r line <&3
            kill -s "$signal" $child 2>/dev/null; wait $child 2>/dev/null
            if [ -n "$folder" ]; then rm -rf "$folder"; fi
            """
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // The test process may ignore or block signals that the program needs.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var words: [UnsafeMutablePointer<CChar>?] = (["/bin/sh", "-c", script, "leash", folder, signal] + arguments).map {
            strdup($0)
        }
        words.append(nil)
        defer { words.forEach { free($0) } }
        var child: pid_t = 0
        let code = posix_spawn(&child, "/bin/sh", &actions, &attributes, words, environ)
        close(ends[0])
        guard code == 0 else {
            close(ends[1])
            throw Failed(description: "\(arguments[0]): error \(code)")
        }
        shell = child
        leash = ends[1]
    }

    /// Ends the program and waits until it is gone.
    package func end() {
        guard !isOver else { return }
        isOver = true
        close(leash)
        var status: Int32 = 0
        while waitpid(shell, &status, 0) < 0, errno == EINTR {}
    }
    deinit { end() }

    /// Runs a program to its end and returns what it printed; throws with that where its exit code is not 0.
    @discardableResult
    package static func run(_ arguments: [String]) throws -> String {
        var output: [Int32] = [0, 0]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &output) == 0 else {
            throw Failed(description: "socketpair: error \(errno)")
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output[1], 1)
        posix_spawn_file_actions_adddup2(&actions, output[1], 2)
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        words.append(nil)
        defer { words.forEach { free($0) } }
        var child: pid_t = 0
        let code = posix_spawnp(&child, arguments[0], &actions, nil, words, environ)
        close(output[1])
        defer { close(output[0]) }
        guard code == 0 else { throw Failed(description: "\(arguments[0]): error \(code)") }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while case let count = read(output[0], &buffer, buffer.count), count > 0 { text += buffer[..<count] }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        let printed = String(decoding: text, as: UTF8.self)
        guard status == 0 else {
            throw Failed(description: "\(arguments.joined(separator: " ")): status \(status): \(printed)")
        }
        return printed
    }
}
