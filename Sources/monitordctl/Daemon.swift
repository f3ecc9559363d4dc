import ArgumentParser
import Foundation
import Glibc
import Model

/// The running daemon, over its control socket or over HTTP.
struct Daemon: Sendable {
    enum Place: Sendable, Hashable, CustomStringConvertible {
        case socket(String)
        case url(String)
        var description: String {
            switch self {
            case .socket(let path): path
            case .url(let url): url
            }
        }
    }
    var place: Place
    var transfers: any Transferring

    /// A status of 10,000 probes with many labels and samples has about 20 MB.
    private static let longestAnswer = 256 << 20
    private static let readingLimit = Duration.seconds(30)
    /// A run, or a test of a channel, ends by its own timeout; this one is for a daemon that is stuck.
    private static let commandLimit = Duration.seconds(300)

    func get<T: Decodable>(_ path: String, _ query: [(name: String, value: String)] = [], as: T.Type) async throws -> T {
        try decode(try await bytes("GET", Self.path(path, query), [], limit: Self.readingLimit).body)
    }

    /// The daemon's answer, refusals included.
    func command(_ name: String, _ arguments: [String: any Encodable & Sendable] = [:]) async throws -> CommandReply {
        let body = try arguments.sorted { $0.key < $1.key }.map { key, value in
            "\(try Self.json(key)):\(try Self.json(value))"
        }
        let (status, answer) = try await bytes(
            "POST", "/api/v1/commands/\(name)", Array("{\(body.joined(separator: ","))}".utf8), limit: Self.commandLimit,
            accepts: [404, 409, 500])
        do {
            return try decode(answer)
        } catch {
            throw Trouble(Self.refusal(status, answer))
        }
    }

    private func bytes(
        _ method: String, _ path: String, _ body: [UInt8], limit: Duration, accepts: Set<Int> = []
    ) async throws -> (status: Int, body: [UInt8]) {
        var request = HTTPRequest(method: method, url: Secret("http://monitord" + path), body: body, timeout: limit)
        request.maxBodyBytes = Self.longestAnswer
        switch place {
        case .socket(let socket):
            try SocketCheck.check(socket)
            request.unixSocket = socket
        case .url(let url):
            request.url = Secret(url + path)
        }
        if method == "POST" { request.headers = [Header("Content-Type", "application/json")] }
        let reply = await withCheckedContinuation { continuation in
            transfers.start(.http(request)) { continuation.resume(returning: $0) }
        }
        if let error = reply.error {
            throw Trouble("monitord does not answer at \(place): \(error.detail)", isUnanswered: true)
        }
        guard (200..<300).contains(reply.status) || accepts.contains(reply.status) else {
            throw Trouble(Self.refusal(reply.status, reply.body), exit: reply.status == 403 ? .refused : .trouble)
        }
        return (reply.status, reply.body)
    }

    private func decode<T: Decodable>(_ bytes: [UInt8]) throws -> T {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "+Inf", negativeInfinity: "-Inf", nan: "NaN")
        do {
            return try decoder.decode(T.self, from: Data(bytes))
        } catch {
            throw Trouble("\(place) answers something else than this monitordctl expects. Are both of one version?")
        }
    }

    /// `{"error": SENTENCE}`, or the status alone where something else answered.
    private static func refusal(_ status: Int, _ body: [UInt8]) -> String {
        struct Problem: Decodable { var error: String }
        do {
            return try JSONDecoder().decode(Problem.self, from: Data(body)).error
        } catch {
            return "The answer has HTTP status \(status). Is it monitord that listens there?"
        }
    }

    private static func json(_ value: some Encodable) throws -> String {
        String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
    }

    static func path(_ path: String, _ query: [(name: String, value: String)]) -> String {
        query.isEmpty ? path : path + "?" + query.map { "\($0.name)=\(escaped($0.value))" }.joined(separator: "&")
    }

    /// Percent-encodes all but the unreserved characters; RFC 3986, section 2.3.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                result += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return result
    }
}

/// Says why a control socket cannot be used, in words that a failed connection would not have.
enum SocketCheck {
    static func check(_ path: String) throws {
        guard access(path, F_OK) == 0 || errno == EACCES else {
            throw Trouble("There is no control socket \(path). monitord is not running, or it listens elsewhere: see --socket.")
        }
        guard access(path, R_OK | W_OK) == 0 else {
            throw Trouble("You may not use the control socket \(path). It is for members of its group: see ls -l \(path).")
        }
    }
}
