import Alerting
import Model

/// What arrived: the receiver's side, which no crash of the daemon changes.
struct Receivers {
    /// A receiver that keeps state by key, as PagerDuty does: a trigger opens its key or appends to it, a resolve closes it.
    private(set) var open: Set<String> = []
    /// How often each key was opened: each time somebody is woken.
    private(set) var opened: [String: Int] = [:]
    /// How often each message was applied, by its key.
    private(set) var applied: [String: Int] = [:]

    enum Action: String { case trigger, acknowledge, resolve }

    /// Takes a request as it came over the wire.
    mutating func apply(_ row: OutboxRow, body: String) -> String? {
        guard row.channel == "pager" else {
            applied[row.idempotencyKey, default: 0] += 1
            return nil
        }
        guard let name = Receivers.value(of: "event_action", in: body), let key = Receivers.value(of: "dedup_key", in: body)
        else { return "the pager got a request without an action or a key: \(body)" }
        guard let action = Action(rawValue: name) else { return "the pager got an unknown action: \(name)" }
        return apply(row, action, key: key)
    }

    mutating func apply(_ row: OutboxRow, _ action: Action, key: String) -> String? {
        applied[row.idempotencyKey, default: 0] += 1
        guard row.channel == "pager" else { return nil }
        switch action {
        case .trigger:
            guard open.insert(key).inserted else { return nil }
            opened[key, default: 0] += 1
            return opened[key]! > 1 ? "page \(key) woke somebody \(opened[key]!) times" : nil
        case .resolve:
            open.remove(key)
            return nil
        case .acknowledge: return nil
        }
    }

    /// Forgets what arrived of incidents that nobody asks for any more, but for what is open.
    mutating func forget(except content: Mirror.Content) {
        opened = opened.filter { key, _ in open.contains(key) || content.incidents.keys.contains { key.contains($0) } }
        let keys = Set(content.rows.values.map(\.idempotencyKey))
        applied = applied.filter { keys.contains($0.key) }
    }

    /// The text after `"name":"` up to the next quote: keys and actions need no escapes.
    private static func value(of name: String, in body: String) -> String? {
        guard let start = body.firstRange(of: "\"\(name)\":\"")?.upperBound,
            let end = body[start...].firstIndex(of: "\"")
        else { return nil }
        return String(body[start..<end])
    }
}
