import Foundation
import Model
import Testing

@testable import Alerting

@Suite struct MailTests {
    @Test func addresses() {
        let name =
            "has no valid name before the @ (letters, digits and !#$%&'*+-/=?^_`{|}~ with single dots, at most 64 octets)"
        let rows: [(text: String, wrong: String?)] = [
            ("leads@example.com", nil),
            ("on.call+night@mail-1.example.com", nil),
            ("root@[192.0.2.1]", nil),
            ("root@[IPv6:2001:db8::1]", nil),
            ("root@localhost", nil),
            ("jürgen@example.com", nil),
            ("ju\u{308}rgen.größe+night@xn--exmple-cua.com", nil),
            ("用户@example.com", nil),
            ("می\u{200C}خواهم@example.com", nil),
            (String(repeating: "é", count: 32) + "@example.com", nil),
            ("leads", "\"leads\" is not a mail address: it has no @"),
            ("", "\"\" is not a mail address: it has no @"),
            (
                "a@example.com\r\nRCPT TO:<eve@example.com>",
                "\"a@example.com RCPT TO:<eve@example.com>\" has a control character or a line end"
            ),
            ("a\u{7F}@example.com", "\"a @example.com\" has a control character or a line end"),
            ("j\u{9B}örg@example.com", "\"j örg@example.com\" has a control character or a line end"),
            ("jörg\u{2028}@example.com", "\"jörg @example.com\" has a control character or a line end"),
            ("jörg\u{2029}@example.com", "\"jörg @example.com\" has a control character or a line end"),
            ("\u{202E}jörg@example.com", "\"jörg@example.com\" has a control character or a line end"),
            ("jörg@example.com\u{2069}", "\"jörg@example.com\" has a control character or a line end"),
            ("\u{FEFF}jörg@example.com", "\"jörg@example.com\" has a control character or a line end"),
            ("jörg@\u{301}example.com", "\"jörg@\u{301}example.com\" is not a mail address: it has no @"),
            ("a@exämple.com", "\"a@exämple.com\" has a character outside ASCII in its domain: write it in its xn-- form"),
            (
                "a b@example.com",
                "\"a b@example.com\" \(name)"
            ),
            (
                "<a@example.com>",
                "\"<a@example.com>\" \(name)"
            ),
            ("jörg..a@example.com", "\"jörg..a@example.com\" \(name)"),
            ("jörg\u{3000}a@example.com", "\"jörg\u{3000}a@example.com\" \(name)"),
            (
                String(repeating: "é", count: 33) + "@example.com",
                "\"\(String(repeating: "é", count: 33))@example.com\" \(name)"
            ),
            ("a@", "\"a@\" has no valid domain after the @"),
            ("a@-x.example", "\"a@-x.example\" has no valid domain after the @"),
            ("a@[300.0.0.1]", "\"a@[300.0.0.1]\" has no valid domain after the @"),
        ]
        for row in rows {
            switch MailAddress.read(row.text) {
            case .success(let address): #expect(row.wrong == nil && address.text == row.text, "\(row.text)")
            case .failure(let wrong): #expect(wrong.sentence == row.wrong)
            }
        }
    }

    @Test func servers() {
        for good in ["smtp://mail.example.com:587", "smtps://mail.example.com", "smtp://127.0.0.1:2525", "smtp://[::1]:25"] {
            #expect(Email.wrong(server: good) == nil, "\(good)")
        }
        let form = "expected smtp://HOST:PORT or smtps://HOST:PORT"
        for bad in [
            "mail.example.com", "http://x", "smtp://", "smtp://a b", "smtp://a:0", "smtp://a:99999", "smtp://a/x",
            "smtp://a:25\r\n",
        ] {
            #expect(Email.wrong(server: bad) == form, "\(bad)")
        }
        #expect(Email.wrong(server: "smtp://u:p@a") == "an address must not hold a user or password: use user and password")
    }

    @Test func theGreetingIsAFullNameOrALiteral() {
        let local = Email(server: "smtp://127.0.0.1", sender: MailAddress(local: "m", domain: "localhost"), addresses: [])
        #expect(local.ehlo == "[127.0.0.1]")
        #expect(Example.email.ehlo == "example.com")
    }

    @Test func headersAreFolded() {
        #expect(MailText.header("Subject", text: "plain") == "Subject: plain\r\n")
        #expect(MailText.header("Subject", text: "a\r\nBcc: x") == "Subject: a Bcc: x\r\n")
        #expect(MailText.header("Subject", text: "Größe") == "Subject: =?UTF-8?B?R3LDtsOfZQ==?=\r\n")
        for text in [
            String(repeating: "word ", count: 60), String(repeating: "x", count: 300), String(repeating: "é😀", count: 80),
        ] {
            let lines = MailText.header("Subject", text: text).components(separatedBy: "\r\n")
            #expect(lines.allSatisfy { $0.utf8.count <= 78 && $0.utf8.allSatisfy { $0 < 0x7F } })
            #expect(lines.dropFirst().dropLast().allSatisfy { $0.hasPrefix(" ") })
        }
    }

    @Test func base64() {
        let rows = [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ]
        for (text, encoded) in rows { #expect(MailText.base64(Array(text.utf8)) == encoded) }
    }

    @Test func quotedPrintable() {
        #expect(MailText.quotedPrintable("a=b") == "a=3Db\r\n")
        #expect(MailText.quotedPrintable("end \nnext") == "end=20\r\nnext\r\n")
        #expect(MailText.quotedPrintable("é\u{0}") == "=C3=A9=00\r\n")
        let long = MailText.quotedPrintable(String(repeating: "é", count: 100)).components(separatedBy: "\r\n")
        #expect(long.allSatisfy { $0.utf8.count <= 76 })
        #expect(long.dropLast(2).allSatisfy { $0.hasSuffix("=") })
    }

    @Test func dates() {
        let rows = [
            ("1970-01-01T00:00:00Z", "Thu, 1 Jan 1970 00:00:00 +0000"),
            ("2026-03-29T02:01:05Z", "Sun, 29 Mar 2026 02:01:05 +0000"),
            ("2028-02-29T23:59:59.999Z", "Tue, 29 Feb 2028 23:59:59 +0000"),
        ]
        for (time, date) in rows { #expect(Timestamp(time).map(MailDocument.date) == date) }
    }

    @Test func aThreadHasTheFirstMailAsRoot() {
        let first = Example.email.message(for: Example.notification(.trigger)).body
        let last = Example.email.message(for: Example.notification(.resolve)).body
        let root = "<\(Example.incident)-17@example.com>"
        #expect(first.contains("\r\nMessage-ID: \(root)\r\n") && !first.contains("In-Reply-To"))
        #expect(last.contains("\r\nIn-Reply-To: \(root)\r\nReferences: \(root)\r\n"))
        #expect(MailDocument.identifier("größe", domain: "x.example").hasPrefix("<md-"))
        #expect(MailDocument.identifier("a b", domain: "x.example").hasPrefix("<md-"))
        #expect(MailDocument.identifier("a b", domain: "x.example") != MailDocument.identifier("a c", domain: "x.example"))
    }
}
