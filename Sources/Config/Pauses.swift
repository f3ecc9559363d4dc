import Model
import Settings

extension Reading {
    static let maximumPauses = 1000

    /// `pauses: [{match, matchers, comment}]`
    func pauses(_ fields: Fields) -> [[Matcher]] {
        let list = fields.list("pauses") ?? []
        if list.count > Reading.maximumPauses {
            fields.problem(at: "pauses", "pauses: at most \(Reading.maximumPauses), got \(list.count)")
        }
        return list.map { pause in
            let written = matchers(pause)
            _ = comment(pause)
            if written.isWhole, written.takeEverything, pause.remainingKeys.isEmpty {
                problems.add(pause.place, "this pause matches every alert: expected match or matchers")
            }
            return written.all
        }
    }

    /// `paused: true` of a probe, or why in place of true.
    func isPaused(_ fields: Fields) -> Bool {
        guard let text = fields.string("paused") else { return false }
        switch text {
        case "true": return true
        case "false": return false
        // Other readers of YAML take these for true and false.
        case let word where ["", "yes", "no", "on", "off", "y", "n", "1", "0", "True", "False", "TRUE", "FALSE"].contains(word):
            fields.problem(at: "paused", "paused: expected true, false or why it is paused, got \"\(text)\"")
            return false
        default:
            if text.utf8.count > MaintenanceSettings.longestText {
                fields.problem(
                    at: "paused", "paused: at most \(MaintenanceSettings.longestText) bytes, got \(text.utf8.count)")
            }
            return true
        }
    }
}
