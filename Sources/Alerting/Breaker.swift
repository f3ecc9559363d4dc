import Model

/// Limits of what a channel may be asked, each with its why.
enum ChannelLimit {
    /// So many attempts in a row that do not arrive open the breaker: more would only take the receiver's and our own time.
    static let failures = 5
    /// Then one attempt is made after this long, and after each that fails.
    static let pause = Duration.seconds(30)
    /// This part of a channel's burst is kept for pages of critical incidents.
    static let reserve = 0.2
}

// Whether a channel may be asked now: its rate, the receiver's own word, and the breaker. All of it is stored. The rate is the receiver's.
// A channel of several recipients has one breaker, and waits, for each: a mailbox that is full, or a member of a cluster that is away,
// holds up no other.
extension AlertingState {
    /// What is known of a channel, or of one of its targets where it has several.
    func health(of name: String, now: Timestamp) -> ChannelHealth { channels[name] ?? ChannelHealth(name: name, since: now) }

    mutating func changeHealth(of name: String, now: Timestamp, _ change: (inout ChannelHealth) -> Void) {
        var health = health(of: name, now: now)
        change(&health)
        guard health != channels[name] else { return }
        channels[name] = health
        touched.channels.insert(name)
    }

    /// Attempts to a target have failed for so long that the next one waits, or is a trial.
    func isBreakerOpen(to target: String) -> Bool { channels[target]?.openUntil != nil }

    /// None of its targets can be reached.
    func isBreakerOpen(_ channel: String) -> Bool { targets(ofChannel: channel).allSatisfy { isBreakerOpen(to: $0.name) } }

    /// The channel's own entry, and that of the target where it has one.
    private mutating func changeHealth(of row: OutboxRow, now: Timestamp, _ change: (inout ChannelHealth) -> Void) {
        for name in Set([row.channel, row.target]).sorted() { changeHealth(of: name, now: now, change) }
    }

    enum Permission {
        case now
        case at(Timestamp)
        /// When an attempt that is under way has ended.
        case afterAttempt
    }

    /// Whether an attempt of a row may start; a token of the channel's rate is taken where it may.
    mutating func permission(_ row: OutboxRow, by channel: any Channel, now: Timestamp) -> Permission {
        let receiver = health(of: row.target, now: now)
        let gate = gate(of: row.target, in: row.channel)
        if let earliest = health(of: gate, now: now).notBefore, earliest > now { return .at(earliest) }
        if let until = receiver.openUntil {
            if until > now { return .at(until) }
            if outbox.inFlight(to: row.target) > 0 { return .afterAttempt }
        }
        let underWay = sharers(of: row.channel).map(outbox.inFlight(of:)).reduce(0, +)
        if underWay >= channel.attemptsAtOnce { return .afterAttempt }
        let meter = meter(of: row.channel)
        let health = health(of: meter, now: now)
        var bucket = TokenBucket(
            tokens: health.tokens ?? Double(channel.burst), at: health.tokensAt ?? now,
            reserve: row.isUrgentPage ? 0 : ChannelLimit.reserve)
        let wait = bucket.take(perMinute: channel.attemptsPerMinute, burst: channel.burst, now: now)
        changeHealth(of: meter, now: now) {
            $0.tokens = bucket.tokens
            $0.tokensAt = bucket.at
        }
        changeHealth(of: gate, now: now) {
            if let earliest = $0.notBefore, earliest <= now { $0.notBefore = nil }
        }
        return wait.map(Permission.at) ?? .now
    }

    /// What an attempt says of its channel.
    mutating func noteAttempt(_ row: OutboxRow, _ settlement: Settlement, now: Timestamp) {
        switch settlement.verdict {
        case .delivered:
            let wasOpen = isBreakerOpen(to: row.target)
            changeHealth(of: row, now: now) {
                $0.failures = 0
                $0.openUntil = nil
                $0.acceptedAt = now
                $0.problem = ""
            }
            if wasOpen {
                record(now, .channel, "\(row.target) accepts messages again")
                wake(row.target, now: now)
            }
            reviewChannelAlert(row.channel, now: now)
        case .rejected(let reason), .unanchored(let reason):
            // It answers: what waits may have its turn.
            let wasOpen = isBreakerOpen(to: row.target)
            changeHealth(of: row, now: now) {
                $0.failures = 0
                $0.openUntil = nil
                $0.problem = reason
            }
            if wasOpen { wake(row.target, now: now) }
        case .retry(let reason, let after), .inDoubt(let reason, let after):
            if let after {
                let jitter = Duration.microseconds(Int64.random(in: 0..<1_000_000, using: &random))
                let earliest = now + min(after, DeliveryLimit.retryAfterCap) + jitter
                changeHealth(of: gate(of: row.target, in: row.channel), now: now) {
                    $0.notBefore = max($0.notBefore ?? earliest, earliest)
                }
            }
            // One that only came too soon says nothing bad of the receiver; Slack's Web API says so with 200.
            if settlement.status == 429 { break }
            if settlement.status == 200, case .retry = settlement.verdict { break }
            noteFailure(of: row, reason, now: now)
        }
    }

    private mutating func noteFailure(of row: OutboxRow, _ reason: String, now: Timestamp) {
        let name = row.target
        let wasOpen = isBreakerOpen(to: name)
        if name != row.channel { changeHealth(of: row.channel, now: now) { $0.problem = reason } }
        changeHealth(of: name, now: now) {
            $0.failures += 1
            $0.problem = reason
            if wasOpen || $0.failures >= ChannelLimit.failures { $0.openUntil = now + ChannelLimit.pause }
        }
        guard !wasOpen, isBreakerOpen(to: name) else { return }
        let failed = "\(ChannelLimit.failures) attempts in a row failed, the last one with: \(reason)"
        record(now, .channel, "\(name): \(failed); it is tried again every \(ChannelLimit.pause.short)")
        for waiting in outbox.rows.values.filter({ $0.target == name && $0.kind == .trigger }).sorted(by: { $0.id < $1.id }) {
            goToNextChannel(waiting, "\(name) does not accept messages now", now: now)
        }
    }

    /// A new configuration may have mended what was wrong: the next attempt is made at once.
    mutating func tryChannelsAgain(now: Timestamp) {
        for name in channels.keys.sorted() where isBreakerOpen(to: name) {
            changeHealth(of: name, now: now) { $0.openUntil = min($0.openUntil ?? now, now) }
            wake(name, now: now)
        }
    }

    /// What waits for a target need not wait any longer for it to work. An end that is held has its time.
    private mutating func wake(_ target: String, now: Timestamp) {
        let waiting = outbox.rows.values.filter { $0.target == target && $0.phase == .pending }
        for var row in waiting.sorted(by: { $0.id < $1.id }) {
            if row.tries > 0 { row.notBefore = min(row.notBefore, now) }
            put(row)
        }
    }
}

extension OutboxRow {
    /// A page of a critical incident.
    var isUrgentPage: Bool { kind == .trigger && level == .critical }

    /// Of several that may start, the lowest goes first: pages of critical incidents, ends, other pages, and what is only news.
    var precedence: Int64 {
        let rank: Int64 =
            switch kind {
            case .trigger: level == .critical ? 0 : 2
            case .resolve: 1
            case .acknowledge, .update, .delayed: 3
            case .test, .change, .digest: 4
            }
        // Ids stay far below 2^56.
        return rank << 56 | id
    }
}

/// Attempts that may start: refilled evenly, up to a burst.
struct TokenBucket: Sendable {
    var tokens: Double
    var at: Timestamp
    /// The part of the burst that is not taken.
    var reserve = 0.0

    /// Takes a token and returns nil, or returns when there will be one.
    mutating func take(perMinute: Int, burst: Int, now: Timestamp) -> Timestamp? {
        let rate = Double(perMinute) / 60
        tokens = min(Double(burst), tokens + max(0, (now - at).seconds) * rate)
        at = now
        let needed = min(Double(burst), 1 + Double(burst) * reserve)
        guard tokens < needed else {
            tokens -= 1
            return nil
        }
        return now + .microseconds(Int64((needed - tokens) / rate * 1e6) + 1000)
    }
}
