import Glibc
import Synchronization

/// A folder of one test's own, removed with this value, or at the end of the process where a whole suite keeps it.
package final class TemporaryFolder: Sendable {
    package let path: String

    package init() throws {
        var template = Array("/tmp/monitord-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw ChildProcess.Failed(description: "mkdtemp: error \(errno)") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let isFirst = Self.present.withLock { present in
            present.insert(path)
            return present.count == 1
        }
        if isFirst { atexit { TemporaryFolder.present.withLock { $0 }.forEach(TemporaryFolder.remove) } }
    }
    deinit {
        Self.remove(path)
        Self.present.withLock { _ = $0.remove(path) }
    }

    private static let present = Mutex<Set<String>>([])

    private static func remove(_ path: String) {
        do {
            try ChildProcess.run(["rm", "-rf", path])
        } catch {
            print("\(path) is left behind: \(error)")
        }
    }

    package func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file and returns its path.
    @discardableResult
    package func write(_ name: String, _ text: String) throws -> String {
        let path = file(name)
        guard let stream = fopen(path, "w") else { throw ChildProcess.Failed(description: "\(path): error \(errno)") }
        defer { fclose(stream) }
        guard fputs(text, stream) >= 0 else { throw ChildProcess.Failed(description: "\(path): error \(errno)") }
        return path
    }
}
