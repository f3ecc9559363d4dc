package import Model

/// What the server asks about messages: what came back from them, and what they would say. Where nobody sets a closure, links
/// are unknown and nothing is taken.
package struct MessageBackend: Sendable {
    /// Marks of deploys, newest first; nil: the daemon did not answer within its limit.
    package var deploys: @Sendable () async -> [Deploy]? = { [] }
    /// Whether a link that acknowledges is one of ours: asked before anything else of such a request.
    package var linkVerdict: @Sendable (_ incident: String, _ until: String, _ key: String) -> LinkVerdict = { _, _, _ in
        .forged
    }
    /// How the incident of a genuine link stands; nil: the daemon did not answer within its limit.
    package var linkState: @Sendable (_ incident: String, _ until: String) async -> LinkState? = { _, _ in nil }
    /// Acknowledges by a genuine link, in the name that somebody gave, from an address.
    package var acknowledge:
        @Sendable (_ incident: String, _ until: String, _ name: String, _ address: String) async -> (Actor, CommandReply) = {
            incident, _, name, _ in
            (.remote(name), CommandReply(.unknown, "there is no open incident \(incident)"))
        }
    /// What PagerDuty sent, and the header with its signatures.
    package var pagerDuty: @Sendable (_ body: [UInt8], _ signatures: String) async -> HookReply = { _, _ in
        HookReply(.notConfigured, "Nothing is taken here.")
    }
    /// What a template would say, through a channel and of an incident where they are named.
    package var preview: @Sendable (_ template: String, _ channel: String?, _ incident: String?) async -> PreviewReply = {
        template, _, _ in .unknown("There is no template \(template).")
    }
    package init() {}
}
