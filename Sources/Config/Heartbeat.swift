import Alerting
package import Model
import Settings

/// A dead man's switch outside: it raises the alarm when it is not called for too long.
package struct HeartbeatSettings: Sendable, Hashable {
    /// The whole address is a secret: whoever knows it can keep the switch quiet.
    package var url: Secret
    package var every: Duration
    package var caFile: String?

    /// A shorter one would be load, a longer one no watch.
    static let intervals = Duration.seconds(5)...Duration.seconds(86_400)
    static let usual = Duration.seconds(60)
}

extension Reading {
    func heartbeat(_ fields: Fields) -> HeartbeatSettings? {
        let before = problems.all.count
        let url = fields.address("url")
        let every = fields.duration("every", in: HeartbeatSettings.intervals) ?? HeartbeatSettings.usual
        let caFile = fields.readableFile("ca_file")
        fields.close()
        guard problems.all.count == before, let url else { return nil }
        return HeartbeatSettings(url: url, every: every, caFile: caFile)
    }
}
