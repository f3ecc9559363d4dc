import Alerting
import Settings

/// What came of reading the channels.
struct ReadChannels {
    var defined = Defined()
    var channels: [String: any Channel] = [:]
    /// Equal where a channel's settings are equal, the secrets they refer to included.
    var fingerprints: [String: Int] = [:]
    /// By channel, the template that words its messages.
    var templates: [String: String] = [:]
}

extension Reading {
    /// Every name that is written is defined, so that one wrong channel does not make each mention of it a problem.
    func channels(_ fields: Fields) -> ReadChannels {
        guard let all = fields.fields("channels") else { return ReadChannels() }
        var read = ReadChannels(defined: Defined(all))
        for name in read.defined.names {
            checkName(name, "channel", at: all.keyPlace(of: name))
            guard let channel = all.fields(name) else { continue }
            let kinds = ChannelCatalog.all.map { $0.kind }
            channel.expect(kinds)
            read.templates[name] = template(channel)
            let given = ChannelCatalog.all.filter { channel.has($0.kind) }
            guard given.count == 1, let type = given.first else {
                if given.count > 1 {
                    let list = given.map { $0.kind }.joined(separator: " and ")
                    problems.add(channel.place, "a channel has one kind; \(name) has \(list)")
                    for type in given { channel.skip(type.kind) }
                } else if channel.remainingKeys.isEmpty {
                    problems.add(all.place(of: name), "\(name) has no kind: expected one of \(kinds.joined(separator: ", "))")
                }
                continue
            }
            guard let settings = channel.fields(type.kind) else { continue }
            let made = type.init(settings)
            settings.close(isComplete: made != nil)
            read.channels[name] = made
            read.fingerprints[name] = settings.fingerprint
        }
        return read
    }
}
