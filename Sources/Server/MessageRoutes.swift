import Hummingbird
import Model

extension Responder {
    func deploys(_ request: Request) async throws -> Response {
        _ = try Query(request, names: [])
        guard let deploys = await backend.messages.deploys() else { return .noAnswer }
        return try .json(deploys)
    }

    /// What a template would say. It shows incidents as whoever is told of them sees them: that is for operators.
    func preview(_ request: Request) async throws -> Response {
        let query = try Query(request, names: ["name", "channel", "incident"])
        guard let name = query["name"], !name.isEmpty else {
            throw RequestProblem("name is missing: /api/v1/template?name=NAME")
        }
        switch await backend.messages.preview(name, query["channel"], query["incident"]) {
        case .shown(let preview): return try .json(preview)
        case .unknown(let sentence): return .problem(.notFound, sentence)
        }
    }
}
