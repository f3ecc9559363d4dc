package import Model

/// What a verdict did to an alert.
package enum AlertChange: String, Sendable, Hashable {
    case none
    case pending, cleared
    case fired
    /// From warning to critical, and back.
    case escalated, deescalated
    case recovering, refired, resolved
}

extension Alert {
    /// Applies one verdict. Unknown verdicts count nowhere and change nothing.
    ///
    /// An alert fires when at least `count` of the last `outOf` verdicts are bad, the newest among them, and they have been bad for
    /// `for`. It recovers after `recoverAfter` good verdicts in a row that span `keep_firing_for`.
    package mutating func step(_ verdict: Verdict, rule: RuleSpec, at now: Timestamp) -> AlertChange {
        let verdict = kept(verdict)
        switch verdict.judgement {
        case .unknown:
            return .none
        case .bad(let level):
            remember(level, rule: rule, at: now)
            return worsened(by: level, verdict, rule: rule, at: now)
        case .good:
            remember(nil, rule: rule, at: now)
            return improved(verdict, rule: rule, at: now)
        }
    }

    /// What a verdict is to an alert that fires: one whose level is not cleared yet is still bad at it.
    private func kept(_ verdict: Verdict) -> Verdict {
        guard !verdict.keeps.isEmpty, isFiring, let present = level else { return verdict }
        for level in [Level.critical, .warning] where level <= present {
            guard let why = verdict.keeps[level] else { continue }
            var kept = verdict
            kept.judgement = .bad(level)
            kept.reason = "\(verdict.reason); \(level.rawValue) is not cleared: \(why)"
            return kept
        }
        return verdict
    }

    private mutating func remember(_ level: Level?, rule: RuleSpec, at now: Timestamp) {
        badBits = badBits << 1 | (level == nil ? 0 : 1)
        criticalBits = criticalBits << 1 | (level == .critical ? 1 : 0)
        known = min(known + 1, After.maximum)
        goodRun = level == nil ? goodRun + 1 : 0
        badSince = Alert.clock(badSince, runs: level != nil, bits: badBits, after: rule.after, now: now)
        criticalSince = Alert.clock(criticalSince, runs: level == .critical, bits: criticalBits, after: rule.after, now: now)
        let isMilder = level != .critical && isFiring && self.level == .critical && rule.downgradeFor > .zero
        milderSince = isMilder ? milderSince ?? now : nil
    }

    /// The clock of `for` starts with the first bad result and stops with the first good one, or, for N of M, when the last M
    /// results hold no bad one.
    private static func clock(_ since: Timestamp?, runs: Bool, bits: UInt64, after: After, now: Timestamp) -> Timestamp? {
        if runs { return since ?? now }
        if after.isConsecutive { return nil }
        return bits & mask(after.outOf) == 0 ? nil : since
    }

    private mutating func worsened(by level: Level, _ verdict: Verdict, rule: RuleSpec, at now: Timestamp) -> AlertChange {
        let due: Level? =
            level == .critical && isMet(criticalBits, criticalSince, rule, now)
            ? .critical : isMet(badBits, badSince, rule, now) ? .warning : nil
        switch phase {
        case .new, .ok, .pending:
            guard let due else {
                let began = phase != .pending
                enter(.pending, level: level, verdict, at: began ? now : since)
                return began ? .pending : .none
            }
            // A rule without a warning condition has nothing below critical to fire at.
            enter(.firing, level: rule.warning == nil ? .critical : due, verdict, at: now)
            firedAt = now
            return .fired
        case .firing, .recovering:
            let wasRecovering = phase == .recovering
            goodSince = nil
            if self.level == .warning, due == .critical {
                enter(.firing, level: .critical, verdict, at: now)
                return .escalated
            }
            if self.level == .critical, level == .warning,
                // All that N of M looks at: else the next critical result could be a rise, and a page, again.
                criticalBits & Alert.mask(max(rule.recoverAfter, rule.after.outOf)) == 0,
                now - (milderSince ?? now) >= rule.downgradeFor
            {
                enter(.firing, level: .warning, verdict, at: now)
                return .deescalated
            }
            guard wasRecovering else {
                reason = verdict.reason
                return .none
            }
            enter(.firing, level: self.level, verdict, at: now)
            return .refired
        }
    }

    private mutating func improved(_ verdict: Verdict, rule: RuleSpec, at now: Timestamp) -> AlertChange {
        switch phase {
        case .ok:
            return .none
        case .new:
            enter(.ok, level: nil, verdict, at: now)
            return .none
        case .pending:
            guard badSince == nil else { return .none }
            enter(.ok, level: nil, verdict, at: now)
            return .cleared
        case .firing, .recovering:
            let began = goodSince ?? now
            goodSince = began
            if goodRun >= rule.recoverAfter, now - began >= rule.keepFiringFor {
                enter(.ok, level: nil, verdict, at: now)
                goodSince = nil
                return .resolved
            }
            guard phase == .firing else { return .none }
            enter(.recovering, level: level, verdict, at: now)
            return .recovering
        }
    }

    private func isMet(_ bits: UInt64, _ since: Timestamp?, _ rule: RuleSpec, _ now: Timestamp) -> Bool {
        guard let since else { return false }
        return (bits & Alert.mask(rule.after.outOf)).nonzeroBitCount >= rule.after.count && now - since >= rule.forDuration
    }

    private mutating func enter(_ phase: Phase, level: Level?, _ verdict: Verdict, at now: Timestamp) {
        self.phase = phase
        self.level = level
        since = now
        reason = verdict.reason
    }

    private static func mask(_ count: Int) -> UInt64 { count >= 64 ? .max : (1 << UInt64(count)) - 1 }
}
