"""The oracle of the chaos tests sees each kind of defect, planted into a record in which nothing is wrong."""

import copy
import json
import unittest

from chaos import Record
from verdict import judge

ULID = "01M8J0JM0XYHXDKWH16XYD23"
PAGED, TOLD, CHATTED, MAILED = (ULID + end for end in ("Y1", "Y2", "Y3", "Y4"))
KEY = f"{1:032d}"
# The first service of each receiver fails from second 100 to 110; everything ends well.
BEGIN, FINISH = 100.0, 110.0


def slack_body(kind, mark=""):
    blocks = [{"type": "section", "text": {"text": "(resent) an earlier attempt may have arrived"}}] if mark else []
    words = {"trigger": "CRITICAL", "resolve": "Resolved"}
    return json.dumps({"text": f"{mark}{words[kind]}: slack-1 failing", "blocks": [
        *blocks, {"type": "context", "elements": [{"text": f"incident {CHATTED}, from monitord on x"}]}]})


class Story:
    """One outage of each of four services, as receivers, web server and ledger would tell of it."""

    def __init__(self):
        self.record = record = Record(1)
        record.lives = [[90.0, 104.0], [104.2, None]]
        record.exit_status, record.integrity = 0, ["ok"]
        self.incident(PAGED, "pagerduty-1")
        self.incident(TOLD, "webhook-1")
        self.incident(CHATTED, "slack-1")
        self.incident(MAILED, "smtp-1")
        for at in range(95, 120):
            for name in ("pagerduty-1", "webhook-1", "slack-1", "smtp-1"):
                record.answers.append((float(at), name, 503 if BEGIN <= at < FINISH else 200))
        for kind, at in (("trigger", 101), ("resolve", 111)):
            self.pagerduty(kind, at)
            self.webhook(kind, at)
            self.slack(kind, at)
            self.mail(kind, at)
        record.alerts = [{"dedup_key": f"md-{PAGED}-1", "state": "resolved", "pages": 1}]

    def incident(self, identifier, name):
        self.record.incidents[identifier] = {"labels": json.dumps({"probe": name}), "opened_at": int(BEGIN * 1e6),
                                             "resolved_at": int(FINISH * 1e6)}
        for kind in ("trigger", "resolve"):
            number = len(self.record.rows) + 1
            body = slack_body(kind) if name == "slack-1" else "{}"
            self.record.rows[number] = {
                "id": number, "incident": identifier, "target": name, "kind": kind, "page": 1, "phase": "done", "in_doubt": 0,
                "idempotency_key": f"{identifier}-{kind}", "message": json.dumps({"body": body}), "note": ""}
            self.record.attempts.append({"row": number, "outcome": "delivered"})

    def entry(self, receiver, at, **facts):
        self.record.entries.append({"receiver": receiver, "at": float(at), "accepted": True, "violations": [], "fault": "none",
                                    **facts})

    def pagerduty(self, kind, at):
        self.entry("pagerduty", at, body=json.dumps({"routing_key": KEY, "event_action": kind, "dedup_key": f"md-{PAGED}-1"}))

    def webhook(self, kind, at):
        self.entry("webhook", at, body=json.dumps({
            "kind": kind, "incident": TOLD, "dedup_key": f"md-{TOLD}-1", "idempotency_key": f"{TOLD}-{kind}",
            "members": [{"probe": "webhook-1"}]}))

    def slack(self, kind, at, mark=""):
        self.entry("slack", at, path="/services/T0/B0/slack1", body=slack_body(kind, mark))

    def mail(self, kind, at, resent=False):
        self.entry("smtp", at, recipient="smtp-1@example.com", kind=kind, incident=MAILED,
                   message_id=f"<{MAILED}-{kind}@example.com>", resent=resent)

    def doubt(self, identifier, kind):
        row = next(row for row in self.record.rows.values() if (row["incident"], row["kind"]) == (identifier, kind))
        row["in_doubt"] = 1
        self.record.attempts.insert(0, {"row": row["id"], "outcome": "in_doubt"})

    def forget(self, receiver, kind):
        self.record.entries = [entry for entry in self.record.entries if not (
            entry["receiver"] == receiver and kind in (entry.get("kind"), json.loads(entry.get("body", "{}")).get("event_action"))
            or entry["receiver"] == receiver == "slack" and entry["body"] == slack_body(kind))]

    def wrong(self):
        """The names of what is found wrong."""
        return sorted({line.split(": ", 1)[0] for line in judge(copy.deepcopy(self.record)).wrong})


class VerdictTests(unittest.TestCase):
    def setUp(self):
        self.story = Story()
        self.record = self.story.record

    def test_a_story_that_went_well_has_nothing_wrong(self):
        self.assertEqual(self.story.wrong(), [])

    def test_a_page_that_never_came_is_a_lost_outage(self):
        self.story.forget("smtp", "trigger")
        self.assertEqual(self.story.wrong(), ["ends before their page", "incidents that nobody heard of", "outages lost"])

    def test_where_a_page_in_doubt_got_lost_its_end_is_word_enough_except_at_pagerduty(self):
        self.story.forget("smtp", "trigger")
        self.story.doubt(MAILED, "trigger")
        self.assertEqual(self.story.wrong(), [])
        self.story.forget("pagerduty", "trigger")
        self.story.doubt(PAGED, "trigger")
        self.record.alerts = []
        self.record.rows[1]["phase"] = "superseded"
        self.assertEqual(self.story.wrong(), ["incidents that nobody heard of", "outages lost"])

    def test_an_outage_that_the_ledger_does_not_know_is_lost_too(self):
        del self.record.incidents[MAILED]
        self.assertIn("outages lost", self.story.wrong())

    def test_an_outage_that_no_daemon_lived_to_see_is_not_held_against_it(self):
        del self.record.incidents[MAILED]
        self.record.entries = [entry for entry in self.record.entries if entry["receiver"] != "smtp"]
        self.record.rows = {number: row for number, row in self.record.rows.items() if row["incident"] != MAILED}
        self.record.attempts = [attempt for attempt in self.record.attempts if attempt["row"] in self.record.rows]
        self.record.answers = [answer for answer in self.record.answers if answer[1] != "smtp-1" or not 101 <= answer[0] < 110]
        self.record.lives = [[90.0, 100.5], [100.7, None]]
        self.assertEqual(self.story.wrong(), [])

    def test_a_repeat_has_a_doubt_and_a_mark(self):
        self.story.slack("trigger", 102)
        self.assertEqual(self.story.wrong(), ["repeats unlabelled, or without a doubt"])
        self.record.entries.pop()
        self.story.slack("trigger", 102, "(resent) ")
        self.assertEqual(self.story.wrong(), ["repeats unlabelled, or without a doubt"])
        self.story.doubt(CHATTED, "trigger")
        self.assertEqual(self.story.wrong(), [])
        first, repeat = (entry for entry in self.record.entries if entry["receiver"] == "slack" and "CRITICAL" in entry["body"])
        first["body"], repeat["body"] = repeat["body"], first["body"]
        self.assertEqual(self.story.wrong(), [], "a receiver may hold up the first copy")
        self.story.mail("trigger", 102, resent=True)
        self.assertEqual(self.story.wrong(), ["repeats unlabelled, or without a doubt"])
        self.story.doubt(MAILED, "trigger")
        self.assertEqual(self.story.wrong(), [])

    def test_an_incident_left_open_or_opened_twice_at_pagerduty(self):
        self.record.alerts[0]["state"] = "open"
        self.assertEqual(self.story.wrong(), ["PagerDuty incidents left open"])
        self.record.alerts[0].update(state="resolved", pages=2)
        self.assertEqual(self.story.wrong(), ["pages that did not open one PagerDuty incident"])
        self.record.alerts[0].update(pages=0)
        self.assertEqual(self.story.wrong(), ["pages that did not open one PagerDuty incident"])

    def test_an_end_as_the_first_word_needs_a_page_in_doubt(self):
        self.story.forget("slack", "trigger")
        self.assertIn("ends before their page", self.story.wrong())
        self.story.doubt(CHATTED, "trigger")
        self.assertNotIn("ends before their page", self.story.wrong())

    def test_an_incident_of_what_did_not_fail(self):
        self.record.incidents[TOLD]["opened_at"] = int(80e6)
        self.assertEqual(self.story.wrong(), ["incidents without an outage, or two of one"])

    def test_a_wait_is_forgotten_by_a_kill_and_by_nothing_else(self):
        broken = {"rule": "SL3", "text": "too early"}
        self.story.entry("slack", 100.5, path="/services/T0/B0/slack1", body="", fault="429")
        self.record.entries[-1]["accepted"] = False
        self.record.entries.sort(key=lambda entry: entry["at"])
        late = next(entry for entry in self.record.entries if entry["receiver"] == "slack" and entry["at"] == 101)
        late["violations"] = [broken]
        self.assertEqual(self.story.wrong(), ["rules of receivers broken"])
        self.record.lives = [[90.0, 100.7], [100.8, None]]
        self.assertEqual(self.story.wrong(), [])
        late["violations"] = [{"rule": "SL6", "text": "bare"}]
        self.assertEqual(self.story.wrong(), ["rules of receivers broken"])

    def test_what_was_given_up_a_broken_file_and_a_bad_end(self):
        self.record.rows[1]["phase"] = "dead"
        self.record.integrity = ["row 7 missing from index"]
        self.record.exit_status = -6
        self.assertEqual(self.story.wrong(), ["messages given up", "troubles of the ledger", "troubles of the run"])
