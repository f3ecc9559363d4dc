import Model
import Settings

enum QuorumSettings {
    static let maximum = 100
    static let times = Duration.seconds(1)...Duration.seconds(86_400)
    static let maximumCount = 10_000
}

extension Reading {
    /// `quorum: [{name, match, matchers, distinct: service, quorum: 3, window: 5m, clear_for: 5m, policy}]`
    func quorums(_ fields: Fields, policies: Defined, used: inout Set<String>) -> [QuorumSpec] {
        let list = fields.list("quorum") ?? []
        if list.count > QuorumSettings.maximum {
            fields.problem(at: "quorum", "quorum: at most \(QuorumSettings.maximum), got \(list.count)")
        }
        var taken: [String: Place] = [:]
        var specs: [QuorumSpec] = []
        for fields in list {
            let name = elementName(fields, "quorum", index: nil, taken: &taken)
            let written = matchers(fields)
            let policy = policy("policy", fields, required: true, among: policies, used: &used)
            let distinct = fields.string("distinct")
            if let distinct { checkLabel(distinct, "distinct", at: fields.place(of: "distinct")) }
            let threshold = threshold(fields)
            let window = fields.duration("window", in: QuorumSettings.times)
            let clearFor = fields.duration("clear_for", in: QuorumSettings.times)
            guard let name, let policy, let threshold else { continue }
            var spec = QuorumSpec(name: name, matchers: written.all, quorum: threshold, policy: policy)
            spec.distinct = distinct ?? spec.distinct
            spec.window = window ?? spec.window
            spec.clearFor = clearFor ?? spec.clearFor
            mentions.quorums.append((spec, fields.place(of: "quorum")))
            specs.append(spec)
        }
        return specs
    }

    /// `3` or `50%`
    private func threshold(_ fields: Fields) -> QuorumSpec.Threshold? {
        guard fields.has("quorum") else {
            fields.expect(["quorum"])
            problems.add(fields.place, "quorum is missing: expected a number such as 3, or a share such as 50%")
            return nil
        }
        guard let text = fields.string("quorum") else { return nil }
        let number = text.hasSuffix("%") ? String(text.dropLast()) : text
        let isPlain = !number.isEmpty && number.utf8.allSatisfy { (48...57).contains($0) || $0 == UInt8(ascii: ".") }
        if text.hasSuffix("%") {
            if isPlain, let percent = Double(number), percent > 0, percent <= 100 { return .share(percent / 100) }
        } else if isPlain, let count = Int(number), (2...QuorumSettings.maximumCount).contains(count) {
            return .count(count)
        }
        fields.problem(
            at: "quorum",
            "quorum: expected a number from 2 to \(QuorumSettings.maximumCount), or a share up to 100% such as 50%, "
                + "got \"\(Shown.short(text))\"")
        return nil
    }
}
