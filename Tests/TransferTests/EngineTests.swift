import Foundation
import Model
import Support
import Synchronization
import Testing
import Transfer

@Suite(.serialized) struct EngineTests {
    @Test func stoppingEndsAHangingTransfer() async throws {
        let server = try ScriptServer("http.py")
        let engine = try TransferEngine.running()
        async let hanging = engine.get(server.url("/hang"), timeout: .seconds(50))
        try await eventually { engine.statistics.inFlight == 1 }
        let (_, time) = await elapsed { engine.stop() }
        #expect(await hanging.error == TransferError(.stopped, "monitord is stopping"))
        #expect(time < .milliseconds(500), "took \(time.short)")
        #expect(await engine.get(server.url("/")).error?.kind == .stopped)
    }

    @Test func stoppingEndsAHangingMail() async throws {
        let folder = try TemporaryFolder()
        let server = try ScriptServer("smtp.py", ["hang-after-dot", folder.path + "/transcript"])
        let engine = try TransferEngine.running()
        async let hanging = engine.reply(
            .mail(
                Mail(
                    server: "smtp://127.0.0.1:\(server.port)", ehlo: "x", encryption: .none, sender: "a@b", recipient: "c@d",
                    message: Array("x\r\n".utf8), timeout: .seconds(50))))
        try await eventually { engine.statistics.mails == 1 }
        let (_, time) = await elapsed { engine.stop() }
        #expect(await hanging.error?.kind == .stopped)
        #expect(time < .milliseconds(500), "took \(time.short)")
    }

    @Test func manyTransfersRunAtOnce() async throws {
        let server = try ScriptServer("http.py")
        let engine = try TransferEngine.running()
        let statuses = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<300 { group.addTask { await engine.get(server.url("/"), timeout: .seconds(30)).status } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses == Array(repeating: 200, count: 300))
        engine.stop()
        #expect(engine.statistics.finished == 300)
    }

    @Test func transfersWaitForTheirTurnWithinTheirOwnTimeouts() async throws {
        let server = try ScriptServer("http.py")
        var limits = TransferLimits()
        limits.plain = 1
        let engine = try TransferEngine.running(limits)
        async let first = engine.get(server.url("/hang"), timeout: .seconds(2))
        try await eventually { engine.statistics.inFlight == 1 }
        async let patient = engine.get(server.url("/"), timeout: .seconds(5))
        let impatient = await engine.get(server.url("/"), timeout: .milliseconds(200))
        #expect(impatient.error == TransferError(.descriptors, "waited 200ms behind 1 plain transfers, the limit"))
        #expect(await first.error?.kind == .timeout)
        #expect(await patient.status == 200)
        engine.stop()
    }

    /// Asks to be called every 10 ms, and notes how late it was.
    private final class Metronome: TimerSource {
        let lateness = Mutex<[Duration]>([])
        let due = Mutex<Uptime?>(nil)
        func runDue(now: Moment) -> Uptime? {
            due.withLock { due in
                if let planned = due {
                    if now.uptime < planned { return planned }
                    lateness.withLock { $0.append(now.uptime - planned) }
                }
                due = now.uptime + .milliseconds(10)
                return due
            }
        }
    }

    @Test func aTimerIsCalledWhenItIsDue() async throws {
        let engine = try TransferEngine.running()
        let metronome = Metronome()
        engine.setTimerSource(metronome)
        try await eventually { metronome.lateness.withLock { $0.count >= 50 } }
        engine.stop()
        let sorted = metronome.lateness.withLock { $0.sorted() }
        print("timer lateness: median \(sorted[sorted.count / 2].short), worst \(sorted[sorted.count - 1].short)")
        #expect(sorted[sorted.count / 2] < .milliseconds(5))
    }

    /// Takes three seconds of the clock in its first call, and notes what it is told of that.
    private final class Sleeper: TimerSource {
        let clock: VirtualClock
        let stalls = Mutex<[Duration]>([])
        let calls = Mutex(0)
        init(_ clock: VirtualClock) { self.clock = clock }
        func runDue(now: Moment) -> Uptime? {
            let isFirst = calls.withLock { calls in
                calls += 1
                return calls == 1
            }
            clock.advance(by: isFirst ? .seconds(3) : .milliseconds(900))
            return nil
        }
        func stalled(from: Uptime, until: Uptime) { stalls.withLock { $0.append(until - from) } }
    }

    @Test func aLoopThatDidNotGetItsTurnSaysForHowLong() async throws {
        let clock = VirtualClock()
        let engine = try TransferEngine(clock: clock)
        try engine.run()
        let sleeper = Sleeper(clock)
        engine.setTimerSource(sleeper)
        try await eventually { sleeper.stalls.withLock { $0 } == [.seconds(3)] }
        engine.wake()
        try await eventually { sleeper.calls.withLock { $0 } == 2 }
        engine.stop()
        #expect(sleeper.stalls.withLock { $0 } == [.seconds(3)], "less than a second is no stall")
    }

    /// Starts a transfer from the loop's own thread.
    private final class Starter: TimerSource {
        let engine: TransferEngine
        let url: String
        let status = Mutex<Int?>(nil)
        let asked = Mutex(0)
        init(_ engine: TransferEngine, _ url: String) {
            self.engine = engine
            self.url = url
        }
        func runDue(now: Moment) -> Uptime? {
            asked.withLock { $0 += 1 }
            engine.start(.http(HTTPRequest(url: Secret(url), timeout: .seconds(5)))) { reply in
                self.status.withLock { $0 = reply.status }
            }
            return nil
        }
    }

    @Test func aTimerMayStartATransferAndIsAskedAgainOnWake() async throws {
        let server = try ScriptServer("http.py")
        let engine = try TransferEngine.running()
        let starter = Starter(engine, server.url("/"))
        engine.setTimerSource(starter)
        try await eventually { starter.status.withLock { $0 } == 200 }
        #expect(starter.asked.withLock { $0 } == 1)
        engine.wake()
        try await eventually { starter.asked.withLock { $0 } == 2 }
        engine.stop()
    }

    @Test func theLoopShowsThatItLives() async throws {
        let engine = try TransferEngine.running()
        try await eventually { engine.lastTurn.nanoseconds > 0 }
        let first = engine.lastTurn
        try await eventually { engine.lastTurn > first }
        #expect(engine.lastTurn - first < .milliseconds(1500))
        engine.stop()
    }
}

/// Waits for the fact, at most ten seconds.
func eventually(_ fact: @Sendable () -> Bool) async throws {
    let clock = SystemClock()
    let end = clock.now().uptime + .seconds(10)
    while !fact() {
        try #require(clock.now().uptime < end, "it did not come true")
        try await Task.sleep(for: .milliseconds(2))
    }
}
