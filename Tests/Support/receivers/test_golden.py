"""What our channels send breaks no rule of the receivers."""

import json
import unittest
from email.utils import parsedate_to_datetime
from pathlib import Path

import discord
import mail_rules
import ntfy
import opsgenie
import pagerduty
import slack
import teams
import telegram
import web
import webhook

GOLDEN = Path(__file__).resolve().parents[2] / "AlertingTests" / "Golden"
KEY = b"R0123456789abcdefghijABCDEFGHIJk"


class Golden(unittest.TestCase):
    def files(self, pattern):
        found = sorted(GOLDEN.glob(pattern))
        self.assertGreaterEqual(len(found), 4, pattern)
        return [(path.name, path.read_bytes()) for path in found]

    def test_pagerduty(self):
        for name, body in self.files("pagerduty-*.json"):
            body = b'{"routing_key":"' + KEY + b'",' + body[1:]
            self.assertLessEqual(len(body), pagerduty.MAX_BODY)
            self.assertEqual(pagerduty.event_rules(web.strict_json(body)), [], name)

    def test_slack(self):
        for name, body in self.files("slack-*.json"):
            self.assertEqual(slack.message_rules(web.strict_json(body)), [], name)

    def test_webhook(self):
        for name, body in self.files("webhook-*.json"):
            document = web.strict_json(body)
            sent = web.Request("POST", "/hook", [("Idempotency-Key", document["idempotency_key"])], body)
            self.assertEqual(list(webhook.document_rules(document, sent)), [], name)

    def test_teams(self):
        for name, body in self.files("teams-*.json"):
            self.assertLessEqual(len(body), teams.MAX_BODY)
            self.assertEqual(list(teams.message_rules(web.strict_json(body))), [], name)

    def test_discord(self):
        for name, body in self.files("discord-*.json"):
            self.assertEqual(discord.message_rules(web.strict_json(body)), [], name)

    def test_telegram(self):
        for name, body in self.files("telegram-*.json"):
            self.assertEqual(list(telegram.message_rules(web.strict_json(body))), [], name)

    def test_ntfy(self):
        for name, body in self.files("ntfy-*.json"):
            self.assertEqual(list(ntfy.message_rules(web.strict_json(b'{"topic":"alarms",' + body[1:]))), [], name)

    def test_opsgenie(self):
        actions = {"opsgenie-acknowledge.json": "acknowledge", "opsgenie-resolve.json": "close"}
        for name, body in self.files("opsgenie-*.json"):
            document, action = web.strict_json(body), actions.get(name, "create")
            # The alias of such a request stands in its path.
            alias = document["alias"] if action == "create" else document.pop("alias")
            self.assertTrue(opsgenie.PATH.fullmatch(f"/v2/alerts/{alias}/close?identifierType=alias"))
            self.assertEqual(opsgenie.body_rules(document, action), [], name)

    def test_mail(self):
        files = self.files("email-*.eml")
        known = {mail_rules.header_values(data)["message-id"] for _, data in files}
        for name, data in files:
            now = parsedate_to_datetime(mail_rules.header_values(data)["date"]).timestamp()
            utf8 = "outside-ascii" in name
            self.assertEqual(mail_rules.mail_rules(data, now, known, utf8=utf8), [], name)
            self.assertEqual(mail_rules.mail_rules(b"X-Monitord-Resent: yes\r\n" + data, now, known, utf8=utf8), [], name)


if __name__ == "__main__":
    unittest.main()
