import Model
import Settings

// What keeps an alert from coming and going all the time: another threshold to end it, and a limit on changes.
extension Reading {
    /// `clear: duration < 4s` of a rule with one level, `clear: {warning: …, critical: …}` of one with both.
    func clear(_ fields: Fields, of spec: inout RuleSpec) -> [(key: String, condition: Condition, place: Place)] {
        guard fields.has("clear") else {
            fields.expect(["clear"])
            return []
        }
        guard case .mapping = fields.shape(of: "clear") else {
            guard let condition = fields.condition("clear") else { return [] }
            let place = fields.place(of: "clear")
            switch (spec.warning, spec.critical) {
            case (let warning?, nil):
                spec.clearWarning = condition
                check(condition, ends: warning, at: place)
            case (nil, let critical?):
                spec.clearCritical = condition
                check(condition, ends: critical, at: place)
            case (_?, _?):
                problems.add(place, "clear: the rule has warning and critical: expected {warning: …, critical: …}")
            case (nil, nil):
                problems.add(fields.keyPlace(of: "clear"), "clear: the rule has neither warning nor critical: nothing fires")
            }
            return [("clear", condition, place)]
        }
        guard let written = fields.fields("clear") else { return [] }
        spec.clearWarning = written.condition("warning")
        spec.clearCritical = written.condition("critical")
        var conditions: [(key: String, condition: Condition, place: Place)] = []
        let pairs = [("warning", spec.clearWarning, spec.warning), ("critical", spec.clearCritical, spec.critical)]
        for (level, clear, threshold) in pairs {
            guard let clear else { continue }
            let place = written.place(of: level)
            if let threshold {
                check(clear, ends: threshold, at: place)
            } else if !fields.has(level) {
                problems.add(written.keyPlace(of: level), "clear: the rule has no \(level) that could end")
            }
            conditions.append(("clear", clear, place))
        }
        return conditions
    }

    private func check(_ clear: Condition, ends threshold: Condition, at place: Place) {
        if let problem = clear.problem(ending: threshold) { problems.add(place, "clear: \(problem)") }
    }

    /// `flapping: off` or `{start: 30%, stop: 20%}`
    func flapping(_ fields: Fields, _ usual: FlapLimits?) -> FlapLimits? {
        guard case .mapping = fields.shape(of: "flapping") else {
            guard let text = fields.string("flapping") else { return usual }
            if text != "off" {
                fields.problem(
                    at: "flapping", "flapping: expected off, or {start: 30%, stop: 20%}, got \"\(Shown.short(text))\"")
            }
            return nil
        }
        guard let written = fields.fields("flapping") else { return usual }
        var limits = FlapLimits()
        let start = percent("start", written)
        let stop = percent("stop", written)
        limits.start = start ?? limits.start
        limits.stop = stop ?? min(limits.stop, limits.start)
        if limits.stop > limits.start {
            problems.add(
                written.place,
                "flapping: stop (\(Quantity.number(limits.stop))%) must not exceed start (\(Quantity.number(limits.start))%)")
        }
        return limits
    }

    private func percent(_ key: String, _ fields: Fields) -> Double? {
        guard let ratio = fields.ratio(key) else { return nil }
        guard ratio > 0, ratio <= 1 else {
            fields.problem(at: key, "\(key): expected a percentage above 0% and up to 100%")
            return nil
        }
        return ratio * 100
    }
}
