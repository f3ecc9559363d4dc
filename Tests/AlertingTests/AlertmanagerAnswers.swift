import Foundation
import Glibc
import Model
import Support
import Testing

/// What a configuration of Alertmanager decided about each of its alerts, as the script prints it.
struct AlertmanagerAnswers {
    struct Setup: Decodable {
        struct Route: Decodable {
            /// nil: the one of the route above.
            var receiver: Int?
            var match: [String: String]
            var matchers: [[String]]
            var `continue`: Bool
            var routes: [Route]
        }
        struct Rule: Decodable {
            var source: [[String]]
            var target: [[String]]
            var equal: [String]
        }
        struct Silence: Decodable {
            var sets: [[[String]]]
            /// What Alertmanager said against each set; nothing where it took it.
            var refused: [String]
            var phase: String
            /// Of its pattern, where there is one pattern a silence; nothing for one that must be read alike.
            var kind: String?
        }
        /// A matcher as people type it.
        struct Text: Decodable {
            var kind: String
            var text: String
            var refused: String
            /// Which of the alerts.
            var matched: [Int]
        }
        var names: [String]
        var values: [String]
        /// Whether a route at the top takes all alerts.
        var takesAll: Bool
        var routes: [Route]
        var rules: [Rule]
        var silences: [Silence]
        var texts: [Text]?
    }
    struct Answer {
        var labels: Labels
        /// nil: it had ended, and Alertmanager says nothing of it.
        var decided: Decided?
    }
    struct Decided: Equatable {
        var receivers: [Int]
        var silences: [Int]
        var isInhibited: Bool
    }
    var setup: Setup
    var alerts: [Answer] = []

    /// Runs the script and hands on one configuration after the other.
    static func ask(seed: Int, configurations: Int, alerts: Int, _ body: (AlertmanagerAnswers) throws -> Void) throws {
        let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Support/alertmanager_oracle.py").path
        let printed = try ChildProcess.run(["/usr/bin/python3", script, "\(seed)", "\(configurations)", "\(alerts)"])
        try printed.withCString { start in
            var answers: AlertmanagerAnswers?
            var place = UnsafeMutablePointer(mutating: start)
            while place.pointee != 0 {
                let end = try #require(strchr(place, 10), "no new line ends the last line")
                if place.pointee == UInt8(ascii: "{") {
                    if let answers { try body(answers) }
                    answers = AlertmanagerAnswers(
                        setup: try JSONDecoder().decode(Setup.self, from: Data(bytes: place, count: end - place)))
                } else if let setup = answers?.setup {
                    answers?.alerts.append(answer(&place, setup))
                }
                place = end + 1
            }
            if let answers { try body(answers) }
        }
    }

    /// One line of numbers.
    private static func answer(_ place: inout UnsafeMutablePointer<CChar>, _ setup: Setup) -> Answer {
        func number() -> Int {
            var end: UnsafeMutablePointer<CChar>?
            let number = strtol(place, &end, 10)
            if let end { place = end }
            return number
        }
        func list() -> [Int] { (0..<number()).map { _ in number() } }
        let isFiring = number() == 1
        var labels: Labels = [:]
        for _ in 0..<number() {
            let name = setup.names[number()]
            labels[name] = setup.values[number()]
        }
        guard isFiring else { return Answer(labels: labels) }
        return Answer(labels: labels, decided: Decided(receivers: list(), silences: list(), isInhibited: number() == 1))
    }
}
