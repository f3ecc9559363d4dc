"""The generic webhook, strict: version 1 of our JSON, the idempotency key, and the signature where a key is known."""

import hashlib
import hmac
import re
import time

from web import HTTPReceiver, Reply, strict_json

KINDS = ("trigger", "update", "acknowledge", "resolve", "delayed", "digest", "test", "change")
TYPES = {"version": int, "kind": str, "idempotency_key": str, "dedup_key": str, "root_key": str, "is_first": bool,
         "is_unrecorded": bool, "node": str, "incident": str, "level": str, "title": str, "text": str, "at": str,
         "opened_at": str, "labels": dict, "facts": list, "links": list, "is_drill": bool, "members": list,
         "omitted_members": int}
OPTIONAL = {"resolved_at": str, "acked_by": str}
MEMBER = {"probe", "rule", "level", "since", "resolved_at", "reason", "address"}
FACT = {"name", "text"}
LINK = {"text", "address"}
MAX_BODY = 512_000
TOLERANCE = 300


def request_rules(request):
    if request.path != "/hook":
        yield 404, "WH1", f"the path is {request.path}, not /hook"
    elif request.method != "POST":
        yield 405, "WH1", f"the method is {request.method}, not POST"
    elif request.content_type != "application/json":
        yield 400, "WH1", f"the content type is {request.content_type!r}, not application/json"
    elif len(request.body) > MAX_BODY:
        yield 413, "WH1", f"the body has {len(request.body)} bytes, more than {MAX_BODY}"


def signature_rule(request, key, now):
    """WH2: `t=SECONDS,v1=HEX` over `SECONDS.body`, not older than five minutes."""
    match = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", request.header("X-Monitord-Signature") or "")
    if not match:
        yield "WH2", "X-Monitord-Signature is missing or not t=SECONDS,v1=HEX"
        return
    expected = hmac.new(key, match[1].encode() + b"." + request.body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, match[2]):
        yield "WH2", "the signature is not that of the body"
    if abs(now - int(match[1])) > TOLERANCE:
        yield "WH2", f"the signature's time is {now - int(match[1]):.0f} s away"


def is_section(section):
    return (isinstance(section, dict) and set(section) == {"title", "lines"} and isinstance(section["title"], str)
            and isinstance(section["lines"], list) and all(isinstance(line, str) for line in section["lines"]))


def document_rules(document, request):
    """WH3: every key of version 1 with its type; WH4: the header is the body's key."""
    if not isinstance(document, dict):
        yield "WH3", "the body is not a JSON object"
        return
    for name, kind in TYPES.items():
        if type(document.get(name)) is not kind:
            yield "WH3", f"{name} is not of type {kind.__name__}"
    for name, kind in OPTIONAL.items():
        if name not in document or not (document[name] is None or isinstance(document[name], kind)):
            yield "WH3", f"{name} is neither null nor of type {kind.__name__}"
    digest = {"sections"} if document.get("kind") == "digest" else set()
    for name in set(document) - set(TYPES) - set(OPTIONAL) - digest:
        yield "WH3", f"unknown key {name}"
    sections = document.get("sections") if digest else []
    if not isinstance(sections, list) or not all(is_section(section) for section in sections):
        yield "WH3", "a digest has not sections, each with a title and lines"
    if document.get("kind") not in KINDS or document.get("level") not in ("warning", "critical"):
        yield "WH3", "kind or level is unknown"
    for member in document.get("members") or []:
        if not (isinstance(member, dict) and set(member) == MEMBER):
            yield "WH3", "a member has not the keys of version 1"
    for name, keys in (("facts", FACT), ("links", LINK)):
        for item in document.get(name) or []:
            if not (isinstance(item, dict) and set(item) == keys and all(isinstance(text, str) and text for text in item.values())):
                yield "WH3", f"one of {name} has not the keys of version 1"
    for link in document.get("links") or []:
        if not re.fullmatch(r"https?://[!-~]+", str(link.get("address") if isinstance(link, dict) else "")):
            yield "WH3", "a link leads neither to http nor to https"
    key = document.get("idempotency_key")
    if not key or request.header("Idempotency-Key") != key:
        yield "WH4", "Idempotency-Key is missing or not the body's idempotency_key"


class Webhook(HTTPReceiver):
    name = "webhook"

    def __init__(self, *arguments, key=None, **named):
        self.key = key.encode() if key else None
        self.seen = {}
        super().__init__(*arguments, **named)

    def check(self, request):
        for status, rule, sentence in request_rules(request):
            return Reply(status, sentence), [(rule, sentence)], {}
        if self.key:
            broken = list(signature_rule(request, self.key, time.time()))
            if broken:
                return Reply(401, "bad signature"), broken, {}
        try:
            document = strict_json(request.body)
        except ValueError as error:
            return Reply(400, "not JSON"), [("WH3", f"the body is not JSON: {error}")], {}
        violations = list(document_rules(document, request))
        if violations:
            return Reply(400, violations[0][1]), violations, {}
        facts = {name: document[name] for name in ("kind", "idempotency_key", "dedup_key", "incident")}
        return Reply(200, {"accepted": True}), [], {**facts, "digest": hashlib.sha256(request.body).hexdigest()}

    def apply(self, facts):
        """WH5: a repeat has the same body."""
        key = facts["idempotency_key"]
        facts["duplicate"] = key in self.seen
        if self.seen.setdefault(key, facts["digest"]) != facts["digest"]:
            return [("WH5", "another body with an Idempotency-Key that was used")]
        return []

    def clear(self):
        self.seen.clear()
