"""Each rule of Teams, Discord, Telegram, ntfy and Opsgenie has a sample that it accepts and one that it rejects."""

import unittest

import discord
import ntfy
import opsgenie
import teams
import telegram
from test_rules import changed, request


def names(found):
    return [violation[0] for violation in found]


class Requests(unittest.TestCase):
    def rows(self, rules, rule, path):
        self.assertEqual(list(rules(request(path=path))), [])
        for status, wrong in [(404, request(path="/x" + path)), (405, request(path=path, method="PUT")),
                              (400, request(path=path, content_type="text/plain"))]:
            self.assertEqual([found[:2] for found in rules(wrong)], [(status, rule)])

    def test_posts(self):
        workflow = "/workflows/0a/triggers/manual/paths/invoke?sp=1&sig=x_-1"
        self.rows(teams.request_rules, "TM1", workflow)
        self.assertEqual(list(teams.request_rules(request(b"x" * 20_000, path=workflow))), [])
        self.assertEqual([found[1] for found in teams.request_rules(request(b"x" * 20_001, path=workflow))], ["TM2"])
        for module, rule, path in [(discord, "DC1", "/api/v10/webhooks/1/t_-k?thread_id=1&wait=true"), (ntfy, "NT1", "/"),
                                   (telegram, "TG1", "/bot1:a_-b/sendMessage")]:
            self.rows(lambda sent, m=module, r=rule: module.post_rules(sent, m.PATH, r), rule, path)
        for path in ("/api/webhooks/1/t?wait=true", "/api/v10/webhooks/1/t"):
            self.assertEqual([found[1] for found in discord.post_rules(request(path=path), discord.PATH, "DC1")], ["DC1"])

    def test_opsgenie(self):
        def rules(sent, known=()):
            return [found[1] for found in opsgenie.request_rules(sent, known)]
        for path in ("/v2/alerts", "/v2/alerts/md-1/close?identifierType=alias", "/v2/alerts/md-1/acknowledge?identifierType=alias"):
            self.assertEqual(rules(request(path=path, Authorization="GenieKey k"), {"k"}), [])
        for path in ("/v2/alert", "/v2/alerts/a%2Fb/close?identifierType=alias", "/v2/alerts/a/close", "/v2/alerts/a/delete"):
            self.assertEqual(rules(request(path=path, Authorization="GenieKey k")), ["OG1"])
        for headers in ({}, {"Authorization": "Bearer k"}, {"Authorization": "GenieKey other"}):
            self.assertEqual(rules(request(path="/v2/alerts", **headers), {"k"}), ["OG2"])


def card(*blocks, **more):
    content = {"type": "AdaptiveCard", "version": "1.2", "body": list(blocks), **more}
    return {"type": "message", "attachments": [{"contentType": teams.CARD, "content": content}]}


class TeamsRules(unittest.TestCase):
    def test_messages(self):
        run = {"type": "TextRun", "text": "x", "color": "Good", "weight": "Bolder"}
        block = {"type": "RichTextBlock", "spacing": "Small", "inlines": [run]}
        action = {"type": "Action.OpenUrl", "title": "Runbook", "url": "https://x.example/"}

        def acting(actions):
            return card(block, actions=actions)
        for message in [card(block, block), acting([action] * 6)]:
            self.assertEqual(list(teams.message_rules(message)), [], message)
        bad = [
            ("TM3", []), ("TM3", {}), ("TM3", changed(card(block), "type", "MessageCard")), ("TM3", card()),
            ("TM3", changed(card(block), "attachments", [])), ("TM3", card(block, version="2.0")), ("TM3", card(block, type="Card")),
            ("TM3", {"type": "message", "attachments": [{"contentType": "text/plain", "content": {}}]}),
            ("TM4", card(changed(block, "inlines", []))), ("TM4", card(changed(block, "inlines", [{**run, "text": ""}]))),
            ("TM4", card(changed(block, "inlines", [{**run, "color": "red"}]))), ("TM4", card({**block, "size": "x"})),
            ("TM4", card(changed(block, "inlines", [{**run, "isSubtle": "no"}]))),
            ("TM4", acting([])), ("TM4", acting([action] * 7)), ("TM4", acting([{**action, "url": "javascript:1"}])),
            ("TM4", acting([{**action, "type": "Action.Submit"}])), ("TM4", acting([{**action, "style": "x"}])),
            ("TM5", card({"type": "TextBlock", "text": "**x**"})),
        ]
        for rule, message in bad:
            self.assertIn(rule, names(teams.message_rules(message)), message)


class DiscordRules(unittest.TestCase):
    def test_messages(self):
        none = {"parse": []}
        good = {"content": "x", "embeds": [{"description": "x", "color": 1, "timestamp": "t"}], "allowed_mentions": none}
        for message in [good, changed(good, "content", "x" * 2_000), {"content": "x", "allowed_mentions": none},
                        changed(good, "content", r"\*a\* \<@1> https://x.example/a_b_"),
                        changed(good, "embeds", [{"description": "x" * 4_096}]),
                        changed(good, "embeds", [{"fields": [{"name": "n" * 256, "value": "v" * 1_024}]}]),
                        changed(good, "embeds", [{"fields": [{"name": "n", "value": r"[a\]b](https://x.example/%28a%29)"}]}])]:
            self.assertEqual(discord.message_rules(message), [], message)
        field = {"name": "n", "value": "v"}
        bad = [
            ("DC2", []), ("DC2", changed(good, "content", "")), ("DC2", changed(good, "content", "😀" * 1_001)),
            ("DC2", {**good, "tts": True}),
            ("DC3", changed(good, "embeds", "x")), ("DC3", changed(good, "embeds", [{}] * 11)),
            ("DC3", changed(good, "embeds", [{"description": "x" * 4_097}])), ("DC3", changed(good, "embeds", [{"color": "red"}])),
            ("DC3", changed(good, "embeds", [{"url": "x"}])), ("DC3", changed(good, "embeds", [{"description": "x" * 3_001}] * 2)),
            ("DC3", changed(good, "embeds", [{"fields": [field] * 26}])),
            ("DC3", changed(good, "embeds", [{"fields": [{**field, "value": "v" * 1_025}]}])),
            ("DC3", changed(good, "embeds", [{"fields": [{**field, "name": ""}]}])),
            ("DC4", changed(good, "allowed_mentions", ...)), ("DC4", changed(good, "allowed_mentions", {"parse": ["everyone"]})),
            ("DC5", changed(good, "content", "<@1>")), ("DC5", changed(good, "content", "[ok](https://evil.example)")),
            ("DC5", changed(good, "embeds", [{"description": "[ok](https://evil.example)"}])),
            ("DC5", changed(good, "embeds", [{"fields": [{**field, "value": "[a](https://x.example) *x*"}]}])),
            ("DC5", changed(good, "embeds", [{"description": "**x**"}])), ("DC5", changed(good, "content", "https://x.example/`")),
        ]
        for rule, message in bad:
            self.assertIn(rule, names(discord.message_rules(message)), message)


class TelegramRules(unittest.TestCase):
    def test_messages(self):
        good = {"text": "x", "chat_id": "-100123"}
        for message in [good, {**good, "chat_id": "@alarms"}, {**good, "text": "😀" * 2_048}, {**good, "disable_notification": True},
                        {**good, "text": "eve@example.com @\u2060eve 9@x"}]:
            self.assertEqual(list(telegram.message_rules(message)), [], message)
        bad = [
            ("TG2", []), ("TG2", {"text": "x"}), ("TG2", {**good, "chat_id": "alarms"}), ("TG2", {**good, "parse_mode": "HTML"}),
            ("TG3", {**good, "text": " "}), ("TG3", {**good, "text": "x" * 4_097}), ("TG3", {**good, "text": "😀" * 2_049}),
            ("TG4", {**good, "text": "@eve"}), ("TG4", {**good, "text": "a (@eve)"}), ("TG4", {**good, "text": "_@eve"}),
        ]
        for rule, message in bad:
            self.assertIn(rule, names(telegram.message_rules(message)), message)


class NtfyRules(unittest.TestCase):
    def test_messages(self):
        view = {"action": "view", "label": "Runbook", "url": "https://x.example/"}
        good = {"topic": "alarms", "title": "t", "message": "m", "priority": 5, "tags": ["red_circle"]}
        for message in [good, {**good, "message": "é" * 2_048}, {**good, "title": "t" * 1_024}, changed(good, "priority", ...),
                        {**good, "click": "https://x.example/", "actions": [view] * 3}]:
            self.assertEqual(list(ntfy.message_rules(message)), [], message)
        bad = [
            ("NT2", []), ("NT2", changed(good, "topic", ...)), ("NT2", {**good, "topic": "a/b"}), ("NT2", {**good, "delay": "1h"}),
            ("NT2", {**good, "priority": True}), ("NT3", {**good, "message": "é" * 2_049}), ("NT3", {**good, "message": ""}),
            ("NT3", {**good, "title": "t" * 1_025}), ("NT4", {**good, "priority": 6}), ("NT4", {**good, "tags": ["a b"]}),
            ("NT7", {**good, "click": "javascript:1"}), ("NT7", {**good, "actions": [view] * 4}),
            ("NT7", {**good, "actions": [{**view, "url": "x"}]}), ("NT7", {**good, "actions": [{**view, "action": "http"}]}),
        ]
        for rule, message in bad:
            self.assertIn(rule, names(ntfy.message_rules(message)), message)


class OpsgenieRules(unittest.TestCase):
    def test_bodies(self):
        good = {"message": "m", "alias": "a", "priority": "P1", "description": "d", "details": {"k": "v"}}
        for body in [good, {**good, "message": "m" * 130, "alias": "a" * 512, "description": "d" * 15_000}]:
            self.assertEqual(opsgenie.body_rules(body, "create"), [], body)
        self.assertEqual(opsgenie.body_rules({"source": "s", "note": "n"}, "close"), [])
        bad = [
            ("OG3", []), ("OG3", {**good, "message": "m" * 131}), ("OG3", {**good, "alias": "a" * 513}), ("OG3", {**good, "tag": "x"}),
            ("OG3", {**good, "description": "d" * 15_001}), ("OG3", {**good, "message": ""}), ("OG3", {**good, "entity": 5}),
            ("OG4", changed(good, "message", ...)), ("OG4", changed(good, "alias", ...)), ("OG4", {**good, "priority": "P0"}),
            ("OG4", {**good, "details": {"k": 1}}), ("OG4", {**good, "details": {"k": "v" * 8_000}}),
        ]
        for rule, body in bad:
            self.assertIn(rule, names(opsgenie.body_rules(body, "create")), body)
        self.assertEqual(names(opsgenie.body_rules(good, "close")), ["OG3"] * 5)

    def test_state(self):
        def run(*steps):
            alert = opsgenie.Alert()
            broken = [violation for step in steps for violation in alert.apply(step)]
            return alert.state, alert.pages, len(broken)
        self.assertEqual(run("create", "create"), ("open", 1, 0))
        self.assertEqual(run("create", "acknowledge", "close", "close"), ("closed", 1, 0))
        self.assertEqual(run("close", "acknowledge"), ("none", 0, 0))
        self.assertEqual(run("create", "close", "create"), ("open", 2, 1))
        self.assertEqual(run("create", "close", "acknowledge"), ("closed", 1, 1))


if __name__ == "__main__":
    unittest.main()
