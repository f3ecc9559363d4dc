"""Each rule of change events, Slack's Web API, Alertmanager's API and PagerDuty's webhooks has a sample that it accepts and one that it
rejects."""

import json
import unittest

import alertmanager
import pagerduty
import pagerduty_webhook
import slack
import slack_api
from journal import Journal
from test_receivers import Live
from test_rules import KEY, changed, request, section

CHANGE = {"routing_key": "0" * 32, "payload": {"summary": "s", "source": "h", "timestamp": "2026-03-29T02:01:05Z",
                                               "custom_details": {"a": "b"}}, "links": [{"href": "https://x", "text": "t"}]}


def names(found):
    return [violation[0] for violation in found]


class ChangeRules(unittest.TestCase):
    def test_paths(self):
        self.assertEqual(list(pagerduty.request_rules(request(path="/v2/change/enqueue"))), [])
        self.assertEqual([found[1] for found in pagerduty.request_rules(request(path="/v2/change"))], ["PD1"])

    def test_events(self):
        for event in [CHANGE, changed(CHANGE, "links", ...), changed(CHANGE, "payload", {"summary": "x" * 1024})]:
            self.assertEqual(pagerduty.change_rules(event), [])
        bad = [
            ("PD1", []), ("PD3", changed(CHANGE, "routing_key", "short")), ("PD11", changed(CHANGE, "routing_key", KEY)),
            ("PD11", changed(CHANGE, "payload", ...)), ("PD11", changed(CHANGE, "payload.summary", "")),
            ("PD11", changed(CHANGE, "payload.summary", "x" * 1025)), ("PD7", changed(CHANGE, "payload.severity", "info")),
            ("PD7", changed(CHANGE, "payload.timestamp", "now")), ("PD7", changed(CHANGE, "payload.source", None)),
            ("PD7", {**CHANGE, "images": []}), ("PD7", {**CHANGE, "dedup_key": "k"}), ("PD7", {**CHANGE, "links": [{"text": "t"}]}),
        ]
        for rule, event in bad:
            self.assertIn(rule, names(pagerduty.change_rules(event)), event)


class AttachmentRules(unittest.TestCase):
    def test_images_and_links_of_events(self):
        for more in [{"images": [{"src": "https://x", "href": "https://y", "alt": "a"}]}, {"links": [{"href": "https://x"}]}]:
            self.assertEqual(list(pagerduty.attachment_rules(more)), [])
        for more in [{"images": [{"href": "https://y"}]}, {"images": [{"src": "https://x", "size": 1}]}, {"images": ["x"]},
                     {"links": [{"href": ""}]}, {"links": [{"href": "https://x", "title": "t"}]}, {"links": [None]}]:
            self.assertEqual(names(pagerduty.attachment_rules(more)), ["PD7"], more)


class WebAPIRules(unittest.TestCase):
    def call(self, path="/api/chat.postMessage", method="POST", content_type="application/json; charset=utf-8",
             Authorization="Bearer xoxb-1"):
        return request(method=method, path=path, content_type=content_type, Authorization=Authorization)

    def test_requests(self):
        for good in [self.call(), self.call(path="/api/chat.update"), self.call(content_type="application/json;charset=UTF-8")]:
            self.assertEqual(list(slack_api.request_rules(good)), [])
        for word, wrong in [("unknown_method", self.call(path="/api/chat.delete")), ("invalid_post_type", self.call(method="GET")),
                            ("invalid_post_type", self.call(content_type="application/json")),
                            ("invalid_post_type", self.call(content_type="text/plain; charset=utf-8")),
                            ("not_authed", self.call(Authorization="xoxb-1")), ("invalid_auth", self.call(Authorization="Bearer xoxp-1"))]:
            (reply, rule, _), = slack_api.request_rules(wrong)
            self.assertEqual((reply.status, json.loads(reply.body), rule), (200, {"ok": False, "error": word}, "SL7"))

    def test_arguments(self):
        good = {"channel": "C012ABCDEF", "text": "x"}
        for method, message in [("chat.postMessage", good), ("chat.postMessage", {**good, "thread_ts": "1.0", "reply_broadcast": True}),
                                ("chat.update", {**good, "ts": "1503435956.000247"})]:
            self.assertEqual(list(slack_api.argument_rules(method, message)), [])
        bad = [
            ("invalid_json", "chat.postMessage", []), ("channel_not_found", "chat.postMessage", changed(good, "channel", ...)),
            ("channel_not_found", "chat.postMessage", {**good, "channel": "#alerts"}),
            ("invalid_arg_name", "chat.postMessage", {**good, "token": "xoxb-1"}),
            ("invalid_arg_name", "chat.postMessage", {**good, "ts": "1503435956.000247"}),
            ("invalid_arg_name", "chat.update", {**good, "ts": "1503435956.000247", "thread_ts": "1503435956.000247"}),
            ("invalid_arguments", "chat.postMessage", {**good, "thread_ts": 1.5}),
            ("invalid_arguments", "chat.postMessage", {**good, "reply_broadcast": True}),
            ("message_not_found", "chat.update", good), ("message_not_found", "chat.update", {**good, "ts": "1503435956"}),
        ]
        for word, method, message in bad:
            self.assertIn(word, names(slack_api.argument_rules(method, message)), message)

    def test_threads(self):
        receiver = slack.Slack(Journal(), per_second=1e9, burst=1e9)

        def call(method, **message):
            sent = self.call(path="/api/" + method)
            sent.body = json.dumps({"channel": "C012ABCDEF", "text": "x", **message}).encode()
            return json.loads(receiver.receive(sent).body)

        parent = call("chat.postMessage", blocks=[section("x")])
        self.assertTrue(parent["ok"])
        reply = call("chat.postMessage", thread_ts=parent["ts"], reply_broadcast=True)
        self.assertTrue(call("chat.update", ts=parent["ts"], text="y")["ok"])
        self.assertEqual(receiver.state()["C012ABCDEF"], {
            parent["ts"]: {"text": "y", "thread_ts": None, "updates": 1, "broadcast": False},
            reply["ts"]: {"text": "x", "thread_ts": parent["ts"], "updates": 0, "broadcast": True}})
        self.assertEqual(receiver.journal.violations, [])
        self.assertEqual(call("chat.postMessage", thread_ts="1503435956.000247")["error"], "thread_not_found")
        self.assertEqual(call("chat.update", ts="1503435956.000247")["error"], "message_not_found")
        self.assertEqual(call("chat.postMessage", text="")["error"], "no_text")
        self.assertEqual([entry["accepted"] for entry in receiver.journal.entries], [True] * 3 + [False] * 3)
        # A reply to a reply is posted, but not where one means it.
        self.assertTrue(call("chat.postMessage", thread_ts=reply["ts"])["ok"])
        self.assertEqual([found["rule"] for found in receiver.journal.violations], ["SL7", "SL7", "SL4", "SL7"])

    def test_one_message_a_second_and_channel(self):
        receiver = slack.Slack(Journal(), per_second=1, burst=1)

        def status(channel):
            sent = self.call()
            sent.body = json.dumps({"channel": channel, "text": "x"}).encode()
            return receiver.receive(sent).status

        self.assertEqual([status("C012ABCDEF"), status("C999ABCDEF"), status("C012ABCDEF")], [200, 200, 429])


class AlertmanagerRules(unittest.TestCase):
    GOOD = {"labels": {"alertname": "a", "probe": "p"}, "annotations": {"summary": "s"}, "startsAt": "2026-03-29T02:01:05Z",
            "endsAt": "2026-03-29T02:05:05.123456789+00:00", "generatorURL": "http://x"}

    def test_alerts(self):
        for alert in [self.GOOD, changed(self.GOOD, "endsAt", ...), {"labels": {"alertname": "a"}},
                      changed(self.GOOD, "endsAt", self.GOOD["startsAt"])]:
            self.assertEqual(alertmanager.alerts_rules([alert]), [])
        bad = [
            ("AM2", {}), ("AM2", []), ("AM2", {"labels": {}}), ("AM2", {**self.GOOD, "status": "firing"}),
            ("AM2", changed(self.GOOD, "startsAt", 5)), ("AM2", changed(self.GOOD, "generatorURL", "x")),
            ("AM3", changed(self.GOOD, "labels.alertname", ...)), ("AM3", changed(self.GOOD, "labels", {"alertname": "a", "a-b": "c"})),
            ("AM3", changed(self.GOOD, "labels.probe", 5)), ("AM3", changed(self.GOOD, "annotations.summary", None)),
            ("AM4", changed(self.GOOD, "startsAt", "2026-03-29 02:01:05")), ("AM4", changed(self.GOOD, "endsAt", "2026-03-29T02:01:04Z")),
        ]
        for rule, alert in bad:
            self.assertIn(rule, names(alertmanager.alerts_rules([alert])), alert)
        self.assertEqual(names(alertmanager.alerts_rules({"alerts": []})), ["AM2"])

    def test_requests_and_state(self):
        now = [alertmanager.moment("2026-03-29T02:02:00Z")]
        receiver = alertmanager.Alertmanager(Journal(clock=lambda: now[0]))

        def post(*alerts, path="/api/v2/alerts"):
            return receiver.receive(request(json.dumps(alerts).encode(), path=path)).status

        firing = changed(self.GOOD, "endsAt", "2026-03-29T02:06:00Z")
        self.assertEqual([post(firing), post({**firing, "startsAt": "2026-03-29T02:01:30Z"})], [200, 200])
        alert, = receiver.state()
        self.assertEqual((alert["is_firing"], alert["times"], alert["startsAt"]), (True, 2, alertmanager.moment("2026-03-29T02:01:05Z")))
        over = changed(firing, "endsAt", "2026-03-29T02:01:50Z")
        self.assertEqual([post(over), post(over)], [200, 200])
        self.assertFalse(receiver.state()[0]["is_firing"])
        self.assertEqual(receiver.journal.violations, [])
        self.assertEqual(post(changed(firing, "endsAt", "2026-03-29T02:01:55Z")), 200)
        self.assertEqual([found["rule"] for found in receiver.journal.violations], ["AM5"])
        # What never fired may end at any time.
        quiet = changed(over, "labels.probe", "q")
        self.assertEqual([post(quiet), post(changed(quiet, "endsAt", "2026-03-29T02:01:55Z"))], [200, 200])
        self.assertEqual(len(receiver.journal.violations), 1)
        again = {**firing, "startsAt": "2026-03-29T02:01:59Z"}
        self.assertEqual(post(again), 200)
        self.assertEqual(receiver.state()[0]["times"], 1)
        self.assertEqual(len(receiver.journal.violations), 1)
        self.assertEqual([post(firing, path="/api/v1/alerts"), post({})], [404, 400])


class WebhookSender(Live):
    def test_signatures(self):
        # The value is HMAC-SHA256 of the body as RFC 4231's second test case has it.
        self.assertEqual(pagerduty_webhook.signature(b"what do ya want for nothing?", "Jefe"),
                         "v1=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        self.assertEqual(pagerduty_webhook.signature(b"x", "a", "b").count("v1="), 2)

    def test_an_event_names_the_key_that_opened_the_incident(self):
        event = pagerduty_webhook.event("incident.acknowledged", "md-1-1", now=0)["event"]
        self.assertEqual((event["data"]["incident_key"], event["data"]["status"], event["occurred_at"]),
                         ("md-1-1", "acknowledged", "1970-01-01T00:00:00.000Z"))

    def test_the_control_port_has_it_sent(self):
        # Another receiver stands for whoever takes the webhook: it sees what was sent, and refuses it as it is none of its own.
        order = {"url": self.all.url("http", "webhook", "/hook"), "secrets": ["s"], "event_type": "incident.resolved", "dedup_key": "k"}
        self.assertEqual(self.control("POST", "/pagerduty", order)["status"], 400)
        entry, = self.control("GET", "/log")
        self.assertEqual(json.loads(entry["body"])["event"]["event_type"], "incident.resolved")
        self.assertEqual(self.control("POST", "/pagerduty", {**order, "event_type": "incident.lost"})[0], 400)


class LiveAPIs(Live):
    def test_changes_and_calls_and_alerts_over_sockets(self):
        self.assertEqual(self.send("pagerduty", "/v2/change/enqueue", CHANGE)[0], 202)
        self.assertEqual(self.control("GET", "/pagerduty")["changes"], ["s"])
        bot = {"Authorization": "Bearer xoxb-1", "Content-Type": "application/json; charset=utf-8"}
        status, body, _ = self.send("slack", "/api/chat.postMessage", {"channel": "C012ABCDEF", "text": "x"}, **bot)
        stamp = json.loads(body)["ts"]
        self.assertEqual(status, 200)
        self.assertEqual(list(self.control("GET", "/slack")["C012ABCDEF"]), [stamp])
        self.assertEqual(self.send("alertmanager", "/api/v2/alerts", [{"labels": {"alertname": "a"}}])[0], 200)
        self.assertEqual([alert["is_firing"] for alert in self.control("GET", "/alertmanager")], [True])
        self.assertEqual(self.control("GET", "/violations"), [])
        # Errors of the Web API, and its limits.
        self.fault("slack", "status", status=200, body={"ok": False, "error": "internal_error"}, count=1)
        status, body, headers = self.send("slack", "/api/chat.postMessage", {"channel": "C012ABCDEF", "text": "x"}, **bot)
        self.assertEqual((status, json.loads(body)["error"], headers["Content-Type"]), (200, "internal_error", "application/json"))
        self.fault("slack", "429", retry_after=1, count=1)
        status, body, headers = self.send("slack", "/api/chat.postMessage", {"channel": "C012ABCDEF", "text": "x"}, **bot)
        self.assertEqual((status, headers["Retry-After"]), (429, "1"))
        self.assertEqual([entry["accepted"] for entry in self.control("GET", "/log")], [True, True, True, False, False])


if __name__ == "__main__":
    unittest.main()
