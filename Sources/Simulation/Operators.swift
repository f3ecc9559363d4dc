import Alerting
import Ledger
import Model

// What is done to the daemon: by operators, by whoever runs the machine, by the world.
extension Simulation {
    mutating func carryOut(_ act: Plan.Act) throws {
        switch act {
        case .service(let name, let health):
            log.add(clock.elapsed, "\(name) is \(health.rawValue)")
            services.set(name, health)
        case .network(let channel, let health):
            log.add(clock.elapsed, "the way to \(channel) is \(health.rawValue)")
            network.set(channel, health, now: clock.elapsed)
        case .acknowledge(let pick, let lasts): command(pick: pick) { .acknowledge(incident: $0, lasts: lasts) }
        case .unacknowledge(let pick): command(pick: pick) { .unacknowledge(incident: $0) }
        case .resolve(let pick): command(pick: pick) { .resolve(incident: $0) }
        case .silence(let probe, let kind, let lasts, let untilResolved):
            let request = SilenceRequest(
                kind: kind, matchers: [[Matcher("probe", equals: probe)]], end: .after(lasts), untilResolved: untilResolved,
                comment: "simulated")
            command(.addSilence(request))
        case .endSilence(let pick):
            let ids = (daemon?.state.silences ?? [:]).keys.sorted()
            guard !ids.isEmpty, let silence = daemon?.state.silences[ids[pick % ids.count]] else { return }
            command(.endSilence(silence.id, silence.kind))
        case .standIn(let person, let lasts):
            guard daemon?.state.configuration.schedules[Duty.schedule] != nil else { return }
            command(.addOverride(OverrideRequest(schedule: Duty.schedule, person: person, end: .after(lasts))))
        case .reload(let next): try reload(next)
        case .kill(let point, let downtime, let variant):
            if daemon != nil, asleepUntil <= clock.elapsed { armed = (point, downtime, variant) }
        case .failCommits(let count):
            log.add(clock.elapsed, "the next \(count) commits fail")
            disk.failCommits(count)
        case .setClock(let step):
            log.add(clock.elapsed, "the wall clock is set by \(step.short)")
            clock.setWall(by: step)
            watch.loseTrack()
            bounds.begin(at: clock.elapsed)
            notice()
        case .suspend(let duration):
            // One sleep at a time.
            guard asleepUntil <= clock.elapsed else { return }
            log.add(clock.elapsed, "the machine sleeps for \(duration.short)")
            clock.slept(duration)
            asleepUntil = clock.elapsed + duration.microseconds
            bounds.begin(at: asleepUntil)
            notice()
        case .rehearseRestart: try rehearseRestart()
        }
    }

    /// The keeper wakes at least every two seconds and sees that the clocks have parted.
    private mutating func notice() { pulse = max(clock.elapsed, asleepUntil) + 2_000_000 }

    private mutating func command(pick: Int, _ make: (String) -> Command) {
        let open = daemon?.state.shownIncidents() ?? []
        if !open.isEmpty { command(make(open[pick % open.count].id)) }
    }

    private mutating func command(_ command: Command) {
        guard daemon != nil, asleepUntil <= clock.elapsed else { return }
        log.add(clock.elapsed, "\(command)")
        daemon!.decide(.command(command, by: Actor(uid: 1000, pid: 1, name: "ada")), now: clock.now())
    }

    private mutating func reload(_ next: Int) throws {
        guard daemon != nil, asleepUntil <= clock.elapsed else { return }
        log.add(clock.elapsed, "reload of configuration \(next)")
        try commit()
        guard daemon != nil else { return }
        variant = next
        let now = clock.now()
        let configuration = plan.profile.scene.configuration(next, every: plan.profile.every)
        let (decision, refill) = daemon!.state.reconfigure(to: configuration, now: now.wall)
        daemon!.pending.append(decision)
        watch.restarted(now: clock.elapsed, channels: configuration.channels, isReload: true)
        mirror.people = People(configuration)
        if !refill.isEmpty {
            var state = daemon!.state
            let wrong = daemon!.store.replay(since: now.wall - state.longestWindow) { observation in
                if refill.contains(observation.probe) { state.replay(observation) }
            }
            daemon!.state = state
            if let wrong { problem("windows could not be filled: \(wrong)") }
        }
        try commit()
    }
}
