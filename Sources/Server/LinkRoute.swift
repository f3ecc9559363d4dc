import HTTPTypes
import Hummingbird
import Model
import NIOCore

/// What a link that acknowledges names: `/ack/INCIDENT?until=SECONDS&key=HMAC`.
private struct Link {
    var incident: String
    var until: String
    var key: String

    /// Whatever does not have exactly these parts is no link of ours.
    init?(_ request: Request) {
        incident = String(request.uri.path.dropFirst("/ack/".count))
        var parts: [Substring: Substring] = [:]
        for (name, value) in request.uri.queryParameters {
            guard parts.updateValue(value, forKey: name) == nil else { return nil }
        }
        guard parts.count == 2, let until = parts["until"], let key = parts["key"], !incident.isEmpty else { return nil }
        self.until = String(until)
        self.key = String(key)
    }
}

// Acknowledging without an account. Looking at the page changes nothing, for mail programs and chats follow links by themselves;
// pressing its button does.
extension Responder {
    /// The one check of such a request: how often it is asked, and whether the link is ours and not over.
    func refusal(ofLink request: Request, _ caller: Caller) -> Response? {
        let link = Link(request)
        let verdict = link.map { backend.messages.linkVerdict($0.incident, $0.until, $0.key) } ?? .forged
        // Behind a proxy all come from one address: who guesses must not keep out who has a link.
        guard verdict == .genuine || linkAttempts.allows(caller.address, now: backend.now()) else {
            var response = page(.tooManyRequests, "Too many requests", ["Wait a minute, and follow the link again."])
            response.headers[.retryAfter] = "60"
            return response
        }
        switch verdict {
        case .genuine: return nil
        case .forged: return forged
        case .expired:
            return page(
                .gone, "This link is over",
                ["A link of a message can be used for a day.", "Use monitordctl ack, or the link of a newer message."])
        }
    }

    private var forged: Response {
        page(
            .forbidden, "This is no link of this monitord",
            ["It may be cut off or changed: follow it from the message itself.", "Nothing was changed."])
    }

    /// What would be acknowledged, with a button that does it.
    func linkPage(_ request: Request) async throws -> Response {
        guard let link = Link(request) else { return forged }
        guard let state = await backend.messages.linkState(link.incident, link.until) else { return .noAnswer }
        guard case .open(let incident) = state else { return refusal(state) }
        return page(.ok, "\(incident.level.rawValue.uppercased()): \(incident.title)", about(incident), hasForm: true)
    }

    func acknowledge(_ request: Request, _ caller: Caller) async throws -> Response {
        guard let link = Link(request) else { return forged }
        let name = try await Responder.name(in: request)
        guard let state = await backend.messages.linkState(link.incident, link.until) else { return .noAnswer }
        guard case .open(let incident) = state else { return refusal(state) }
        let (actor, reply) = await backend.messages.acknowledge(incident.id, link.until, name, caller.address)
        log("\(actor.whole): ack \(incident.id): \(reply.status.rawValue): \(reply.message)")
        switch reply.status {
        case .done:
            return page(.ok, "You have it", ["Acknowledged by \(actor.name): \(incident.title).", "Nobody else is told."])
        case .refused, .unknown: return page(.conflict, "Nothing was changed", [reply.message])
        case .failed: return page(.serviceUnavailable, "It could not be acknowledged", [reply.message])
        }
    }

    /// Why a genuine link does nothing any more.
    private func refusal(_ state: LinkState) -> Response {
        switch state {
        case .open(let incident): page(.conflict, "Nothing was changed", about(incident))
        case .acknowledged(let incident, let by):
            page(.conflict, "\(by) has it", ["\(incident.title) is acknowledged already. Nothing was changed."])
        case .used(let incident):
            page(
                .conflict, "This link was used",
                [
                    "It acknowledged \(incident.title) before, and that was given back since. Nothing was changed.",
                    "Use monitordctl ack, or the link of a newer message.",
                ])
        case .over: page(.gone, "It is over", ["The incident is resolved. Nothing was changed."])
        }
    }

    private func about(_ incident: LinkedIncident) -> [String] {
        ["Open for \((backend.now() - incident.openedAt).rough)."] + incident.alerts
            + ["Incident \(incident.id). Whoever acknowledges it has it: nobody else is told."]
    }

    private func page(
        _ status: HTTPResponse.Status, _ title: String, _ lines: [String], hasForm: Bool = false
    ) -> Response {
        let nonce = StatusPage.nonce()
        return .page(
            LinkPage.html(title: title, lines: lines, hasForm: hasForm, nonce: nonce), nonce: nonce, status: status,
            mayHaveForm: hasForm)
    }

    /// The form's only field; empty where it is left out.
    private static func name(in request: Request) async throws -> String {
        struct Form: Decodable { var name: String? }
        let bytes: ByteBuffer
        do {
            bytes = try await request.body.collect(upTo: Limit.form)
        } catch is NIOTooManyBytesError {
            throw RequestProblem("The form is longer than \(Limit.form) bytes.")
        }
        guard bytes.readableBytes > 0 else { return "" }
        do {
            return try URLEncodedFormDecoder().decode(Form.self, from: String(buffer: bytes)).name ?? ""
        } catch {
            throw RequestProblem("The form cannot be read: it has one field, name.")
        }
    }
}
