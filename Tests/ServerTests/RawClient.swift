import Dispatch
import Glibc
import Server

/// An HTTP client that sends exactly what it is given, also what no library would.
struct RawClient: Sendable {
    enum Place: Sendable {
        case port(Int)
        case socket(String)
    }
    struct Reply: Sendable {
        var status: Int
        var head: String
        var body: String
        func header(_ name: String) -> String? {
            head.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name.lowercased() + ":") }
                .map { String($0.dropFirst(name.count + 1).drop { $0 == " " }) }
        }
    }
    var place: Place

    static func tcp(_ addresses: ListeningAddresses) -> RawClient { RawClient(place: .port(addresses.httpPort ?? 0)) }
    static func local(_ addresses: ListeningAddresses) -> RawClient { RawClient(place: .socket(addresses.socketPath)) }

    func send(_ method: String, _ path: String, body: String = "", headers: String = "") async throws -> Reply {
        let length = body.isEmpty && method != "POST" ? "" : "Content-Length: \(body.utf8.count)\r\n"
        let text = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\(length)\(headers)\r\n\(body)"
        let answer = try await exchange(text)
        guard let end = answer.firstRange(of: "\r\n\r\n"), let status = Int(answer.dropFirst(9).prefix(3)) else {
            throw TestFailure("no HTTP answer: \(answer.prefix(200))")
        }
        return Reply(status: status, head: String(answer[..<end.lowerBound]), body: String(answer[end.upperBound...]))
    }

    /// Sends, and reads until the server closes; at most 20 s.
    func exchange(_ text: String) async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(
                    with: Result {
                        let descriptor = try connected()
                        defer { close(descriptor) }
                        try write(text, to: descriptor)
                        return String(decoding: readToEnd(descriptor), as: UTF8.self)
                    })
            }
        }
    }

    /// A connection on which `text` was sent; the caller closes it.
    func open(_ text: String) throws -> Int32 {
        let descriptor = try connected()
        try write(text, to: descriptor)
        return descriptor
    }

    /// Waits until the server closes a connection.
    static func waitForEnd(_ descriptor: Int32) async {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                _ = readToEnd(descriptor)
                continuation.resume()
            }
        }
    }

    private func write(_ text: String, to descriptor: Int32) throws {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            // The server may refuse before it has read everything; its answer is what counts.
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    private func connected() throws -> Int32 {
        let descriptor: Int32
        let result: Int32
        switch place {
        case .port(let port):
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(port).bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            result = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        case .socket(let path):
            descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            var address = unixAddress(path)
            result = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
        }
        guard result == 0 else {
            let code = errno
            close(descriptor)
            throw TestFailure("connect: errno \(code)")
        }
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        return descriptor
    }
}

func unixAddress(_ path: String) -> sockaddr_un {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    return address
}

private func readToEnd(_ descriptor: Int32) -> [UInt8] {
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = read(descriptor, &buffer, buffer.count)
        guard count > 0 else { return all }
        all += buffer[..<count]
    }
}
