/// What a template makes of a message, before anybody gets one.
package struct TemplatePreview: Sendable, Hashable, Codable {
    package var template: String
    /// Through which it was worded; nil: the words alone.
    package var channel: String?
    /// The incident, or nil where it is an example.
    package var incident: String?
    package var title: String?
    package var lines: [String]
    /// The message as the channel stores it, without credentials.
    package var body: String?
    /// Why the built-in words are used.
    package var fallback: String?
    package init(
        template: String, channel: String? = nil, incident: String? = nil, title: String? = nil, lines: [String] = [],
        body: String? = nil, fallback: String? = nil
    ) {
        self.template = template
        self.channel = channel
        self.incident = incident
        self.title = title
        self.lines = lines
        self.body = body
        self.fallback = fallback
    }
}

/// The preview, or a sentence that says why there is none.
package enum PreviewReply: Sendable, Hashable {
    case shown(TemplatePreview)
    case unknown(String)
}
