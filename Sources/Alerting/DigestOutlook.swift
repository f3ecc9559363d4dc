import Model

// What a digest says of the time to come: certificates that expire, silences that end, schedules with nobody.
extension AlertingState {
    /// Certificates that expire within this are named: three weeks are time enough for a renewal that somebody has to do by hand.
    private static let certificatesWithin = Duration.seconds(21 * 86_400)
    private static let tlsKind = "tls"
    private static let expiresIn = "expires_in"

    /// The first that expires stands first. The latest run of a probe says when its certificate does.
    func expiringCertificates(_ spec: DigestSpec, now: Timestamp) -> [String] {
        let expiring = probes.values.compactMap { probe -> (at: Timestamp, text: String)? in
            guard probe.spec.kind == AlertingState.tlsKind, !probe.isPaused, let latest = probe.latest,
                let left = latest[AlertingState.expiresIn]?.value, left.isFinite, abs(left) < 1e9
            else { return nil }
            let at = latest.started + .microseconds(Int64(left * 1e6))
            guard at - now < AlertingState.certificatesWithin else { return nil }
            let what = "\(probe.spec.name) (\(probe.spec.address))"
            return (
                at,
                at > now
                    ? "\(what): \(spec.clock(at)), in \((at - now).rough)"
                    : "\(what): expired at \(spec.clock(at))"
            )
        }
        return expiring.sorted { ($0.at, $0.text) < ($1.at, $1.text) }.map(\.text)
    }

    /// Those that are over before the next digest tells of anything.
    func expiringSilences(_ spec: DigestSpec, now: Timestamp) -> [String] {
        guard let next = spec.boundary(after: now, laterThan: AlertingState.date(spec.zone.local(at: now))) else { return [] }
        let ending = silences.values.filter { $0.endsAt > now && $0.endsAt <= next }
        return ending.sorted { ($0.endsAt, $0.id) < ($1.endsAt, $1.id) }.map { silence in
            let what = silence.matchers.map { $0.map(\.description).joined(separator: ", ") }.joined(separator: " or ")
            let comment = silence.comment.isEmpty ? "" : " (\(silence.comment))"
            return "\(silence.kind.rawValue) of \(what) by \(silence.author)\(comment): \(spec.clock(silence.endsAt))"
        }
    }

    func onCallGaps(_ spec: DigestSpec, now: Timestamp) -> [String] {
        configuration.schedules.values.sorted { $0.name < $1.name }.flatMap { schedule in
            schedule.gaps(from: now, until: now + DigestLimit.ahead, overrides: overrides(of: schedule)).map { gap in
                "\(schedule.name): \(spec.clock(gap.from)) to \(spec.clock(gap.until))"
            }
        }
    }
}
