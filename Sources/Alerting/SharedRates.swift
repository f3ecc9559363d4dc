import Model

// A receiver counts by key, address or server, and not by what we call a channel: channels that lead to the same one have one rate, and
// one `Retry-After`, between them.
extension AlertingState {
    /// The channel that keeps the rate: its own, or the first of those that share it.
    func meter(of channel: String) -> String { sharedRates[channel]?.first ?? channel }

    /// The channels whose attempts count together with those of one.
    func sharers(of channel: String) -> [String] { sharedRates[channel] ?? [channel] }

    /// Where it is kept until when a receiver asked to wait: a mailbox or a member of a cluster speaks for itself.
    func gate(of target: String, in channel: String) -> String { target == channel ? meter(of: channel) : target }

    /// After a start or a reload. What waited for an attempt of a channel with which it shares no more must not wait for ever.
    mutating func shareRates(now: Timestamp) {
        let counted = configuration.channels.compactMap { name, channel in
            channel.rateKey.map { (name: name, key: ["\(type(of: channel).kind)", $0.reveal()]) }
        }
        let before = configuration.channels.keys.map { (name: $0, meter: meter(of: $0)) }
        sharedRates = [:]
        for group in Dictionary(grouping: counted, by: \.key).values where group.count > 1 {
            let names = group.map(\.name).sorted()
            for name in names { sharedRates[name] = names }
        }
        // What was asked of them together is asked of each.
        for (name, meter) in before where meter != self.meter(of: name) || meter != name {
            guard let known = channels[meter] else { continue }
            changeHealth(of: self.meter(of: name), now: now) { health in
                health.notBefore = [health.notBefore, known.notBefore].compactMap(\.self).max()
                if known.tokensAt != nil, known.tokens ?? 0 < health.tokens ?? .infinity {
                    (health.tokens, health.tokensAt) = (known.tokens, known.tokensAt)
                }
            }
        }
        outbox.unparkAll(now: now)
    }
}
