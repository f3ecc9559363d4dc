import Model
import Synchronization
import Testing
import Transfer

@Suite struct WorkersTests {
    @Test func jobsRunAndAFullQueueRefuses() async throws {
        let workers = try Workers(clock: SystemClock(), count: 2, queue: 3)
        let gate = Signal()
        let done = Atomic<Int>(0)
        let job: @Sendable () -> Void = {
            gate.wait()
            done.add(1, ordering: .relaxed)
        }
        #expect(workers.submit(job) && workers.submit(job))
        try await eventually { workers.statistics.busy == 2 }
        #expect(workers.submit(job) && workers.submit(job) && workers.submit(job))
        #expect(!workers.submit(job))
        for _ in 0..<5 { gate.one() }
        try await eventually { done.load(ordering: .relaxed) == 5 }
        workers.stop()
        #expect(!workers.submit(job))
    }

    @Test func namesResolve() throws {
        let clock = SystemClock()
        let workers = try Workers(clock: clock, count: 1)
        let deadline = clock.now().uptime + .seconds(5)
        #expect(workers.resolve("127.0.0.1", port: 80, deadline: deadline) == .success(["127.0.0.1"]))
        let local = try workers.resolve("localhost", port: 80, deadline: deadline).get()
        #expect(local.contains("127.0.0.1") || local.contains("::1"))
        guard case .failure(let failure) = workers.resolve("no-such-host.invalid", port: 80, deadline: deadline) else {
            return #expect(Bool(false), "an invalid name resolved")
        }
        #expect(failure.reason == .nameResolution)
        workers.stop()
    }

    @Test func aLookUpPastItsDeadlineIsGivenUp() throws {
        let workers = try Workers(clock: SystemClock(), count: 1)
        let past = Uptime(nanoseconds: 1)
        let outcome = workers.resolve("host.example", port: 80, deadline: past)
        guard case .failure(let failure) = outcome else { return #expect(Bool(false), "resolved in no time") }
        #expect([.timeout, .resolver, .nameResolution].contains(failure.reason))
        workers.stop()
    }
}
