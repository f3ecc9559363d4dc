import Foundation
import Model
import Support
import Testing
import Transfer

@Suite(.serialized) struct ProgramTests {
    let engine: TransferEngine
    let folder: TemporaryFolder

    init() throws {
        engine = try TransferEngine.running()
        folder = try TemporaryFolder()
    }

    /// What a shell does with a script; a program of one's own would do the same.
    private func request(_ script: String, _ change: (inout ProcessRequest) -> Void = { _ in }) -> ProcessRequest {
        var request = ProcessRequest(
            command: ["/bin/sh", "-c", script, "sh", folder.path], environment: [.init("PATH", "/usr/bin:/bin")],
            timeout: .seconds(20))
        change(&request)
        return request
    }

    private func run(_ script: String, _ change: (inout ProcessRequest) -> Void = { _ in }) async -> TransferReply {
        await engine.reply(.process(request(script, change)))
    }

    private func text(_ reply: TransferReply) -> String { String(decoding: reply.body, as: UTF8.self) }

    /// A process that is gone, or waits for somebody to ask how it ended.
    private func isGone(_ pid: String) -> Bool {
        guard let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return true }
        return status.split(separator: ")").last?.hasPrefix(" Z") == true
    }

    @Test func itsCodeAndOutputAreTold() async {
        let reply = await run("cat; echo err >&2; exit 3") { $0.input = Array("the message\n".utf8) }
        #expect(reply.exit == .code(3) && reply.status == 3 && reply.error == nil && reply.mayHaveArrived)
        #expect(text(reply) == "the message\nerr\n")
        #expect(await run("kill -9 $$").exit == .signal(9))
        engine.stop()
    }

    @Test func noShellReadsTheCommand() async {
        let command = ["/usr/bin/printf", "%s|", "a b", "$HOME", "`id`", "*", "", "ü"]
        let reply = await engine.reply(.process(ProcessRequest(command: command, timeout: .seconds(20))))
        #expect(text(reply) == "a b|$HOME|`id`|*||ü|" && reply.exit == .code(0))
        engine.stop()
    }

    @Test func itSeesNothingOfOurEnvironment() async throws {
        setenv("MONITORD_TEST_SECRET", "verysecret", 1)
        defer { unsetenv("MONITORD_TEST_SECRET") }
        let reply = await engine.reply(
            .process(
                ProcessRequest(
                    command: ["/usr/bin/env"], environment: [.init("LANG", "C.UTF-8"), .init("KEY", Secret("value"))],
                    timeout: .seconds(20))))
        #expect(text(reply) == "LANG=C.UTF-8\nKEY=value\n")
        engine.stop()
    }

    @Test func itHasItsOwnSessionAndNoOtherDescriptor() async {
        let reply = await run("ls /proc/self/fd | tr '\\n' ' '; cut -d' ' -f5,6 /proc/$$/stat; echo $$; pwd")
        let lines = text(reply).split(separator: "\n").map(String.init)
        #expect(lines.first?.hasPrefix("0 1 2 3 ") == true, "3 is the folder that is listed: \(text(reply))")
        let group = lines.first?.split(separator: " ").suffix(2).map(String.init) ?? []
        #expect(lines.count == 3 && group == [lines[1], lines[1]], "group and session are its own: \(lines)")
        #expect(lines.last == "/")
        engine.stop()
    }

    @Test func aLongInputIsReadAtItsOwnPaceOrNotAtAll() async {
        let input = [UInt8](repeating: UInt8(ascii: "x"), count: 500_000)
        #expect(text(await run("wc -c") { $0.input = input }).trimmingCharacters(in: .whitespacesAndNewlines) == "500000")
        #expect(await run("exec 0<&-; exit 0") { $0.input = input }.exit == .code(0))
        engine.stop()
    }

    @Test func muchOutputIsCutAndDoesNotHoldItUp() async {
        let reply = await run("head -c 3000000 /dev/zero | tr '\\0' y") { $0.maxOutputBytes = 1000 }
        #expect(reply.exit == .code(0) && reply.body.count == 1000)
        engine.stop()
    }

    @Test func atTheDeadlineItIsAskedToEndWithAllThatItStarted() async throws {
        let reply = await run("sleep 100 & echo $! > $1/child; trap 'echo asked; exit 0' TERM; wait") {
            $0.timeout = .milliseconds(700)
        }
        #expect(reply.error == TransferError(.timeout, "/bin/sh did not end within 700ms") && reply.mayHaveArrived)
        #expect(reply.exit == nil && text(reply) == "asked\n", "whatever it says then, nobody knows what it did")
        let child = try String(contentsOfFile: folder.path + "/child", encoding: .utf8).trimmingCharacters(in: .newlines)
        try await eventually { isGone(child) }
        engine.stop()
    }

    @Test func whoDoesNotEndIsMadeTo() async throws {
        let (reply, time) = await elapsed {
            await run("trap '' TERM; echo $$ > $1/own; while :; do sleep 1; done") {
                $0.timeout = .milliseconds(500)
                $0.grace = .milliseconds(300)
            }
        }
        #expect(reply.error?.kind == .timeout && reply.mayHaveArrived)
        #expect(time >= .milliseconds(800) && time < .seconds(5), "took \(time.short)")
        let own = try String(contentsOfFile: folder.path + "/own", encoding: .utf8).trimmingCharacters(in: .newlines)
        #expect(!FileManager.default.fileExists(atPath: "/proc/\(own)"), "nothing is left of it")
        engine.stop()
    }

    @Test func whatItLeavesRunningDoesNotHoldUpTheReply() async {
        let (reply, time) = await elapsed { await run("sleep 3 & exit 0") }
        #expect(reply.exit == .code(0) && time < .seconds(2), "took \(time.short)")
        engine.stop()
    }

    @Test func whatCannotBeStartedIsTold() async throws {
        func start(_ command: [String]) async -> TransferReply {
            await engine.reply(.process(ProcessRequest(command: command, timeout: .seconds(20))))
        }
        let plain = folder.path + "/plain"
        try "echo no program\n".write(toFile: plain, atomically: false, encoding: .utf8)
        let rows: [(sentence: String, command: [String], error: TransferError)] = [
            (
                "no file", [folder.path + "/none"],
                TransferError(.program, "cannot start \(folder.path)/none: No such file or directory", code: 2)
            ),
            ("no right", [plain], TransferError(.program, "cannot start \(plain): Permission denied", code: 13)),
            ("a folder", ["/tmp"], TransferError(.program, "cannot start /tmp: Permission denied", code: 13)),
            ("a relative path", ["sh"], TransferError(.program, "the command is not an absolute path")),
            ("nothing", [], TransferError(.program, "the command is not an absolute path")),
            ("a NUL", ["/bin/sh", "a\0b"], TransferError(.program, "the command or its environment has a NUL")),
        ]
        for row in rows {
            let reply = await start(row.command)
            #expect(reply.error == row.error && !reply.mayHaveArrived, "\(row.sentence)")
        }
        engine.stop()
    }

    @Test func moreThanTheLimitWait() async throws {
        var limits = TransferLimits()
        limits.programs = 1
        let narrow = try TransferEngine.running(limits)
        async let first = narrow.reply(.process(request("sleep 1.5")))
        try await eventually { narrow.statistics.programs == 1 }
        let impatient = await narrow.reply(.process(request("true") { $0.timeout = .milliseconds(200) }))
        #expect(impatient.error == TransferError(.descriptors, "waited 200ms behind 1 programs, the limit"))
        #expect(!impatient.mayHaveArrived)
        #expect(await narrow.reply(.process(request("true"))).exit == .code(0))
        #expect(await first.exit == .code(0))
        narrow.stop()
        engine.stop()
    }

    @Test func stoppingEndsARunningProgram() async throws {
        async let hanging = run("trap '' TERM; sleep 100")
        try await eventually { engine.statistics.programs == 1 }
        let (_, time) = await elapsed { engine.stop() }
        let reply = await hanging
        #expect(reply.error == TransferError(.stopped, "monitord is stopping") && reply.mayHaveArrived)
        #expect(time < .seconds(2), "took \(time.short)")
    }
}
