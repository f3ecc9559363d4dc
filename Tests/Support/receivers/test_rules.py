"""Each rule has a sample that it accepts and one that it rejects."""

import copy
import hashlib
import hmac
import json
import unittest

import mail_rules
import pagerduty
import slack
import smtp
import web
import webhook

KEY = "R" + "0" * 31
EVENT = {"routing_key": KEY, "event_action": "trigger", "dedup_key": "k",
         "payload": {"summary": "s", "source": "h", "severity": "critical", "timestamp": "2026-03-29T02:01:05Z",
                     "custom_details": {"a": ["b"]}}, "client": "monitord"}


def changed(document, path, value):
    """A copy with the value at `a.b` replaced; `...` removes it."""
    copied = copy.deepcopy(document)
    place = copied
    *way, last = path.split(".")
    for name in way:
        place = place[name]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return copied


def request(body=b"{}", method="POST", path="/v2/enqueue", content_type="application/json", **headers):
    names = [("Content-Type", content_type), *((name.replace("_", "-"), value) for name, value in headers.items())]
    return web.Request(method, path, names, body)


class PagerDutyRules(unittest.TestCase):
    def test_requests(self):
        self.assertEqual(list(pagerduty.request_rules(request())), [])
        for status, wrong in [(404, request(path="/v2/x")), (405, request(method="GET")), (400, request(content_type="text/plain")),
                              (400, request(b"x" * 512_001))]:
            self.assertEqual([found[0] for found in pagerduty.request_rules(wrong)], [status])
        self.assertEqual(list(pagerduty.request_rules(request(b"x" * 512_000))), [])

    def test_events(self):
        good = [
            EVENT, changed(EVENT, "payload.summary", "😀" * 1024), changed(EVENT, "dedup_key", "k" * 255),
            {"routing_key": KEY, "event_action": "resolve", "dedup_key": "k"},
            {"routing_key": KEY, "event_action": "acknowledge", "dedup_key": "k"},
            {**EVENT, "images": [{"src": "https://x"}], "links": [{"href": "https://x", "text": "t"}]},
            changed(EVENT, "payload.timestamp", "2015-07-17T08:42:58.315+0000"),
        ]
        for event in good:
            self.assertEqual(pagerduty.event_rules(event), [])
        bad = [
            ("PD1", ["not", "an", "object"]),
            ("PD3", changed(EVENT, "routing_key", ...)), ("PD3", changed(EVENT, "routing_key", "short")),
            ("PD4", changed(EVENT, "event_action", "open")),
            ("PD5", changed(EVENT, "dedup_key", ...)), ("PD5", changed(EVENT, "dedup_key", "k" * 256)),
            ("PD6", changed(EVENT, "payload", ...)), ("PD6", changed(EVENT, "payload.summary", "")),
            ("PD6", changed(EVENT, "payload.summary", "x" * 1025)), ("PD6", changed(EVENT, "payload.source", "")),
            ("PD6", changed(EVENT, "payload.severity", "fatal")),
            ("PD7", changed(EVENT, "payload.timestamp", "yesterday")), ("PD7", changed(EVENT, "extra", 1)),
            ("PD7", changed(EVENT, "payload.extra", "x")), ("PD7", changed(EVENT, "payload.group", 5)),
            ("PD7", changed(EVENT, "payload.custom_details", {"a": None})), ("PD7", {**EVENT, "links": [{"text": "t"}]}),
            ("PD7", {**EVENT, "images": [{"src": "http://x"}]}),
        ]
        for rule, event in bad:
            self.assertIn(rule, [name for name, _ in pagerduty.event_rules(event)], event)

    def test_json(self):
        self.assertEqual(web.strict_json(b'{"a": 1}'), {"a": 1})
        for wrong in [b'{"a": 1, "a": 2}', b"{NaN}", b'{"a": NaN}', b"\xff", b"{", b""]:
            with self.assertRaises(ValueError):
                web.strict_json(wrong)

    def test_state(self):
        def run(*steps):
            alert = pagerduty.Alert()
            broken = []
            for step in steps:
                action, _, severity = step.partition(" ")
                broken += alert.apply({"event_action": action, "payload": {"severity": severity or "warning"}})
            return alert.state, alert.pages, len(broken)
        self.assertEqual(run("trigger"), ("open", 1, 0))
        self.assertEqual(run("trigger", "trigger"), ("open", 1, 0))
        self.assertEqual(run("resolve", "acknowledge"), ("none", 0, 0))
        self.assertEqual(run("trigger", "acknowledge", "resolve", "resolve"), ("resolved", 1, 0))
        self.assertEqual(run("trigger", "resolve", "trigger"), ("open", 2, 1))
        self.assertEqual(run("trigger", "resolve", "acknowledge"), ("resolved", 1, 1))
        self.assertEqual(run("trigger", "acknowledge", "trigger"), ("acknowledged", 1, 1))
        self.assertEqual(run("trigger", "acknowledge", "trigger critical"), ("acknowledged", 1, 0))


def section(text):
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


class SlackRules(unittest.TestCase):
    def test_requests(self):
        self.assertEqual(list(slack.request_rules(request(path="/services/T0/B0/x"))), [])
        for wrong in [request(path="/services/T0"), request(path="/services/T0/B0/x", method="GET"),
                      request(path="/services/T0/B0/x", content_type="text/plain")]:
            self.assertEqual([found[2] for found in slack.request_rules(wrong)], ["SL1"])

    def test_messages(self):
        good = [
            {"text": "x"}, {"text": "x" * 4_000}, {"text": "a &amp; b &lt;c&gt; <https://x.example|link>"},
            {"text": "x", "blocks": [section("x" * 3_000)]},
            {"text": "x", "blocks": [{"type": "header", "text": {"type": "plain_text", "text": "h" * 150}}]},
            {"text": "x", "blocks": [{"type": "section", "fields": [{"type": "mrkdwn", "text": "f"}] * 10}]},
            {"text": "x", "blocks": [{"type": "context", "elements": [{"type": "mrkdwn", "text": "c"}]}, {"type": "divider"}]},
            {"text": "x", "blocks": [{"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "b"}}]}]},
            {"text": "x", "attachments": [{"blocks": [section("x")]}]},
        ]
        for message in good:
            self.assertEqual(slack.message_rules(message), [], message)
        mrkdwn = {"type": "mrkdwn", "text": "f"}
        bad = [
            ("SL1", []), ("SL4", {"blocks": []}), ("SL4", {"text": ""}), ("SL4", {"text": "x" * 4_001}),
            ("SL5", {"text": "x", "blocks": [section("x" * 3_001)]}), ("SL5", {"text": "x", "blocks": [section("")]}),
            ("SL5", {"text": "x", "blocks": [{"type": "section"}]}), ("SL5", {"text": "x", "blocks": [{"type": "marquee"}]}),
            ("SL5", {"text": "x", "blocks": "x"}), ("SL5", {"text": "x", "blocks": [{"type": "divider"}] * 51}),
            ("SL5", {"text": "x", "blocks": [{"type": "header", "text": {"type": "plain_text", "text": "h" * 151}}]}),
            ("SL5", {"text": "x", "blocks": [{"type": "header", "text": mrkdwn}]}),
            ("SL5", {"text": "x", "blocks": [{"type": "section", "fields": [mrkdwn] * 11}]}),
            ("SL5", {"text": "x", "blocks": [{"type": "section", "fields": [{"type": "mrkdwn", "text": "f" * 2_001}]}]}),
            ("SL5", {"text": "x", "blocks": [{"type": "context", "elements": [mrkdwn] * 11}]}),
            ("SL5", {"text": "x", "blocks": [{"type": "actions", "elements": [
                {"type": "button", "text": {"type": "plain_text", "text": "b" * 76}}]}]}),
            ("SL5", {"text": "x", "blocks": [{**section("x"), "block_id": "i" * 256}]}),
            ("SL5", {"text": "x", "attachments": [{}] * 101}),
            ("SL5", {"text": "x", "blocks": [section("x" * 3_000)] * 4}),
            ("SL6", {"text": "<!channel>"}), ("SL6", {"text": "<@U012AB3CD>"}), ("SL6", {"text": "a & b"}),
            ("SL6", {"text": "x", "blocks": [section("a > b")]}),
        ]
        for rule, message in bad:
            self.assertIn(rule, [name for _, name, _ in slack.message_rules(message)], message)

    def test_characters_are_utf16(self):
        self.assertEqual(slack.size("a😀"), 3)


def hook_document():
    return {"version": 1, "kind": "trigger", "idempotency_key": "i", "dedup_key": "d", "root_key": "i", "is_first": True,
            "is_unrecorded": False, "node": "n", "incident": "x", "level": "critical", "title": "t", "text": "t", "at": "a",
            "opened_at": "a", "resolved_at": None, "acked_by": None, "labels": {}, "omitted_members": 0,
            "facts": [{"name": "a", "text": "b"}], "links": [{"text": "a", "address": "https://x.example/"}], "is_drill": False,
            "members": [dict.fromkeys(webhook.MEMBER, "x")]}


class WebhookRules(unittest.TestCase):
    def test_requests(self):
        self.assertEqual(list(webhook.request_rules(request(path="/hook"))), [])
        for wrong in [request(path="/"), request(path="/hook", method="PUT"), request(path="/hook", content_type="x/y"),
                      request(b"x" * 512_001, path="/hook")]:
            self.assertEqual([found[1] for found in webhook.request_rules(wrong)], ["WH1"])

    def test_documents(self):
        sent = request(Idempotency_Key="i")
        self.assertEqual(list(webhook.document_rules(hook_document(), sent)), [])
        for wrong in [changed(hook_document(), "version", "1"), changed(hook_document(), "title", ...),
                      changed(hook_document(), "resolved_at", ...), changed(hook_document(), "more", 1),
                      changed(hook_document(), "kind", "alarm"), changed(hook_document(), "members", [{}]), [],
                      changed(hook_document(), "facts", [{"name": "a"}]),
                      changed(hook_document(), "links", [{"text": "a", "address": "javascript:alert(1)"}])]:
            self.assertIn("WH3", [name for name, _ in webhook.document_rules(wrong, sent)], wrong)
        for key in (request(), request(Idempotency_Key="other")):
            self.assertEqual([name for name, _ in webhook.document_rules(hook_document(), key)], ["WH4"])

    def test_signatures(self):
        def signed(at, body=b"{}", key=b"key"):
            code = hmac.new(key, b"%d." % at + body, hashlib.sha256).hexdigest()
            return request(X_Monitord_Signature=f"t={at},v1={code}")
        self.assertEqual(list(webhook.signature_rule(signed(1_000), b"key", 1_010)), [])
        for wrong in [request(), signed(1_000, b"[]"), signed(1_000, key=b"x"), signed(500)]:
            self.assertEqual([name for name, _ in webhook.signature_rule(wrong, b"key", 1_010)], ["WH2"])


MAIL = b"""From: m@example.com\r
To: l@example.com\r
Subject: =?UTF-8?B?R3LDtsOfZQ==?=\r
Date: Sun, 29 Mar 2026 02:01:15 +0000\r
Message-ID: <m1@example.com>\r
Auto-Submitted: auto-generated\r
X-Monitord-Incident: 01K\r
X-Monitord-Kind: trigger\r
MIME-Version: 1.0\r
Content-Type: multipart/alternative;\r
 boundary="=_b"\r
\r
--=_b\r
Content-Type: text/plain; charset=utf-8\r
Content-Transfer-Encoding: quoted-printable\r
\r
text =3D\r
--=_b\r
Content-Type: text/html; charset=utf-8\r
Content-Transfer-Encoding: quoted-printable\r
\r
<p>text</p>\r
--=_b--\r
"""
NOW = 1774749675.0
REPLY = b"In-Reply-To: <m0@example.com>\r\nReferences: <m0@example.com>\r\nMIME"


class MailRules(unittest.TestCase):
    def rules(self, data, known=("<m0@example.com>",), now=NOW):
        return [name for name, _ in mail_rules.mail_rules(data, now, set(known))]

    def test_good(self):
        self.assertEqual(mail_rules.mail_rules(MAIL, NOW, set()), [])
        self.assertEqual(self.rules(MAIL.replace(b"MIME", REPLY, 1)), [])
        self.assertEqual(self.rules(b"X-Monitord-Resent: yes\r\n" + MAIL), [])
        self.assertEqual(mail_rules.without_mark(b"X-Monitord-Resent: yes\r\n" + MAIL), MAIL)

    def test_bad(self):
        rows = [
            ("SM2", MAIL.replace(b"text =3D\r\n", b"text\n")), ("SM2", MAIL.replace(b"text =3D", b"a\0b")),
            ("SM2", MAIL.replace(b"text =3D", b"x" * 999)), ("SM2", MAIL.replace(b"text =3D", "é".encode())),
            ("SM2", MAIL.removesuffix(b"\r\n")),
            ("SM4", b"Bcc: eve@example.com\r\n" + MAIL), ("SM4", b"To: eve@example.com\r\n" + MAIL),
            ("SM4", MAIL.replace(b"Subject: =?UTF-8?B?R3LDtsOfZQ==?=\r\n", b"")), ("SM4", b"no header\r\n" + MAIL),
            ("SM4", MAIL.replace(b"+0000", b"GMT")), ("SM4", MAIL.replace(b"02:01:15", b"02:11:15")),
            ("SM4", MAIL.replace(b"<m1@example.com>", b"m1")), ("SM4", MAIL.replace(b"R3LDtsOfZQ==", b"R3LDtsOfZQ==" * 7)),
            ("SM4", MAIL.replace(b"=?UTF-8?B?R3LDtsOfZQ==?=", b"word " * 20 + b"end")),
            ("SM4", MAIL.replace(b"=?UTF-8?B?R3LDtsOfZQ==?=", "Größe".encode())),
            ("SM5", MAIL.replace(b"auto-generated", b"no")), ("SM5", MAIL.replace(b"X-Monitord-Incident: 01K\r\n", b"")),
            ("SM5", MAIL.replace(b"Kind: trigger", b"Kind: alarm")),
            ("SM6", MAIL.replace(b"MIME", REPLY.replace(b"m0", b"m9"), 1)),
            ("SM6", MAIL.replace(b"MIME", b"In-Reply-To: <m0@example.com>\r\nMIME", 1)),
            ("SM6", MAIL.replace(b"MIME", REPLY.replace(b"References: <m0", b"References: <m1"), 1)),
            ("SM7", MAIL.replace(b"multipart/alternative", b"multipart/mixed")), ("SM7", MAIL.replace(b"--=_b--\r\n", b"")),
            ("SM7", MAIL.replace(b"text/html", b"text/plain")), ("SM7", MAIL.replace(b"charset=utf-8", b"charset=latin1", 1)),
            ("SM7", MAIL.replace(b"<p>text</p>", b"")), ("SM7", MAIL.replace(b"text =3D", b"=FF")),
        ]
        for rule, data in rows:
            self.assertNotEqual(data, MAIL)
            self.assertIn(rule, self.rules(data), data)

    def test_addresses_outside_ascii(self):
        mail = MAIL.replace(b"l@example.com", "jörg@example.com".encode())
        self.assertNotEqual(mail, MAIL)
        self.assertEqual(mail_rules.mail_rules(mail, NOW, set(), utf8=True), [])
        self.assertEqual(self.rules(mail), ["SM2", "SM4"])
        for rule, bad in [("SM4", mail.replace("ö".encode(), b"\xf6")), ("SM4", mail.replace("ö".encode(), b"\xc2\x9b")),
                          ("SM4", mail.replace(b"=?UTF-8?B?R3LDtsOfZQ==?=", "Größe".encode())),
                          ("SM2", mail.replace(b"text =3D", "é".encode()))]:
            self.assertEqual([name for name, _ in mail_rules.mail_rules(bad, NOW, set(), utf8=True)], [rule], bad)

    def test_age(self):
        self.assertEqual(self.rules(MAIL, now=NOW + 299), [])
        self.assertEqual(self.rules(MAIL, now=NOW + 301), ["SM4"])
        self.assertEqual([*mail_rules.mail_rules(MAIL, NOW + 3_600, set(), max_age=4_000)], [])


class SMTPRules(unittest.TestCase):
    def test_greeting(self):
        for good in ["host.example.com", "[127.0.0.1]", "[IPv6:::1]"]:
            self.assertEqual(list(smtp.greeting_rule(good)), [])
        for bad in ["localhost", "", "a b.example", "-.example", "127.0.0.1]"]:
            self.assertEqual([name for name, _ in smtp.greeting_rule(bad)], ["SM1"])

    def test_mail_from(self):
        offered = ["SIZE", "BODY", "SMTPUTF8"]
        for good, declared in [("FROM:<a@example.com> SIZE=10 BODY=8BITMIME", (10, True, False)),
                               ("FROM:<größe@example.com> SIZE=10 SMTPUTF8", (10, False, True))]:
            self.assertEqual(smtp.mail_from_rules(good, offered, 99), ([], *declared))
        for rule, bad, names in [
                ("SM5", "FROM:<>", offered), ("SM5", "FROM: a@example.com", offered),
                ("SM3", "FROM:<a@example.com> SIZE=10", []), ("SM3", "FROM:<a@example.com> RET=HDRS", [*offered, "RET"]),
                ("SM3", "FROM:<größe@example.com> SIZE=10", offered), ("SM3", "FROM:<a@example.com> SMTPUTF8", []),
                ("SM3", "FROM:<a@example.com> SMTPUTF8=1", offered), ("SM5", "FROM:<a\udcf6@example.com>", offered)]:
            self.assertEqual([name for name, _ in smtp.mail_from_rules(bad, names, 99)[0]], [rule])

    def test_recipients(self):
        for good in [("<l@example.com>", False), ("<jörg@example.com>", True)]:
            self.assertEqual(list(smtp.address_rule(*good)), [])
        self.assertEqual([name for name, _ in smtp.address_rule("<jörg@example.com>", False)], ["SM3"])

    def test_size(self):
        self.assertEqual(list(smtp.size_rule(None, 5)) + list(smtp.size_rule(1_000, 1_020)), [])
        self.assertEqual([name for name, _ in smtp.size_rule(1_000, 1_100)], ["SM3"])


if __name__ == "__main__":
    unittest.main()
