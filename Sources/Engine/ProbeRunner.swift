import Config
import Model
import Probes
import Synchronization
import Transfer

/// Carries out the measurements of the configured probes: transfers on the loop, calls that block on workers.
final class ProbeRunner: Sendable {
    private let transfers: TransferEngine
    private let workers: Workers
    private let clock: any Clock
    private let present = Mutex(Present())

    /// Two tables, for the one is asked at each run and a spec costs more to copy than to find.
    private struct Present {
        var specs: [String: ProbeSpec] = [:]
        var measurements: [String: Measurement] = [:]
    }

    init(transfers: TransferEngine, workers: Workers, clock: any Clock) {
        self.transfers = transfers
        self.workers = workers
        self.clock = clock
    }

    func replace(with probes: [ConfiguredProbe]) {
        let next = Present(
            specs: Dictionary(uniqueKeysWithValues: probes.map { ($0.spec.name, $0.spec) }),
            measurements: Dictionary(uniqueKeysWithValues: probes.map { ($0.spec.name, $0.probe.measurement) }))
        present.withLock { $0 = next }
    }

    func spec(of name: String) -> ProbeSpec? { present.withLock { $0.specs[name] } }
    var names: [String] { present.withLock { $0.specs.keys.sorted() } }

    /// Starts one measurement; `done` is called once, from any thread.
    func measure(_ name: String, deadline: Uptime, done: @escaping @Sendable (Measured) -> Void) {
        guard let measurement = present.withLock({ $0.measurements[name] }) else {
            return done(.failed(.setup, "the probe \(name) is not configured any more"))
        }
        let clock = clock
        switch measurement {
        case .transfer(let outgoing, let read):
            transfers.start(outgoing) { done(read($0, clock.now().wall)) }
        case .blocking(let body):
            let run = BlockingRun(
                deadline: deadline, clock: clock,
                resolve: { [workers] host, port, deadline in workers.resolve(host, port: port, deadline: deadline) })
            if !workers.submit({ done(body(run)) }) {
                done(.failed(.saturated, "no worker was free: all are busy and the queue is full"))
            }
        }
    }
}
