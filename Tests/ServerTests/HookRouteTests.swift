import Model
import Server
import Synchronization
import Testing

/// What receivers tell us.
@Suite(.serialized) struct HookRouteTests {
    private static func scripted(_ reply: HookReply, _ heard: Heard = Heard()) -> ScriptedBackend {
        let scripted = ScriptedBackend()
        scripted.set {
            $0.messages.pagerDuty = { body, signatures in
                heard.all.withLock { $0.append((String(decoding: body, as: UTF8.self), signatures)) }
                return reply
            }
        }
        return scripted
    }

    private final class Heard: Sendable {
        let all = Mutex<[(body: String, signatures: String)]>([])
    }

    static let replies: [(outcome: HookReply.Outcome, status: Int, body: String)] = [
        (.taken, 200, #"{"message":"So it is."}"#), (.notConfigured, 404, #"{"error":"So it is."}"#),
        (.forged, 401, #"{"error":"So it is."}"#), (.malformed, 400, #"{"error":"So it is."}"#),
        (.failed, 503, #"{"error":"So it is."}"#),
    ]

    @Test("the answer says how it was taken", arguments: replies)
    func answers(row: (outcome: HookReply.Outcome, status: Int, body: String)) async throws {
        let heard = Heard()
        let scripted = Self.scripted(HookReply(row.outcome, "So it is."), heard)
        try await withServer(scripted) { addresses in
            let answer = try await RawClient.tcp(addresses).send(
                "POST", "/hooks/pagerduty", body: #"{"event":{}}"#, headers: "X-PagerDuty-Signature: v1=ab,v1=cd\r\n")
            #expect(answer.status == row.status)
            #expect(answer.body == row.body)
        }
        #expect(heard.all.withLock { $0.map(\.body) } == [#"{"event":{}}"#], "the body is passed on as it came")
        #expect(heard.all.withLock { $0.map(\.signatures) } == ["v1=ab,v1=cd"])
        #expect(scripted.log == ["pagerduty webhook: \(row.outcome.rawValue): So it is."])
    }

    @Test func aBodyWithoutEndIsRefusedBeforeItIsLookedAt() async throws {
        let heard = Heard()
        try await withServer(Self.scripted(HookReply(.taken, "So it is."), heard)) { addresses in
            let most = try await RawClient.tcp(addresses).send(
                "POST", "/hooks/pagerduty", body: String(repeating: "a", count: 256 << 10))
            #expect(most.status == 200)
            let more = try await RawClient.tcp(addresses).send(
                "POST", "/hooks/pagerduty", body: String(repeating: "a", count: (256 << 10) + 1))
            #expect(more.status == 413)
            #expect(more.body == #"{"error":"The request's body is longer than 262144 bytes."}"#)
            let get = try await RawClient.tcp(addresses).send("GET", "/hooks/pagerduty")
            #expect(get.status == 405)
        }
        #expect(heard.all.withLock { $0.count } == 1)
    }
}
