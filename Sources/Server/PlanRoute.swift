import Hummingbird
import Model

extension Responder {
    /// What a reload would change. A path makes the daemon read a file: that is for operators.
    func plan(_ request: Request) async throws -> Response {
        let query = try Query(request, names: ["file"])
        if let file = query["file"], !file.hasPrefix("/") || !(file.hasSuffix(".yaml") || file.hasSuffix(".yml")) {
            throw RequestProblem("file is the absolute path of a main configuration file that ends in .yaml: \(file)")
        }
        switch try await backend.plan(query["file"]) {
        case .planned(let plan): return try .json(plan)
        case .broken(let problems): return .problem(.unprocessableContent, problems.joined(separator: "\n"))
        }
    }
}
