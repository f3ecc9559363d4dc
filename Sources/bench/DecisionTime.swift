import Alerting
import Model

/// One result decided while 10,000 alerts are open, beside the same with 10: what happens to one probe must not cost by how many
/// others are down.
enum DecisionTime {
    static let many = 10_000
    static let few = 10
    static let allowed = 0.000_1

    static func run(_ site: Site) throws -> [Figure] {
        var crowd = opened(many, site)
        var handful = opened(few, site)
        return [
            compare("decide a bad result more", site, &crowd, &handful, isTransition: false),
            compare("decide an alert that ends or begins", site, &crowd, &handful, isTransition: true),
        ]
    }

    private static func compare(
        _ name: String, _ site: Site, _ crowd: inout AlertingState, _ handful: inout AlertingState, isTransition: Bool
    ) -> Figure {
        let base = times(&handful, few, site, isTransition: isTransition)
        let ours = times(&crowd, many, site, isTransition: isTransition)
        return Figure(
            name: "\(name), \(many) open", ours: ours.text, baseline: "\(base.text) \(few) open", ratio: ours.p50 / base.p50,
            goal: "p99 < 0.1 ms", isMet: ours.p99 < allowed)
    }

    private static func opened(_ count: Int, _ site: Site) -> AlertingState {
        let now = site.clock.now()
        var state = AlertingState(
            configuration: Scene.configuration(probes: count), stored: Stored(), seed: 1, now: now.wall)
        _ = state.start(now: now.wall)
        for number in 0..<count { _ = state.decide(Scene.observation(number, now, isBad: true), now: now) }
        return state
    }

    private static func times(_ state: inout AlertingState, _ count: Int, _ site: Site, isTransition: Bool) -> Times {
        site.times(4000) { round in
            let now = site.clock.now()
            // Neighbours in turn: a good result ends an alert, and the next bad one of the same probe begins it again.
            let number = (isTransition ? round / 2 : round) &* 7919 % count
            _ = state.decide(Scene.observation(number, now, isBad: !isTransition || round % 2 == 1), now: now)
        }
    }
}
