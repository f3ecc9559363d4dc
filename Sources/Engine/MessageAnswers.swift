import Alerting
import Config
import Ledger
package import Model
import Synchronization

// What comes back from messages: links that acknowledge, and what receivers tell us.
extension Daemon {
    /// Links must not keep a daemon from starting whose disk is full: then they last as long as this process.
    static func linkKey(of ledger: Ledger, log: Log, now: Timestamp) -> Secret {
        do {
            return try ledger.linkKey()
        } catch {
            log.write(.warning, "links in messages will not outlast this process: \(error)", at: now)
            return Secret(Ledger.newLinkKey())
        }
    }

    /// Newest first; nil where the keeper does not answer in time.
    package func deploys() async -> [Deploy]? {
        await Once<[Deploy]?>.wait(atMost: Daemon.patience, else: nil) { once in
            keeper.ask { state, _ in once.answer(state.shownDeploys()) }
        }
    }

    /// What a template would say, through a channel and of an incident where they are named.
    package func preview(template: String, channel: String?, incident: String?) async -> PreviewReply {
        let slow = PreviewReply.unknown("The daemon did not answer in time.")
        return await Once<PreviewReply>.wait(atMost: Daemon.patience, else: slow) { once in
            keeper.ask { state, _ in once.answer(state.preview(template: template, channel: channel, incident: incident)) }
        }
    }

    // MARK: Links

    /// Whether a link is one of ours; none is where messages have none.
    package func linkVerdict(incident: String, until: String, key: String) -> LinkVerdict {
        guard present.withLock({ $0.configuration.alerting.publicURL }) != nil else { return .forged }
        return acknowledgeLinks.verdict(incident: incident, until: until, key: key, now: clock.now().wall)
    }

    /// How the incident of a genuine link stands; nil where the keeper does not answer in time.
    package func linkState(incident: String, until: String) async -> LinkState? {
        await Once<LinkState?>.wait(atMost: Daemon.patience, else: nil) { once in
            keeper.ask { state, _ in once.answer(state.linkState(incident: incident, until: until)) }
        }
    }

    /// Acknowledges by a genuine link; twice is once.
    package func acknowledge(incident: String, until: String, name: String, address: String) async -> (Actor, CommandReply) {
        let actor = AcknowledgeLinks.actor(name: name, address: address)
        let reply = await command(
            .acknowledge(incident: incident), by: actor, id: AcknowledgeLinks.commandID(incident: incident, until: until))
        return (actor, reply)
    }

    // MARK: PagerDuty

    /// What PagerDuty tells us of its incidents; see `PagerDutyHook`.
    package func pagerDuty(_ body: [UInt8], signatures: String) async -> HookReply {
        let channels = present.withLock { $0.configuration.alerting.channels }
        switch PagerDutyHook.read(body, signatures: signatures, channels: channels) {
        case .notConfigured: return HookReply(.notConfigured, PagerDutyHook.notConfigured)
        case .forged: return HookReply(.forged, PagerDutyHook.forged)
        case .malformed(let why): return HookReply(.malformed, why)
        case .ignored(let type): return HookReply(.taken, "\(type) is not acted on")
        case .relayed(let relayed, let actor, let id):
            let reply = await command(.relayed(relayed), by: actor, id: id)
            return HookReply(reply.status == .failed ? .failed : .taken, reply.message)
        }
    }
}
