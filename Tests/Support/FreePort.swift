import Glibc

/// Ports of 127.0.0.1.
package enum FreePort {
    /// A port that nobody listened on a moment ago.
    package static func find() throws -> Int {
        let descriptor = try listen(backlog: 1)
        defer { close(descriptor) }
        return try port(of: descriptor)
    }

    /// A listening socket on a port of the kernel's choice. Connections wait in its backlog until somebody accepts them: that is a
    /// server that takes connections and says nothing.
    package static func listen(backlog: Int32) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = loopback(0)
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
        }
        guard descriptor >= 0, bound == 0, Glibc.listen(descriptor, backlog) == 0 else {
            throw ChildProcess.Failed(description: "no listening socket: error \(errno)")
        }
        return descriptor
    }

    package static func port(of descriptor: Int32) throws -> Int {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        guard code == 0 else { throw ChildProcess.Failed(description: "getsockname: error \(errno)") }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    /// Waits until somebody listens, at most ten seconds.
    package static func waitForListener(_ port: Int) throws {
        for _ in 0..<2000 {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            defer { close(descriptor) }
            var address = loopback(port)
            let code = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            if code == 0 { return }
            poll(nil, 0, 5)
        }
        throw ChildProcess.Failed(description: "nobody listens on port \(port)")
    }

    private static func loopback(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr = in_addr(s_addr: UInt32(0x7F00_0001).bigEndian)
        return address
    }
}
