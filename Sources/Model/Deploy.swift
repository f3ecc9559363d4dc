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

/// A mark that an operator, or a pipeline, wants to have made.
package struct DeployRequest: Sendable, Hashable {
    package var version: String
    package var labels: Labels
    package var comment: String
    package init(version: String, labels: Labels = [:], comment: String = "") {
        self.version = version
        self.labels = labels
        self.comment = comment
    }
}

extension Deploy {
    /// So many are remembered while the daemon runs; a pipeline in a loop must not fill its memory.
    package static let maximum = 1_000
    /// Characters: a version is shown within a line.
    package static let longestVersion = 200
    package static let maximumLabels = 32

    /// `4.2 of api`, or with all labels where there are others than the service.
    package var what: String {
        if labels.isEmpty { return version }
        let others = labels.filter { $0.key != "service" }.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        guard let service = labels["service"] else { return "\(version) of \(others.joined(separator: ", "))" }
        return "\(version) of \(service)" + (others.isEmpty ? "" : " (\(others.joined(separator: ", ")))")
    }
}
