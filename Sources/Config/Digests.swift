import Model
import Settings

extension Reading {
    static let maximumDigests = 100

    /// `digests: [{cron: "0 8 * * *", zone: Europe/London, to: [slack-devops], heartbeat: false}]`
    func digests(_ fields: Fields, _ targets: inout Targets) -> [DigestSpec] {
        let list = fields.list("digests") ?? []
        if list.count > Reading.maximumDigests {
            fields.problem(at: "digests", "digests: at most \(Reading.maximumDigests), got \(list.count)")
        }
        var taken: [String: Place] = [:]
        var specs: [DigestSpec] = []
        for (index, fields) in list.enumerated() {
            let name = elementName(fields, "digest", index: index, taken: &taken)
            let schedule = fields.cron("cron", required: true)
            let zone = zone(fields)
            let to = told("to", fields, &targets)
            let heartbeat = fields.boolean("heartbeat") ?? false
            guard let name, let schedule, let zone else { continue }
            specs.append(DigestSpec(name: name, schedule: schedule, zone: zone, to: to, heartbeat: heartbeat))
        }
        return specs
    }
}
