import Alerting
import Ledger
package import Model
import Settings

// What holds messages back, and who is on call.
extension Daemon {
    /// Silences that are not over; with `all`, also those that are, and ad-hoc maintenance.
    package func silences(all: Bool) async throws -> [Snapshot.Silence] {
        let clock = clock
        let present = try await asked { $0.shownSilences(.silence, now: clock.now().wall) }
        guard all else { return present }
        let reader = reader
        let now = clock.now().wall
        let stored = try await onWorker { try reader.silences() }
        let known = Set(present.map(\.id))
        let past = stored.filter { !known.contains($0.id) }.map { Snapshot.Silence($0, now: now) }
        return present + past.sorted { ($0.endsAt, $0.id) > ($1.endsAt, $1.id) }
    }

    package func maintenance() async throws -> [Snapshot.Maintenance] {
        let clock = clock
        return try await asked { $0.shownMaintenance(now: clock.now().wall) }
    }

    /// Who is on call at a moment, on one schedule or on all; nil where there is no such schedule.
    package func onCall(_ schedule: String?, at moment: Timestamp) async throws -> [Snapshot.OnCall]? {
        let reader = reader
        let overrides = try await onWorker { try reader.overrides(since: moment) }
        return try await asked { $0.shownOnCall(schedule, at: moment, stored: overrides) }
    }

    private func asked<T: Sendable>(_ question: @escaping @Sendable (borrowing AlertingState) -> T) async throws -> T {
        let answer = await Once<T?>.wait(atMost: Daemon.patience, else: nil) { once in
            keeper.ask { state, _ in once.answer(question(state)) }
        }
        guard let answer else {
            throw Failure(.saturated, "the keeper did not answer in time: it may be stuck in a write; see the daemon's log")
        }
        return answer
    }
}
