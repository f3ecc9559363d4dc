import FoundationEssentials
import HTTPTypes
import Hummingbird
import Model
import NIOCore

// What each reading route answers.
extension Responder {
    func statusPage() async throws -> Response {
        guard let snapshot = await backend.snapshot() else { return .noAnswer }
        let nonce = StatusPage.nonce()
        let deploys = await backend.messages.deploys() ?? []
        return .page(StatusPage.html(snapshot, deploys: deploys, nonce: nonce), nonce: nonce)
    }

    func metrics(_ request: Request) async throws -> Response {
        guard let snapshot = await backend.snapshot() else { return .noAnswer }
        let format: Metrics.Format =
            request.headers[values: .accept].contains { $0.contains("application/openmetrics-text") } ? .openMetrics : .text
        return .bytes(Metrics.exposition(snapshot, format), type: format.contentType)
    }

    func liveness() -> Response {
        let health = backend.health()
        return .lines(health.isLive ? .ok : .serviceUnavailable, [health.isLive ? "ok" : "failing"] + health.problems)
    }

    func readiness() -> Response {
        let health = backend.health()
        return .lines(health.isReady ? .ok : .serviceUnavailable, [health.isReady ? "ready" : "not ready"] + health.problems)
    }

    /// `at` is a moment that is past, or an age.
    func status(_ request: Request) async throws -> Response {
        let now = backend.now()
        if let at = try Query(request, names: ["at"]).time("at", now: now) {
            guard at <= now else { throw RequestProblem("at (\(at)) is yet to come.") }
            switch try await backend.past(at) {
            case .found(let snapshot): return try .json(snapshot)
            case .unknown(let sentence): return .problem(.notFound, sentence)
            }
        }
        guard let snapshot = await backend.snapshot() else { return .noAnswer }
        return try .json(snapshot)
    }

    func history(_ request: Request) async throws -> Response {
        let query = try Query(request, names: ["probe", "since", "until", "limit"])
        guard let probe = query["probe"], !probe.isEmpty else {
            throw RequestProblem("probe is missing: /api/v1/history?probe=NAME&since=24h")
        }
        let now = backend.now()
        let since = try query.time("since", now: now) ?? now - .seconds(86_400)
        let until = try query.time("until", now: now) ?? now
        guard since <= until else { throw RequestProblem("since (\(since)) is later than until (\(until)).") }
        let limit = try query.count("limit", default: 10_000)
        guard let runs = try await backend.history(probe, since, until, limit) else {
            return .problem(.notFound, "There is no probe \(probe).")
        }
        return try .json(runs)
    }

    func incidents(_ request: Request) async throws -> Response {
        let query = try Query(request, names: ["limit"])
        return try .json(try await backend.incidents(try query.count("limit", default: 100)))
    }

    func outbox(_ request: Request) async throws -> Response {
        let query = try Query(request, names: ["dead"])
        return try .json(try await backend.outbox(try query.flag("dead")))
    }

    /// `since` and `until` bound the timeline; `at` is the moment whose state is shown. All may be ages, counted from now.
    func explain(_ request: Request) async throws -> Response {
        let query = try Query(request, names: ["probe", "incident", "since", "until", "at"])
        let subject: ExplanationQuery.Subject
        switch (query["probe"] ?? "", query["incident"] ?? "") {
        case (let probe, "") where !probe.isEmpty: subject = .probe(probe)
        case ("", let incident) where !incident.isEmpty: subject = .incident(incident)
        default: throw RequestProblem("Give probe or incident: /api/v1/explain?probe=NAME or /api/v1/explain?incident=ID")
        }
        let now = backend.now()
        let since = try query.time("since", now: now)
        let until = try query.time("until", now: now)
        let at = try query.time("at", now: now)
        if let since, since > until ?? at ?? now {
            throw RequestProblem("since (\(since)) is later than the end (\(until ?? at ?? now)).")
        }
        switch try await backend.explain(ExplanationQuery(subject, since: since, until: until, at: at)) {
        case .found(let explanation): return try .json(explanation)
        case .unknown(let sentence): return .problem(.notFound, sentence)
        }
    }

    func silences(_ request: Request) async throws -> Response {
        let query = try Query(request, names: ["all"])
        return try .json(try await backend.silences(try query.flag("all")))
    }

    func maintenance(_ request: Request) async throws -> Response {
        _ = try Query(request, names: [])
        return try .json(try await backend.maintenance())
    }

    /// `at` is a moment, also one to come; an age counts from now.
    func onCall(_ request: Request) async throws -> Response {
        let query = try Query(request, names: ["schedule", "at"])
        let now = backend.now()
        let name = query["schedule"].flatMap { $0.isEmpty ? nil : $0 }
        guard let schedules = try await backend.onCall(name, try query.time("at", now: now) ?? now) else {
            return .problem(.notFound, "There is no schedule \(name ?? "").")
        }
        return try .json(schedules)
    }

    /// Carries out a command for whoever is at the other end of the socket, and writes one line about it.
    /// `isAboutIncident`: author and comment are of whoever acts, and not of what is made.
    func carryOut(_ command: Command, _ body: CommandBody, _ caller: Caller, isAboutIncident: Bool) async throws -> Response {
        var actor = try await Peer.actor(of: caller.channel)
        if isAboutIncident {
            actor = actor.acting(for: try body.optionalText("author"), because: try body.optionalText("comment"))
        }
        let reply = await backend.command(command, actor, try body.id())
        log(
            "\(actor.whole): \(command.text): \(reply.status.rawValue): \(reply.message)"
        )
        return try .json(reply, status: reply.status.httpStatus)
    }
}

extension CommandReply.Status {
    fileprivate var httpStatus: HTTPResponse.Status {
        switch self {
        case .done: .ok
        case .refused: .conflict
        case .unknown: .notFound
        case .failed: .internalServerError
        }
    }
}

extension Response {
    static let noAnswer = Response.problem(
        .serviceUnavailable, "The daemon did not answer in time. It may be starting, stopping or stuck: see its log.")

    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "+Inf", negativeInfinity: "-Inf", nan: "NaN")
        return .bytes([UInt8](try encoder.encode(value)), type: "application/json; charset=utf-8", status: status)
    }

    /// A document with one style sheet and no script; a form of it, if it may have one, is sent nowhere but here.
    static func page(
        _ bytes: [UInt8], nonce: String, status: HTTPResponse.Status = .ok, mayHaveForm: Bool = false
    ) -> Response {
        var response = Response.bytes(bytes, type: "text/html; charset=utf-8", status: status)
        response.headers[.contentSecurityPolicy] =
            "default-src 'none'; style-src 'nonce-\(nonce)'; base-uri 'none'; form-action \(mayHaveForm ? "'self'" : "'none'"); "
            + "frame-ancestors 'none'"
        return response
    }

    /// `{"error": SENTENCE}`
    static func problem(_ status: HTTPResponse.Status, _ sentence: String) -> Response {
        .bytes(
            Array("{\"error\":\"\(JSONText.escaped(sentence))\"}".utf8), type: "application/json; charset=utf-8", status: status
        )
    }

    static func lines(_ status: HTTPResponse.Status, _ lines: [String]) -> Response {
        .bytes(Array((lines.joined(separator: "\n") + "\n").utf8), type: "text/plain; charset=utf-8", status: status)
    }

    /// Every answer goes through here: none is cached, sniffed, framed or followed with a referrer.
    static func bytes(_ body: [UInt8], type: String, status: HTTPResponse.Status = .ok) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = type
        headers[.contentLength] = String(body.count)
        headers[.cacheControl] = "no-store"
        headers[.xContentTypeOptions] = "nosniff"
        headers[.contentSecurityPolicy] = "default-src 'none'; frame-ancestors 'none'"
        if let referrerPolicy = HTTPField.Name("Referrer-Policy") { headers[referrerPolicy] = "no-referrer" }
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}

/// The escapes of a JSON string; RFC 8259, section 7.
enum JSONText {
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\u{0}"..."\u{1F}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
