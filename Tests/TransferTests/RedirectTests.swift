import Foundation
import Model
import Testing
import Transfer

@Suite(.serialized) struct RedirectTests {
    let engine: TransferEngine
    let server: ScriptServer

    init() throws {
        engine = try TransferEngine.running()
        server = try ScriptServer.http.get()
    }

    private func redirect(_ to: String, status: Int = 302) -> String {
        server.url("/redirect?status=\(status)&to=") + to
    }

    @Test func aRedirectIsReportedWhereNoneIsFollowed() async {
        let reply = await engine.get(redirect("/echo"))
        #expect(reply.status == 302 && reply.error == nil && reply.header("Location") == "/echo" && reply.redirects == 0)
        engine.stop()
    }

    @Test func headersStayWithinOneOrigin() async {
        let reply = await engine.get(redirect("/echo")) {
            $0.maxRedirects = 5
            $0.headers = [Header("X-Api-Key", "canary")]
        }
        #expect(reply.status == 200 && reply.redirects == 1 && reply.timings.redirects > 0)
        #expect(reply.timings.total > reply.timings.redirects)
        #expect(String(decoding: reply.body, as: UTF8.self).contains("X-Api-Key: canary"))
        engine.stop()
    }

    @Test func headersAreNotShownToAnotherPort() async throws {
        let other = try ScriptServer("http.py")
        let reply = await engine.get(redirect(other.url("/echo"))) {
            $0.maxRedirects = 5
            $0.headers = [Header("X-Api-Key", "canary"), Header("Authorization", "Bearer canary")]
        }
        #expect(reply.status == 200 && reply.redirects == 1)
        #expect(!String(decoding: reply.body, as: UTF8.self).contains("canary"))
        engine.stop()
    }

    @Test func aLoopEndsAtTheLimit() async {
        let loop = server.url("/redirect?to=/redirect%3Fto%3D/x")
        let reply = await engine.get(loop) { $0.maxRedirects = 1 }
        #expect(reply.error == TransferError(.tooManyRedirects, "still redirected after 1 redirects, which is the limit"))
        #expect(reply.status == 302)
        engine.stop()
    }

    @Test func aFileIsNotRead() async {
        let reply = await engine.get(redirect("file:///etc/passwd")) { $0.maxRedirects = 5 }
        #expect(
            reply.error == TransferError(.protocol, "redirected to a file address: only http and https are followed"))
        #expect(reply.body == Array("moved".utf8))
        engine.stop()
    }

    @Test(arguments: [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")])
    func aPostBecomesAGetWhereBrowsersDoSo(_ row: (Int, String)) async {
        let reply = await engine.get(redirect("/echo", status: row.0)) {
            $0.maxRedirects = 5
            $0.method = "POST"
            $0.body = Array("data=1".utf8)
        }
        let text = String(decoding: reply.body, as: UTF8.self)
        #expect(text.hasPrefix("\(row.1) /echo"))
        #expect(text.hasSuffix("data=1") == (row.1 == "POST"))
        engine.stop()
    }

    @Test func theTimeoutCoversEveryRequestOfTheExchange() async {
        let (reply, time) = await quickest(within: .milliseconds(500)) {
            await engine.get(redirect("/hang"), timeout: .milliseconds(400)) { $0.maxRedirects = 5 }
        }
        #expect(reply.error?.kind == .timeout)
        #expect(time < .milliseconds(500), "took \(time.short)")
        engine.stop()
    }
}
