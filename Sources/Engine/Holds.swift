import Model

/// A time in which something held an alert's problem messages back, as the records tell it.
struct Hold: Sendable, Hashable {
    var alert: AlertKey
    /// What held it first, by the order in which they are looked at.
    var kind: SuppressionKind
    var reason: String
    var from: Timestamp
    /// nil: it still did at the last record.
    var until: Timestamp?

    /// The times that records tell of, oldest first. Records are in their order.
    static func all(in records: [Record]) -> [Hold] {
        var holds: [Hold] = []
        var open: [AlertKey: Int] = [:]
        for record in records {
            guard let change = Change(record) else { continue }
            // A restart or a reload may record again what holds on.
            if let held = change.held, let index = open[change.alert], (holds[index].kind, holds[index].reason) == held {
                continue
            }
            if let index = open.removeValue(forKey: change.alert) { holds[index].until = record.at }
            guard let (kind, reason) = change.held else { continue }
            open[change.alert] = holds.count
            holds.append(Hold(alert: change.alert, kind: kind, reason: reason, from: record.at))
        }
        return holds
    }

    /// The ids that its reason names: of silences and incidents.
    var ids: [String] {
        reason.split { !($0.isASCII && ($0.isNumber || $0.isUppercase)) }.map(String.init).filter { $0.utf8.count == 26 }
    }

    /// `API/failing is held back (silence): …`, or that it is no longer.
    private struct Change {
        var alert: AlertKey
        var held: (SuppressionKind, String)?

        init?(_ record: Record) {
            guard record.kind == .suppression, let probe = record.probe, let rule = record.rule else { return nil }
            alert = AlertKey(probe: probe, rule: rule)
            let begins = "\(alert) is held back ("
            guard record.text.hasPrefix(begins) else { return }
            let rest = record.text.dropFirst(begins.count)
            guard let end = rest.firstRange(of: "): "), let kind = SuppressionKind(rawValue: String(rest[..<end.lowerBound]))
            else {
                return
            }
            held = (kind, String(rest[end.upperBound...]))
        }
    }
}
