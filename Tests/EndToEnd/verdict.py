"""What a world in trouble must not have done to anybody: the oracle of the chaos tests.

What failed is known from this side's own plan and the web server's log, what arrived from the receivers' journal. The daemon's ledger
is asked only for what nobody else can know: which message an attempt belonged to, and which attempts it held to be in doubt.
"""

import json
import re
from collections import Counter, defaultdict

# A daemon that lives so long after it got a bad answer has it on disk.
SEEN_WITHIN = 1.5
# Clocks are the same; an incident is dated between the answer and its reading.
SLACK = 1.0
# A request that was already on its way when another one was told to wait.
ON_ITS_WAY = 0.3
WAIT_RULES = ("PD9", "SL3")
RESENT = "(resent) "


class Message:
    """One message that a receiver kept."""

    def __init__(self, entry):
        self.receiver, self.at = entry["receiver"], entry["at"]
        getattr(self, "_" + self.receiver)(entry)

    def _pagerduty(self, entry):
        event = json.loads(entry["body"])
        self.address, self.kind = event["routing_key"], event["event_action"]
        self.key = event["dedup_key"]
        self.incident = self.key.split("-")[1]
        self.identity, self.is_marked = (self.key, self.kind), True

    def _webhook(self, entry):
        document = json.loads(entry["body"])
        self.kind, self.incident, self.key = document["kind"], document["incident"], document["dedup_key"]
        self.address = document["members"][0]["probe"] if document["members"] else None
        self.identity, self.is_marked = document["idempotency_key"], True

    WORDS = {"Resolved": "resolve", "Over": "delayed", "Update": "update", "CRITICAL": "trigger"}

    def _slack(self, entry):
        document = json.loads(entry["body"])
        text = document["text"].removeprefix(RESENT)
        blocks = [block for block in document["blocks"] if not block.get("text", {}).get("text", "").startswith(RESENT)]
        self.address, self.kind = entry["path"], self.WORDS.get(re.match(r"\w+", text)[0], "other")
        self.incident = re.search(r"incident (\w{26})", json.dumps(blocks[-1]))[1]
        self.identity, self.is_marked = json.dumps([text, blocks]), document["text"] != text
        self.key = self.incident

    def _smtp(self, entry):
        self.address, self.kind, self.incident = entry["recipient"], entry["kind"], entry["incident"]
        self.identity, self.is_marked = entry["message_id"], entry["resent"]
        self.key = self.incident


class Verdict:
    def __init__(self):
        self.figures = {}
        self.wrong = []

    def say(self, name, value):
        self.figures[name] = value

    def require(self, name, found):
        """A list that must be empty."""
        found = list(found)
        self.figures[name] = len(found)
        self.wrong += [f"{name}: {item}" for item in found]


def judge(record):
    return Judge(record).verdict()


class Judge:
    def __init__(self, record):
        self.record = record
        self.messages = [Message(entry) for entry in record.entries if entry["accepted"]]
        self.by_incident = defaultdict(list)
        for message in self.messages:
            self.by_incident[message.incident].append(message)
        self.rows_of = defaultdict(list)
        for row in record.rows.values():
            self.rows_of[row["incident"]].append(row)
        self.doubts = Counter(attempt["row"] for attempt in record.attempts if attempt["outcome"] in ("in_doubt", None))
        self.outages = {service.name: self._outages(service.name) for service in record.services}
        self.incidents = defaultdict(list)
        for identifier, incident in record.incidents.items():
            self.incidents[json.loads(incident["labels"]).get("probe")].append(identifier)

    def _outages(self, name):
        """[first bad answer, last bad answer, whether a daemon lived long enough to have seen it] of each outage that showed."""
        found = []
        was_bad = False
        for at, asked, status in self.record.answers:
            if asked != name:
                continue
            if status == 503:
                if not was_bad:
                    found.append([at, at, False])
                found[-1][1] = at
                found[-1][2] = found[-1][2] or self._outlived(at)
            was_bad = status == 503
        return found

    def _outlived(self, at):
        """The daemon that got this answer lived on for a while."""
        return any(born <= at and (killed is None or killed - at > SEEN_WITHIN) for born, killed in self.record.lives
                   if born <= at and (killed is None or at < killed))

    def span(self, identifier):
        incident = self.record.incidents[identifier]
        closed = incident["resolved_at"]
        return incident["opened_at"] / 1e6, closed / 1e6 if closed else float("inf")

    def is_told(self, identifier):
        """Somebody has kept a page about it, or word that it came and went.

        Where a page in doubt never arrived, the end is such word, for it says how long what failed. PagerDuty drops an end of
        nothing.
        """
        return any(message.kind in ("trigger", "delayed")
                   or message.kind == "resolve" and message.receiver != "pagerduty" and self._is_in_doubt(identifier)
                   for message in self.by_incident[identifier])

    def _is_in_doubt(self, identifier):
        return any(row["in_doubt"] for row in self.rows_of[identifier] if row["kind"] == "trigger")

    def verdict(self):
        verdict, record = Verdict(), self.record
        showed = [outage for found in self.outages.values() for outage in found]
        verdict.say("kills", len(record.lives) - 1)
        verdict.say("outages", len(showed))
        verdict.say("... seen by a daemon that lived on", sum(outage[2] for outage in showed))
        verdict.say("incidents", len(record.incidents))
        verdict.say("pages begun", len(self._pages_begun()))
        verdict.say("messages kept", len(self.messages))
        verdict.say("attempts", len(record.attempts))
        verdict.say("attempts in doubt", sum(self.doubts.values()))
        verdict.require("outages lost", self._lost())
        verdict.require("incidents that nobody heard of", self._unheard())
        verdict.require("incidents without an outage, or two of one", self._phantoms())
        verdict.require("pages that did not open one PagerDuty incident", self._paged_not_once())
        verdict.require("PagerDuty incidents left open", [alert["dedup_key"] for alert in record.alerts
                                                          if alert["state"] in ("open", "acknowledged")])
        repeats, wrong = self._repeats()
        for receiver in ("slack", "smtp", "webhook"):
            verdict.say(f"repeats at {receiver}", repeats[receiver])
        verdict.require("repeats unlabelled, or without a doubt", wrong)
        silent, wrong = self._first_words()
        verdict.say("ends told of pages in doubt that never arrived", silent)
        verdict.require("ends before their page", wrong)
        early, wrong = self._violations()
        verdict.say("requests before a wait was over, after a kill", early)
        verdict.require("rules of receivers broken", wrong)
        verdict.require("messages given up", [f"{row['kind']} to {row['target']}: {row['note']}" for row in record.rows.values()
                                              if row["phase"] == "dead"])
        verdict.require("troubles of the ledger", [line for line in record.integrity or ["not read"] if line != "ok"])
        verdict.require("troubles of the run", record.problems + (
            [] if record.exit_status == 0 else [f"the last daemon ended with {record.exit_status}"]))
        return verdict

    def _lost(self):
        for name, found in self.outages.items():
            for begin, finish, was_seen in found:
                if not was_seen:
                    continue
                about = [identifier for identifier in self.incidents[name]
                         if self.span(identifier)[0] <= finish + SLACK and self.span(identifier)[1] >= begin]
                if not any(self.is_told(identifier) for identifier in about):
                    yield f"{name} from {begin:.3f} to {finish:.3f}, incidents {about}"

    def _unheard(self):
        return [f"{identifier} of {name}" for name, found in self.incidents.items() for identifier in found
                if not self.is_told(identifier)]

    def _phantoms(self):
        for name, found in self.incidents.items():
            opened = Counter()
            for identifier in found:
                at = self.span(identifier)[0]
                number = next((index for index, (begin, finish, _) in enumerate(self.outages.get(name, []))
                               if begin - SLACK <= at <= finish + SLACK), None)
                if number is None:
                    yield f"{identifier} of {name}, opened {at:.3f}, when it did not fail"
                opened[number] += 1
                if number is not None and opened[number] > 1:
                    yield f"{identifier} of {name} is another one of the same outage"

    def _pages_begun(self):
        """Pages at PagerDuty, by key: the rows that stand for each."""
        pages = defaultdict(list)
        for row in self.record.rows.values():
            if row["kind"] == "trigger" and row["target"].startswith("pagerduty"):
                pages[f"md-{row['incident']}-{row['page']}"].append(row)
        return pages

    def _paged_not_once(self):
        opened = {alert["dedup_key"]: alert["pages"] for alert in self.record.alerts}
        begun = self._pages_begun()
        for key, rows in begun.items():
            least = 1 if any(row["phase"] == "done" for row in rows) else 0
            if not least <= opened.get(key, 0) <= 1:
                yield f"{key} opened {opened.get(key, 0)} at PagerDuty"
        for key, pages in opened.items():
            if key not in begun and pages:
                yield f"{key} is open at PagerDuty and unknown to the ledger"

    def _repeats(self):
        """Copies of a message beyond the first: how many by receiver, and those that are too many or carry no mark."""
        counts, wrong = Counter(), []
        copies = defaultdict(list)
        for message in self.messages:
            if message.receiver != "pagerduty":
                copies[(message.receiver, message.identity)].append(message)
        for (receiver, identity), found in copies.items():
            more = found[1:]
            counts[receiver] += len(more)
            # Which copy a receiver takes first is its own affair: one that it held up may come after its repeat.
            unmarked = [message for message in found if not message.is_marked]
            wrong += [f"{receiver} {message.kind} of {message.incident} is repeated without a mark" for message in unmarked[1:]]
            row = self._row(found[0], identity)
            if row is None:
                wrong.append(f"{receiver} {found[0].kind} of {found[0].incident} is unknown to the ledger")
            elif len(more) > self.doubts[row["id"]]:
                wrong.append(f"{receiver} {found[0].kind} of {found[0].incident} came {len(found)} times, "
                             f"with {self.doubts[row['id']]} attempts in doubt")
        return counts, wrong

    def _row(self, message, identity):
        for row in self.rows_of[message.incident]:
            if message.receiver == "webhook" and row["idempotency_key"] == identity:
                return row
            if message.receiver == "smtp" and identity.startswith(f"<{row['idempotency_key']}@"):
                return row
            if message.receiver == "slack" and row["target"].startswith("slack"):
                document = json.loads(json.loads(row["message"])["body"])
                if json.dumps([document["text"], document["blocks"]]) == identity:
                    return row
        return None

    def _first_words(self):
        """An end is never the first word, unless an attempt to page was in doubt and got lost."""
        silent, wrong = 0, []
        first = {}
        for message in self.messages:
            first.setdefault((message.receiver, message.address, message.key), message)
        for message in first.values():
            if message.kind != "resolve":
                continue
            if self._is_in_doubt(message.incident):
                silent += 1
            else:
                wrong.append(f"{message.receiver} {message.key}")
        return silent, wrong

    def _violations(self):
        """Broken rules. A wait that was named lives in the daemon's memory: after a kill it is not known any more. A mail may answer
        one that is in doubt and got lost."""
        early, wrong = 0, []
        told_to_wait = defaultdict(list)
        kills = [killed for _, killed in self.record.lives if killed]
        for entry in self.record.entries:
            about = self._limited_by(entry)
            for violation in entry["violations"]:
                asked = [at for at in told_to_wait[about] if at < entry["at"]]
                if violation["rule"] in WAIT_RULES and asked and (
                        entry["at"] - asked[-1] < ON_ITS_WAY
                        or any(asked[-1] - ON_ITS_WAY < killed < entry["at"] for killed in kills)):
                    early += 1
                elif not (violation["rule"] == "SM6" and self._is_in_doubt(entry["incident"])):
                    wrong.append(f"{entry['receiver']} {violation['rule']}: {violation['text']} ({entry.get('fault')})")
            if entry.get("fault") == "429":
                told_to_wait[about].append(entry["at"])
        return early, wrong

    @staticmethod
    def _limited_by(entry):
        if entry["receiver"] == "pagerduty":
            found = re.search(r'"routing_key" *: *"(\w+)"', entry.get("body", ""))
            return "pagerduty", found[1] if found else ""
        return entry["receiver"], entry.get("path", "")


def table(verdicts):
    """The figures of several worlds side by side, and their sums."""
    names = list(dict.fromkeys(name for verdict in verdicts for name in verdict.figures))
    lines = []
    for name in names:
        values = [verdict.figures.get(name, 0) for verdict in verdicts]
        columns = "".join(f"{value:>8}" for value in values) if len(values) > 1 else ""
        lines.append(f"{name:<52}{columns}{sum(values):>9}")
    return "\n".join(lines)
