"""Mail through a real mail server, read back as a mail program would read it."""

import email.utils
import http.server
import json
import re
import threading
import time

from harness import Case, Certificates, http_probe, telling, wait_until
from mailserver import Postfix

# What a broken endpoint may say, meant to become headers, a second mail, or markup.
EVIL = "no\r\nBcc: eve@example.com\r\n\r\n.\r\nQUIT\r\n<b>Größe 😀</b>\u0000"


class Endpoint:
    """A web server of one status and one JSON body, which may change."""

    def __init__(self):
        endpoint = self
        self.state = "ok"

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = json.dumps({"status": endpoint.state}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class MailTests(Case):
    def setUp(self):
        super().setUp()
        self.certificates = Certificates(self.path("certificates"))
        self.server = self.use(Postfix(self.path("postfix"), self.certificates))
        self.endpoint = self.use(Endpoint())

    def channel(self, *recipients, **more):
        return {"email": {"server": self.server.url, "tls": "required", "ca_file": self.certificates.authority,
                          "from": "monitord@example.com", "to": list(recipients) or ["oncall@example.com"], **more}}

    def probe(self, name, path="", **more):
        probe = http_probe(name, f"{self.endpoint.url}/{path}", **more)
        probe["http"]["expect"] = {"json": {"$.status": "ok"}}
        return probe

    def kinds(self):
        return [mail["X-Monitord-Kind"] for _, mail in self.server.mails()]

    def check_form(self, raw, mail):
        """What must hold for every mail."""
        self.assertEqual(mail.defects, [])
        self.assertEqual([(name, value.defects) for name, value in mail.items() if value.defects], [])
        self.assertEqual(mail.get_content_type(), "multipart/alternative")
        text, html = mail.iter_parts()
        self.assertEqual([part.get_content_type() for part in (text, html)], ["text/plain", "text/html"])
        for part in (text, html):
            self.assertEqual((part.get_content_charset(), part.defects), ("utf-8", []))
            self.assertTrue(part.get_content().strip())
        self.assertEqual(mail["Auto-Submitted"], "auto-generated")
        self.assertEqual((str(mail["From"]), str(mail["To"])), ("monitord@example.com", "oncall@example.com"))
        self.assertLess(abs(mail["Date"].datetime.timestamp() - time.time()), 120)
        self.assertRegex(str(mail["Date"]), r"[+-]\d{4}$")
        # It came to the mailbox of its recipient, encrypted, with the one envelope.
        self.assertEqual(mail["Delivered-To"], "oncall@example.com")
        self.assertEqual(email.utils.parseaddr(mail["Return-Path"])[1], "monitord@example.com")
        self.assertEqual(len(mail.get_all("Received")), 1)
        self.assertRegex(mail["Received"], r"using TLSv1\.[23].*with ESMTPS")
        for line in raw.split(b"\n"):
            self.assertLessEqual(len(line), 998)
            self.assertTrue(all(byte < 128 for byte in line), line)
        for name in ("Bcc", "Cc", "Reply-To", "Sender"):
            self.assertIsNone(mail[name], name)
        for name in ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"):
            self.assertEqual(len(mail.get_all(name)), 1, name)

    def test_the_mails_of_an_incident_are_one_thread_that_any_program_reads(self):
        daemon = self.daemon(
            probes=[self.probe("first", labels={"service": "Zahlung & <Größe>"}),
                    self.probe("second", labels={"service": "Zahlung & <Größe>"})],
            channels={"mail": self.channel(subject_prefix="[Überwachung]")},
            policies={"default": {"steps": [{"after": "0s", "notify": ["mail"]}]}},
            routes=[{"policy": "default", "group_by": ["service"], "group_wait": "0s", "group_interval": "1s"}])
        daemon.start()
        daemon.wait_state("first", "ok")
        daemon.wait_state("second", "ok")
        self.endpoint.state = EVIL
        wait_until("the page and an update arrive", 40, lambda: self.kinds()[:2] == ["trigger", "update"])
        incident, = daemon.status()["incidents"]
        self.assertEqual(daemon.ctl("ack", incident["id"]).returncode, 0)
        wait_until("the acknowledgement arrives", 30, lambda: len(self.kinds()) >= 3)
        self.endpoint.state = "ok"
        wait_until("the end arrives", 60, lambda: self.kinds()[-1] == "resolve")

        mails = self.server.mails()
        for raw, mail in mails:
            self.check_form(raw, mail)
            self.assertEqual(mail["X-Monitord-Incident"], incident["id"])
            self.assertIn("[Überwachung]", mail["Subject"])
            # Encoded words of at most 75 characters, in lines of at most 78.
            head = raw.partition(b"\n\n")[0].decode("ascii")
            subject = re.search(r"^Subject: (.*(?:\n[ \t].*)*)", head, re.M)[1]
            self.assertTrue(all(len(word) <= 75 for word in subject.split()), subject)
            self.assertTrue(all(len(line) <= 78 for line in ("Subject: " + subject).split("\n")), subject)
            # What the endpoint said stands in the text as text, and nowhere else.
            if mail["X-Monitord-Kind"] in ("trigger", "update"):
                text, html = (part.get_content() for part in mail.iter_parts())
                self.assertIn("Bcc: eve@example.com", text)
                self.assertIn("<b>Größe 😀</b>", text)
                self.assertIn("&lt;b&gt;Größe 😀&lt;/b&gt;", html)
                self.assertIn("Zahlung & <Größe>", text)
                self.assertNotIn("<b>", html)
                self.assertNotIn("\u0000", text)
        identifiers = [mail["Message-ID"] for _, mail in mails]
        self.assertEqual(len(set(identifiers)), len(identifiers))
        for identifier in identifiers:
            self.assertRegex(identifier, r"^<[^<>@\s]+@example\.com>$")
        self.assertEqual([mail["In-Reply-To"] for _, mail in mails], [None] + [identifiers[0]] * (len(mails) - 1))
        for _, mail in mails[1:]:
            self.assertEqual(mail["References"].split()[0], identifiers[0])
        log = self.server.log()
        self.assertNotRegex(log, r"warning: .*(bare|header|pipelining)|eve@example\.com|reject:")

    def test_a_mail_of_more_than_64_kb_arrives_whole(self):
        names = [f"endpoint-{number}" for number in range(70)]
        long = "x/" * 250
        daemon = self.daemon(
            probes=[self.probe(name, f"{name}/{long}", labels={"service": "shop"}) for name in names],
            channels={"mail": self.channel()},
            policies={"default": {"steps": [{"after": "0s", "notify": ["mail"]}]}},
            routes=[{"policy": "default", "group_by": ["service"], "group_wait": "3s"}])
        self.endpoint.state = "bad"
        daemon.start()
        raw, mail = wait_until("the page arrives", 40, self.server.mails)[0]
        self.check_form(raw, mail)
        self.assertGreater(len(raw), 65_536)
        text, html = (part.get_content() for part in mail.iter_parts())
        for name in names:
            self.assertIn(f"/{name}/{long}", text)
            self.assertIn(f"/{name}/{long}", html)
        self.assertIn("Incident " + mail["X-Monitord-Incident"], text)
        self.assertTrue(html.rstrip().endswith("</html>"))

    def test_word_that_comes_late_refers_to_no_mail_that_never_left(self):
        daemon = self.daemon(probes=[self.probe("health")], **telling("mail", channels={"mail": self.channel()}))
        daemon.start()
        daemon.wait_state("health", "ok")
        self.server.stop()
        self.endpoint.state = "bad"
        wait_until("the page was tried", 20, lambda: "connect" in daemon.ctl("outbox").stdout)
        self.endpoint.state = "ok"
        daemon.wait_state("health", "ok")
        self.server.start()
        raw, mail = wait_until("the late word arrives", 60, self.server.mails)[0]
        self.check_form(raw, mail)
        self.assertEqual((mail["X-Monitord-Kind"], mail["In-Reply-To"], mail["References"]), ("delayed", None, None))
        self.assertIn("Over: health failing", mail["Subject"])

    def test_one_recipient_whom_the_server_refuses_holds_back_nobody_else(self):
        daemon = self.daemon(probes=[self.probe("health")], **telling(
            "mail", channels={"mail": self.channel("oncall@example.com", "somebody@elsewhere.example")}))
        daemon.start()
        daemon.wait_state("health", "ok")
        self.endpoint.state = "bad"
        wait_until("the other one is told", 20, self.server.mails)
        self.check_form(*self.server.mails()[0])
        refused = wait_until("the refusal is on record", 20, lambda: [
            line for line in daemon.ctl("outbox", "--dead").stdout.splitlines() if "elsewhere.example" in line])
        self.assertRegex(" ".join(refused), r"55\d|refused")
        self.assertIn("Relay access denied", self.server.log())

    def fail_for(self, *recipients, **more):
        """Starts a daemon that tells a contact by a mail to each in turn until one arrives."""
        channels = {f"mail-{index}": self.channel(recipient, **more) for index, recipient in enumerate(recipients)}
        daemon = self.daemon(probes=[self.probe("health")], channels=channels, contacts={"ada": {"channels": list(channels)}},
                             **telling("ada"))
        daemon.start()
        daemon.wait_state("health", "ok")
        self.endpoint.state = "bad"
        return daemon

    def test_an_address_outside_ascii_is_told_where_the_server_offers_smtputf8(self):
        # It is meant for servers that take no such mail: Postfix's own header Received names the recipient.
        self.server.configure("strict_7bit_headers = no")
        self.fail_for("größe@example.com", **{"from": "jörg@example.com"})
        raw, mail = wait_until("the page arrives", 20, self.server.mails)[0]
        for line in ("From: jörg@example.com", "To: größe@example.com", "Delivered-To: größe@example.com",
                     "Return-Path: <jörg@example.com>"):
            self.assertIn(line.encode(), raw.split(b"\n"))
        self.assertRegex(mail["Received"], r"with UTF8SMTPS")
        self.assertTrue(raw.partition(b"\n\n")[2].isascii())
        self.assertIn("health failing", mail["Subject"])

    def test_an_address_outside_ascii_is_a_dead_letter_where_it_does_not_and_the_next_channel_tells(self):
        self.server.configure("smtputf8_enable = no")
        daemon = self.fail_for("größe@example.com", "oncall@example.com")
        self.check_form(*wait_until("the next channel tells", 20, self.server.mails)[0])
        dead = daemon.ctl("outbox", "--dead").stdout
        self.assertIn(f"refused: 127.0.0.1:{self.server.port} does not offer SMTPUTF8, which größe@example.com needs", dead)
        self.assertNotIn("größe", self.server.log())
        self.assertEqual({mail["Delivered-To"] for _, mail in self.server.mails()}, {"oncall@example.com"})

    def test_a_server_whose_certificate_is_not_trusted_gets_no_mail(self):
        stranger = Certificates(self.path("stranger"))
        daemon = self.daemon(probes=[self.probe("health")], **telling(
            "mail", channels={"mail": {"email": {**self.channel()["email"], "ca_file": stranger.authority}}}))
        daemon.start()
        daemon.wait_state("health", "ok")
        self.endpoint.state = "bad"
        wait_until("it was tried", 20, lambda: "certificate" in daemon.ctl("outbox").stdout.lower())
        self.assertEqual(self.server.mails(), [])
        self.assertNotIn("from=<monitord@example.com>", self.server.log())
