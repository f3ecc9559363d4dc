import Alerting
import Delivery
import Model
import Settings
import Support
import Synchronization
import Testing

/// Keeps what it is given to send, and ends it when the test says so.
private final class HeldTransfers: Transferring {
    private let held = Mutex<[(Outgoing, @Sendable (TransferReply) -> Void)]>([])
    func start(_ outgoing: Outgoing, finished: @escaping @Sendable (TransferReply) -> Void) {
        held.withLock { $0.append((outgoing, finished)) }
    }
    var sent: [Outgoing] { held.withLock { $0.map(\.0) } }
    func end(_ reply: TransferReply) {
        let all = held.withLock { held in
            defer { held = [] }
            return held
        }
        for (_, finished) in all { finished(reply) }
    }
}

private final class Posted: EventSink {
    private let events = Mutex<[Event]>([])
    func post(_ event: Event) { events.withLock { $0.append(event) } }
    var settlements: [Settlement] {
        events.withLock { events in
            events.compactMap { event in if case .settled(let settlement) = event { settlement } else { nil } }
        }
    }
}

private struct TokenChannel: Channel {
    static let kind = "token"
    init() {}
    init?(_ fields: Fields) { nil }
    let attemptsPerMinute = 60
    func message(for notification: Notification) -> Message { Message(body: "words") }
    func outgoing(_ row: OutboxRow) -> Outgoing {
        .http(
            HTTPRequest(
                method: "POST", url: Secret("https://chat.example.com/secret"), headers: [Header("Authorization", "token")],
                body: Array(row.message.body.utf8), timeout: .seconds(15)))
    }
    func judge(_ reply: TransferReply) -> DeliveryVerdict {
        reply.status == 200 ? .delivered(reference: "ts1") : .retry("\(reply.status)", after: reply.retryAfter)
    }
}

@Suite("The courier carries, and decides nothing")
struct CourierTests {
    private let transfers = HeldTransfers()
    private let posted = Posted()
    private let clock = VirtualClock()

    private var row: OutboxRow {
        var row = OutboxRow(
            id: 7, incident: "I", target: "chat", channel: "chat", kind: .trigger, level: .critical, page: 1,
            idempotencyKey: "I-7",
            message: Message(body: "words"), createdAt: .distantPast, notBefore: .distantPast, deadline: .distantFuture)
        row.phase = .inflight
        row.tries = 3
        return row
    }

    @Test("the stored message is sent with the channel's credential, and its settlement names row, attempt and status")
    func settles() {
        let courier = Courier(transfers: transfers, sink: posted, clock: clock)
        courier.carry(row, by: TokenChannel())
        #expect(transfers.sent == [TokenChannel().outgoing(row)])
        #expect(posted.settlements.isEmpty)
        transfers.end(TransferReply(status: 200))
        #expect(posted.settlements == [Settlement(row: 7, attempt: 3, verdict: .delivered(reference: "ts1"), status: 200)])
    }

    @Test("the channel judges the reply, a Retry-After included")
    func judges() {
        let courier = Courier(transfers: transfers, sink: posted, clock: clock)
        courier.carry(row, by: TokenChannel())
        transfers.end(TransferReply(status: 429, retryAfter: .seconds(20)))
        #expect(
            posted.settlements == [Settlement(row: 7, attempt: 3, verdict: .retry("429", after: .seconds(20)), status: 429)])
    }

    @Test("the age of the oldest attempt under way is known to the watchdog")
    func ages() {
        let courier = Courier(transfers: transfers, sink: posted, clock: clock)
        #expect(courier.oldestAttempt(now: clock.now().uptime) == .zero)
        courier.carry(row, by: TokenChannel())
        clock.advance(by: .seconds(130))
        #expect(courier.oldestAttempt(now: clock.now().uptime) == .seconds(130))
        #expect(courier.attemptsUnderWay == 1)
        transfers.end(TransferReply(status: 200))
        #expect(courier.oldestAttempt(now: clock.now().uptime) == .zero)
    }
}
