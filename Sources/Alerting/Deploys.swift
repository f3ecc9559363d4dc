package import Model
import Settings

// Marks of what was put into service: messages about what fails soon after name them.
extension AlertingState {
    mutating func recordDeploy(_ request: DeployRequest, by actor: Actor, now: Timestamp) -> CommandReply {
        let version = request.version.oneLine
        guard !version.isEmpty else {
            return CommandReply(
                .refused, "a deploy needs a version: say what was put into service, such as 4.2 or a commit")
        }
        guard version.unicodeScalars.count <= Deploy.longestVersion,
            request.comment.unicodeScalars.count <= Silence.longestText
        else {
            return CommandReply(
                .refused,
                "the version of a deploy has at most \(Deploy.longestVersion) characters, and its comment "
                    + "\(Silence.longestText)")
        }
        guard request.labels.count <= Deploy.maximumLabels, !request.labels.contains(where: { $0.value.isEmpty }) else {
            return CommandReply(
                .refused, "a deploy has at most \(Deploy.maximumLabels) labels, each with a value, such as service=api")
        }
        let deploy = Deploy(
            id: ULID.make(at: now, using: &random), at: now, labels: request.labels, version: version,
            comment: request.comment.plain, author: actor.name)
        deploys.removeAll { $0.at < now - Stored.deploysKept }
        if deploys.count >= Deploy.maximum { deploys.removeFirst(deploys.count - Deploy.maximum + 1) }
        deploys.append(deploy)
        draft.deploys.append(deploy)
        let said = "deployed \(deploy.what), by \(actor.name)\(deploy.comment.isEmpty ? "" : ": \(deploy.comment)")"
        record(now, .deploy, said)
        tellChange(said, now: now)
        var reply = CommandReply(.done, "deploy \(deploy.id): \(deploy.what)", details: reach(of: deploy))
        reply.deploy = deploy
        return reply
    }

    /// Newest first.
    package func shownDeploys() -> [Deploy] { deploys.reversed() }

    /// What it concerns; a warning where that is nothing.
    private func reach(of deploy: Deploy) -> [String] {
        let specs = probes.values.map(\.spec).filter { $0.kind != ProbeSpec.internalKind }
        let concerned = specs.filter(deploy.concerns).map(\.name).sorted()
        guard concerned.isEmpty else {
            let count = concerned.count == 1 ? "1 probe" : "\(concerned.count) probes"
            return ["concerns \(count): \(AlertingState.listed(concerned))"]
        }
        let unknown = deploy.labels.sorted { $0.key < $1.key }.compactMap { name, value in
            unknownLabel(name, value, among: specs)
        }
        let why = unknown.isEmpty ? ["no probe has all of these labels"] : unknown
        return why.map { "warning: no message will name this deploy: \($0)" }
    }

    private func unknownLabel(_ name: String, _ value: String, among specs: [ProbeSpec]) -> String? {
        if name == "probe" {
            let names = specs.map(\.name)
            return names.contains(value) ? nil : "there is no probe \(value)" + Suggestion.clause(for: value, in: names)
        }
        let values = Set(specs.compactMap { $0.labels[name] })
        guard !values.isEmpty else {
            let names = Set(specs.flatMap(\.labels.keys)).sorted()
            return "no probe has a label \(name)" + Suggestion.clause(for: name, in: names)
        }
        guard !values.contains(value) else { return nil }
        return "no probe has \(name)=\(value)" + Suggestion.clause(for: value, in: values.sorted())
    }
}
