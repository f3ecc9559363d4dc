"""ntfy's publishing as JSON, strict: bytes of message and title, priority, the token where one is known."""

import itertools
import re

from rates import LimitedReceiver
from web import Reply, post_rules, strict_json

PATH = re.compile("/")
TYPES = {"topic": str, "title": str, "message": str, "priority": int, "tags": list, "click": str, "actions": list}
VIEW = {"action": str, "label": str, "url": str}
ADDRESS = re.compile(r"https?://[!-~]+")


def message_rules(message):
    if not isinstance(message, dict):
        yield "NT2", "the body is not a JSON object"
        return
    for name, value in message.items():
        if name not in TYPES or type(value) is not TYPES[name]:
            yield "NT2", f"{name} is unknown or of another type"
    if not re.fullmatch("[-_A-Za-z0-9]{1,64}", str(message.get("topic", ""))):
        yield "NT2", "topic is missing or has other than 64 letters, digits, _ and -"
    for name, limit in (("message", 4_096), ("title", 1_024)):
        if not 1 <= len(str(message.get(name, "")).encode()) <= limit:
            yield "NT3", f"{name} must have 1 to {limit} bytes"
    if not 1 <= (message["priority"] if isinstance(message.get("priority"), int) else 3) <= 5:
        yield "NT4", "priority is not 1 to 5"
    tags = message.get("tags", [])
    if not isinstance(tags, list) or not all(isinstance(tag, str) and re.fullmatch(r"[-\w+]+", tag) for tag in tags):
        yield "NT4", "a tag is not a word"
    yield from link_rules(message)


def link_rules(message):
    """NT7: at most three buttons, each with a label and an address."""
    if "click" in message and not ADDRESS.fullmatch(str(message["click"])):
        yield "NT7", "click leads neither to http nor to https"
    actions = message.get("actions", [])
    if not isinstance(actions, list) or len(actions) > 3:
        yield "NT7", "actions are a list of at most 3"
        return
    for action in actions:
        if not (isinstance(action, dict) and set(action) == set(VIEW) and action["action"] == "view" and action["label"]):
            yield "NT7", "an action views an address and has a label"
        elif not ADDRESS.fullmatch(str(action["url"])):
            yield "NT7", "an action leads neither to http nor to https"


class Ntfy(LimitedReceiver):
    name = "ntfy"
    rate_rule = "NT6"
    numbers = itertools.count(1)

    def __init__(self, *arguments, token=None, **named):
        self.token = token
        super().__init__(*arguments, **named)

    @staticmethod
    def refusal(status, code, sentence):
        return Reply(status, {"code": code, "http": status, "error": sentence})

    def too_many(self, retry_after):
        """No wait is named."""
        return self.refusal(429, 42901, "limit reached: too many requests")

    def check(self, request):
        for status, rule, sentence in post_rules(request, PATH, "NT1"):
            return self.refusal(status, 40401, sentence), [(rule, sentence)], {}
        if self.token and request.header("Authorization") != f"Bearer {self.token}":
            return self.refusal(403, 40301, "forbidden"), [("NT5", "the token is missing or another")], {}
        if too_many := self.refused_for_rate(request, 0):
            return too_many, [], {}
        try:
            message = strict_json(request.body)
        except ValueError as error:
            return self.refusal(400, 40024, "invalid request: JSON"), [("NT2", f"the body is not JSON: {error}")], {}
        violations = list(message_rules(message))
        if violations:
            return self.refusal(400, 40000, violations[0][1]), violations, {}
        facts = {"text": message["title"], "resent": message["title"].startswith("(resent) "), "priority": message.get("priority")}
        return Reply(200, {"id": f"m{next(self.numbers)}", "event": "message", **message}), [], facts
