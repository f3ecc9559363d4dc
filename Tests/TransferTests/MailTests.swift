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

    private func encryptingServer(_ mode: String) throws -> ScriptServer {
        try folder.openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out cert.pem "
                + "-subj /CN=x -addext subjectAltName=IP:127.0.0.1 -days 30"
        )
        return try server(mode, tls: [folder.path + "/cert.pem", folder.path + "/key.pem"])
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
        let server = try encryptingServer("ok")
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

    struct Addresses: Sendable, CustomTestStringConvertible {
        var mode: String
        var encryption: Mail.Encryption
        var sender = "from@example.com"
        var recipient = "to@example.com"
        /// What follows MAIL, or else who is named in the refusal.
        var parameters: String?
        var needy = ""
        var testDescription: String { "\(mode), \(encryption), from \(sender) to \(recipient)" }
    }

    @Test(arguments: [
        Addresses(mode: "utf8", encryption: .none, recipient: "jörg@example.com", parameters: "SIZE=26 SMTPUTF8"),
        Addresses(mode: "utf8", encryption: .none, sender: "größe@example.com", parameters: "SIZE=26 SMTPUTF8"),
        Addresses(mode: "utf8", encryption: .none, parameters: "SIZE=26"),
        Addresses(mode: "ok", encryption: .none, parameters: "SIZE=26"),
        Addresses(mode: "ok", encryption: .none, recipient: "jörg@example.com", needy: "jörg@example.com"),
        Addresses(mode: "ok", encryption: .none, sender: "größe@example.com", needy: "größe@example.com"),
        Addresses(mode: "ehlo502", encryption: .none, recipient: "jörg@example.com", needy: "jörg@example.com"),
        Addresses(mode: "utf8", encryption: .required, recipient: "jörg@example.com", parameters: "SIZE=26 SMTPUTF8"),
        Addresses(mode: "utf8-in-tls", encryption: .required, recipient: "jörg@example.com", parameters: "SIZE=26 SMTPUTF8"),
        Addresses(mode: "utf8-in-clear", encryption: .required, recipient: "jörg@example.com", needy: "jörg@example.com"),
        Addresses(mode: "utf8-in-clear", encryption: .none, recipient: "jörg@example.com", parameters: "SIZE=26 SMTPUTF8"),
        Addresses(mode: "starttls454", encryption: .opportunistic, recipient: "jörg@example.com", needy: "jörg@example.com"),
    ])
    func anAddressOutsideASCIIGoesToAServerThatOffersToTakeIt(_ row: Addresses) async throws {
        let server = try encryptingServer(row.mode)
        let reply = await engine.reply(
            .mail(
                mail(server) {
                    $0.encryption = row.encryption
                    $0.tls = TLSOptions(caFile: folder.path + "/cert.pem")
                    $0.sender = row.sender
                    $0.recipient = row.recipient
                }))
        let said = try transcript
        if let parameters = row.parameters {
            #expect(reply.error == nil)
            #expect(said.contains("MAIL FROM:<\(row.sender)> \(parameters)\r\nRCPT TO:<\(row.recipient)>\r\nDATA\r\n"))
        } else {
            #expect(reply.error?.kind == .refused && !reply.mayHaveArrived)
            #expect(reply.error?.detail == "127.0.0.1:\(server.port) does not offer SMTPUTF8, which \(row.needy) needs")
            #expect(reply.status == 0, "no code of the server's asks to come again")
            #expect(!said.contains("MAIL") && said.utf8.allSatisfy { $0 < 0x80 }, "\(said)")
        }
        engine.stop()
    }

    @Test(arguments: ["ok", "starttls454"]) func encryptionThatIsMissingIsToldBeforeSMTPUTF8(mode: String) async throws {
        let server = try mode == "ok" ? server(mode) : encryptingServer(mode)
        let reply = await engine.reply(
            .mail(
                mail(server) {
                    $0.encryption = .required
                    $0.recipient = "jörg@example.com"
                }))
        #expect(reply.error?.kind == .encryptionUnavailable)
        #expect(reply.status == (mode == "ok" ? 250 : 454))
        engine.stop()
    }

    @Test(arguments: [
        ("to@example.com>\r\nRCPT TO:<other@example.com", "node", "the recipient is not a mail address"),
        ("to\u{1}@example.com", "node", "the recipient is not a mail address"),
        ("to@example.com>\u{308}", "node", "the recipient is not a mail address"),
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
