import Model

extension Plan {
    /// A plan with fewer entries that still fails, found by leaving out: first what comes after the failure, then halves, quarters
    /// and so on down to single entries, for at most `attempts` runs. Any failure counts, for one defect shows in several ways.
    package func shrunk(attempts: Int = 150, failsAt: Duration, fails: (Plan) -> Duration?) -> Plan {
        var left = attempts
        var best = self
        func attempt(_ candidate: Plan) -> Plan? {
            guard left > 0 else { return nil }
            left -= 1
            guard let at = fails(candidate) else { return nil }
            return candidate.cut(after: at)
        }
        if let cut = attempt(cut(after: failsAt)) { best = cut }
        var size = max(1, best.entries.count / 2)
        while left > 0 {
            var start = 0
            var hasShrunk = false
            while start < best.entries.count, left > 0 {
                var candidate = best
                candidate.entries.removeSubrange(start..<min(start + size, best.entries.count))
                if let smaller = attempt(candidate) {
                    best = smaller
                    hasShrunk = true
                } else {
                    start += size
                }
            }
            if size == 1, !hasShrunk { break }
            size = max(1, size / 2)
        }
        return best
    }

    private func cut(after time: Duration) -> Plan {
        var plan = self
        plan.entries.removeAll { $0.at > time }
        plan.profile.length = min(profile.length, time + .seconds(1))
        return plan
    }
}
