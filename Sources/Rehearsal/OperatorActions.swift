import Model

// What lines let operators do, as the commands that the socket takes.
extension VirtualDaemon {
    /// Who acts where a line does not say.
    static let usualName = "ada"

    /// The command of a line and who gives it; or why there is none.
    func command(for action: Action) -> Result<(Command, by: String), Wrong> {
        switch action {
        case .acknowledge(let name, let lasts, let by):
            return id(of: name).map { (.acknowledge(incident: $0, lasts: lasts), by ?? VirtualDaemon.usualName) }
        case .unacknowledge(let name, let by):
            return id(of: name).map { (.unacknowledge(incident: $0), by ?? VirtualDaemon.usualName) }
        case .resolve(let name, let by):
            return id(of: name).map { (.resolve(incident: $0), by ?? VirtualDaemon.usualName) }
        case .reroute(let name, let by):
            return id(of: name).map { (.reroute(incident: $0), by ?? VirtualDaemon.usualName) }
        case .silence(let kind, let matchers, let lasts, let untilResolved, let by, let because):
            let request = SilenceRequest(
                kind: kind, matchers: [matchers], end: lasts.map(End.after), untilResolved: untilResolved,
                comment: because ?? "a timeline")
            return .success((.addSilence(request), by ?? VirtualDaemon.usualName))
        case .endSilence(let kind, let number, let by):
            let made = ledger.silences.values.filter { $0.kind == kind }.sorted {
                ($0.createdAt, $0.id) < ($1.createdAt, $1.id)
            }
            return id(number, of: made.map(\.id), kind.rawValue).map {
                (.endSilence($0, kind), by ?? VirtualDaemon.usualName)
            }
        case .override(let schedule, let person, let lasts, let by, let because):
            let request = OverrideRequest(
                schedule: schedule, person: person, end: .after(lasts), comment: because ?? "a timeline")
            return .success((.addOverride(request), by ?? VirtualDaemon.usualName))
        case .endOverride(let number, let by):
            let made = ledger.overrides.values.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
            return id(number, of: made.map(\.id), "override").map { (.removeOverride($0), by ?? VirtualDaemon.usualName) }
        case .testChannel(let channel):
            return .success((.testChannel(channel), VirtualDaemon.usualName))
        case .result, .skip, .whenAsked, .receiver, .kill, .clock, .reload, .expect:
            return .failure(Wrong("that is nothing that an operator does"))
        }
    }

    private func id(_ number: Int, of made: [String], _ noun: String) -> Result<String, Wrong> {
        guard made.indices.contains(number - 1) else {
            return .failure(Wrong("\(counted(made.count, noun)) had been made: there is no number \(number)"))
        }
        return .success(made[number - 1])
    }

    private func id(of name: IncidentName) -> Result<String, Wrong> {
        guard let incident = incident(named: name) else { return .failure(Wrong("there is no incident\(name.clause)")) }
        return .success(incident.id)
    }
}
