import ArgumentParser
import Model
import Support
import Testing

@testable import monitordctl

@Suite struct ExplainTests {
    private func golden(_ lines: [String], _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        #expect(try Golden.difference(lines.joined(separator: "\n") + "\n", name) == nil, sourceLocation: sourceLocation)
    }

    @Test func anAlertThatWasToldShowsToWhomAndWhoWasNot() throws {
        try golden(ExplainText.lines(Example.explained, .plain), "explain.txt")
    }

    @Test func inJSONItHasTheKeysOfTheInterface() throws {
        try golden([try JSONForm.text(Example.explained)], "explain.json")
    }

    @Test func whereNobodyWasToldThatIsTheHeading() throws {
        var quiet = Example.explained
        quiet.incidents = []
        quiet.next = []
        quiet.timeline = []
        quiet.probes[0].rules[0].route = Explanation.Route()
        quiet.probes[0].rules[0].phase = .ok
        quiet.notes = ["monitord does not run; this is from the ledger /var/lib/monitord/monitord.db."]
        quiet.nobody = ["api-health/failing would tell nobody: there are no routes."]
        try golden(ExplainText.lines(quiet, .plain), "explain-nobody.txt")
    }

    @Test func hostileTextCannotMoveTheCursor() {
        var hostile = Example.explained
        hostile.subject = "probe a\u{1B}[2J"
        hostile.nobody = ["\u{7}"]
        hostile.incidents[0].title = "x\ny"
        hostile.incidents[0].deliveries[0].attempts[0].reason = "\u{1B}]0;t\u{7}"
        hostile.timeline[0].text = "a\rb"
        hostile.probes[0].address = "\u{9B}1A"
        let lines = ExplainText.lines(hostile, .plain)
        #expect(!lines.joined().unicodeScalars.contains { $0.properties.generalCategory == .control })
    }

    @Test func optionsThatMakeNoSenseAreRefused() throws {
        #expect(throws: (any Error).self) { try Explain.parse(["api", "--since", "yesterday"]) }
        #expect(throws: (any Error).self) { try Explain.parse(["api", "--at", "noon"]) }
        #expect(try Explain.parse(["api", "--at", "2026-03-29T01:30:00Z", "--since", "7d"]).since == "7d")
        #expect(try Explain.parse(["api", "--at", "90m"]).at == "90m")
    }
}
