import Testing

@testable import monitordctl

@Suite struct LeadingOptionsTests {
    @Test(
        "Options of every command may stand before it",
        arguments: [
            ("--socket /s status", "status --socket /s"),
            ("--json --socket=/s status web --watch", "status --json --socket=/s web --watch"),
            ("--url http://h history web --json", "history --url http://h web --json"),
            ("status --socket /s", "status --socket /s"),
            ("--socket /s silence add a=b --comment c", "silence add --socket /s a=b --comment c"),
            ("silence --socket /s add a=b", "silence add --socket /s a=b"),
            ("oncall --json override --url h list", "oncall override list --json --url h"),
            ("oncall --socket /s primary", "oncall --socket /s primary"),
            ("silence", "silence"),
            ("--help", "--help"),
            ("--socket", "--socket"),
            ("--socket /s", "--socket /s"),
            ("", ""),
        ])
    func moved(given: String, expected: String) {
        func words(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }
        #expect(LeadingOptions.behindCommand(words(given)) == words(expected))
    }
}
