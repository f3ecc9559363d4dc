import Model

/// How a plan is shown: what is added with `+`, removed with `-`, changed with `~`.
enum PlanText {
    static func lines(_ plan: Plan, _ paint: Paint) -> [String] {
        var lines: [String] = []
        lines += section("Probes", plan.probes.flatMap { change($0, paint) }, paint)
        lines += section("Besides", plan.others.flatMap { change($0, paint) }, paint)
        lines += section(
            "Alerts that end",
            plan.endings.map { ending in
                let told = ending.told.isEmpty ? "nobody is told" : "told: \(ending.told.joined(separator: ", "))"
                let incidents = ending.incidents.isEmpty ? "" : " of \(ending.incidents.joined(separator: "; "))"
                return "  \(paint.level(ending.level, ending.alert))\(incidents), \(told)"
            }, paint)
        lines += section(
            "Rules that say something else of the latest run",
            plan.verdicts.map { "  \($0.alert): \($0.before) -> \(paint.strong($0.after)): \($0.reason.withoutControls)" },
            paint)
        lines += section("Messages of the reload itself", plan.messages.map { "  \($0.withoutControls)" }, paint)
        lines += section("Open incidents that stay as they are", plan.incidentsKept.map { "  \($0.withoutControls)" }, paint)
        if plan.isEmpty { lines.append("Nothing changes.") }
        return lines + plan.warnings.map { "warning: \($0)" }
    }

    private static func section(_ title: String, _ lines: [String], _ paint: Paint) -> [String] {
        lines.isEmpty ? [] : [paint.strong("\(title) (\(lines.filter { !$0.hasPrefix("      ") }.count))")] + lines + [""]
    }

    private static func change(_ change: Plan.Change, _ paint: Paint) -> [String] {
        let line =
            switch change.kind {
            case .added: paint.state(.ok, "  + \(change.name)")
            case .changed: paint.state(.warning, "  ~ \(change.name)")
            case .removed: paint.state(.critical, "  - \(change.name)")
            }
        return [line] + change.details.filter { !$0.isEmpty }.map { "      \($0.withoutControls)" }
    }
}
