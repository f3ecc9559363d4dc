import Config
import Rehearsal
import Settings
import Testing

@Suite("A timeline that cannot be read says where, what, and what instead")
struct BrokenTimelineTests {
    /// 20 lines; what a row adds begins on line 21.
    static let head = """
        # A configuration with one probe and two channels.
        config:
          channels:
            slack-devops: {slack: {webhook_url: {env: SLACK}}}
            mail: {email: {server: "smtp://127.0.0.1:25", from: a@example.com, to: [b@example.com, c@example.com]}}
          contacts:
            bob: {channels: [slack-devops]}
          schedules:
            platform:
              zone: UTC
              layers:
                - {people: [bob], start: 2026-01-05T09:00, handoff: weekly}
          policies:
            default: {steps: [{notify: [slack-devops]}]}
          routes:
            - policy: default
        probes:
          - name: api-health
            http: {url: "http://127.0.0.1/health"}
            rules: [{name: failing, critical: failed}]

        """

    static func problems(_ text: String, path: String = "a.timeline") -> [String] {
        let nothing = FileAccess(
            read: { _ in .failure(SettingsFileError("no such file or folder")) },
            list: { _ in .failure(SettingsFileError("no such file or folder")) })
        switch TimelineReader.read(path: path, text: text, files: nothing, environment: { _ in nil }) {
        case .success: return []
        case .failure(let broken): return broken.problems
        }
    }

    @Test(
        "a line that cannot be read",
        arguments: [
            (
                "at 0s fial api-health",
                "\"fial\" is nothing that can happen; did you mean \"fail\"?"
            ),
            ("at 0s fail api-helth", "there is no probe \"api-helth\"; did you mean \"api-health\"?"),
            ("at 0s fail api-*x", "no probe is called api-*x"),
            ("at 0s ok api-health \"why\"", "expected a sample such as duration=1.2s, got \"why\""),
            (
                "at 0s fail api-health duration=quick",
                "duration=quick: expected a quantity such as 1.2s, 85% or 10, got \"quick\""
            ),
            (
                "at 0s ok api-health durations=2s",
                "api-health: a probe of kind http has no sample \"durations\"; did you mean \"duration\"?"
            ),
            (
                "when asked fail api-health scor=2",
                "api-health: a probe of kind http has no sample \"scor\"; it has duration, dns_duration, connect_duration, "
                    + "tls_duration, processing_duration, transfer_duration, status_code, body_bytes, redirects, http_version, "
                    + "certificate_expires_in, json_*"
            ),
            ("at 0s fail api-health \"status 503", "a quote is opened and not closed on this line"),
            (
                "at soon fail api-health",
                "expected a time since the start such as 30s or 1h30m, or a local one such as "
                    + "2026-03-29T03:30, got \"soon\""
            ),
            ("att 0s fail api-health", "expected at, by, between or every and a time, got \"att\"; did you mean \"at\"?"),
            (
                "at 0s expect slack-devop trigger",
                "\"slack-devop\" is no channel and nothing else that can be expected; did you mean "
                    + "\"slack-devops\"?"
            ),
            (
                "at 0s expect slack-devops page",
                "expected a kind of message (trigger, update, acknowledge, resolve, delayed, test, digest, change), got "
                    + "\"page\""
            ),
            ("at 0s expect state api-health/slow ok", "there is no rule of api-health \"slow\"; known: failing"),
            (
                "at 0s expect state api-health green",
                "expected a state (ok, pending, warning, critical, unknown), got \"green\""
            ),
            ("at 0s expect incident closed", "expected open, acked or resolved, got \"closed\""),
            ("at 0s silence for 10m", "expected a matcher such as service=api after silence"),
            ("at 0s silence service=api", "expected how long it lasts: `for 10m`, or `until resolved`"),
            ("at 0s override platfrm bob for 8h", "there is no schedule \"platfrm\"; did you mean \"platform\"?"),
            ("at 0s override platform rob for 8h", "there is no contact \"rob\"; did you mean \"bob\"?"),
            ("at 0s override platform bob", "expected how long it lasts: `for 8h`"),
            (
                "at 0s expire ack",
                "expected `expire silence`, `expire maintenance` or `expire override` and its number, got \"ack\""
            ),
            ("at 0s receiver slack-devops slow", "expected ok, down, hang, lost, reject or a status such as 429, got \"slow\""),
            ("at 0s clock 1h", "expected a step such as +1h or -30m, got \"1h\""),
            ("at 0s reload new", "there is no configuration \"new\"; write a block `config new:`"),
            ("at 0s kill now", "\"now\" is too much here"),
            ("between 0s and 1m fail api-health", "`by` and `between` are for messages; anything else has its time with `at`"),
            ("every 30s from 1m to 1m ok api-health", "1m is not before 1m"),
            ("  at 0s ok api-health", "this line is indented, but no `config:` or `probes:` stands before it"),
        ])
    func lines(line: String, message: String) {
        let before = line.hasPrefix(" ") ? "allow others\n" : ""
        let number = line.hasPrefix(" ") ? 22 : 21
        #expect(
            Self.problems(Self.head + before + line + "\nat 1m expect nothing\n") == ["a.timeline:\(number): \(message)"])
    }

    @Test("times do not go back")
    func backwards() {
        #expect(
            Self.problems(Self.head + "at 2m ok api-health\nat 1m ok api-health\n")
                == ["a.timeline:22: 1m is before 2m of line 21: times do not go back"])
    }

    @Test("nothing happens to a daemon that is away")
    func away() {
        #expect(
            Self.problems(Self.head + "at 1m kill for 5m\nat 2m fail api-health\nat 6m ok api-health\n")
                == ["a.timeline:22: monitord is away from 1m to 6m by line 21"])
    }

    @Test("a problem of the configuration has its place in the timeline")
    func configuration() {
        let text = Self.head.replacing("webhook_url", with: "webhok_url").replacing("critical: failed", with: "critical: faild")
        #expect(
            Self.problems(text + "at 0s ok api-health\n").map { $0.split(separator: " ", maxSplits: 1)[0] }
                == ["a.timeline:4:27:", "a.timeline:4:28:", "a.timeline:20:39:"], "\(Self.problems(text))")
    }

    @Test("a file without a configuration, without a statement, or with one that is not there")
    func missing() {
        #expect(
            Self.problems("at 0s ok api\n")
                == ["a.timeline:1: there is no `config:`: a path after it, or YAML indented below it"])
        #expect(
            Self.problems(Self.head)
                == ["a.timeline:1: nothing happens: expected a line such as `at 0s fail api-health`"])
        #expect(
            Self.problems("config: monitord.yaml\nat 0s ok api\n", path: "tests/a.timeline").first
                == "tests/monitord.yaml: cannot be read: no such file or folder")
    }
}
