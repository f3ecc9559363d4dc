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

// Whether a channel may be asked now: its rate, the receiver's own word, and the breaker. All of it is stored.
extension AlertingState {
    /// What is known of a channel.
    func health(of name: String, now: Timestamp) -> ChannelHealth { channels[name] ?? ChannelHealth(name: name, since: now) }

    mutating func changeHealth(of name: String, now: Timestamp, _ change: (inout ChannelHealth) -> Void) {
        var health = health(of: name, now: now)
        change(&health)
        guard health != channels[name] else { return }
        channels[name] = health
        touched.channels.insert(name)
    }

    /// Its attempts have failed for so long that the next one waits, or is a trial.
    func isBreakerOpen(_ name: String) -> Bool { channels[name]?.openUntil != nil }

    enum Permission {
        case now
        case at(Timestamp)
        /// When an attempt that is under way has ended.
        case afterAttempt
    }

    /// Whether an attempt of a row may start; a token of the channel's rate is taken where it may.
    mutating func permission(_ row: OutboxRow, by channel: any Channel, now: Timestamp) -> Permission {
        let health = health(of: row.channel, now: now)
        if let earliest = health.notBefore, earliest > now { return .at(earliest) }
        let underWay = outbox.inFlight(of: row.channel)
        if let until = health.openUntil {
            if until > now { return .at(until) }
            if underWay > 0 { return .afterAttempt }
        }
        if underWay >= Outbox.inFlightPerChannel { return .afterAttempt }
        var bucket = TokenBucket(
            tokens: health.tokens ?? Double(channel.burst), at: health.tokensAt ?? now,
            reserve: row.isUrgentPage ? 0 : ChannelLimit.reserve)
        let wait = bucket.take(perMinute: channel.attemptsPerMinute, burst: channel.burst, now: now)
        changeHealth(of: row.channel, now: now) {
            $0.tokens = bucket.tokens
            $0.tokensAt = bucket.at
            if let earliest = $0.notBefore, earliest <= now { $0.notBefore = nil }
        }
        return wait.map(Permission.at) ?? .now
    }

    /// What an attempt says of its channel.
    mutating func noteAttempt(_ row: OutboxRow, _ settlement: Settlement, now: Timestamp) {
        switch settlement.verdict {
        case .delivered:
            let wasOpen = isBreakerOpen(row.channel)
            changeHealth(of: row.channel, now: now) {
                $0.failures = 0
                $0.openUntil = nil
                $0.acceptedAt = now
                $0.problem = ""
            }
            if wasOpen { record(now, .channel, "\(row.channel) accepts messages again") }
            reviewChannelAlert(row.channel, now: now)
        case .rejected(let reason):
            // It answers: what waits may have its turn.
            changeHealth(of: row.channel, now: now) {
                $0.failures = 0
                $0.openUntil = nil
                $0.problem = reason
            }
        case .retry(let reason, let after):
            if let after {
                let jitter = Duration.microseconds(Int64.random(in: 0..<1_000_000, using: &random))
                let earliest = now + min(after, DeliveryLimit.retryAfterCap) + jitter
                changeHealth(of: row.channel, now: now) { $0.notBefore = max($0.notBefore ?? earliest, earliest) }
            }
            // One that only came too soon says nothing bad of the receiver.
            if settlement.status != 429 { noteFailure(of: row, reason, now: now) }
        case .inDoubt(let reason):
            if settlement.status != 429 { noteFailure(of: row, reason, now: now) }
        }
    }

    private mutating func noteFailure(of row: OutboxRow, _ reason: String, now: Timestamp) {
        let name = row.channel
        let wasOpen = isBreakerOpen(name)
        changeHealth(of: name, now: now) {
            $0.failures += 1
            $0.problem = reason
            if wasOpen || $0.failures >= ChannelLimit.failures { $0.openUntil = now + ChannelLimit.pause }
        }
        guard !wasOpen, isBreakerOpen(name) else { return }
        let failed = "\(ChannelLimit.failures) attempts in a row failed, the last one with: \(reason)"
        record(now, .channel, "\(name): \(failed); it is tried again every \(ChannelLimit.pause.short)")
        for waiting in outbox.rows.values.filter({ $0.channel == name && $0.kind == .trigger }).sorted(by: { $0.id < $1.id }) {
            goToNextChannel(waiting, "\(name) does not accept messages now", now: now)
        }
    }

    /// A new configuration may have mended what was wrong: the next attempt is made at once.
    mutating func tryChannelsAgain(now: Timestamp) {
        for name in channels.keys.sorted() where isBreakerOpen(name) {
            changeHealth(of: name, now: now) { $0.openUntil = min($0.openUntil ?? now, now) }
            for var row in outbox.rows.values.filter({ $0.channel == name && $0.phase == .pending }).sorted(by: {
                $0.id < $1.id
            }) {
                // Only what waits for another attempt: an end that is held has its time.
                if row.tries > 0 { row.notBefore = min(row.notBefore, now) }
                put(row)
            }
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
