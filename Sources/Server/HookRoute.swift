import HTTPTypes
import Hummingbird
import Model
import NIOCore

extension Responder {
    /// What PagerDuty tells us. It repeats what is not answered with a success, so what is understood is, whatever follows from it.
    func pagerDuty(_ request: Request) async throws -> Response {
        let bytes: ByteBuffer
        do {
            bytes = try await request.body.collect(upTo: Limit.hookBody)
        } catch is NIOTooManyBytesError {
            var response = Response.problem(.contentTooLarge, "The request's body is longer than \(Limit.hookBody) bytes.")
            response.headers[.connection] = "close"
            return response
        }
        var signatures = ""
        if let name = HTTPField.Name("X-PagerDuty-Signature") { signatures = request.headers[name] ?? "" }
        let reply = await backend.messages.pagerDuty(Array(bytes.readableBytesView), signatures)
        log("pagerduty webhook: \(reply.outcome.rawValue): \(reply.sentence)")
        switch reply.outcome {
        case .taken: return try .json(["message": reply.sentence])
        case .notConfigured: return .problem(.notFound, reply.sentence)
        case .forged: return .problem(.unauthorized, reply.sentence)
        case .malformed: return .problem(.badRequest, reply.sentence)
        case .failed: return .problem(.serviceUnavailable, reply.sentence)
        }
    }
}
