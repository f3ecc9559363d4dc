import Alerting
import Model
import Settings

/// A channel without wording, rates or bursts: exploring is about order and loss. What it would send is decided by its kind alone.
struct ExploredChannel: Channel {
    static let kind = "explored"
    let keepsState: Bool
    var attemptsPerMinute: Int { 1_000_000 }
    var burst: Int { 1_000_000 }

    init(keepsState: Bool) { self.keepsState = keepsState }
    init?(_ fields: Fields) { nil }

    func message(for notification: Notification) -> Message { Message(body: notification.dedupKey) }
    func outgoing(_ row: OutboxRow) -> Outgoing {
        .http(HTTPRequest(url: Secret("http://localhost"), timeout: .seconds(15)))
    }
    func judge(_ reply: TransferReply) -> DeliveryVerdict { .delivered(reference: nil) }
}
