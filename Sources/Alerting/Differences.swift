import Model

// What changed between the last good run and the first bad one, in lines for a message.
extension EvidenceRow {
    private enum Limit {
        /// Of the beginning of a body, and of a line of any other kind.
        static let body = 200
        static let line = 120
        static let checks = 3
        /// A phase counts as slower from so many times on, and by so many seconds.
        static let factor = 3.0
        static let seconds = 0.1
    }

    /// Most telling first.
    var facts: [Notification.Fact] {
        var facts: [Notification.Fact] = []
        func changed(_ title: String, _ name: Evidence.Name, shorter: (String) -> String = { $0 }) {
            guard let before = good?[name].map(shorter), let after = bad[name].map(shorter), before != after else { return }
            facts.append(.init(title, "\(before.line(cutTo: Limit.line)) -> \(after.line(cutTo: Limit.line))"))
        }
        changed("Status", .status) { $0.hasPrefix("HTTP/") ? String($0.drop { $0 != " " }.dropFirst()) : $0 }
        changed("Server address", .address)
        changed("Certificate", .certificate)
        changed("Certificate issuer", .issuer)
        changed("Certificate expires", .expires)
        changed("Verdict", .verdict)
        facts += slowerPhases + changedChecks
        changed("Rows", .rows)
        if let row = bad[.row] { facts.append(.init("First row", row.line(cutTo: Limit.line))) }
        changed("TLS version", .version)
        changed("Server", .server)
        facts += changedHeaders
        if let body = bad[.body] { facts.append(.init("Body", body.line(cutTo: Limit.body))) }
        return facts
    }

    /// `processing 80ms -> 4.2s`
    private var slowerPhases: [Notification.Fact] {
        guard let before = good?.phases, !before.isEmpty else { return [] }
        return bad.phaseNames.compactMap { name in
            // What took no time at all was not written down.
            let old = before[name] ?? ("0s", .zero)
            guard let new = bad.phases[name], new.duration.seconds >= old.duration.seconds * Limit.factor,
                new.duration.seconds - old.duration.seconds >= Limit.seconds
            else { return nil }
            return .init(name.prefix(1).uppercased() + name.dropFirst(), "\(old.text) -> \(new.text)")
        }
    }

    /// Scores that fell, or that are missing now.
    private var changedChecks: [Notification.Fact] {
        guard let good else { return [] }
        let before = good.checks
        return bad.checks.filter { name, score in before[name].map { $0 != score } ?? false }
            .sorted { $0.key < $1.key }.prefix(Limit.checks)
            .map { name, score in .init("Check \(name)", "\(before[name] ?? "") -> \(score)") }
    }

    /// Of the headers that good runs keep. A length changes with every reply, and an entity tag with every content.
    private var changedHeaders: [Notification.Fact] {
        guard let good else { return [] }
        let after = bad.headers
        return good.headers.filter { !["content-length", "etag"].contains($0.name) }.compactMap { name, old in
            guard let new = after.first(where: { $0.name == name })?.value, new != old else { return nil }
            return .init("Header \(name)", "\(old.line(cutTo: Limit.line)) -> \(new.line(cutTo: Limit.line))")
        }
    }
}

extension Evidence {
    fileprivate var phaseNames: [String] { phaseTexts.map(\.name) }

    /// `80ms` and what it means, by phase.
    fileprivate var phases: [String: (text: String, duration: Duration)] {
        Dictionary(
            phaseTexts.compactMap { name, text in Duration(short: text).map { (name, (text, $0)) } },
            uniquingKeysWith: { a, _ in a })
    }

    private var phaseTexts: [(name: String, text: String)] {
        (self[.phases] ?? "").split(separator: ",").compactMap { part in
            guard let space = part.lastIndex(of: " ") else { return nil }
            return (String(part[..<space].drop { $0 == " " }), String(part[part.index(after: space)...]))
        }
    }

    /// Scores as they are written, by the name of the check.
    fileprivate var checks: [String: String] {
        let lines = (self[.checks] ?? "").split(separator: "\n")
        return Dictionary(
            lines.compactMap { line -> (String, String)? in
                let words = line.split(separator: " ", maxSplits: 1)
                guard words.count == 2 else { return nil }
                return (String(words[0]), String(words[1].prefix { $0 != "," }))
            }, uniquingKeysWith: { a, _ in a })
    }

    fileprivate var headers: [(name: String, value: String)] {
        let lines = (self[.headers] ?? "").split(separator: "\n")
        return lines.compactMap { line -> (name: String, value: String)? in
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { return nil }
            return (String(parts[0]), String(parts[1].drop { $0 == " " }))
        }
    }
}

extension String {
    /// On one line, cut after so many characters.
    fileprivate func line(cutTo limit: Int) -> String {
        let flat = String(map { $0.isNewline ? " " : $0 })
        return flat.count > limit ? flat.prefix(limit - 1) + "…" : flat
    }
}
