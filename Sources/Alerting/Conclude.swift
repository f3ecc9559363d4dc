import Model

// The end of an incident, or of a page, at one target.
extension AlertingState {
    /// Writes the resolve of a page to a target. While an attempt of the page may still be applied late it is held, and said again
    /// later, for it would find nothing to close.
    mutating func close(_ entry: Told, _ note: String = "", now: Timestamp) {
        guard let target = target(named: entry.target) else { return }
        let quiet = incidents[entry.incident]?.isOpen == false ? holdOfEnd(of: entry.incident, now: now) : nil
        let held = max(min(entry.at, now) + DeliveryLimit.inDoubtHold, quiet?.until ?? now)
        guard entry.isInDoubt, held > now, channelKeepsState(target.channel), !defects.contains(.forgetsDoubt) else {
            return enqueue(
                .resolve, of: entry.incident, to: target, page: entry.page, notBefore: quiet?.until, note: quiet?.note ?? note,
                now: now)
        }
        enqueue(
            .resolve, of: entry.incident, to: target, page: entry.page, notBefore: held,
            note: "held while the page is in doubt",
            now: now)
        enqueue(
            .resolve, of: entry.incident, to: target, page: entry.page, notBefore: held + DeliveryLimit.echo,
            note: "said again, for the page was in doubt", now: now)
    }

    /// The incident is resolved: who was told, or perhaps told, gets the resolve; who surely was not hears of it once, quietly.
    mutating func conclude(_ id: String, _ target: Target, now: Timestamp) {
        let lane = Lane(incident: id, target: target.name)
        let waiting = outbox.rows(in: lane)
        // An attempt is on its way: its settlement brings us here again.
        if waiting.contains(where: { $0.kind == .trigger && $0.phase == .inflight }) { return }

        let wasTold = told[id]?[target.name] != nil
        var undelivered = false
        for row in waiting where row.phase == .pending && [.trigger, .update, .acknowledge].contains(row.kind) {
            if row.kind == .trigger {
                if row.isInDoubt { tell(row, now: now) } else { undelivered = true }
            }
            supersede(row.id, "the incident is resolved", now: now)
        }
        if !wasTold, told[id]?[target.name] != nil, configuration.channels[target.channel]?.takes(.delayed) == false {
            // Perhaps nobody heard of it: the resolve alone would say nothing where no page is open.
            tellLate(id, insteadOf: target, now: now)
        }
        if let entry = told[id]?[target.name] {
            guard entry.resolvedAt == nil,
                !outbox.rows(in: lane).contains(where: { $0.kind == .resolve && $0.page == entry.page })
            else { return }
            close(entry, now: now)
        } else if undelivered {
            tellLate(id, insteadOf: target, now: now)
        }
    }

    /// The page never left and is needless now. One quiet message says what happened: to the same target if it wakes nobody, or
    /// else to the first target of the policy that does not.
    private mutating func tellLate(_ id: String, insteadOf target: Target, now: Timestamp) {
        let quiet: Target?
        if configuration.channels[target.channel]?.takes(.delayed) == true {
            quiet = target
        } else {
            let names =
                (incidents[id]?.policy.steps ?? []).flatMap(\.notify) + [configuration.fallbackContact].compactMap(\.self)
            quiet = names.flatMap { allTargets(named: $0, now: now) }.first {
                configuration.channels[$0.channel]?.takes(.delayed) == true
            }
        }
        guard let quiet else {
            record(now, .delivery, incident: id, "\(target.name) was never surely told and no quiet target can be")
            return
        }
        let knows =
            told[id]?[quiet.name] != nil
            || outbox.rows(in: Lane(incident: id, target: quiet.name)).contains { $0.kind == .delayed || $0.phase == .inflight }
            || deadLetters.values.contains { $0.kind == .delayed && $0.incident == id && $0.target == quiet.name }
        guard !knows else {
            record(now, .delivery, incident: id, "\(target.name) was never surely told; \(quiet.name) knows of the incident")
            return
        }
        enqueue(.delayed, of: id, to: quiet, now: now)
    }
}
