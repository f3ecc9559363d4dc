import Model
import Settings

/// The conditions on labels that a mapping gives by `match` and `matchers`.
struct WrittenMatchers {
    var match: Labels = [:]
    var matchers: [Matcher] = []
    /// Nothing is wrong with them: what follows from them may be told.
    var isWhole = true

    /// Those of `match` first, by label.
    var all: [Matcher] { match.sorted { $0.key < $1.key }.map { Matcher($0.key, equals: $0.value) } + matchers }
    /// The same without those that hold for every alert.
    var conditions: Set<Matcher> { Set(all.filter { !$0.isAlways }) }
    var takeEverything: Bool { conditions.isEmpty }
}

extension Reading {
    static let maximumMatchers = 100

    /// `match` and `matchers`: all of them must hold.
    func matchers(_ fields: Fields) -> WrittenMatchers {
        let before = problems.all.count
        var written = WrittenMatchers()
        for (name, value, place) in fields.pairs("match") ?? [] {
            checkLabel(name, "match", at: place)
            written.match[name] = value
        }
        written.matchers = matcherTexts("matchers", fields)
        if written.all.count > Reading.maximumMatchers {
            problems.add(fields.place, "match: at most \(Reading.maximumMatchers) conditions, got \(written.all.count)")
        }
        if let (one, other) = Reading.contradiction(in: written.all) {
            let key = fields.has("matchers") ? "matchers" : "match"
            fields.problem(at: key, "\(key): no alert can match: \(one) and \(other) exclude each other")
        }
        written.isWhole = problems.all.count == before
        return written
    }

    /// Texts such as `service=~"db.*"`, each one matcher or several with commas between them.
    func matcherTexts(_ key: String, _ fields: Fields) -> [Matcher] {
        var matchers: [Matcher] = []
        for (text, place) in fields.places(key) ?? [] {
            do throws(MatcherProblem) {
                let set = try Matcher.parseSet(text)
                if set.isEmpty {
                    problems.add(place, "\(key): expected a matcher such as service=\"db\", got \"\(Shown.short(text))\"")
                }
                for matcher in set { checkLabel(matcher.name, key, at: place) }
                matchers += set
            } catch {
                problems.add(place, "\(key): \(Shown.line(error.sentence))")
            }
        }
        return matchers
    }

    /// Whether it can be a label, and that one of a probe has to have it.
    func checkLabel(_ name: String, _ key: String, at place: Place) {
        if Names.isLabel(name) {
            mentions.labels.append((name, place))
        } else {
            problems.add(place, "\(key): \"\(Shown.short(name))\" is no label name: \(Names.labelRule)")
        }
    }

    /// Two matchers of which one wants a value that the other refuses.
    static func contradiction(in matchers: [Matcher]) -> (Matcher, Matcher)? {
        for one in matchers where one.comparison == .equal {
            if let other = matchers.first(where: { $0.name == one.name && !$0.matches(value: one.value) }) {
                return (one, other)
            }
        }
        return nil
    }
}

extension Matcher {
    /// It holds whatever the label is.
    var isAlways: Bool { comparison == .matches && value == ".*" }
}
