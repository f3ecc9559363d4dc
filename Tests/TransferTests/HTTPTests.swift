import Foundation
import Model
import Synchronization
import Testing
import Transfer

@Suite(.serialized) struct HTTPTests {
    let engine: TransferEngine
    let server: ScriptServer

    init() throws {
        engine = try TransferEngine.running()
        server = try ScriptServer.http.get()
    }

    @Test func aReplyHasStatusBodyHeadersAndPhases() async {
        let reply = await engine.get(server.url("/"))
        #expect(reply.error == nil)
        #expect(reply.status == 200)
        #expect(reply.body == Array("hello".utf8))
        #expect(reply.header("content-type") == "text/plain")
        #expect(reply.remoteAddress == "127.0.0.1")
        #expect(reply.httpVersion == 1.1)
        let timings = reply.timings
        #expect(timings.connect > 0 && timings.processing > 0 && timings.total > 0)
        #expect(timings.tls == 0 && timings.redirects == 0)
        let sum = timings.nameLookup + timings.connect + timings.tls + timings.processing + timings.transfer
        #expect(sum <= timings.total + 1e-5)
        engine.stop()
    }

    @Test(arguments: ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
    func methodsHeadersAndBodiesArriveAsTheyWereAskedFor(_ method: String) async {
        let body = ["POST", "PUT"].contains(method) ? Array("data=1".utf8) : []
        let reply = await engine.get(server.url("/echo")) {
            $0.method = method
            $0.body = body
            $0.headers = [Header("X-One", "first"), Header("X-Empty", "")]
        }
        #expect(reply.error == nil)
        #expect(reply.status == 200)
        if method == "HEAD" {
            #expect(reply.body.isEmpty)
        } else {
            let lines = String(decoding: reply.body, as: UTF8.self).components(separatedBy: "\n")
            #expect(lines.first == "\(method) /echo HTTP/1.1")
            #expect(lines.contains("X-One: first") && lines.contains("X-Empty:"))
            #expect(!lines.contains { $0.hasPrefix("Expect") || $0.hasPrefix("Content-Type") })
            #expect(lines.last == String(decoding: body, as: UTF8.self))
        }
        engine.stop()
    }

    @Test(arguments: ["/hang", "/drip"])
    func aSilentOrDrippingServerEndsAtTheDeadline(_ path: String) async {
        let (reply, time) = await quickest(within: .milliseconds(500)) {
            await engine.get(server.url(path), timeout: .milliseconds(400))
        }
        #expect(reply.error?.kind == .timeout)
        let what = path == "/hang" ? "no reply" : "no complete reply"
        #expect(reply.error?.detail == "\(what) from 127.0.0.1:\(server.port) within 400ms")
        #expect(reply.mayHaveArrived)
        #expect(time >= .milliseconds(400) && time < .milliseconds(500), "took \(time.short)")
        engine.stop()
    }

    @Test func anIgnoredSYNEndsAtTheDeadline() async throws {
        let full = try ScriptServer("http.py", ["--full"])
        let (reply, time) = await quickest(within: .milliseconds(500)) {
            await engine.get(full.url("/"), timeout: .milliseconds(400))
        }
        #expect(reply.error?.kind == .timeout)
        #expect(reply.error?.detail == "no connection to 127.0.0.1:\(full.port) within 400ms")
        #expect(!reply.mayHaveArrived)
        #expect(time >= .milliseconds(400) && time < .milliseconds(500), "took \(time.short)")
        engine.stop()
    }

    @Test func aRefusedConnectionSaysSo() async throws {
        let port = server.port
        let unused = try #require([1, 2, 3].first { $0 != port })
        let reply = await engine.get("http://127.0.0.1:\(unused)/?token=canary")
        #expect(reply.error == TransferError(.connect, "cannot connect to 127.0.0.1:\(unused): Connection refused", code: 7))
        #expect(!reply.mayHaveArrived)
        engine.stop()
    }

    @Test func anUnknownNameSaysSo() async {
        let reply = await engine.get("http://no-such-host.invalid/")
        #expect(reply.error == TransferError(.nameResolution, "the name of no-such-host.invalid:80 does not resolve", code: 6))
        #expect(!reply.mayHaveArrived)
        engine.stop()
    }

    @Test(arguments: ["/endless", "/bomb"])
    func aBodyIsCutAtItsLimitAfterDecoding(_ path: String) async {
        let reply = await engine.get(server.url(path), timeout: .seconds(20)) {
            $0.maxBodyBytes = 100_000
            $0.headers = [Header("Accept-Encoding", "gzip")]
        }
        #expect(reply.error == TransferError(.tooLarge, "the body has more than 100000 bytes", code: 23))
        #expect(reply.body.count == 100_000)
        #expect(reply.status == 200)
        engine.stop()
    }

    @Test func headersAreCutAtTheirLimit() async {
        let reply = await engine.get(server.url("/headers"))
        #expect(reply.error == TransferError(.tooLarge, "the headers have more than 65536 bytes", code: 23))
        engine.stop()
    }

    @Test func aReplyThatBreaksOffWithinItsHeadersIsNone() async {
        let reply = await engine.get(server.url("/broken-head"))
        #expect(reply.status == 200)
        #expect(
            reply.error
                == TransferError(
                    .receive, "the connection to 127.0.0.1:\(server.port) broke before the reply was complete", code: 18))
        engine.stop()
    }

    @Test func aWaitAskedForIsReported() async {
        #expect(await engine.get(server.url("/retry")).retryAfter == .seconds(7))
        #expect(await engine.get(server.url("/")).retryAfter == nil)
        engine.stop()
    }

    @Test func aConnectionIsKeptWhereThatIsAsked() async {
        let first = await engine.get(server.url("/")) { $0.isFresh = false }
        let second = await engine.get(server.url("/")) { $0.isFresh = false }
        #expect(first.timings.connect > 0)
        #expect(second.timings.connect == 0)
        engine.stop()
    }

    @Test func aPostIsSentOnceWhereAKeptConnectionCloses() async {
        _ = await engine.get(server.url("/")) { $0.isFresh = false }
        let reply = await engine.get(server.url("/close")) {
            $0.isFresh = false
            $0.method = "POST"
            $0.body = Array("page".utf8)
        }
        #expect(reply.error?.kind == .emptyReply)
        #expect(reply.mayHaveArrived)
        #expect(await engine.get(server.url("/closed")).body == Array("POST".utf8))
        engine.stop()
    }

    @Test(arguments: [
        ("http://127.0.0.1/\r\nX: y", "GET", "X-A", "b", "the address has a control character"),
        ("http://127.0.0.1/", "GE T", "X-A", "b", "the method is not a word"),
        ("http://127.0.0.1/", "GET", "X-A: c\r\nX-B", "b", "a header's name is not a word"),
        ("http://127.0.0.1/", "GET", "X-A", "b\nX-B: c", "the value of the header X-A has a control character"),
        ("http://127.0.0.1/", "GET", "X-A", "b\u{7f}", "the value of the header X-A has a control character"),
        ("file:///etc/passwd", "GET", "X-A", "b", "only http and https addresses can be requested"),
        ("http://", "GET", "X-A", "b", "the address is malformed"),
    ])
    func aRequestThatCannotBeWrittenIsRefused(_ row: (String, String, String, String, String)) async {
        let reply = await engine.get(row.0) {
            $0.method = row.1
            $0.headers = [Header(row.2, row.3)]
        }
        #expect(reply.error?.kind == .setup)
        #expect(reply.error?.detail == row.4)
        #expect(!reply.mayHaveArrived)
        engine.stop()
    }

    @Test func aUnixSocketIsConnectedTo() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/http.sock"
        let unix = try ScriptServer("http.py", ["--unix", path])
        let reply = await engine.get("http://monitord/") { $0.unixSocket = path }
        #expect(reply.body == Array("hello".utf8))
        #expect(unix.port == 0)
        let missing = await engine.get("http://monitord/") { $0.unixSocket = path + "x" }
        #expect(missing.error?.kind == .connect)
        engine.stop()
    }
}
