"""PagerDuty's Events API v2 with its change events, strict. Rules yield (name, sentence); where a rule is ours and not the vendor's it
is stricter."""

import re
import time
from collections import deque

from rates import Holds
from web import HTTPReceiver, Reply, strict_json

MAX_BODY = 512_000
ACTIONS = ("trigger", "acknowledge", "resolve")
SEVERITIES = ("critical", "error", "warning", "info")
TOP = {"routing_key": str, "event_action": str, "dedup_key": str, "payload": dict, "client": str, "client_url": str,
       "images": list, "links": list}
PAYLOAD = {"summary": str, "source": str, "severity": str, "timestamp": str, "component": str, "group": str, "class": str,
           "custom_details": dict}
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)")


CHANGE_PATH = "/v2/change/enqueue"
CHANGE = {"routing_key": str, "payload": dict, "links": list}
CHANGE_PAYLOAD = {"summary": str, "source": str, "timestamp": str, "custom_details": dict}


def request_rules(request):
    """PD1 and PD2; each with the status that answers it."""
    if request.path not in ("/v2/enqueue", CHANGE_PATH):
        yield 404, "PD1", f"the path is {request.path}, not /v2/enqueue or {CHANGE_PATH}"
    elif request.method != "POST":
        yield 405, "PD1", f"the method is {request.method}, not POST"
    elif request.content_type != "application/json":
        yield 400, "PD1", f"the content type is {request.content_type!r}, not application/json"
    elif len(request.body) > MAX_BODY:
        yield 400, "PD2", f"the body has {len(request.body)} bytes, more than {MAX_BODY}"


def typed(where, fields, types):
    for name, value in fields.items():
        if name not in types:
            yield "PD7", f"unknown key {where}{name}"
        elif not isinstance(value, types[name]):
            yield "PD7", f"{where}{name} is not of type {types[name].__name__}"


def nulls(value, where="event"):
    if value is None:
        yield "PD7", f"{where} holds null"
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from nulls(item, f"{where}.{name}")
    elif isinstance(value, list):
        for item in value:
            yield from nulls(item, where)


def routing_key_rule(event):
    key = event.get("routing_key")
    if not (isinstance(key, str) and re.fullmatch("[A-Za-z0-9]{32}", key)):
        yield "PD3", "routing_key is not 32 letters and digits"


def action_rule(event):
    if event.get("event_action") not in ACTIONS:
        yield "PD4", f"event_action is {event.get('event_action')!r}"


def dedup_key_rule(event):
    key = event.get("dedup_key")
    if not (isinstance(key, str) and 1 <= len(key) <= 255):
        yield "PD5", "dedup_key must have 1 to 255 characters"


def payload_rules(event):
    payload = event.get("payload")
    if payload is None:
        if event.get("event_action") == "trigger":
            yield "PD6", "a trigger needs a payload"
        return
    if not isinstance(payload, dict):
        return
    summary = payload.get("summary")
    if not (isinstance(summary, str) and summary.strip() and len(summary) <= 1024):
        yield "PD6", "payload.summary must have 1 to 1024 characters"
    if not (isinstance(payload.get("source"), str) and payload["source"].strip()):
        yield "PD6", "payload.source is missing or empty"
    if payload.get("severity") not in SEVERITIES:
        yield "PD6", f"payload.severity is {payload.get('severity')!r}"
    if isinstance(payload.get("timestamp"), str) and not TIMESTAMP.fullmatch(payload["timestamp"]):
        yield "PD7", f"payload.timestamp is {payload['timestamp']!r}"
    yield from typed("payload.", payload, PAYLOAD)


def attachment_rules(event):
    for image in event.get("images", []) if isinstance(event.get("images"), list) else []:
        if not (isinstance(image, dict) and str(image.get("src", "")).startswith("https://")
                and set(image) <= {"src", "href", "alt"}):
            yield "PD7", "an image needs an https src, and has href and alt at most"
    for link in event.get("links", []) if isinstance(event.get("links"), list) else []:
        if not (isinstance(link, dict) and link.get("href") and set(link) <= {"href", "text"}):
            yield "PD7", "a link needs href, and has text at most"


def change_rules(event):
    """PD11: a change has no action, no key to merge by and no images; keys of services that begin with R take none."""
    if not isinstance(event, dict):
        return [("PD1", "the body is not a JSON object")]
    found = [*typed("", event, CHANGE), *nulls(event), *routing_key_rule(event), *attachment_rules(event)]
    if str(event.get("routing_key", "")).startswith("R"):
        found.append(("PD11", "a routing key that begins with R takes no change events"))
    payload = event.get("payload")
    if not isinstance(payload, dict):
        return [*found, ("PD11", "a change event needs a payload")]
    summary = payload.get("summary")
    if not (isinstance(summary, str) and summary.strip() and len(summary) <= 1024):
        found.append(("PD11", "payload.summary must have 1 to 1024 characters"))
    if isinstance(payload.get("timestamp"), str) and not TIMESTAMP.fullmatch(payload["timestamp"]):
        found.append(("PD7", f"payload.timestamp is {payload['timestamp']!r}"))
    return [*found, *typed("payload.", payload, CHANGE_PAYLOAD)]


RULES = [lambda event: typed("", event, TOP), nulls, routing_key_rule, action_rule, dedup_key_rule, payload_rules,
         attachment_rules]


def event_rules(event):
    if not isinstance(event, dict):
        return [("PD1", "the body is not a JSON object")]
    return [violation for rule in RULES for violation in rule(event)]


class Alert:
    """What the receiver knows of one (routing key, dedup key)."""

    def __init__(self):
        self.state = "none"
        self.pages = 0
        self.triggers = 0
        self.resolves = 0
        self.acknowledges = 0
        self.severity = None

    def apply(self, event):
        """Changes the state as PagerDuty does, and yields the violations of order (PD10)."""
        action = event["event_action"]
        if action == "trigger":
            self.triggers += 1
            severity = event["payload"]["severity"]
            if self.state == "resolved":
                yield "PD10", "a trigger after the resolve of its key"
            if self.state == "acknowledged" and SEVERITIES.index(severity) >= SEVERITIES.index(self.severity):
                yield "PD10", "a trigger on an acknowledged key, and the severity did not rise"
            if self.state in ("none", "resolved"):
                self.pages += 1
                self.state = "open"
            self.severity = severity
        elif action == "acknowledge":
            self.acknowledges += 1
            if self.state == "resolved":
                yield "PD10", "an acknowledge after the resolve of its key"
            if self.state == "open":
                self.state = "acknowledged"
        else:
            self.resolves += 1
            if self.state in ("open", "acknowledged"):
                self.state = "resolved"

    def facts(self):
        return vars(self)


class PagerDuty(HTTPReceiver):
    name = "pagerduty"

    def __init__(self, *arguments, per_minute=120, keys=(), monotonic=time.monotonic, **named):
        self.per_minute = per_minute
        self.keys = set(keys)
        self.monotonic = monotonic
        self.calls = {}
        self.holds = Holds(monotonic)
        self.alerts = {}
        self.changes = []
        super().__init__(*arguments, **named)

    def hold(self, seconds, request=None):
        self.holds.set(seconds, self.limited_by(request) if request else "")

    def broken_wait(self, request):
        left = self.holds.left(self.limited_by(request))
        return [("PD9", f"a request {left:.2f} s before Retry-After was over")] if left > 0 else []

    @staticmethod
    def limited_by(request):
        """Limits count by the integration: its routing key, wherever the event is wrong otherwise."""
        found = re.search(rb'"routing_key" *: *"([^"]{1,64})"', request.body)
        return found[1].decode("utf-8", "replace") if found else ""

    def is_over_rate(self, request):
        now = self.monotonic()
        calls = self.calls.setdefault(self.limited_by(request), deque())
        while calls and calls[0] <= now - 60:
            calls.popleft()
        if len(calls) >= self.per_minute:
            return True
        calls.append(now)
        return False

    def check(self, request):
        for status, rule, sentence in request_rules(request):
            return self.refusal(status, [sentence]), [(rule, sentence)], {}
        if self.is_over_rate(request):
            return self.too_many(None), [], {}
        try:
            event = strict_json(request.body)
        except ValueError as error:
            return self.refusal(400, [str(error)]), [("PD1", f"the body is not JSON: {error}")], {}
        is_change = request.path == CHANGE_PATH
        violations = change_rules(event) if is_change else event_rules(event)
        if violations:
            return self.refusal(400, [sentence for _, sentence in violations]), violations, {}
        if self.keys and event["routing_key"] not in self.keys:
            return self.refusal(400, ["unknown routing key"]), [("PD3", "the routing key is unknown")], {}
        if is_change:
            return Reply(202, {"status": "success", "message": "Change event processed"}), [], {"action": "change", "event": event}
        facts = {"action": event["event_action"], "key": event["dedup_key"], "event": event}
        return Reply(202, {"status": "success", "message": "Event processed", "dedup_key": event["dedup_key"]}), [], facts

    @staticmethod
    def refusal(status, errors):
        return Reply(status, {"status": "invalid event", "message": "Event object is invalid", "errors": errors})

    def apply(self, facts):
        event = facts.pop("event")
        if facts["action"] == "change":
            self.changes.append(event["payload"]["summary"])
            return []
        alert = self.alerts.setdefault((event["routing_key"], event["dedup_key"]), Alert())
        violations = list(alert.apply(event))
        facts.update(state=alert.state, pages=alert.pages)
        return violations

    def state(self):
        """What the control port tells: open keys, pages a key, every alert, and the changes."""
        alerts = [{"dedup_key": key, **alert.facts()} for (_, key), alert in self.alerts.items()]
        return {
            "open": [alert["dedup_key"] for alert in alerts if alert["state"] in ("open", "acknowledged")],
            "pages": {alert["dedup_key"]: alert["pages"] for alert in alerts},
            "alerts": alerts,
            "changes": self.changes,
        }

    def clear(self):
        self.alerts.clear()
        self.changes.clear()
        self.calls.clear()
        self.holds.until.clear()
