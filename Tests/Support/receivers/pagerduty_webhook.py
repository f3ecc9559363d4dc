"""What PagerDuty sends: V3 webhooks about incidents, signed as it signs them."""

import hashlib
import hmac
import json
import time
import urllib.error
import urllib.request
import uuid

EVENT_TYPES = ("incident.triggered", "incident.acknowledged", "incident.unacknowledged", "incident.escalated", "incident.reassigned",
               "incident.reopened", "incident.resolved", "incident.annotated", "pagey.ping")
STATUS = {"incident.acknowledged": "acknowledged", "incident.resolved": "resolved"}


def signature(body, *secrets):
    """The value of X-PagerDuty-Signature; while a secret is changed there are two."""
    return ",".join("v1=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() for secret in secrets)


def event(event_type, dedup_key, agent="Ada Lovelace", now=None):
    """The document of an event about the incident that this key opened."""
    number = uuid.uuid5(uuid.NAMESPACE_URL, dedup_key).hex[:13].upper()
    agent = {"html_url": "https://acme.pagerduty.com/users/PLH1HKV", "id": "PLH1HKV", "self": "https://api.pagerduty.com/users/PLH1HKV",
             "summary": agent, "type": "user_reference"}
    data = {
        "id": "Q" + number, "type": "incident", "self": f"https://api.pagerduty.com/incidents/Q{number}",
        "html_url": f"https://acme.pagerduty.com/incidents/Q{number}", "number": 2, "status": STATUS.get(event_type, "triggered"),
        "incident_key": dedup_key, "title": "An incident", "urgency": "high", "priority": None, "resolve_reason": None,
        "service": {"id": "PF9KMXH", "summary": "API Service", "type": "service_reference"},
        "assignees": [agent], "teams": [], "created_at": "2026-03-29T02:01:15Z",
    }
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() if now is None else now)) + ".000Z"
    return {"event": {"id": uuid.uuid4().hex.upper()[:26], "event_type": event_type, "resource_type": "incident", "occurred_at": stamp,
                      "agent": agent, "client": None, "data": data}}


def send(order):
    """Sends what the order says and returns {"status", "body"} of the answer. `signature` and `body` in place of the right ones."""
    unknown = set(order) - {"url", "secrets", "event_type", "dedup_key", "agent", "signature", "body"}
    if unknown:
        raise ValueError("unknown keys: " + ", ".join(sorted(unknown)))
    if order.get("event_type") not in EVENT_TYPES:
        raise ValueError("event_type must be one of " + ", ".join(EVENT_TYPES))
    body = order.get("body") or json.dumps(event(order["event_type"], order["dedup_key"], order.get("agent", "Ada Lovelace")))
    signed = order["signature"] if "signature" in order else signature(body.encode(), *order.get("secrets", ()))
    headers = {"Content-Type": "application/json", "User-Agent": "PagerDuty-Webhook/V3.0", "X-Webhook-Id": str(uuid.uuid4())}
    if signed:
        headers["X-PagerDuty-Signature"] = signed
    request = urllib.request.Request(order["url"], body.encode(), headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=5) as reply:
            return {"status": reply.status, "body": reply.read().decode("utf-8", "replace")}
    except urllib.error.HTTPError as reply:
        return {"status": reply.code, "body": reply.read().decode("utf-8", "replace")}
