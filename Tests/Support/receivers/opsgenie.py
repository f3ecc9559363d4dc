"""Opsgenie's Alert API, strict: limits of fields, and the order of what happens to one alias."""

import itertools
import re

from rates import LimitedReceiver
from web import Reply, post_rules, strict_json

PATH = re.compile(r"/v2/alerts(?:/([A-Za-z0-9._~-]{1,512})/(close|acknowledge)\?identifierType=alias)?")
LIMITS = {"message": 130, "alias": 512, "description": 15_000, "entity": 512, "source": 100, "note": 25_000, "user": 100}
CREATE = {"message", "alias", "description", "entity", "source", "priority", "details", "note", "user"}
ACT = {"source", "note", "user"}


def request_rules(request, known=()):
    yield from post_rules(request, PATH, "OG1")
    key = re.fullmatch(r"GenieKey (\S+)", request.header("Authorization") or "")
    if not key or (known and key[1] not in known):
        yield 401, "OG2", "Authorization is not GenieKey and a known key"


def text_rules(body, allowed):
    for name in body:
        if name not in allowed:
            yield "OG3", f"unknown key {name}"
    for name, limit in LIMITS.items():
        text = body.get(name)
        if name in body and not (isinstance(text, str) and 1 <= len(text.encode("utf-16-le")) // 2 <= limit):
            yield "OG3", f"{name} must have 1 to {limit} characters"


def create_rules(body):
    yield from text_rules(body, CREATE)
    for name in ("message", "alias"):
        if name not in body:
            yield "OG4", f"{name} is missing"
    if body.get("priority") not in ("P1", "P2", "P3", "P4", "P5"):
        yield "OG4", f"priority is {body.get('priority')!r}"
    details = body.get("details", {})
    if not isinstance(details, dict) or not all(isinstance(value, str) for value in details.values()):
        yield "OG4", "details are texts by name"
    elif sum(len(name) + len(value) for name, value in details.items()) > 8_000:
        yield "OG4", "details have more than 8000 characters"


def body_rules(body, action):
    if not isinstance(body, dict):
        return [("OG3", "the body is not a JSON object")]
    return list(create_rules(body) if action == "create" else text_rules(body, ACT))


class Alert:
    """What the receiver knows of one alias."""

    def __init__(self):
        self.state = "none"
        self.pages = 0
        self.creates = 0

    def apply(self, action):
        """Changes the state as Opsgenie does, and yields the violations of order."""
        if action == "create":
            self.creates += 1
            if self.state == "closed":
                yield "OG5", "an alert created after its alias was closed"
            if self.state in ("none", "closed"):
                self.pages += 1
                self.state = "open"
        elif action == "acknowledge":
            if self.state == "closed":
                yield "OG5", "an acknowledge after the close of its alias"
            if self.state == "open":
                self.state = "acknowledged"
        elif self.state != "none":
            self.state = "closed"


class Opsgenie(LimitedReceiver):
    name = "opsgenie"
    rate_rule = "OG6"
    numbers = itertools.count(1)

    def __init__(self, *arguments, keys=(), **named):
        self.keys = set(keys)
        self.alerts = {}
        super().__init__(*arguments, **named)

    def limited_by(self, request):
        return request.header("Authorization") or ""

    def check(self, request):
        for status, rule, sentence in request_rules(request, self.keys):
            return Reply(status, {"message": sentence}), [(rule, sentence)], {}
        if too_many := self.refused_for_rate(request, 1):
            return too_many, [], {}
        alias, action = PATH.fullmatch(request.path).groups()
        action = action or "create"
        try:
            body = strict_json(request.body)
        except ValueError as error:
            return Reply(400, {"message": "Could not parse request"}), [("OG3", f"the body is not JSON: {error}")], {}
        violations = body_rules(body, action)
        if violations:
            return Reply(422, {"message": "Request body is not processable", "errors": violations[0][1]}), violations, {}
        facts = {"action": action, "key": alias or body["alias"]}
        return Reply(202, {"result": "Request will be processed", "requestId": f"r{next(self.numbers)}"}), [], facts

    def apply(self, facts):
        alert = self.alerts.setdefault(facts["key"], Alert())
        violations = list(alert.apply(facts["action"]))
        facts.update(state=alert.state, pages=alert.pages)
        return violations

    def state(self):
        """What the control port tells: every alias."""
        return {alias: vars(alert) for alias, alert in self.alerts.items()}

    def clear(self):
        super().clear()
        self.alerts.clear()
