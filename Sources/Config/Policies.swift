import Model
import Settings

enum PolicySettings {
    /// Of a step without `after`, from the step before it.
    static let defaultGap = Duration.seconds(300)
    static let maximumSteps = 32
    /// An acknowledgement that is over sooner cannot be remembered of before it ends.
    static let ackTimeouts = Duration.seconds(60)...Duration.seconds(366 * 86_400)
    /// Sooner the command would be taken back before anybody could look.
    static let reopenTimes = Duration.seconds(60)...Duration.seconds(30 * 86_400)
}

extension Reading {
    func policies(_ fields: Fields, _ targets: inout Targets) -> (defined: Defined, policies: [String: PolicySpec]) {
        guard let all = fields.fields("policies") else { return (Defined(), [:]) }
        let defined = Defined(all)
        var policies: [String: PolicySpec] = [:]
        for name in defined.names {
            checkName(name, "policy", at: all.keyPlace(of: name))
            guard let fields = all.fields(name) else { continue }
            var policy = PolicySpec(name: name, steps: [])
            policy.repeatAfter = fields.duration("repeat") ?? policy.repeatAfter
            policy.ackTimeout = fields.duration("ack_timeout", in: PolicySettings.ackTimeouts)
            policy.ackCoversNew = fields.boolean("ack_covers_new") ?? policy.ackCoversNew
            policy.resolvesThroughSilence = fields.boolean("resolve_through_silence") ?? policy.resolvesThroughSilence
            policy.reopenAfter = fields.duration("reopen_after", in: PolicySettings.reopenTimes) ?? policy.reopenAfter
            policy.steps = steps(fields, of: name, &targets)
            policies[name] = policy
        }
        return (defined, policies)
    }

    private func steps(_ fields: Fields, of policy: String, _ targets: inout Targets) -> [PolicySpec.Step] {
        var steps: [PolicySpec.Step] = []
        var isOrdered = true
        for step in fields.list("steps", required: true) ?? [] {
            let (level, condition) = condition(of: step, in: policy)
            let previous = steps.last?.after
            let after = step.duration("after") ?? previous.map { $0 + PolicySettings.defaultGap } ?? .zero
            if let previous, after < previous, isOrdered {
                isOrdered = false
                step.problem(
                    at: "after", "after: steps stand in the order of time; \(after.short) follows \(previous.short)")
            }
            let notify = told("notify", step, &targets)
            let read = PolicySpec.Step(after: after, level: level, notify: notify, condition: condition)
            if let same = steps.firstIndex(of: read), isOrdered, !notify.isEmpty {
                problems.add(step.place, "this step is the same as step \(same + 1): nobody is told twice at one time")
            }
            steps.append(read)
        }
        if fields.shape(of: "steps") == .list(count: 0) { fields.problem(at: "steps", "steps: the list is empty") }
        if steps.count > PolicySettings.maximumSteps {
            fields.problem(at: "steps", "steps: at most \(PolicySettings.maximumSteps), got \(steps.count)")
        }
        return steps
    }

    /// The name of a policy that another part of the file refers to.
    func policy(
        _ key: String, _ fields: Fields, required: Bool = false, among policies: Defined, used: inout Set<String>
    ) -> String? {
        guard let policy = fields.string(key, required: required) else { return nil }
        if !policies.names.contains(policy) {
            let prefix = key == "policy" ? "" : "\(key): "
            fields.problem(at: key, prefix + unknown("policy", policy, policies.names))
        }
        used.insert(policy)
        return policy
    }
}
