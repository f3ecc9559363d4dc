import Glibc
import Model
import Server
import Testing

@Suite(.serialized) struct StopTests {
    private func seconds(_ body: () async throws -> Void) async rethrows -> Double {
        let clock = ContinuousClock()
        let start = clock.now
        try await body()
        let elapsed = clock.now - start
        return elapsed.seconds
    }

    /// Clients that sent half a request, or none, and one whose command never ends and cannot be cancelled.
    @Test func hangingClientsAndCommandsDelayAStopByNoMoreThanTheirLimits() async throws {
        let scripted = ScriptedBackend()
        scripted.set { $0.hangs = true }
        defer { scripted.letGo() }
        var open: [Int32] = []
        defer { for descriptor in open { close(descriptor) } }
        let took = try await seconds {
            try await withServer(scripted) { addresses in
                let tcp = RawClient.tcp(addresses)
                let local = RawClient.local(addresses)
                open.append(try tcp.open(""))
                open.append(try tcp.open("GET /metrics HTTP/1.1\r\nHost:"))
                open.append(try local.open("POST /api/v1/commands/ack HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{"))
                open.append(try local.open("POST /api/v1/commands/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"))
                while scripted.hangingCount == 0 { await Task.yield() }
            }
        }
        #expect(took > 5, "requests in progress have their time")
        #expect(took < 9, "5 s, then 2 s, and some for a busy machine")
    }

    @Test func idleConnectionsDoNotDelayAStop() async throws {
        var open: [Int32] = []
        defer { for descriptor in open { close(descriptor) } }
        let took = try await seconds {
            try await withServer { addresses in
                open.append(try RawClient.tcp(addresses).open("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"))
                open.append(try RawClient.tcp(addresses).open("GET /met"))
                #expect(try await RawClient.tcp(addresses).send("GET", "/healthz").status == 200)
            }
        }
        #expect(took < 4)
    }

    @Test func aClientThatDoesNotFinishItsHeadersIsShutOut() async throws {
        try await withServer { addresses in
            let slow = try RawClient.tcp(addresses).open("GET /metrics HTTP/1.1\r\nHost: x\r\n")
            defer { close(slow) }
            let took = await seconds { await RawClient.waitForEnd(slow) }
            #expect((4...9).contains(took), "closed after 5 s, not \(took)")
        }
    }

    @Test func aCrowdOfSilentClientsDoesNotLockAnOperatorOut() async throws {
        var open: [Int32] = []
        defer { for descriptor in open { close(descriptor) } }
        try await withServer { addresses in
            for _ in 0..<300 { open.append(try RawClient.tcp(addresses).open("GET /")) }
            let took = try await seconds {
                let reply = try await RawClient.local(addresses).send("GET", "/api/v1/status")
                #expect(reply.status == 200)
            }
            #expect(took < 3)
            // Those who hold the places lose them after 5 s, so the next reader waits no longer.
            let reading = try await seconds {
                let reply = try await RawClient.tcp(addresses).send("GET", "/metrics")
                #expect(reply.status == 200)
            }
            #expect(reading < 12)
        }
    }
}
