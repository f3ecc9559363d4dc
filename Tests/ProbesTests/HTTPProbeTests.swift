import Model
import Testing

@testable import Probes

private let now = Timestamp(seconds: 1_800_000_000)

private func probe(
    _ expectation: HTTPExpectation = HTTPExpectation(), url: String = "https://api.example.com/health"
) -> HTTPProbe {
    HTTPProbe(
        request: HTTPRequest(
            url: Secret(url), timeout: .seconds(5), maxRedirects: 5, wantsCertificates: url.hasPrefix("https")),
        expectation: expectation, address: url)
}

private func answer(_ status: Int, _ body: String = "", headers: [(name: String, value: String)] = []) -> TransferReply {
    var reply = TransferReply(status: status, body: Array(body.utf8))
    reply.headers = headers
    reply.timings.nameLookup = 0.001
    reply.timings.connect = 0.002
    reply.timings.tls = 0.004
    reply.timings.processing = 0.1
    reply.timings.transfer = 0.01
    reply.timings.total = 0.125
    reply.httpVersion = 1.1
    return reply
}

private func json(_ path: String, _ expected: String) throws -> HTTPExpectation {
    var expectation = HTTPExpectation()
    expectation.json = [JSONExpectation(path: try JSONPath(path), expected: Expected(expected))]
    return expectation
}

struct HTTPRow: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var expectation: HTTPExpectation
    var reply: TransferReply
    var reason: FailureReason?
    var detail: String

    init(
        _ sentence: String, _ expectation: HTTPExpectation, _ reply: TransferReply, _ reason: FailureReason? = nil,
        _ detail: String = ""
    ) {
        testDescription = sentence
        self.expectation = expectation
        self.reply = reply
        self.reason = reason
        self.detail = detail
    }

    static func rows() throws -> [HTTPRow] {
        var exactly = HTTPExpectation()
        exactly.statuses = [.exactly(200)]
        var several = HTTPExpectation()
        several.statuses = [.exactly(200), .exactly(204), .class(3)]
        var pong = HTTPExpectation()
        pong.bodyContains = "pong"
        var plain = HTTPExpectation()
        plain.headers = [HeaderExpectation(name: "content-type", text: "text/plain")]
        var all = try json("$.status", "ok")
        all.bodyContains = "pong"
        return [
            HTTPRow("any 2xx is fine where nothing is expected", HTTPExpectation(), answer(204)),
            HTTPRow(
                "a status that was not expected", exactly, answer(503), .status, "status 503 Service Unavailable, expected 200"),
            HTTPRow("a redirect is no success", HTTPExpectation(), answer(302), .status, "status 302 Found, expected 2xx"),
            HTTPRow("one of several statuses", several, answer(307)),
            HTTPRow("none of several statuses", several, answer(599), .status, "status 599, expected 200, 204 or 3xx"),
            HTTPRow("the body has the text", pong, answer(200, "ping pong")),
            HTTPRow(
                "the body ends with half of the text", pong, answer(200, "ping pon"), .body,
                "the body of 8 bytes does not contain \"pong\""),
            HTTPRow("an empty body has no text", pong, answer(200), .body, "the body of 0 bytes does not contain \"pong\""),
            HTTPRow("the header has the text", plain, answer(200, headers: [("Content-Type", "text/plain; charset=utf-8")])),
            HTTPRow(
                "the header has another value, which is not repeated", plain,
                answer(200, headers: [("Content-Type", "s3cret")]), .header,
                "header content-type does not contain \"text/plain\""),
            HTTPRow(
                "there is no such header", plain, answer(200), .header,
                "no header content-type, expected one that contains \"text/plain\""),
            HTTPRow("a text in JSON", try json("$.status", "ok"), answer(200, #"{"status": "ok"}"#)),
            HTTPRow(
                "another text in JSON", try json("$.status", "ok"), answer(200, #"{"status": "degraded"}"#), .body,
                "$.status is \"degraded\", expected \"ok\""),
            HTTPRow(
                "a number in a list satisfies a comparison", try json("$.queues[1].depth", "< 10"),
                answer(200, #"{"queues": [{"depth": 50}, {"depth": 9.5}]}"#)),
            HTTPRow(
                "a number does not satisfy a comparison", try json("$.import_errors", "== 0"),
                answer(200, #"{"import_errors": 3}"#),
                .body, "$.import_errors is 3, expected == 0"),
            HTTPRow("true is true", try json("$.ok", "true"), answer(200, #"{"ok": true}"#)),
            HTTPRow(
                "false is not true", try json("$.ok", "true"), answer(200, #"{"ok": false}"#), .body,
                "$.ok is false, expected true"),
            HTTPRow("1 is 1.0", try json("$['a b']", "1"), answer(200, #"{"a b": 1.0}"#)),
            HTTPRow(
                "a text is no number", try json("$.n", "> 0"), answer(200, #"{"n": "1"}"#), .body, "$.n is \"1\", expected > 0"),
            HTTPRow(
                "a list is no text", try json("$.n", "x"), answer(200, #"{"n": [1, 2]}"#), .body,
                "$.n is a list of 2, expected \"x\""),
            HTTPRow(
                "a path leads nowhere", try json("$.a.b[3]", "1"), answer(200, #"{"a": {"b": [1]}}"#), .body,
                "$.a.b[3] is missing, expected 1"),
            HTTPRow(
                "a target cannot write several lines into a sentence", try json("$.s", "ok"),
                answer(200, #"{"s": "a\nb\u202Ec"}"#), .body,
                "$.s is \"a b c\", expected \"ok\""),
            HTTPRow(
                "a body that is no JSON", try json("$.s", "ok"), answer(200, "<html>"), .body,
                "the body is not JSON: no value begins at byte 0"),
            HTTPRow(
                "several things are wrong", all, answer(200, #"{"status": "down"}"#), .body,
                "the body of 18 bytes does not contain \"pong\"; $.status is \"down\", expected \"ok\""),
        ]
    }
}

@Suite("What an http probe makes of a reply")
struct HTTPReplyTests {
    @Test("A complete reply", arguments: try HTTPRow.rows())
    func complete(_ row: HTTPRow) {
        let measured = probe(row.expectation).read(row.reply, at: now)
        #expect(measured.failure?.reason == row.reason)
        #expect(measured.failure?.detail ?? "" == row.detail)
        #expect(measured.samples.contains(Sample("duration", 0.125)), "whatever came, something answered")
    }

    @Test("Every error of a transfer has its reason", arguments: TransferError.Kind.allCases)
    func errors(_ kind: TransferError.Kind) {
        let expected: [TransferError.Kind: FailureReason] = [
            .nameResolution: .nameResolution, .connect: .connect, .tls: .tls, .certificateExpired: .certificateExpired,
            .certificateNotYetValid: .certificateNotYetValid, .certificateUntrusted: .certificateUntrusted,
            .certificateHostName: .certificateHostName, .timeout: .timeout, .send: .transfer, .receive: .transfer,
            .emptyReply: .transfer, .tooManyRedirects: .redirect, .tooLarge: .tooLarge, .protocol: .protocol,
            .authentication: .authentication, .refused: .protocol, .encryptionUnavailable: .tls, .setup: .setup,
            .program: .setup,
            .descriptors: .descriptors, .resolver: .resolver, .stopped: .interrupted,
        ]
        let ours: Set<TransferError.Kind> = [.setup, .program, .descriptors, .resolver, .stopped]
        let measured = probe().read(TransferReply(error: TransferError(kind, "a sentence")), at: now)
        #expect(measured.failure == Failure(expected[kind]!, "a sentence"))
        #expect((measured.failure?.reason.outcome == .monitorFault) == ours.contains(kind))
        #expect(measured.samples == (kind == .timeout ? [Sample("duration", 5, isCensored: true)] : []))
    }

    @Test("A reply that broke off has a status and no duration")
    func broken() {
        var broken = answer(200, "{")
        broken.error = TransferError(.receive, "the connection to api.example.com:443 broke before the reply was complete")
        let measured = probe().read(broken, at: now)
        #expect(measured.samples == [Sample("status_code", 200)])
    }

    @Test("The samples of a reply over TLS")
    func samples() throws {
        var expectation = HTTPExpectation()
        expectation.jsonSamples = [
            JSONSample(name: "depth", path: try JSONPath("$.depth")), JSONSample(name: "gone", path: try JSONPath("$.gone")),
        ]
        var good = answer(200, #"{"depth": 7}"#)
        good.certificateExpires = now + .seconds(86_400)
        good.redirects = 2
        let measured = probe(expectation).read(good, at: now)
        #expect(measured.failure == nil)
        #expect(
            measured.samples == [
                Sample("duration", 0.125), Sample("dns_duration", 0.001), Sample("connect_duration", 0.002),
                Sample("tls_duration", 0.004), Sample("processing_duration", 0.1), Sample("transfer_duration", 0.01),
                Sample("body_bytes", 12), Sample("redirects", 2), Sample("http_version", 1.1), Sample("status_code", 200),
                Sample("certificate_expires_in", 86_400), Sample("json_depth", 7),
            ])
        let plain = probe(url: "http://api.example.com/").read(answer(200), at: now)
        #expect(!plain.samples.contains { $0.name == "tls_duration" || $0.name == "certificate_expires_in" })
    }
}
