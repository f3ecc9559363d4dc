import FoundationEssentials
import Model

/// What channels look for in a receiver's JSON answer. Members of another type than expected read as absent.
struct JSONAnswer: Decodable {
    /// The success of Telegram and Slack.
    var isOK: Bool?
    /// Slack's word for what went wrong, and the scope that the token lacks.
    var error: String?
    var needed: String?
    /// Slack's name of a message: where it stands, and its time.
    var channel: String?
    var time: String?
    /// The message's name at the receiver: a member `id` or `requestId`, or `result.message_id`.
    var reference: String?
    /// Seconds, as the receivers write them: `retry_after`, or `parameters.retry_after`.
    var retryAfter: Duration?

    /// Nil where the body is not a JSON object.
    init?(_ body: [UInt8]) {
        guard body.first == UInt8(ascii: "{") else { return nil }
        do {
            self = try JSONDecoder().decode(JSONAnswer.self, from: Data(body))
        } catch {
            // Not JSON, whatever it is: the status alone decides.
            return nil
        }
    }

    init(from decoder: any Decoder) throws {
        let answer = try decoder.container(keyedBy: Name.self)
        isOK = answer.value(Bool.self, "ok")
        error = answer.value(String.self, "error")
        needed = answer.value(String.self, "needed")
        channel = answer.value(String.self, "channel")
        time = answer.value(String.self, "ts")
        let result = answer.nested("result")
        reference =
            answer.value(String.self, "id") ?? answer.value(String.self, "requestId")
            ?? result?.value(Int.self, "message_id").map(String.init)
        let seconds =
            answer.value(Double.self, "retry_after") ?? answer.nested("parameters")?.value(Double.self, "retry_after")
        if let seconds, seconds >= 0, seconds <= JSONAnswer.longestWait {
            retryAfter = .microseconds(Int64((seconds * 1_000_000).rounded(.up)))
        }
    }

    /// Seconds. A longer wait is taken for a mistake, and ours is used.
    private static let longestWait = 86_400.0

    fileprivate struct Name: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}

extension KeyedDecodingContainer where Key == JSONAnswer.Name {
    fileprivate func value<T: Decodable>(_ type: T.Type, _ name: String) -> T? {
        do {
            return try decodeIfPresent(type, forKey: Key(stringValue: name))
        } catch {
            return nil
        }
    }

    fileprivate func nested(_ name: String) -> Self? {
        do {
            return try nestedContainer(keyedBy: Key.self, forKey: Key(stringValue: name))
        } catch {
            return nil
        }
    }
}
