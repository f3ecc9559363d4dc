import Model

/// `monitordctl deploys`: what was put into service, newest first.
enum DeployText {
    static func lines(_ deploys: [Deploy], now: Timestamp, _ zone: LocalZone, _ paint: Paint = .plain) -> [String] {
        guard !deploys.isEmpty else { return ["Nothing was deployed in the last 30 days, as far as monitord was told."] }
        var table = Table(["VERSION", "OF", "WHEN", "AGO", "BY", "COMMENT"])
        for deploy in deploys {
            let labels = deploy.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
            table.add(
                [
                    deploy.version, labels.isEmpty ? "everything" : labels, zone.local(deploy.at), (now - deploy.at).rough,
                    deploy.author, deploy.comment,
                ]
            ) { $0.strong($1) }
        }
        return table.lines(paint)
    }
}
