import Foundation
import Glibc
import Model
import Server
import Testing

@Suite(.serialized) struct SocketTests {
    private func listen(at path: String) throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = unixAddress(path)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0, Glibc.listen(descriptor, 4) == 0 else { throw TestFailure("listen: errno \(errno)") }
        return descriptor
    }

    private func error(at path: String, port: Int? = nil) async throws -> ServerError {
        let server = MonitorServer(
            configuration: ServerConfiguration(httpPort: port, socketPath: path, version: "0"),
            backend: ScriptedBackend().backend)
        do {
            try await server.run { _ in Issue.record("it listens at \(path)") }
            throw TestFailure("it ended without an error")
        } catch let error as ServerError {
            return error
        }
    }

    @Test func theSocketIsForOwnerAndGroupAndGoesWithTheServer() async throws {
        let old = umask(0)
        defer { umask(old) }
        var path = ""
        try await withServer { addresses in
            path = addresses.socketPath
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(attributes[.posixPermissions] as? Int == 0o660)
            #expect(attributes[.type] as? FileAttributeType == .typeSocket)
            let answer = try await RawClient.local(addresses).send("GET", "/healthz")
            #expect(answer.body == "ok\n")
        }
        #expect(access(path, F_OK) == -1)
    }

    @Test func aLiveOwnersSocketIsNotTaken() async throws {
        try await withFolder { folder in
            let path = folder + "/monitord.sock"
            let owner = try listen(at: path)
            defer { close(owner) }
            let error = try await error(at: path)
            #expect(error.reason == .addressInUse)
            #expect(
                error.sentence
                    == "The control socket \(path) belongs to a running process (pid \(getpid())). Stop that one first, "
                    + "or choose another path for listen.socket.")
            #expect(access(path, F_OK) == 0)
        }
    }

    @Test func aFileThatIsNoSocketIsLeftAlone() async throws {
        try await withFolder { folder in
            let path = folder + "/monitord.sock"
            let file = open(path, O_CREAT | O_WRONLY, 0o600)
            #expect(Glibc.write(file, "mine", 4) == 4)
            close(file)
            let error = try await error(at: path)
            #expect(error.reason == .notASocket)
            #expect(
                error.sentence
                    == "\(path) is not a socket. It is left as it is; choose another path for listen.socket, or move it "
                    + "away.")
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
            unlink(path)
        }
    }

    @Test func aLeftOverSocketIsReplaced() async throws {
        try await withFolder { folder in
            let path = folder + "/monitord.sock"
            close(try listen(at: path))
            let server = MonitorServer(
                configuration: ServerConfiguration(httpPort: nil, socketPath: path, version: "0"),
                backend: ScriptedBackend().backend)
            let (ready, listening) = AsyncStream.makeStream(of: ListeningAddresses.self)
            let running = Task { try await server.run { listening.yield($0) } }
            var iterator = ready.makeAsyncIterator()
            let addresses = try #require(await iterator.next())
            let answer = try await RawClient.local(addresses).send("GET", "/readyz")
            #expect(answer.body == "ready\n")
            running.cancel()
            try await running.value
        }
    }

    @Test func aPathThatCannotBeIsToldInASentence() async throws {
        let long = "/tmp/" + String(repeating: "a", count: 120)
        #expect(
            try await error(at: long).sentence == "The control socket's path has 125 bytes, the limit is 107: \(long)")
        #expect(
            try await error(at: "/tmp/there/is/none.sock").sentence
                == "The control socket's folder /tmp/there/is does not exist.")
    }

    @Test func aPortInUseIsToldAndTheSocketIsGivenBack() async throws {
        try await withServer { addresses in
            let port = try #require(addresses.httpPort)
            try await withFolder { folder in
                let path = folder + "/monitord.sock"
                let error = try await error(at: path, port: port)
                #expect(error.reason == .addressInUse)
                #expect(error.sentence == "Cannot listen on 127.0.0.1:\(port): Address already in use.")
                #expect(access(path, F_OK) == -1)
            }
        }
    }
}
