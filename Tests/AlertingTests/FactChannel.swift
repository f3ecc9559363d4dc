import Alerting
import Model
import Settings

/// A channel that words a notification as its kind, title, facts and links, a line each.
struct FactChannel: Channel {
    static let kind = "facts"
    var keepsState = false
    var attemptsPerMinute: Int { 6000 }
    var burst: Int { 100 }
    init() {}
    init?(_ fields: Fields) { nil }

    func message(for notification: Notification) -> Message {
        let words = [notification.words.title].compactMap(\.self) + (notification.words.lines ?? [])
        let lines =
            ["\(notification.kind.rawValue) \(notification.title)"] + notification.facts.map { "\($0.name): \($0.text)" }
            + notification.links.map { "\($0.text) <\($0.address)>" } + words.map { "| \($0)" }
        return Message(body: lines.joined(separator: "\n"))
    }
    func outgoing(_ row: OutboxRow) -> Outgoing { .http(HTTPRequest(url: Secret("http://localhost"), timeout: .seconds(1))) }
    func judge(_ reply: TransferReply) -> DeliveryVerdict { .delivered(reference: nil) }
}

extension World {
    /// Lines of the last message that arrived at a target, after its first.
    func lastLines(of target: String = "chat") -> [String] {
        let last = received.last { $0.contains("s \(target): ") } ?? ""
        return last.split(separator: "\n").dropFirst().map(String.init)
    }
}
