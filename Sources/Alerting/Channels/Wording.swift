import Model

/// The sentences that all channels share: what is wrong, since when, value against limit, and how to acknowledge.
/// Every text is one line without control characters; times are UTC, with the date where it is another day's.
struct Wording {
    let notification: Notification
    /// Worst first: firing before recovered, critical before warning, then the oldest.
    let members: [Notification.Member]

    static let toldAsLasting = Duration.seconds(300)

    init(_ notification: Notification) {
        self.notification = notification
        members = notification.members.sorted { a, b in
            if (a.resolvedAt == nil) != (b.resolvedAt == nil) { return a.resolvedAt == nil }
            if a.level != b.level { return a.level > b.level }
            return (a.since, a.key) < (b.since, b.key)
        }
    }

    var title: String {
        let title = notification.title.oneLine
        return title.isEmpty ? "incident \(notification.incident.oneLine)" : title
    }

    /// What happened, as a template says it, or else with the level first: `CRITICAL: api-health failing`.
    var headline: String {
        guard let title = notification.words.title else { return builtInHeadline }
        return notification.isDrill ? "DRILL, \(title)" : title
    }

    /// The headline with what of the title stays the same from one mail of the incident to the next.
    var subject: String {
        guard let stem = notification.stem, notification.words.title == nil else { return headline }
        var stable = notification
        stable.title = stem
        return Wording(stable).headline
    }

    /// The headline where it stands alone: that it is about more alerts than the one it names is said with it.
    func headlineAlone(to limit: Int, cost: (Character) -> Int) -> String {
        let isOfOne = members.contains { "\($0.key.probe) \($0.key.rule)" == notification.title }
        guard isOfOne, members.count > 1, notification.words.title == nil else {
            return headline.shortened(to: limit, cost: cost)
        }
        let others = ", \(Shortened.more(members.count - 1))"
        return headline.shortened(to: limit - others.map(cost).reduce(0, +), cost: cost) + others
    }

    /// What a template says in place of times, members and labels.
    var ownLines: [String]? { notification.words.lines }
    /// The same as one line.
    var ownText: String? { ownLines?.filter { !$0.isEmpty }.joined(separator: "; ") }
    /// Those to be written out.
    var shownMembers: [Notification.Member] { ownLines == nil ? members : [] }
    var shownLabels: [(name: String, value: String)] { ownLines == nil ? labels : [] }

    /// Nobody may take a drill for anything else.
    private var builtInHeadline: String {
        guard notification.isDrill else { return occurrence }
        return "DRILL, "
            + (notification.kind == .trigger ? occurrence : occurrence.prefix(1).lowercased() + occurrence.dropFirst())
    }

    private var occurrence: String {
        switch notification.kind {
        case .trigger: "\(level): \(title)"
        case .update:
            if let acknowledgementEnds {
                "\(acknowledgementEnds), \(level): \(title)"
            } else {
                "Update, \(level)\(acknowledged): \(title)"
            }
        case .acknowledge: "Acknowledged\(by)\(untilWhen): \(title)"
        case .resolve: notification.isDrill ? "Over: \(title)" : "Resolved: \(title)"
        case .delayed: "Over: \(title)"
        case .test: "Test: \(title)"
        case .digest: "Digest \(title)"
        case .change: "Changed: \(title)"
        }
    }

    /// Since when, or how long it lasted.
    var times: String { notification.isDrill ? "\(moments); this is a drill, nothing is wrong" : moments }

    /// Of what has just begun everybody knows how long it is.
    private var since: String {
        let open = notification.at - notification.openedAt
        let since = "since \(clock(notification.openedAt)) UTC"
        return open < Wording.toldAsLasting
            ? since : "\(since), for \(Duration.seconds(open.microseconds / 60_000_000 * 60).short)"
    }

    private var moments: String {
        let end = notification.resolvedAt ?? notification.at
        switch notification.kind {
        case .trigger:
            return since + (notification.again.map { "; \($0.sentence)" } ?? "")
        case .update, .acknowledge:
            return since
        case .resolve:
            return "lasted \(lasted), \(clock(notification.openedAt)) to \(clock(end)) UTC"
        case .delayed:
            return
                "began \(clock(notification.openedAt)), ended \(clock(end)) UTC; this message could not be delivered then"
        case .test:
            return "sent \(clock(notification.at)) UTC; nothing is wrong"
        case .digest:
            return notification.period ?? "from \(clock(notification.openedAt)) to \(clock(end)) UTC"
        case .change:
            return "at \(clock(notification.at)) UTC"
        }
    }

    /// Headline and times.
    var summary: String { notification.words.title ?? "\(headline) (\(times))" }

    /// Headline, times, and the worst member's value against its limit, where the title does not hold it already.
    var fullSummary: String {
        if let title = notification.words.title { return title }
        if notification.kind == .digest { return "\(summary): \(sections.map(\.title).joined(separator: ", "))" }
        guard notification.kind == .trigger || notification.kind == .update, let worst = members.first else { return summary }
        let reason = worst.reason.oneLine
        let others = members.count > 1 ? ", \(Shortened.more(members.count - 1))" : ""
        return reason.isEmpty || title.holds(reason) ? summary + others : "\(summary): \(reason)\(others)"
    }

    /// One line a member: `critical api/slow: p95 1.4s > 1s (n=40), since 02:01 UTC, https://…`.
    func line(_ member: Notification.Member) -> String {
        let address = member.address.oneLine
        return "\(state(member)) \(name(member)): \(reason(member))" + (address.isEmpty ? "" : ", \(address)")
    }

    func state(_ member: Notification.Member) -> String {
        member.resolvedAt == nil ? member.level.rawValue : "recovered"
    }
    func name(_ member: Notification.Member) -> String { member.key.description.oneLine }
    /// The reason and its times.
    func reason(_ member: Notification.Member) -> String {
        let reason = member.reason.oneLine
        let times =
            member.resolvedAt.map { "\(clock(member.since)) to \(clock($0)) UTC" } ?? "since \(clock(member.since)) UTC"
        return reason.isEmpty ? times : "\(reason), \(times)"
    }

    /// `environment=production`, in the order of the names.
    var labels: [(name: String, value: String)] {
        notification.labels.sorted { $0.key < $1.key }.map { ($0.key.oneLine, $0.value.oneLine) }
    }

    /// Labels of a JSON object: names and values cut, and no name twice.
    func labelMembers(
        atMost count: Int, name: Int, value: Int, cost: (Character) -> Int = { $0.unicodeScalars.count }
    ) -> [JSON.Member] {
        var names: Set<String> = []
        return labels.prefix(count).map { ($0.name.shortened(to: name, cost: cost), $0.value.shortened(to: value, cost: cost)) }
            .filter { names.insert($0.0).inserted }
            .map { JSON.Member($0.0, .string($0.1)) }
    }

    /// The command that stops escalation, where there is something to acknowledge.
    var acknowledge: String? {
        let isOpen = notification.kind == .trigger || notification.kind == .update
        return isOpen && notification.ackedBy == nil ? "monitordctl ack \(notification.incident.oneLine)" : nil
    }

    /// The warning that goes with a message that could not be stored first.
    var unrecorded: String? {
        notification.isUnrecorded
            ? "monitord could not store this decision (disk full or failing): it may be repeated after a restart." : nil
    }

    var origin: String {
        let node = "from monitord on \(notification.node.oneLine)"
        return notification.kind == .digest ? node : "incident \(notification.incident.oneLine), \(node)"
    }

    /// `02:01`, or with the date where that is not the message's.
    func clock(_ time: Timestamp) -> String {
        let text = time.description
        let date = text.prefix(10)
        let hour = text.dropFirst(11).prefix(5)
        return date == notification.at.description.prefix(10) ? String(hour) : "\(date) \(hour)"
    }

    /// `2026-03-29 02:01:05 UTC`
    static func full(_ time: Timestamp) -> String {
        let text = time.description
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8)) UTC"
    }

    private var level: String { notification.level.rawValue.uppercased() }
    private var by: String { notification.ackedBy.map { " by \($0.oneLine)" } ?? "" }
    private var acknowledged: String { notification.ackedBy == nil ? "" : ", acknowledged\(by)\(untilWhen)" }
    private var untilWhen: String {
        notification.ackedBy == nil ? "" : notification.ackExpiresAt.map { " until \(clock($0)) UTC" } ?? ""
    }
    /// Said in the last minutes of an acknowledgement.
    private var acknowledgementEnds: String? {
        guard notification.ackedBy != nil, let ends = notification.ackExpiresAt else { return nil }
        let left = max(.zero, ends - notification.at)
        // That somebody has taken it for a short time is news of its own.
        guard left <= AlertingState.ackReminder, notification.ackedAt != notification.at else { return nil }
        return "The acknowledgement\(by) ends in \(Duration.seconds(left.microseconds / 1_000_000).short)"
    }
    private var lasted: String {
        let lasted = (notification.resolvedAt ?? notification.at) - notification.openedAt
        return Duration.seconds(max(0, lasted.microseconds / 1_000_000)).short
    }
}

extension String {
    var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }

    /// Whether the bytes of `part` stand in it. Cheaper than comparing characters, of which whole texts need none.
    func holds(_ part: String) -> Bool {
        guard part.utf8.count <= utf8.count else { return false }
        let (whole, part) = (Array(utf8), Array(part.utf8))
        return (0...whole.count - part.count).contains { whole[$0..<$0 + part.count].elementsEqual(part) }
    }
}
