import Hummingbird
import Model

extension Responder {
    func deploys(_ request: Request) async throws -> Response {
        _ = try Query(request, names: [])
        guard let deploys = await backend.messages.deploys() else { return .noAnswer }
        return try .json(deploys)
    }
}
