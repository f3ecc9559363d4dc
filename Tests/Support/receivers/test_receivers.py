"""The receivers over real sockets: what they accept, every fault, and what the control port tells."""

import http.client
import json
import smtplib
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import unittest
from email.utils import formatdate
from pathlib import Path

import discord
import ntfy
import opsgenie
import pagerduty
import slack
import teams
import telegram
import web
from journal import Journal
from receiver import Receivers
from test_chat_rules import card
from test_rules import EVENT, KEY, MAIL, changed

FOLDER = tempfile.mkdtemp(prefix="receivers-test-")


def dated(mail=MAIL, identifier=b"<m1@example.com>"):
    now = formatdate().replace("-0000", "+0000").encode()
    return mail.replace(b"Sun, 29 Mar 2026 02:01:15 +0000", now).replace(b"<m1@example.com>", identifier)


class Live(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.all = Receivers(FOLDER, unlimited=True, smtp_user="m:pw")
        cls.context = ssl.create_default_context(cafile=cls.all.description["ca"])

    def setUp(self):
        self.control("POST", "/clear")

    def send(self, port, path, document, tls=False, timeout=2, **headers):
        """(status, body, headers) of a POST."""
        kind = (lambda *a, **n: http.client.HTTPSConnection(*a, context=self.context, **n)) if tls else http.client.HTTPConnection
        connection = kind("127.0.0.1", self.all.ports[port], timeout=timeout)
        try:
            connection.request("POST", path, json.dumps(document), {"Content-Type": "application/json", **headers})
            reply = connection.getresponse()
            return reply.status, reply.read().decode(), reply.headers
        finally:
            connection.close()

    def page(self, event=None, **named):
        return self.send("pagerduty_tls" if named.get("tls") else "pagerduty", "/v2/enqueue", event or EVENT, **named)

    def control(self, method, path, document=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.all.ports["control"], timeout=2)
        connection.request(method, path, None if document is None else json.dumps(document))
        reply = connection.getresponse()
        found = json.loads(reply.read())
        connection.close()
        return found if reply.status == 200 else (reply.status, found)

    def fault(self, receiver, mode, **order):
        self.assertEqual(self.control("POST", "/fault", {"receiver": receiver, "mode": mode, **order}), {"ok": True})

    def wait_for(self, found):
        """Until the fact is there, 2 seconds at most."""
        end = time.monotonic() + 2
        while time.monotonic() < end:
            if found():
                return
            time.sleep(0.005)
        self.fail("it did not happen in 2 s")

    def triggers(self):
        alerts = self.control("GET", "/pagerduty")["alerts"]
        return alerts[0]["triggers"] if alerts else 0


class HTTPTests(Live):
    def test_acceptance_and_state(self):
        self.assertEqual(self.page()[0], 202)
        self.assertEqual(self.page(tls=True)[0], 202)
        state = self.control("GET", "/pagerduty")
        self.assertEqual((state["open"], state["pages"]), (["k"], {"k": 1}))
        self.page({"routing_key": KEY, "event_action": "resolve", "dedup_key": "k"})
        self.assertEqual(self.control("GET", "/pagerduty")["open"], [])
        self.assertEqual([entry["accepted"] for entry in self.control("GET", "/log")], [True, True, True])
        self.assertEqual(self.control("GET", "/violations"), [])

    def test_a_violation_is_told(self):
        self.assertEqual(self.page(changed(EVENT, "payload.severity", "fatal"))[0], 400)
        self.assertEqual(self.send("slack", "/services/T0/B0/x", {"text": ""})[:2], (400, "no_text"))
        self.assertEqual(self.send("slack", "/services/T0/B0/x", {"text": "<!here>"})[:2], (200, "ok"))
        self.assertEqual(self.send("webhook", "/hook", {})[0], 400)
        self.assertEqual({found["rule"] for found in self.control("GET", "/violations")}, {"PD6", "SL4", "SL6", "WH3", "WH4"})

    def test_refusals_by_order(self):
        self.fault("pagerduty", "429", retry_after=0, count=1)
        status, _, headers = self.page()
        self.assertEqual((status, headers["Retry-After"]), (429, "0"))
        self.fault("pagerduty", "429", count=1)
        self.assertIsNone(self.page()[2]["Retry-After"])
        self.fault("pagerduty", "500", count=2)
        self.assertEqual([self.page()[0] for _ in range(3)], [500, 500, 202])
        self.fault("slack", "status", status=404, body="no_service")
        self.assertEqual(self.send("slack", "/services/T0/B0/x", {"text": "x"})[:2], (404, "no_service"))
        self.assertEqual(self.triggers(), 1)

    def test_answers_after_keeping(self):
        self.fault("pagerduty", "500_after_apply", count=1)
        self.assertEqual(self.page()[0], 500)
        for mode in ("close_after_apply", "reset_after_apply", "half_close_after_apply", "hang_after_apply"):
            self.fault("pagerduty", mode, count=1)
            with self.assertRaises((OSError, http.client.HTTPException)):
                status, body, _ = self.page(timeout=0.1)
                raise OSError if len(body) < 60 else AssertionError(f"{mode} answered {status} {body}")
        self.assertEqual(self.triggers(), 5)
        for mode in ("drip", "slow_headers", "delay"):
            self.fault("pagerduty", mode, count=1, delay=0.001)
            self.assertEqual(self.page()[0], 202, mode)
        self.assertEqual(self.triggers(), 8)

    def test_broken_before_keeping(self):
        for mode in ("close", "reset", "hang", "half_close"):
            self.fault("pagerduty", mode, count=1)
            with self.assertRaises((OSError, http.client.HTTPException)):
                status, body, _ = self.page(timeout=0.1)
                raise OSError if len(body) < 60 else AssertionError(f"{mode} answered {status} {body}")
        self.assertEqual(self.triggers(), 0)
        self.wait_for(lambda: len(self.control("GET", "/log")) == 4)

    def test_kept_late(self):
        self.fault("pagerduty", "late_apply", count=1, delay=0.05)
        with self.assertRaises((OSError, http.client.HTTPException)):
            self.page()
        self.page({"routing_key": KEY, "event_action": "resolve", "dedup_key": "k"})
        self.wait_for(lambda: self.control("GET", "/pagerduty")["open"] == ["k"])

    def test_what_is_kept_late_did_not_come_late(self):
        self.fault("pagerduty", "late_apply", count=1, delay=0.05)
        with self.assertRaises((OSError, http.client.HTTPException)):
            self.page()
        self.fault("pagerduty", "429", count=1, retry_after=1)
        self.assertEqual(self.page()[0], 429)
        self.wait_for(lambda: self.triggers() == 1)
        self.assertEqual(self.control("GET", "/violations"), [])

    def test_down(self):
        self.fault("slack", "down")
        with self.assertRaises(ConnectionRefusedError):
            self.send("slack", "/services/T0/B0/x", {"text": "x"})
        self.fault("slack", "none")
        self.assertEqual(self.send("slack", "/services/T0/B0/x", {"text": "x"})[0], 200)

    def test_tls_failures(self):
        self.fault("pagerduty", "tls_failure", count=1)
        with self.assertRaises(ssl.SSLError):
            self.page(tls=True)
        self.fault("pagerduty", "wrong_certificate", count=1)
        with self.assertRaises(ssl.SSLCertVerificationError):
            self.page(tls=True)
        self.assertEqual(self.page(tls=True)[0], 202)

    def test_orders_are_checked(self):
        self.assertEqual(self.control("POST", "/fault", {"receiver": "slack", "mode": "x"})[0], 400)
        self.assertEqual(self.control("POST", "/fault", {"receiver": "fax", "mode": "429"})[0], 400)
        self.assertEqual(self.control("POST", "/fault", {"receiver": "slack", "mode": "429", "counts": 1})[0], 400)
        self.assertEqual(self.control("GET", "/x")[0], 404)


CARD = card({"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": "(resent) x"}]})
CHATS = {
    "teams": ("/workflows/0/triggers/manual/paths/invoke?sig=x", CARD),
    "discord": ("/api/v10/webhooks/1/x?wait=true", {"content": "(resent) x", "allowed_mentions": {"parse": []}}),
    "telegram": ("/bot1:x/sendMessage", {"text": "(resent) x", "chat_id": "-1"}),
    "ntfy": ("/", {"topic": "t", "title": "(resent) x", "message": "x"}),
}


class ChatTests(Live):
    def test_acceptance(self):
        answers = {name: self.send(name, path, message)[:2] for name, (path, message) in CHATS.items()}
        self.assertEqual(answers["teams"], (202, ""))
        self.assertTrue(answers["discord"][0] == 200 and json.loads(answers["discord"][1])["id"])
        self.assertTrue(answers["telegram"][0] == 200 and json.loads(answers["telegram"][1])["ok"])
        self.assertTrue(answers["ntfy"][0] == 200 and json.loads(answers["ntfy"][1])["id"])
        log = self.control("GET", "/log")
        self.assertEqual([(entry["accepted"], entry["resent"], entry["text"]) for entry in log], [(True, True, "(resent) x")] * 4)
        self.assertEqual(self.control("GET", "/violations"), [])

    def test_a_violation_is_told(self):
        statuses = [self.send(name, path, {})[0] for name, (path, _) in CHATS.items()]
        self.assertEqual(statuses, [400] * 4)
        self.assertLessEqual({"TM3", "DC2", "TG2", "NT2"}, {found["rule"] for found in self.control("GET", "/violations")})

    def test_waits_stand_where_each_puts_them(self):
        waits = {}
        for name, (path, message) in CHATS.items():
            self.fault(name, "429", retry_after=1.5, count=1)
            status, body, headers = self.send(name, path, message)
            self.assertEqual(status, 429)
            found = json.loads(body) if body.startswith("{") else {}
            waits[name] = (headers["Retry-After"], found.get("retry_after"), found.get("parameters"))
        self.assertEqual(waits, {
            "teams": ("1.5", None, None), "discord": ("2", 1.5, None), "telegram": (None, None, {"retry_after": 1.5}),
            "ntfy": (None, None, None)})
        self.send("telegram", *CHATS["telegram"])
        self.assertEqual([found["rule"] for found in self.control("GET", "/violations")], ["TG5"])

    def test_a_refusal_in_a_successful_answer(self):
        sentence = "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 413"
        self.fault("teams", "status", status=200, body=sentence, count=1)
        self.assertEqual(self.send("teams", *CHATS["teams"])[:2], (200, sentence))
        self.assertEqual([entry["accepted"] for entry in self.control("GET", "/log")], [False])

    def test_opsgenie(self):
        def send(path, body):
            return self.send("opsgenie", path, body, Authorization="GenieKey k")[0]
        self.assertEqual(send("/v2/alerts", {"message": "m", "alias": "a-1", "priority": "P1"}), 202)
        self.assertEqual(send("/v2/alerts/a-1/acknowledge?identifierType=alias", {}), 202)
        self.assertEqual(self.control("GET", "/opsgenie"), {"a-1": {"state": "acknowledged", "pages": 1, "creates": 1}})
        self.assertEqual(send("/v2/alerts/a-1/close?identifierType=alias", {"note": "over"}), 202)
        self.assertEqual(self.control("GET", "/opsgenie")["a-1"]["state"], "closed")
        self.assertEqual(self.control("GET", "/violations"), [])
        self.assertEqual(send("/v2/alerts", {"message": "m", "alias": "a-1"}), 422)
        self.assertEqual(send("/v2/alerts", {"message": "m", "alias": "a-1", "priority": "P1"}), 202)
        self.assertEqual({found["rule"] for found in self.control("GET", "/violations")}, {"OG4", "OG5"})
        self.assertEqual(self.send("opsgenie", "/v2/alerts", {})[0], 401)


class RateTests(unittest.TestCase):
    def setUp(self):
        self.now = 100.0

    def test_slack(self):
        receiver = slack.Slack(Journal(), monotonic=lambda: self.now)
        post = web.Request("POST", "/services/T0/B0/x", [("Content-Type", "application/json")], b'{"text":"x"}')
        self.assertEqual([receiver.receive(post).status for _ in range(4)], [200, 200, 200, 429])
        self.now += 1.01
        self.assertEqual([receiver.receive(post).status for _ in range(2)], [200, 429])
        self.assertEqual(receiver.journal.violations, [])
        self.now += 0.5
        self.assertEqual(receiver.receive(post).status, 429)
        self.assertEqual([found["rule"] for found in receiver.journal.violations], ["SL3"])

    def test_a_burst_and_then_the_rate(self):
        for kind in (teams.Teams, discord.Discord, telegram.Telegram, ntfy.Ntfy):
            path, message = CHATS[kind.name]
            receiver = kind(Journal(), per_second=0.5, burst=2, monotonic=lambda: self.now)
            post = web.Request("POST", path, [("Content-Type", "application/json")], json.dumps(message).encode())
            self.assertEqual([receiver.receive(post).status // 100 for _ in range(3)], [2, 2, 4], kind.name)
            self.now += 4
            self.assertEqual(receiver.receive(post).status // 100, 2, kind.name)
            receiver.hold(5)
            receiver.receive(post)
            self.assertEqual([found["rule"] for found in receiver.journal.violations], [kind.rate_rule])

    def test_known_credentials(self):
        path, message = CHATS["ntfy"]
        for token, status in (("Bearer tk_a", 200), ("Bearer tk_b", 403), (None, 403)):
            headers = [("Content-Type", "application/json"), *([("Authorization", token)] if token else [])]
            post = web.Request("POST", path, headers, json.dumps(message).encode())
            self.assertEqual(ntfy.Ntfy(Journal(), token="tk_a").receive(post).status, status)
        post = web.Request("POST", "/v2/alerts", [("Content-Type", "application/json"), ("Authorization", "GenieKey b")], b"{}")
        self.assertEqual(opsgenie.Opsgenie(Journal(), keys=["a"]).receive(post).status, 401)

    def test_pagerduty(self):
        receiver = pagerduty.PagerDuty(Journal(), monotonic=lambda: self.now, keys=[KEY])
        body = json.dumps(EVENT).encode()
        post = web.Request("POST", "/v2/enqueue", [("Content-Type", "application/json")], body)
        self.assertEqual({receiver.receive(post).status for _ in range(120)}, {202})
        self.assertEqual(receiver.receive(post).status, 429)
        self.now += 60.1
        self.assertEqual(receiver.receive(post).status, 202)
        receiver.hold(5)
        receiver.receive(post)
        self.assertEqual([found["rule"] for found in receiver.journal.violations], ["PD9"])
        other = web.Request("POST", "/v2/enqueue", post.headers, body.replace(KEY.encode(), b"x" * 32))
        self.assertEqual(receiver.receive(other).status, 400)

    def test_a_wait_is_for_who_was_told_to_wait(self):
        receiver = pagerduty.PagerDuty(Journal(), monotonic=lambda: self.now)
        first, second = (web.Request("POST", "/v2/enqueue", [("Content-Type", "application/json")],
                                     json.dumps({**EVENT, "routing_key": key}).encode()) for key in (KEY, "x" * 32))
        receiver.hold(5, first)
        self.assertEqual([len(receiver.broken_wait(sent)) for sent in (first, second)], [1, 0])
        chat = slack.Slack(Journal(), per_second=1, burst=1, monotonic=lambda: self.now)
        one, two = (web.Request("POST", f"/services/T0/B0/{name}", [("Content-Type", "application/json")], b'{"text":"x"}')
                    for name in ("one", "two"))
        self.assertEqual([chat.receive(sent).status for sent in (one, two, one)], [200, 200, 429])


class SMTPTests(Live):
    def connect(self, tls=True, login=True):
        client = smtplib.SMTP("127.0.0.1", self.all.ports["smtp"], local_hostname="host.example.com", timeout=2)
        try:
            if tls:
                client.starttls(context=self.context)
            if login:
                client.login("m", "pw")
        except BaseException:
            client.close()
            raise
        return client

    def mail(self, data=None):
        with self.connect() as client:
            return client.sendmail("m@example.com", "l@example.com", data or dated())

    def rules(self):
        return {found["rule"] for found in self.control("GET", "/violations")}

    def log(self):
        return [entry for entry in self.control("GET", "/log") if entry["accepted"]]

    def test_acceptance(self):
        self.mail()
        self.mail(dated(identifier=b"<stuffed@example.com>").replace(b"text =3D", b"..\r\n.dot"))
        self.assertEqual(self.control("GET", "/violations"), [])
        self.assertEqual([entry["kind"] for entry in self.log()], ["trigger", "trigger"])
        self.assertIn("\r\n..\r\n.dot\r\n", self.log()[1]["body"])

    def test_encrypted_from_the_start(self):
        with smtplib.SMTP_SSL("127.0.0.1", self.all.ports["smtps"], "host.example.com", context=self.context, timeout=2) as client:
            client.login("m", "pw")
            client.sendmail("m@example.com", "l@example.com", dated(identifier=b"<tls@example.com>"))
        self.assertEqual(len(self.log()), 1)
        self.assertEqual(self.rules(), set())

    def test_a_repeat_is_the_same_mail(self):
        first = dated(identifier=b"<again@example.com>")
        self.mail(first)
        self.mail(b"X-Monitord-Resent: yes\r\n" + first)
        self.assertEqual((self.rules(), [entry["resent"] for entry in self.log()]), (set(), [False, True]))
        self.mail(first.replace(b"text =3D", b"other"))
        self.assertEqual(self.rules(), {"SM4"})

    def test_mail_in_clear_is_refused(self):
        with self.connect(tls=False, login=False) as client:
            with self.assertRaises(smtplib.SMTPSenderRefused) as found:
                client.sendmail("m@example.com", "l@example.com", dated())
        self.assertEqual(found.exception.smtp_code, 530)
        self.wait_for(lambda: self.rules() == {"SM1"})

    def test_two_recipients(self):
        with self.connect() as client:
            client.sendmail("m@example.com", ["l@example.com", "n@example.com"], dated(identifier=b"<two@example.com>"))
        self.wait_for(lambda: self.rules() == {"SM3"})

    def test_addresses_outside_ascii(self):
        mail = dated(identifier=b"<utf8@example.com>").replace(b"l@example.com", "jörg@example.com".encode())
        with self.connect() as client:
            client.sendmail("m@example.com", "jörg@example.com", mail, ["SMTPUTF8"])
        self.assertEqual((self.rules(), self.log()[0]["recipient"]), (set(), "jörg@example.com"))
        with self.connect() as client:
            client.sendmail("m@example.com", "l@example.com", dated(identifier=b"<vain@example.com>"), ["SMTPUTF8"])
        self.wait_for(lambda: self.rules() == {"SM3"})
        for mode, sender, options in [("none", "m@example.com", []), ("none", "größe@example.com", []),
                                      ("no_smtputf8", "größe@example.com", [])]:
            self.control("POST", "/clear")
            self.fault("smtp", mode, count=1)
            with self.connect() as client:
                self.assertEqual(client.has_extn("smtputf8"), mode == "none")
                client.command_encoding = "utf-8"
                with self.assertRaises((smtplib.SMTPSenderRefused, smtplib.SMTPRecipientsRefused)) as found:
                    client.sendmail(sender, "jörg@example.com", mail, options)
                self.assertIn("553", str(found.exception))
            self.wait_for(lambda: self.rules() == {"SM3"})
            self.assertEqual(self.log(), [])

    def raw(self, *lines):
        with socket.create_connection(("127.0.0.1", self.all.ports["smtp"]), timeout=2) as client:
            for line in lines:
                client.recv(4_096)
                client.sendall(line)
            client.recv(4_096)

    def test_pipelining_and_bare_line_feeds(self):
        self.raw(b"EHLO host.example.com\r\nQUIT\r\n")
        self.wait_for(lambda: self.rules() == {"SM1"})
        self.control("POST", "/clear")
        self.raw(b"EHLO host.example.com\n", b"QUIT\r\n")
        self.wait_for(lambda: self.rules() == {"SM2"})
        self.control("POST", "/clear")
        self.raw(b"EHLO host.example.com\r\n", b"STARTTLS\r\nRSET\r\n")
        self.wait_for(lambda: self.rules() == {"SM1"})

    def test_commands_out_of_order(self):
        hello = b"EHLO host.example.com\r\n"
        rows = [
            ("SM1", b"MAIL FROM:<a@example.com>\r\n"), ("SM1", hello, b"AUTH PLAIN AA==\r\n"), ("SM1", b"HELO host.example.com\r\n"),
            ("SM1", hello, b"RCPT TO:<a@example.com>\r\n"), ("SM1", hello, b"DATA\r\n"), ("SM1", b"EHLO localhost\r\n"),
            ("SM2", hello, b"RCPT TO:<a@example.com>\r\x00\r\n"),
        ]
        for rule, *lines in rows:
            self.control("POST", "/clear")
            self.raw(*lines)
            self.wait_for(lambda: rule in self.rules())

    def test_passwords(self):
        with self.connect(login=False) as client:
            with self.assertRaises(smtplib.SMTPAuthenticationError):
                client.login("m", "wrong")
        self.fault("smtp", "535", count=1)
        with self.assertRaises(smtplib.SMTPAuthenticationError):
            self.connect()

    def test_refusals_by_order(self):
        for mode, kind in [("450", smtplib.SMTPRecipientsRefused), ("451", smtplib.SMTPRecipientsRefused),
                           ("452", smtplib.SMTPRecipientsRefused), ("550", smtplib.SMTPRecipientsRefused),
                           ("451_after_data", smtplib.SMTPDataError), ("554_after_data", smtplib.SMTPDataError),
                           ("small_size", smtplib.SMTPException), ("421", smtplib.SMTPException)]:
            self.fault("smtp", mode, count=1)
            with self.assertRaises(kind, msg=mode):
                self.mail()
        self.assertEqual((self.log(), self.rules()), ([], set()))
        self.fault("smtp", "451", count=2)
        for _ in range(2):
            with self.assertRaises(smtplib.SMTPRecipientsRefused):
                self.mail()
        self.mail(dated(identifier=b"<third@example.com>"))
        self.assertEqual(len(self.log()), 1)

    def test_lost_answers(self):
        for mode, kept in [("close", 0), ("close_after_apply", 1)]:
            self.fault("smtp", mode, count=1)
            with self.assertRaises((smtplib.SMTPException, OSError)):
                self.mail(dated(identifier=b"<lost@example.com>"))
            self.assertEqual(len(self.log()), kept, mode)

    def test_slow_and_wordy_answers(self):
        for mode in ("multiline", "drip", "delay_250", "no_size", "no_8bitmime", "no_smtputf8"):
            self.fault("smtp", mode, count=1, delay=0.01)
            self.mail(dated(identifier=f"<{mode}@example.com>".encode()))
        self.assertEqual((len(self.log()), self.rules()), (6, set()))

    def test_encryption_withheld(self):
        self.fault("smtp", "no_starttls", count=1)
        with self.assertRaises(smtplib.SMTPNotSupportedError):
            self.connect()
        for mode in ("tls_failure", "wrong_certificate"):
            self.fault("smtp", mode, count=1)
            with self.assertRaises(ssl.SSLError):
                self.connect()

    def test_down(self):
        self.fault("smtp", "down")
        with self.assertRaises(ConnectionRefusedError):
            self.connect()


class AddedTests(unittest.TestCase):
    def test_receivers_that_are_added_misbehave_by_themselves(self):
        more = [{"name": "chat-2", "receiver": "slack", "mode": "500", "count": 1}, {"name": "mail-2", "receiver": "smtp", "mode": "down"}]
        receivers = Receivers(FOLDER, unlimited=True, more=more)

        def post(name):
            connection = http.client.HTTPConnection("127.0.0.1", receivers.ports[name], timeout=2)
            connection.request("POST", "/services/T0/B0/x", '{"text":"x"}', {"Content-Type": "application/json"})
            status = connection.getresponse().status
            connection.close()
            return status

        self.assertEqual([post(name) for name in ("slack", "chat-2", "chat-2")], [200, 500, 200])
        # Refused, and the port is nobody else's.
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", receivers.ports["mail-2"]), timeout=2)
        with self.assertRaises(OSError), socket.socket() as other:
            other.bind(("127.0.0.1", receivers.ports["mail-2"]))
        with self.assertRaises(SystemExit):
            Receivers(FOLDER, more=more)

    def test_kept_connections_and_messages_of_any_form(self):
        receivers = Receivers(FOLDER, unlimited=True, keep_alive=True, lenient=True)
        connection = http.client.HTTPConnection("127.0.0.1", receivers.ports["slack"], timeout=2)
        for _ in range(2):
            connection.request("POST", "/services/T0/B0/x", '{"attachments":[{"title":"x"}]}', {"Content-Type": "application/json"})
            reply = connection.getresponse()
            self.assertEqual((reply.status, reply.read(), reply.getheader("Connection")), (200, b"ok", "keep-alive"))
        connection.close()
        self.assertEqual({found["rule"] for found in receivers.journal.violations}, {"SL4"})


class ProgramTests(unittest.TestCase):
    def test_the_program_tells_its_ports_and_keeps_a_log(self):
        folder = Path(tempfile.mkdtemp(prefix="receivers-test-"))
        program = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("receiver.py")), "--ports-file", str(folder / "ports.json"),
             "--log", str(folder / "log"), "--cert-dir", FOLDER])
        try:
            end = time.monotonic() + 10
            while not (folder / "ports.json").exists() and time.monotonic() < end:
                time.sleep(0.01)
            ports = json.loads((folder / "ports.json").read_text())
            connection = http.client.HTTPConnection("127.0.0.1", ports["pagerduty"], timeout=2)
            connection.request("POST", "/v2/enqueue", json.dumps(EVENT), {"Content-Type": "application/json"})
            self.assertEqual(connection.getresponse().status, 202)
            connection.close()
        finally:
            program.kill()
            program.wait()
        self.assertEqual([json.loads(line)["key"] for line in (folder / "log").read_text().splitlines()], ["k"])


if __name__ == "__main__":
    unittest.main()
