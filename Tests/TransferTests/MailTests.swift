import Foundation
import Model
import Testing
import Transfer

@Suite(.serialized) struct MailTests {
    let engine: TransferEngine
    let folder: TemporaryFolder

    init() throws {
        engine = try TransferEngine.running()
        folder = try TemporaryFolder()
    }

    private func mail(_ server: ScriptServer, _ change: (inout Mail) -> Void = { _ in }) -> Mail {
        var mail = Mail(
            server: "smtp://127.0.0.1:\(server.port)", ehlo: "node.example", encryption: .none, sender: "from@example.com",
            recipient: "to@example.com", message: Array("Subject: x\r\n\r\n.dot\r\nlast\r\n".utf8), timeout: .milliseconds(800))
        change(&mail)
        return mail
    }

    private func server(_ mode: String, tls: [String] = []) throws -> ScriptServer {
        try ScriptServer("smtp.py", [mode, folder.path + "/transcript"] + tls)
    }

    private var transcript: String {
        get throws { try String(contentsOfFile: folder.path + "/transcript", encoding: .utf8) }
    }

    @Test func aMailIsTaken() async throws {
        let server = try server("ok")
        let reply = await engine.reply(.mail(mail(server)))
        #expect(reply.error == nil && reply.mayHaveArrived)
        #expect(reply.status / 100 == 2)
        let said = try transcript
        #expect(said.hasPrefix("EHLO node.example\r\nMAIL FROM:<from@example.com>"))
        #expect(said.contains("RCPT TO:<to@example.com>\r\nDATA\r\nSubject: x\r\n\r\n..dot\r\nlast\r\n"))
        engine.stop()
    }

    @Test func anAddressLiteralGreetsAsItself() async throws {
        let server = try server("ok")
        _ = await engine.reply(.mail(mail(server) { $0.ehlo = "[127.0.0.1]" }))
        #expect(try transcript.hasPrefix("EHLO [127.0.0.1]\r\n"))
        engine.stop()
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var mode: String
        var kind: TransferError.Kind
        var status: Int
        var mayHaveArrived: Bool
        var testDescription: String { mode }
    }

    @Test(arguments: [
        Row(mode: "greet421", kind: .refused, status: 421, mayHaveArrived: false),
        Row(mode: "rcpt451", kind: .refused, status: 451, mayHaveArrived: false),
        Row(mode: "rcpt550", kind: .refused, status: 550, mayHaveArrived: false),
        Row(mode: "body554", kind: .refused, status: 554, mayHaveArrived: false),
        Row(mode: "auth535", kind: .authentication, status: 535, mayHaveArrived: false),
        Row(mode: "drop-after-dot", kind: .receive, status: 354, mayHaveArrived: true),
        Row(mode: "hang-after-dot", kind: .timeout, status: 354, mayHaveArrived: true),
    ])
    func aFailureSaysWhetherTheMailMayHaveArrived(_ row: Row) async throws {
        let server = try server(row.mode)
        let (reply, time) = await quickest(within: .milliseconds(900)) {
            await engine.reply(
                .mail(
                    mail(server) {
                        $0.user = row.mode == "auth535" ? "user" : nil
                        $0.password = row.mode == "auth535" ? Secret("canary") : nil
                    }))
        }
        #expect(reply.error?.kind == row.kind, "\(reply.error?.detail ?? "no error")")
        #expect(reply.status == row.status)
        #expect(reply.mayHaveArrived == row.mayHaveArrived)
        let sentence = reply.error?.detail ?? ""
        #expect(!sentence.contains("canary"))
        #expect(time < .milliseconds(900), "took \(time.short)")
        engine.stop()
    }

    @Test func aSilentQuitDoesNotChangeTheAnswerNorStopOtherTransfers() async throws {
        let server = try server("hang-after-quit")
        let http = try ScriptServer("http.py")
        async let sent = elapsed { await engine.reply(.mail(mail(server))) }
        #expect(await engine.get(http.url("/"), timeout: .milliseconds(500)).status == 200)
        let (reply, time) = await sent
        #expect(time < .milliseconds(1000), "took \(time.short)")
        #expect(reply.error == nil && reply.mayHaveArrived)
        engine.stop()
    }

    @Test func nothingIsSentWhereEncryptionIsRequiredAndNotOffered() async throws {
        let server = try server("ok")
        let reply = await engine.reply(.mail(mail(server) { $0.encryption = .required }))
        #expect(reply.error?.kind == .encryptionUnavailable)
        #expect(reply.error?.detail == "127.0.0.1:\(server.port) offers no STARTTLS, which is required")
        #expect(try !transcript.contains("MAIL"))
        engine.stop()
    }

    @Test func encryptionIsUsedWhereItIsOffered() async throws {
        try folder.openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out cert.pem "
                + "-subj /CN=x -addext subjectAltName=IP:127.0.0.1 -days 30"
        )
        let server = try server("ok", tls: [folder.path + "/cert.pem", folder.path + "/key.pem"])
        let trusting = mail(server) {
            $0.encryption = .required
            $0.tls = TLSOptions(caFile: folder.path + "/cert.pem")
        }
        #expect(await engine.reply(.mail(trusting)).error == nil)
        #expect(try transcript.contains("STARTTLS"))
        let suspicious = mail(server) { $0.encryption = .required }
        #expect(await engine.reply(.mail(suspicious)).error?.kind == .certificateUntrusted)
        engine.stop()
    }

    @Test(arguments: [
        ("to@example.com>\r\nRCPT TO:<other@example.com", "node", "the recipient is not a mail address"),
        ("to\u{1}@example.com", "node", "the recipient is not a mail address"),
        ("", "node", "the recipient is not a mail address"),
        ("to@example.com", "no\nde", "the name for EHLO is not a host name"),
    ])
    func aLineCannotBeSmuggledIn(_ row: (String, String, String)) async throws {
        let server = try server("ok")
        let reply = await engine.reply(
            .mail(
                mail(server) {
                    $0.recipient = row.0
                    $0.ehlo = row.1
                }))
        #expect(reply.error == TransferError(.setup, row.2))
        engine.stop()
    }
}
