package import Alerting
package import Model
import Synchronization

/// Carries out deliveries that the ledger says are due: it adds the credential, sends, has the channel judge the reply and posts the
/// settlement. It decides nothing: what is sent when, and what follows, is decided where the ledger is written.
package final class Courier: Sendable {
    private let transfers: any Transferring
    private let sink: any EventSink
    private let clock: any Clock
    private let started = Mutex<[Int64: Uptime]>([:])

    package init(transfers: any Transferring, sink: any EventSink, clock: any Clock) {
        self.transfers = transfers
        self.sink = sink
        self.clock = clock
    }

    /// Starts one attempt whose row is committed. Its settlement is posted exactly once.
    package func carry(_ row: OutboxRow, by channel: any Channel) {
        started.withLock { $0[row.id] = clock.now().uptime }
        transfers.start(channel.outgoing(row)) { [self] reply in
            started.withLock { $0[row.id] = nil }
            sink.post(
                .settled(Settlement(row: row.id, attempt: row.tries, verdict: channel.judge(reply), status: reply.status)))
        }
    }

    /// How long the oldest attempt on its way has taken; every attempt has a deadline of its own, so a long time is a fault of ours.
    package func oldestAttempt(now: Uptime) -> Duration { started.withLock { $0.values.min() }.map { now - $0 } ?? .zero }
    package var attemptsUnderWay: Int { started.withLock { $0.count } }
}
