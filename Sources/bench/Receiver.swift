import Glibc
import Synchronization
import Transfer

/// A web server that fails every probe and takes every page, and notes when. One connection at a time, closed after its reply.
final class Receiver: Sendable {
    private let listener: Listener
    private let site: Site
    private let noted = Mutex(Noted())

    private struct Noted {
        /// By probe: when its first failing reply was sent, and when the page about it had arrived.
        var failed: [String: Double] = [:]
        var paged: [String: Double] = [:]
        var page: [UInt8] = []
    }

    init(_ site: Site) throws {
        self.site = site
        listener = try Listener()
        _ = try PosixThread("receiver", isDetached: true) { [self] in
            while true { answer() }
        }
    }

    var address: String { "http://127.0.0.1:\(listener.port)" }
    /// The body of a page.
    var page: [UInt8] { noted.withLock { $0.page } }
    /// Seconds from a failing reply to its page.
    var delays: [Double] {
        noted.withLock { noted in noted.paged.compactMap { name, at in noted.failed[name].map { at - $0 } } }
    }

    private func answer() {
        let connection = accept(listener.descriptor, nil, nil)
        guard connection >= 0 else { return }
        defer { close(connection) }
        guard let (path, body) = read(connection) else { return }
        let isPage = path.hasPrefix("/hook")
        let now = site.now()
        noted.withLock { noted in
            if !isPage {
                if noted.failed[path] == nil { noted.failed[path] = now }
            } else if let name = Receiver.probe(in: body), noted.paged[name] == nil {
                noted.paged[name] = now
                noted.page = body
            }
        }
        let reply =
            "HTTP/1.1 \(isPage ? "200 OK" : "500 Internal Server Error")\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        _ = Array(reply.utf8).withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }

    /// The path and the body of a request with `Content-Length`.
    private func read(_ connection: CInt) -> (path: String, body: [UInt8])? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            if let end = Receiver.headEnd(bytes) {
                let head = String(decoding: bytes[..<end], as: UTF8.self)
                let length = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
                    .flatMap { Int($0.split(separator: " ").last ?? "") }
                if bytes.count >= end + 4 + (length ?? 0) {
                    let words = head.split(separator: " ", maxSplits: 2)
                    return words.count == 3 ? (String(words[1]), Array(bytes[(end + 4)...])) : nil
                }
            }
            let count = recv(connection, &chunk, chunk.count, 0)
            guard count > 0 else { return nil }
            bytes += chunk[..<count]
        }
    }

    private static func headEnd(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        return (0...(bytes.count - 4)).first { bytes[$0] == 13 && bytes[$0 + 1] == 10 && bytes[$0 + 2] == 13 }
    }

    /// The path of the probe that a page is about.
    private static func probe(in body: [UInt8]) -> String? {
        let text = String(decoding: body, as: UTF8.self)
        guard let match = text.firstMatch(of: /probe-([0-9]+)/) else { return nil }
        return "/" + match.1
    }
}
