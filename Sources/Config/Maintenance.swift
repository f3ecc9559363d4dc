import Model
import Settings

enum MaintenanceSettings {
    static let maximumWindows = 1000
    /// What lasts longer is no maintenance: it is a pause, and should be called one.
    static let longest = Duration.seconds(31 * 86_400)
    static let longestText = 1000
}

extension Reading {
    /// `[{name, match, matchers, cron: {at, zone}, for}]`, or `from`, `until` and `zone` in place of `cron` and `for`.
    func maintenance(_ fields: Fields) -> [MaintenanceWindow] {
        let list = fields.list("maintenance") ?? []
        if list.count > MaintenanceSettings.maximumWindows {
            fields.problem(
                at: "maintenance", "maintenance: at most \(MaintenanceSettings.maximumWindows), got \(list.count)")
        }
        var taken: [String: Place] = [:]
        return list.compactMap { window($0, taken: &taken) }
    }

    private func window(_ fields: Fields, taken: inout [String: Place]) -> MaintenanceWindow? {
        let name = elementName(fields, "window", index: nil, taken: &taken)
        let comment = comment(fields)
        let plan = plan(fields)
        let matchers = scope(fields, "window")
        guard let plan, let name else { return nil }
        return MaintenanceWindow(name: name, matchers: matchers, plan: plan, comment: comment ?? "")
    }

    /// `match` and `matchers`, or `all: true`: that everything is meant must be said.
    private func scope(_ fields: Fields, _ what: String) -> [Matcher] {
        let written = matchers(fields)
        let isAll = fields.boolean("all") ?? false
        if isAll, !written.all.isEmpty {
            problems.add(fields.keyPlace(of: "all"), "all: the \(what) has match or matchers too; it takes one of them")
        } else if !isAll, written.isWhole, written.takeEverything, fields.remainingKeys.isEmpty {
            problems.add(
                fields.place, "this \(what) matches every alert: add match or matchers, or all: true if that is meant")
        }
        return written.all
    }

    private func plan(_ fields: Fields) -> MaintenanceWindow.Plan? {
        let isRecurring = fields.has("cron")
        let isOnce = fields.has("from") || fields.has("until")
        guard isRecurring != isOnce else {
            for key in ["cron", "for", "from", "until", "zone"] { fields.skip(key) }
            problems.add(
                fields.place,
                isOnce
                    ? "this window has both cron and from or until; it takes one of them"
                    : "this window does not say when: expected cron and for, or from and until")
            return nil
        }
        return isRecurring ? recurring(fields) : once(fields)
    }

    private func recurring(_ fields: Fields) -> MaintenanceWindow.Plan? {
        let calendar = calendar("cron", fields)
        let length = fields.duration("for", in: .seconds(60)...MaintenanceSettings.longest, required: true)
        guard let calendar, let length else { return nil }
        let gap = calendar.schedule.shortestGap
        if length > gap {
            warnings.add(
                fields.place(of: "for"),
                "for: windows of \(length.short) run into each other: the next one begins after \(gap.short)")
        }
        return .recurring(calendar.schedule, length, zone: calendar.zone)
    }

    private func once(_ fields: Fields) -> MaintenanceWindow.Plan? {
        let (start, end) = (localTime("from", fields, required: true), localTime("until", fields, required: true))
        guard let zone = zone(fields), let start, let end else { return nil }
        let from = instant(of: start, "from", fields, in: zone)
        let until = instant(of: end, "until", fields, in: zone)
        if until <= from {
            fields.problem(at: "until", "until: \(end.short) is not after from, \(start.short)")
        } else if until - from > MaintenanceSettings.longest {
            let (length, most) = ((until - from).rough, MaintenanceSettings.longest.short)
            fields.problem(at: "until", "until: the window lasts \(length); at most \(most), for more see pauses")
        } else if let now, until <= now {
            warnings.add(fields.place(of: "until"), "until: the window is over since \(end.short); it may be removed")
        }
        return .once(from: from, until: until)
    }

    /// What people write down for others.
    func comment(_ fields: Fields) -> String? {
        let text = fields.string("comment")
        if let text, text.utf8.count > MaintenanceSettings.longestText {
            fields.problem(
                at: "comment", "comment: at most \(MaintenanceSettings.longestText) bytes, got \(text.utf8.count)")
        }
        return text
    }
}
