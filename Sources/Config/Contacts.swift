import Model
import Settings

enum ContactSettings {
    /// A receiver needs some time to answer; after a day nobody waits for the next channel.
    static let failovers = Duration.seconds(1)...Duration.seconds(86_400)
}

extension Reading {
    /// `contacts: {ada: {channels: [slack-ada, pager-ada], failover_after: 60s, keep_primary: false}}`
    func contacts(
        _ fields: Fields, channels: Defined, _ targets: inout Targets
    ) -> (defined: Defined, contacts: [String: Contact]) {
        guard let all = fields.fields("contacts") else { return (Defined(), [:]) }
        let defined = Defined(all)
        var contacts: [String: Contact] = [:]
        for name in defined.names {
            checkName(name, "contact", at: all.keyPlace(of: name))
            guard let fields = all.fields(name) else { continue }
            let own = names("channels", fields) { channel, place in
                if !channels.names.contains(channel) { problems.add(place, unknown("channel", channel, channels.names)) }
                targets.used.insert(channel)
            }
            let failover = fields.duration("failover_after", in: ContactSettings.failovers)
            let keepPrimary = fields.boolean("keep_primary")
            if own.count == 1, let key = ["failover_after", "keep_primary"].first(where: fields.has) {
                warnings.add(fields.keyPlace(of: key), "\(key): \(name) has one channel: there is none to change to")
            }
            contacts[name] = Contact(name: name, channels: own, failoverAfter: failover, keepPrimary: keepPrimary ?? false)
        }
        return (defined, contacts)
    }
}
