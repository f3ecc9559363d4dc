/// A mark in history: somebody put a version of something into service.
package struct Deploy: Sendable, Hashable, Codable {
    /// A ULID.
    package var id: String
    package var at: Timestamp
    /// What was deployed: it concerns the alerts that have all of these labels. Empty: everything.
    package var labels: Labels
    package var version: String
    package var comment: String
    package var author: String
    package init(id: String, at: Timestamp, labels: Labels, version: String, comment: String = "", author: String) {
        self.id = id
        self.at = at
        self.labels = labels
        self.version = version
        self.comment = comment
        self.author = author
    }
}
