import Foundation
import Model
import Synchronization
import Testing
import Transfer

/// A server of `Tests/Servers` in a process of its own; it ends with this object.
final class ScriptServer: Sendable {
    private let process: Mutex<Process>
    let port: Int

    init(_ script: String, _ arguments: [String] = []) throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = [folder.appendingPathComponent("Servers/\(script)").path] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        var line = ""
        while !line.hasSuffix("\n"), let byte = try output.fileHandleForReading.read(upToCount: 1), !byte.isEmpty {
            line += String(decoding: byte, as: UTF8.self)
        }
        port = try #require(Int(line.dropLast()))
        self.process = Mutex(process)
    }

    /// By SIGKILL: a child of a pool's thread inherits its signal mask, where SIGTERM is blocked.
    deinit { process.withLock { _ = kill($0.processIdentifier, SIGKILL) } }

    /// One server for every test that needs no other.
    static let http = Result { try ScriptServer("http.py") }

    func url(_ path: String, scheme: String = "http", host: String = "127.0.0.1") -> String {
        "\(scheme)://\(host):\(port)\(path)"
    }
}

/// A folder that is removed with this object.
final class TemporaryFolder: Sendable {
    let path: String
    init() throws {
        path = NSTemporaryDirectory() + "/transfer-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    deinit {
        do { try FileManager.default.removeItem(atPath: path) } catch { print("left behind: \(path)") }
    }

    /// Runs OpenSSL's tool in the folder.
    func openssl(_ arguments: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments.split(separator: " ").map(String.init)
        process.currentDirectoryURL = URL(fileURLWithPath: path)
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "openssl \(arguments)")
    }
}

extension TransferEngine {
    /// An engine that runs.
    static func running(_ limits: TransferLimits = TransferLimits()) throws -> TransferEngine {
        let engine = try TransferEngine(clock: SystemClock(), limits: limits)
        try engine.run()
        return engine
    }

    func reply(_ outgoing: Outgoing) async -> TransferReply {
        await withCheckedContinuation { continuation in
            start(outgoing) { continuation.resume(returning: $0) }
        }
    }

    func get(
        _ url: String, timeout: Duration = .seconds(5), _ change: (inout HTTPRequest) -> Void = { _ in }
    ) async
        -> TransferReply
    {
        var request = HTTPRequest(url: Secret(url), timeout: timeout)
        change(&request)
        return await reply(.http(request))
    }
}

/// How long the body took.
func elapsed<T>(_ body: () async throws -> T) async rethrows -> (T, Duration) {
    let clock = SystemClock()
    let start = clock.now().uptime
    let value = try await body()
    return (value, clock.now().uptime - start)
}

/// The quickest of up to five times, the first within `bound` ending it: a busy machine may delay every single one.
func quickest<T>(within bound: Duration, _ body: () async throws -> T) async rethrows -> (T, Duration) {
    var best = try await elapsed(body)
    for _ in 1..<5 where best.1 >= bound {
        let next = try await elapsed(body)
        if next.1 < best.1 { best = next }
    }
    return best
}
