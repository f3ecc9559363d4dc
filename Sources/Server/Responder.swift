import HTTPTypes
import Hummingbird
import Model
import NIOCore

/// Who sends a request, and over what.
struct Caller: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }

    /// Over the control socket: the only way to change something.
    var isLocal: Bool {
        if case .unixDomainSocket = channel.localAddress { true } else { false }
    }

    /// Where it comes from, for people and for limits.
    var address: String { isLocal ? "the control socket" : channel.remoteAddress?.ipAddress ?? "an unknown address" }
}

/// Finds the route of a request, checks that the caller may use it, and answers.
struct Responder: HTTPResponder {
    typealias Context = Caller
    let backend: Backend
    let version: String
    let log: @Sendable (String) -> Void
    let linkAttempts = AddressLimit()

    func respond(to request: Request, context caller: Caller) async throws -> Response {
        let routes = Route.all.filter { $0.takes(request.uri.path) }
        guard !routes.isEmpty else {
            return .problem(
                .notFound, "There is no \(request.uri.path). The status page is /, the interface is under /api/v1/.")
        }
        let isHead = request.method == .head
        guard let route = routes.first(where: { $0.method == (isHead ? .get : request.method) }) else {
            let allowed = routes.flatMap { $0.method == .get ? ["GET", "HEAD"] : [$0.method.rawValue] }.joined(separator: ", ")
            var response = Response.problem(
                .methodNotAllowed, "\(request.uri.path) answers \(allowed), not \(request.method.rawValue).")
            response.headers[.allow] = allowed
            return response
        }
        switch route.access {
        case .reading: break
        case .operating:
            guard caller.isLocal else {
                return .problem(
                    .forbidden,
                    "Commands are taken over the control socket only, where the kernel says who asks: use monitordctl on this machine."
                )
            }
        case .link:
            if let refusal = refusal(ofLink: request, caller) { return isHead ? refusal.createHeadResponse() : refusal }
        // Over the raw body: its handler reads nothing of it before.
        case .signature: break
        }
        let response = await answer(route, request, caller)
        return isHead ? response.createHeadResponse() : response
    }

    private func answer(_ route: Route, _ request: Request, _ caller: Caller) async -> Response {
        do {
            return try await route.handler(self, request, caller)
        } catch let problem as RequestProblem {
            return .problem(.badRequest, problem.sentence)
        } catch is NIOTooManyBytesError {
            var response = Response.problem(.contentTooLarge, "The request's body is longer than \(Limit.body) bytes.")
            response.headers[.connection] = "close"
            return response
        } catch {
            log("http: \(request.method.rawValue) \(request.uri.path) failed: \(error)")
            return .problem(.internalServerError, "The daemon could not answer: \(error)")
        }
    }
}

/// Something wrong in a request, for its sender.
struct RequestProblem: Error {
    var sentence: String
    init(_ sentence: String) { self.sentence = sentence }
}

/// One path with one method. Every route says who may use it.
struct Route: Sendable {
    enum Access: Sendable {
        case reading
        /// Over the control socket only.
        case operating
        /// Whoever holds a link of a message.
        case link
        /// Whoever can sign with a configured secret.
        case signature
    }
    var method: HTTPRequest.Method
    /// One path, or with `*` at its end all that begin so.
    var path: String
    var access: Access
    var handler: @Sendable (Responder, Request, Caller) async throws -> Response

    func takes(_ path: String) -> Bool {
        self.path.last == "*" ? path.hasPrefix(self.path.dropLast()) : path == self.path
    }

    static let all: [Route] = [
        get("/") { responder, _ in try await responder.statusPage() },
        get("/metrics") { try await $0.metrics($1) },
        get("/healthz") { responder, _ in responder.liveness() },
        get("/readyz") { responder, _ in responder.readiness() },
        get("/api/v1/status") { responder, request in try await responder.status(request) },
        get("/api/v1/history") { try await $0.history($1) },
        get("/api/v1/incidents") { try await $0.incidents($1) },
        get("/api/v1/outbox") { try await $0.outbox($1) },
        get("/api/v1/explain") { try await $0.explain($1) },
        Route(method: .get, path: "/api/v1/plan", access: .operating) { responder, request, _ in
            try await responder.plan(request)
        },
        get("/api/v1/silences") { try await $0.silences($1) },
        get("/api/v1/maintenance") { try await $0.maintenance($1) },
        get("/api/v1/oncall") { try await $0.onCall($1) },
        get("/api/v1/deploys") { try await $0.deploys($1) },
        Route(method: .get, path: "/api/v1/template", access: .operating) { responder, request, _ in
            try await responder.preview(request)
        },
        Route(method: .get, path: "/ack/*", access: .link) { responder, request, _ in
            try await responder.linkPage(request)
        },
        Route(method: .post, path: "/ack/*", access: .link) { responder, request, caller in
            try await responder.acknowledge(request, caller)
        },
        Route(method: .post, path: "/hooks/pagerduty", access: .signature) { responder, request, _ in
            try await responder.pagerDuty(request)
        },
        post("/api/v1/commands/reload") { _ in .reload },
        post("/api/v1/commands/ack", ["incident", "version", "for", "author", "comment"]) { body in
            .acknowledge(
                incident: try body.text("incident"), version: try body.number("version"), lasts: try body.duration("for"))
        },
        post("/api/v1/commands/unack", ["incident", "version", "author", "comment"]) { body in
            .unacknowledge(incident: try body.text("incident"), version: try body.number("version"))
        },
        post("/api/v1/commands/resolve", ["incident", "version", "author", "comment"]) { body in
            .resolve(incident: try body.text("incident"), version: try body.number("version"))
        },
        post("/api/v1/commands/reroute", ["incident", "version", "author", "comment"]) { body in
            .reroute(incident: try body.text("incident"), version: try body.number("version"))
        },
        post("/api/v1/commands/silence-add", SilenceRequest.keys) { .addSilence(try SilenceRequest(.silence, $0)) },
        post("/api/v1/commands/silence-update", SilenceChange.keys) { body in
            .updateSilence(try body.text("silence"), try SilenceChange(body))
        },
        post("/api/v1/commands/silence-expire", ["silence"]) { body in
            .endSilence(try body.text("silence"), .silence)
        },
        post("/api/v1/commands/maintenance-start", SilenceRequest.keys) {
            .addSilence(try SilenceRequest(.maintenance, $0))
        },
        post("/api/v1/commands/maintenance-end", ["maintenance"]) { body in
            .endSilence(try body.text("maintenance"), .maintenance)
        },
        post("/api/v1/commands/override-add", OverrideRequest.keys) { .addOverride(try OverrideRequest($0)) },
        post("/api/v1/commands/override-remove", ["override"]) { body in .removeOverride(try body.text("override")) },
        post("/api/v1/commands/run", ["probe", "dry"]) { body in
            .run(probe: try body.text("probe"), dry: try body.flag("dry"))
        },
        post("/api/v1/commands/deploy", DeployRequest.keys) { .deploy(try DeployRequest($0)) },
        post("/api/v1/commands/notify-test", ["channel"]) { body in .testChannel(try body.text("channel")) },
        post("/api/v1/commands/requeue", ["message"]) { body in .requeue(try body.messageID()) },
        post("/api/v1/commands/drop", ["message"]) { body in .drop(try body.messageID()) },
        post("/api/v1/commands/drill", ["name", "expect_ack"]) { body in
            .drill(try body.text("name"), expectAck: try body.duration("expect_ack") ?? Command.usualDrill)
        },
    ]

    private static func get(
        _ path: String, _ handler: @escaping @Sendable (Responder, Request) async throws -> Response
    ) -> Route {
        Route(method: .get, path: path, access: .reading) { responder, request, _ in try await handler(responder, request) }
    }

    private static func post(
        _ path: String, _ keys: [String] = [],
        _ command: @escaping @Sendable (CommandBody) throws -> Command
    ) -> Route {
        Route(method: .post, path: path, access: .operating) { responder, request, caller in
            let bytes = try await request.body.collect(upTo: Limit.body)
            // Every command may carry an id that its sender chose: sent again, it is carried out once.
            let body = try CommandBody(bytes.readableBytesView, keys: keys + ["id"])
            return try await responder.carryOut(try command(body), body, caller, isAboutIncident: keys.contains("incident"))
        }
    }
}
