import Foundation
import Model
import Support
import Testing

@testable import Alerting

/// Routes, silences and inhibition are those of Alertmanager: random ones are decided by the real program and by ours, and must come
/// out the same but for what the table lists.
@Suite("Decided as Alertmanager does")
struct AlertmanagerTests {
    enum What: String {
        case onlyWeTakeIt, onlyTheyTakeIt, matchesDiffer
    }
    struct Difference: Hashable {
        var kind: String
        var what: What
    }

    /// What we mean to decide otherwise, and why.
    static let intended: [(kind: String, what: What, why: String)] = [
        (
            "no route", .onlyTheyTakeIt,
            "A tree need not have a route at its top that takes all: without one an alert may have no route."
        ),
        (
            "exclusion", .onlyTheyTakeIt,
            "A silence of host!=\"a\" alone holds nearly everything. It is refused, as one of host=\"\" is in both programs."
        ),
        (
            "much backtracking", .matchesDiffer,
            "A match has a limit of steps, and past it neither =~ nor !~ holds. Theirs keeps no stack of choices and needs none."
        ),
        (
            "equal letters", .matchesDiffer,
            "= and != compare letters as Unicode does, where é is one character or two. Theirs compares bytes, as both do in patterns."
        ),
        ("lookaround", .onlyWeTakeIt, "Our patterns are those of PCRE2: they may look at what comes before and after."),
        ("backreference", .onlyWeTakeIt, "PCRE2 can ask for the same text again."),
        ("possessive or atomic", .onlyWeTakeIt, "PCRE2 has repetitions that give nothing back."),
        ("comment", .onlyWeTakeIt, "PCRE2 has comments and the extended form."),
        ("other groups", .onlyWeTakeIt, "PCRE2 has more kinds of groups: conditions, recursion, other ways to name one."),
        ("other escapes", .onlyWeTakeIt, "PCRE2 has more letters after a backslash."),
        ("escaped letter beyond ASCII", .onlyWeTakeIt, "In PCRE2 a backslash before such a letter stands for nothing."),
        ("verb", .onlyWeTakeIt, "PCRE2 has verbs such as (*COMMIT)."),
        ("large count", .onlyWeTakeIt, "PCRE2 counts to 65535, theirs to 1000."),
        ("number without digits", .onlyWeTakeIt, "In PCRE2 \\x without digits is the character 0."),
        ("backspace in a class", .onlyWeTakeIt, "In PCRE2 [\\b] is a backspace."),
        ("class with a class as limit", .onlyTheyTakeIt, "PCRE2 refuses a range that ends in a class of characters."),
        ("equivalence class", .onlyTheyTakeIt, "PCRE2 knows [=a=] and [.a.] of POSIX in a class, and refuses them."),
        ("repeated assertion", .onlyTheyTakeIt, "PCRE2 refuses to repeat what stands for a place, such as ^*."),
        ("name twice", .onlyTheyTakeIt, "PCRE2 refuses two groups of one name."),
        ("vertical space", .matchesDiffer, "In PCRE2 \\v is any vertical white space, in theirs the vertical tab."),
        ("white space", .matchesDiffer, "In PCRE2 \\s has the vertical tab, in theirs it does not."),
        (
            "text without quotes", .onlyTheyTakeIt,
            "We ask for quotes around a value with signs that stand between matchers, or spaces."
        ),
        (
            "crossed parentheses", .onlyTheyTakeIt,
            "Theirs puts a) and (b between parentheses of its own before it reads them; ours refuses them."
        ),
        ("name of a label", .onlyWeTakeIt, "Our labels may have names that Prometheus does not allow."),
        (
            "backslash without quotes", .matchesDiffer,
            "Outside quotes a backslash of ours stands for itself, so that host=~web-\\d+ is plain."
        ),
        (
            "class in either case", .matchesDiffer,
            "In theirs (?i) widens classes by what folds to their letters, as ſ to s; in PCRE2 a class such as \\w stays as it is."
        ),
    ]

    @Test("100,000 random alerts have the receivers, silences and inhibition that Alertmanager gives them") func random() throws
    {
        let seed = ProcessInfo.processInfo.environment["SEED"].flatMap { Int($0) } ?? 787_473_007
        print("seed \(seed)")
        var comparison = Comparison()
        try AlertmanagerAnswers.ask(seed: seed, configurations: 20, alerts: 5300) { try comparison.compare($0) }
        for (kind, what, why) in Self.intended {
            let count = comparison.met[Difference(kind: kind, what: what)] ?? 0
            print("intended, met \(count) times: \(kind): \(why)")
            #expect(count > 0, "\(kind), \(what.rawValue): listed as intended and not met, seed \(seed)")
        }
        print(comparison.summary)
        #expect(comparison.wrong == 0, "seed \(seed)")
        #expect(comparison.alerts >= 100_000 && comparison.texts >= 2000)
        // Most decisions should not be the same one.
        for share in [comparison.silenced, comparison.inhibited, comparison.routedBelow] {
            #expect(share * 20 > comparison.alerts && share * 20 < comparison.alerts * 19)
        }
    }

    @Test("a dollar sign stands for the end of a label's value, not for a place before its last new line") func dollar() throws
    {
        #expect(try !Matcher("text", .matches, "a$\\n").matches(value: "a\n"))
        #expect(try !Matcher("text", .matches, "(?s)a$.*").matches(value: "a\n"))
        #expect(try Matcher("text", .matches, "(?m)a$\\nb$").matches(value: "a\nb"))
    }

    @Test("a pattern whose match takes too many steps holds neither with =~ nor with !~") func steps() throws {
        let text = String(repeating: "a", count: 40)
        for pattern in ["(?:a|aa)+b|a+", "(?:a|aa)+(?:b|c)"] {
            #expect(try !Matcher("text", .matches, pattern).matches(value: text))
            #expect(try !Matcher("text", .matchesNot, pattern).matches(value: text))
        }
        #expect(try Matcher("text", .matchesNot, "(?:a|aa)+b").matches(value: "aaa"))
    }
}

/// Compares configuration after configuration, and counts.
private struct Comparison {
    var (alerts, silenced, inhibited, routedBelow, refused, sets, wrong) = (0, 0, 0, 0, 0, 0, 0)
    var (texts, textsRefused) = (0, 0)
    var met: [AlertmanagerTests.Difference: Int] = [:]

    var summary: String {
        """
        \(alerts) alerts compared: \(silenced) silenced, \(inhibited) inhibited, \(routedBelow) taken by a route of their own; \
        \(sets) sets of matchers, \(refused) of them refused; \
        \(texts) typed matchers, \(textsRefused) of them refused; \(wrong) differences that are not intended
        """
    }

    /// The 20 first are told in full.
    private mutating func differs(_ sentence: @autoclosure () -> String) {
        wrong += 1
        if wrong <= 20 { Issue.record("\(sentence())") }
    }

    /// Counts a difference if it is one that we intend.
    private mutating func isIntended(_ kind: String, _ what: AlertmanagerTests.What) -> Bool {
        guard AlertmanagerTests.intended.contains(where: { $0.kind == kind && $0.what == what }) else { return false }
        met[AlertmanagerTests.Difference(kind: kind, what: what), default: 0] += 1
        return true
    }

    private mutating func compare(_ text: AlertmanagerAnswers.Setup.Text, _ alerts: [AlertmanagerAnswers.Answer]) {
        texts += 1
        textsRefused += text.refused.isEmpty ? 0 : 1
        do throws(MatcherProblem) {
            let matcher = try Matcher.parse(text.text)
            let matched = alerts.indices.filter { matcher.matches(alerts[$0].labels) }
            if !text.refused.isEmpty {
                if !isIntended(text.kind, .onlyWeTakeIt) {
                    differs("\(text.text): ours is \(matcher), theirs \"\(text.refused)\"")
                }
            } else if matched != text.matched, !isIntended(text.kind, .matchesDiffer) {
                differs("\(text.text): ours matches alerts \(matched), theirs \(text.matched) of \(alerts.map(\.labels))")
            }
        } catch {
            if text.refused.isEmpty, !isIntended(text.kind, .onlyTheyTakeIt) { differs("\(error.sentence); theirs takes it") }
        }
    }

    mutating func compare(_ answers: AlertmanagerAnswers) throws {
        let setup = answers.setup
        for text in setup.texts ?? [] { compare(text, answers.alerts) }
        let below = try setup.routes.map { try route($0, above: 0) }
        let routes = setup.takesAll ? [RouteSpec(policy: "0", routes: below)] : below
        var silences: [(place: Int, silence: Silence)] = []
        for (place, silence) in setup.silences.enumerated() {
            if let ours = read(silence) { silences.append((place, ours)) }
        }
        var index = InhibitionIndex(
            try setup.rules.enumerated().map { number, rule in
                InhibitRule(
                    name: "rule \(number)", source: try rule.source.map(matcher), target: try rule.target.map(matcher),
                    equal: rule.equal)
            })
        let keys = answers.alerts.map { AlertKey(probe: $0.labels["id", default: ""], rule: "failing") }
        for (number, alert) in answers.alerts.enumerated() {
            // Some have had other labels before.
            if number % 7 == 1 { index.update(keys[number], answers.alerts[number - 1].labels) }
            index.update(keys[number], alert.labels)
        }
        for (number, alert) in answers.alerts.enumerated() where alert.decided == nil { index.update(keys[number], nil) }

        for (number, alert) in answers.alerts.enumerated() {
            guard let theirs = alert.decided else { continue }
            alerts += 1
            let taking = routes.taking(alert.labels).map(\.policy)
            if taking != theirs.receivers.map(String.init) {
                if !(taking.isEmpty && theirs.receivers == [0] && !setup.takesAll && isIntended("no route", .onlyTheyTakeIt)) {
                    differs("\(alert.labels): our routes \(taking), theirs \(theirs.receivers) of \(setup.routes)")
                }
            }
            let holding = silences.filter { $0.silence.isActive(at: World.start) && $0.silence.matches(alert.labels) }.map(
                \.place)
            if holding != theirs.silences { compare(holding, theirs.silences, alert.labels, setup) }
            let inhibitor = index.inhibitor(of: keys[number]) { _ in false }
            if (inhibitor != nil) != theirs.isInhibited {
                differs(
                    "\(alert.labels): ours inhibited by \(String(describing: inhibitor)), theirs: \(theirs.isInhibited), of \(setup.rules)"
                )
            }
            silenced += theirs.silences.isEmpty ? 0 : 1
            inhibited += theirs.isInhibited ? 1 : 0
            routedBelow += theirs.receivers == [0] ? 0 : 1
        }
    }

    private mutating func compare(
        _ ours: [Int], _ theirs: [Int], _ labels: Labels, _ setup: AlertmanagerAnswers.Setup
    ) {
        for place in Set(ours).symmetricDifference(theirs).sorted() {
            let silence = setup.silences[place]
            // One that only one of the programs took has been counted as that.
            if isTakenByOne.contains(silence.sets) { continue }
            let kind = silence.sets.joined().contains { isUndecided($0, labels) } ? "much backtracking" : silence.kind ?? ""
            if isIntended(kind, .matchesDiffer) { continue }
            differs(
                "\(labels): silence \(silence.sets) holds it in ours: \(ours.contains(place)), in theirs: \(theirs.contains(place))"
            )
        }
    }

    /// Whether a pattern's match reaches its limit: then it holds neither way.
    private func isUndecided(_ parts: [String], _ labels: Labels) -> Bool {
        guard parts[1].hasSuffix("~") else { return false }
        do {
            let holds = try Matcher(parts[0], .matches, parts[2]).matches(labels)
            let holdsNot = try Matcher(parts[0], .matchesNot, parts[2]).matches(labels)
            return !holds && !holdsNot
        } catch {
            return false
        }
    }

    /// Sets of matchers that one program refused.
    private var isTakenByOne: Set<[[[String]]]> = []

    /// Our silence of the sets that Alertmanager took; nil where it took none.
    private mutating func read(_ silence: AlertmanagerAnswers.Setup.Silence) -> Silence? {
        var taken: [[Matcher]] = []
        for (set, theirs) in zip(silence.sets, silence.refused) {
            sets += 1
            refused += theirs.isEmpty ? 0 : 1
            let matchers: [Matcher]
            var ours = ""
            do {
                matchers = try set.map(matcher)
                if matchers.matchWithoutLabels { ours = "matches without labels" }
            } catch {
                matchers = []
                ours = "\(error)"
            }
            if ours.isEmpty != theirs.isEmpty {
                isTakenByOne.insert(silence.sets)
                let isExclusion = matchers.contains { $0.comparison == .notEqual || $0.comparison == .matchesNot }
                let kind = matchers.isEmpty || ours.isEmpty || !isExclusion ? silence.kind ?? "" : "exclusion"
                if !isIntended(kind, ours.isEmpty ? .onlyWeTakeIt : .onlyTheyTakeIt) {
                    differs("silence of \(set): ours says \"\(ours)\", theirs \"\(theirs)\"")
                }
            }
            if theirs.isEmpty, !matchers.isEmpty { taken.append(matchers) }
        }
        guard !taken.isEmpty else { return nil }
        let now = World.start
        // An active one begins just now.
        let (from, until): (Timestamp, Timestamp) =
            switch silence.phase {
            case "pending": (now + .seconds(1), now + .seconds(3600))
            case "expired": (now - .seconds(3600), now)
            default: (now, now + .seconds(1))
            }
        return Silence(
            id: "01S", matchers: taken, startsAt: from, endsAt: until, author: "ada", comment: "random", createdAt: from)
    }

    private func route(_ route: AlertmanagerAnswers.Setup.Route, above: Int) throws -> RouteSpec {
        let receiver = route.receiver ?? above
        return RouteSpec(
            match: route.match, matchers: try route.matchers.map(matcher), policy: "\(receiver)", continues: route.continue,
            routes: try route.routes.map { try self.route($0, above: receiver) })
    }

    private func matcher(_ parts: [String]) throws -> Matcher {
        try #require(parts.count == 3)
        return try Matcher(parts[0], try #require(Matcher.Operator(rawValue: parts[1])), parts[2])
    }
}
