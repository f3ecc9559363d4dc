import Model
import Testing

@testable import Alerting

@Suite struct ExecTests {
    private func reply(_ exit: ProcessExit, _ output: String = "") -> TransferReply {
        var reply = TransferReply(body: Array(output.utf8), mayHaveArrived: true)
        reply.exit = exit
        return reply
    }

    @Test func everyEnd() {
        #expect(Example.exec.judge(reply(.code(0), "sent\n")) == .delivered(reference: nil))
        #expect(
            Example.exec.judge(reply(.code(75), "modem is busy\n"))
                == .retry("exit 75, the program asks to come again: modem is busy", after: nil))
        for code in 1...255 where code != 75 {
            #expect(Example.exec.judge(reply(.code(code))) == .rejected("exit \(code), refused"))
        }
        for signal in [1, 6, 9, 11, 15] {
            #expect(
                Example.exec.judge(reply(.signal(signal))) == .inDoubt("the program was ended by signal \(signal)"))
        }
        let late = TransferReply(error: TransferError(.timeout, "it did not end within 10s"), mayHaveArrived: true)
        #expect(Example.exec.judge(late) == .inDoubt("timeout: it did not end within 10s"))
        let absent = TransferReply(error: TransferError(.program, "cannot start /x: No such file or directory"))
        #expect(Example.exec.judge(absent) == .rejected("program: cannot start /x: No such file or directory"))
        let full = TransferReply(error: TransferError(.setup, "cannot start /x: Resource temporarily unavailable"))
        #expect(Example.exec.judge(full).outcome == "retry")
    }

    @Test func itsOutputIsOneLineWithoutSecrets() {
        let output = "bad token verysecret-variable-01\r\n\u{1B}[31m" + String(repeating: "x", count: 5_000)
        let reason = Example.exec.judge(reply(.code(1), output)).reason
        #expect(reason.hasPrefix("exit 1, refused: bad token \(Secret.mask) [31mxxx") && reason.hasSuffix("…"))
        #expect(reason.unicodeScalars.count < 330)
    }

    @Test func theProgramGetsTheWebhooksDocumentAndAFewVariables() throws {
        let row = Example.row(Example.exec, Example.notification(.trigger), tries: 3)
        let request = try #require(Example.exec.outgoing(row).process)
        #expect(request.command == ["/usr/local/bin/notify", "--loud"])
        #expect(
            String(decoding: request.input, as: UTF8.self) == Example.webhook.message(for: Example.notification(.trigger)).body)
        let variables = request.environment.map { "\($0.name)=\($0.value.reveal())" }
        #expect(
            variables == [
                "TOKEN=verysecret-variable-01", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "LANG=C.UTF-8", "MONITORD_KIND=trigger", "MONITORD_LEVEL=critical", "MONITORD_INCIDENT=\(Example.incident)",
                "MONITORD_IDEMPOTENCY_KEY=\(row.idempotencyKey)", "MONITORD_ATTEMPT=3",
                "MONITORD_TITLE=CRITICAL: api-health failing",
            ])
        #expect(request.timeout == .seconds(10) && request.grace == .seconds(2) && request.maxOutputBytes == 65_536)
        #expect(!row.message.body.contains("verysecret") && !row.message.headers.description.contains("verysecret"))
    }

    @Test func aConfiguredVariableStandsInPlaceOfOurs() throws {
        let exec = Exec(command: ["/x"], environment: [.init("PATH", "/opt/bin")])
        let request = try #require(exec.outgoing(Example.row(exec, Example.notification(.test))).process)
        #expect(request.environment.filter { $0.name == "PATH" } == [.init("PATH", "/opt/bin")])
    }

    @Test(arguments: InjectionTests.attacks) func aVariableIsOneLine(attack: (sentence: String, text: String)) throws {
        for kind in Notification.Kind.allCases {
            let row = Example.row(Example.exec, Example.poisoned(attack.text, kind))
            let request = try #require(Example.exec.outgoing(row).process)
            let title = try #require(request.environment.last { $0.name == "MONITORD_TITLE" }).value.reveal()
            #expect(title == title.oneLine && title.unicodeScalars.count <= 200, "\(attack.sentence)")
        }
    }
}
