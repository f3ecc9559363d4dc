"""Alertmanager's API v2 as far as senders of alerts need it, strict: form of each alert, and an end that stays where it was put."""

import re
from datetime import datetime

from web import HTTPReceiver, Reply, post_rules, strict_json

PATH = re.compile(r"/api/v2/alerts")
MAX_BODY = 4_000_000
NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")
KEYS = {"labels": dict, "annotations": dict, "startsAt": str, "endsAt": str, "generatorURL": str}


def moment(text):
    """Seconds since the epoch; fractions beyond microseconds are dropped."""
    text = re.sub(r"(\.\d{6})\d+", r"\1", text).replace("Z", "+00:00")
    return datetime.fromisoformat(text).timestamp()


def texts_rules(where, texts):
    for name, value in texts.items():
        if not NAME.fullmatch(name):
            yield "AM3", f"{name!r} is no name for one of the {where}"
        elif not isinstance(value, str):
            yield "AM3", f"{name} of the {where} is no text"


def alert_rules(alert):
    """AM2: keys and types; AM3: names of labels; AM4: times."""
    if not isinstance(alert, dict):
        yield "AM2", "an alert is not a JSON object"
        return
    for name, value in alert.items():
        if name not in KEYS:
            yield "AM2", f"unknown key {name}"
        elif not isinstance(value, KEYS[name]):
            yield "AM2", f"{name} is not of type {KEYS[name].__name__}"
    labels = alert.get("labels")
    if not isinstance(labels, dict) or not any(labels.values()):
        yield "AM2", "an alert needs a label"
    elif not labels.get("alertname"):
        yield "AM3", "the label alertname is missing"
    for where in ("labels", "annotations"):
        if isinstance(alert.get(where), dict):
            yield from texts_rules(where, alert[where])
    url = alert.get("generatorURL", "")
    if isinstance(url, str) and url and not re.match(r"https?://", url):
        yield "AM2", "generatorURL is no address of the web"
    times = [alert[name] for name in ("startsAt", "endsAt") if isinstance(alert.get(name), str)]
    if not all(STAMP.fullmatch(text) for text in times):
        yield "AM4", f"not a time of RFC 3339: {times}"
    elif len(times) == 2 and moment(times[0]) > moment(times[1]):
        yield "AM4", "endsAt is before startsAt"


def alerts_rules(document):
    if not isinstance(document, list):
        return [("AM2", "the body is not a JSON array")]
    return [violation for alert in document for violation in alert_rules(alert)]


class Alertmanager(HTTPReceiver):
    name = "alertmanager"

    def __init__(self, *arguments, **named):
        self.alerts = {}
        super().__init__(*arguments, **named)

    def check(self, request):
        for status, rule, sentence in post_rules(request, PATH, "AM1"):
            return Reply(status, sentence), [(rule, sentence)], {}
        if len(request.body) > MAX_BODY:
            return Reply(413, "too large"), [("AM1", f"the body has {len(request.body)} bytes, more than {MAX_BODY}")], {}
        try:
            document = strict_json(request.body)
        except ValueError as error:
            return Reply(400, "bad request"), [("AM2", f"the body is not JSON: {error}")], {}
        violations = alerts_rules(document)
        if violations:
            return Reply(400, violations[0][1]), violations, {}
        return Reply(200), [], {"alerts": document}

    def apply(self, facts):
        """Alerts are one where their labels are; the earliest start stays. AM5: what fired and has ended stays ended as it was."""
        now = self.journal.clock()
        for alert in facts["alerts"]:
            labels = {name: value for name, value in alert["labels"].items() if value}
            key = tuple(sorted(labels.items()))
            start = moment(alert["startsAt"]) if "startsAt" in alert else now
            finish = moment(alert["endsAt"]) if "endsAt" in alert else None
            old = self.alerts.get(key)
            is_over = old is not None and old["endsAt"] is not None and old["endsAt"] <= now
            if is_over and old["fired"] and start <= old["endsAt"] and finish != old["endsAt"]:
                yield "AM5", f"{labels.get('alertname')} had ended, and its end is moved"
            if old is None or (is_over and start > old["endsAt"]):
                old = {"labels": labels, "startsAt": start, "times": 0, "fired": False}
            self.alerts[key] = {**old, "startsAt": min(old["startsAt"], start), "endsAt": finish, "receivedAt": now,
                                "times": old["times"] + 1,
                                "fired": old["fired"] or finish is None or finish > now, "annotations": alert.get("annotations", {})}

    def state(self):
        """What the control port tells: every alert, with when it was last sent and how often."""
        now = self.journal.clock()
        return [{**alert, "is_firing": alert["endsAt"] is None or alert["endsAt"] > now} for alert in self.alerts.values()]

    def clear(self):
        self.alerts.clear()
