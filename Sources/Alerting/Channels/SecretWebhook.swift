import Model
import Settings

/// An address that is itself the credential, as Slack, Teams and Discord give it: keys `webhook_url` and `ca_file`.
struct SecretWebhook: Sendable {
    let address: Secret
    let caFile: String?

    init(_ address: Secret, caFile: String? = nil) {
        self.address = address
        self.caFile = caFile
    }

    /// nil where a problem was found.
    init?(_ fields: Fields) {
        let before = fields.problems.all.count
        let address = fields.secretAddress("webhook_url")
        let caFile = fields.readableFile("ca_file")
        guard fields.problems.all.count == before, let address else { return nil }
        self.init(address, caFile: caFile)
    }

    /// `address` where the message goes to a form of it.
    func post(_ body: String, to address: Secret? = nil) -> Outgoing {
        .http(.post(address ?? self.address, body: body, caFile: caFile))
    }
}
