"""Slack, strict: an incoming webhook and the Web API, limits of blocks, escaping, one message a second with a burst of three."""

import json
import re
import time

import slack_api
from rates import LimitedReceiver
from web import Reply, strict_json

PATH = re.compile(r"/services/T[A-Za-z0-9]+/B[A-Za-z0-9]+/[A-Za-z0-9]+")
MAX_TEXT = 4_000
MAX_TOTAL = 12_000
LINK = re.compile(r"<https?://[^<>|\s]+(\|[^<>]*)?>")
ENTITY = re.compile(r"&(amp|lt|gt);")
ELEMENTS = {"mrkdwn", "plain_text", "image"}


def size(text):
    """Characters as Slack may count them: UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def request_rules(request):
    if not PATH.fullmatch(request.path):
        yield 404, "no_service", "SL1", f"the path is {request.path}, not /services/T…/B…/…"
    elif request.method != "POST":
        yield 405, "invalid_method", "SL1", f"the method is {request.method}, not POST"
    elif request.content_type != "application/json":
        yield 400, "invalid_payload", "SL1", f"the content type is {request.content_type!r}, not application/json"


def text_rule(message):
    text = message.get("text")
    if not (isinstance(text, str) and text.strip()):
        yield "no_text", "SL4", "text is missing or empty"
    elif size(text) > MAX_TEXT:
        yield "invalid_payload", "SL4", f"text has {size(text)} characters, more than {MAX_TEXT}"


def text_object(value, limit, where, kinds=("mrkdwn", "plain_text")):
    if not (isinstance(value, dict) and value.get("type") in kinds and isinstance(value.get("text"), str)):
        yield "invalid_blocks", "SL5", f"{where} is not a text object of {' or '.join(kinds)}"
    elif not 1 <= size(value["text"]) <= limit:
        yield "invalid_blocks", "SL5", f"{where} must be less than {limit + 1} characters, and not empty"


def section_rules(block):
    if "text" not in block and "fields" not in block:
        yield "invalid_blocks", "SL5", "a section needs text or fields"
    if "text" in block:
        yield from text_object(block["text"], 3_000, "section.text")
    fields = block.get("fields", [])
    if "fields" in block and not (isinstance(fields, list) and 1 <= len(fields) <= 10):
        yield "invalid_blocks", "SL5", "a section has 1 to 10 fields"
        return
    for field in fields:
        yield from text_object(field, 2_000, "a field")


def header_rules(block):
    yield from text_object(block.get("text"), 150, "header.text", ("plain_text",))


def context_rules(block):
    elements = block.get("elements")
    if not (isinstance(elements, list) and 1 <= len(elements) <= 10):
        yield "invalid_blocks", "SL5", "a context has 1 to 10 elements"
        return
    for element in elements:
        if not (isinstance(element, dict) and element.get("type") in ELEMENTS):
            yield "invalid_blocks", "SL5", "a context holds texts and images only"
        elif element["type"] != "image":
            yield from text_object(element, 3_000, "a context's text")


def actions_rules(block):
    elements = block.get("elements")
    if not (isinstance(elements, list) and 1 <= len(elements) <= 25):
        yield "invalid_blocks", "SL5", "actions have 1 to 25 elements"
        return
    for element in elements:
        if element.get("type") == "button":
            yield from text_object(element.get("text"), 75, "a button's text", ("plain_text",))
        for name, limit in (("url", 3_000), ("value", 2_000), ("action_id", 255)):
            if size(str(element.get(name, ""))) > limit:
                yield "invalid_blocks", "SL5", f"a button's {name} is longer than {limit}"


BLOCKS = {"section": section_rules, "header": header_rules, "context": context_rules, "actions": actions_rules,
          "divider": lambda block: ()}


def blocks_rules(message):
    blocks = message.get("blocks", [])
    if not isinstance(blocks, list):
        yield "invalid_blocks", "SL5", "blocks is not a list"
        return
    if len(blocks) > 50:
        yield "invalid_blocks", "SL5", f"{len(blocks)} blocks, more than 50"
    for block in blocks:
        kind = block.get("type") if isinstance(block, dict) else None
        if kind not in BLOCKS:
            yield "invalid_blocks", "SL5", f"unknown block type {kind!r}"
            continue
        if size(str(block.get("block_id", ""))) > 255:
            yield "invalid_blocks", "SL5", "block_id is longer than 255"
        yield from BLOCKS[kind](block)


def attachments_rules(message):
    attachments = message.get("attachments", [])
    if not isinstance(attachments, list) or len(attachments) > 100:
        yield "too_many_attachments", "SL5", "more than 100 attachments"
        return
    for attachment in attachments:
        yield from blocks_rules(attachment)


def texts(value, name=""):
    """Every text that people would see."""
    if isinstance(value, str) and name in ("text", "fallback", "title", "pretext", "footer", "value"):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from texts(item, name)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from texts(item, key)


def total_rule(message):
    total = sum(size(text) for text in texts(message))
    if total > MAX_TOTAL:
        yield "msg_blocks_too_long", "SL5", f"{total} characters in all, more than {MAX_TOTAL}"


def escaping_rule(message):
    for text in texts(message):
        rest = ENTITY.sub("", LINK.sub("", text))
        found = next((character for character in "<>&" if character in rest), None)
        if found:
            yield None, "SL6", f"a bare {found!r} in {text[:60]!r}"


RULES = [text_rule, blocks_rules, attachments_rules, total_rule, escaping_rule]


def message_rules(message):
    """(error word or None, rule, sentence) of each rule broken; without a word the message is still accepted."""
    if not isinstance(message, dict):
        return [("invalid_payload", "SL1", "the body is not a JSON object")]
    return [violation for rule in RULES for violation in rule(message)]


class Slack(LimitedReceiver):
    name = "slack"
    rate_rule = "SL3"

    def too_many(self, retry_after):
        headers = [] if retry_after is None else [("Retry-After", retry_after)]
        return Reply(429, {"retry_after": retry_after or 0, "ok": False, "error": "rate_limited"}, headers=headers)

    def __init__(self, *arguments, clock=time.time, **named):
        self.clock = clock
        self.channels = slack_api.Channels()
        super().__init__(*arguments, **named)

    def limited_by(self, request):
        """The webhook, or the channel that a bot posts to."""
        if not request.path.startswith("/api/"):
            return request.path
        found = re.search(rb'"channel" *: *"([^"]{1,64})"', request.body)
        return "/api " + (found[1].decode("utf-8", "replace") if found else "")

    def check(self, request):
        if request.path.startswith("/api/"):
            return self.check_call(request)
        for status, word, rule, sentence in request_rules(request):
            return Reply(status, word), [(rule, sentence)], {}
        if too_many := self.refused_for_rate(request, 1):
            return too_many, [], {}
        try:
            message = strict_json(request.body)
        except ValueError as error:
            return Reply(400, "invalid_payload"), [("SL1", f"the body is not JSON: {error}")], {}
        found = message_rules(message)
        violations = [(rule, sentence) for _, rule, sentence in found]
        word = next((word for word, _, _ in found if word), None)
        if word and not self.is_lenient:
            return Reply(400, word), violations, {}
        text = message.get("text") or json.dumps(message.get("attachments"))
        return Reply(200, "ok"), violations, {"text": text, "resent": text.startswith("(resent) ")}

    def check_call(self, request):
        """A method of the Web API: what it refuses it refuses with status 200."""
        for reply, rule, sentence in slack_api.request_rules(request):
            return reply, [(rule, sentence)], {}
        if too_many := self.refused_for_rate(request, 1):
            return too_many, [], {}
        method = slack_api.METHODS[request.path]
        try:
            message = strict_json(request.body)
        except ValueError as error:
            return slack_api.refusal("invalid_json"), [("SL1", f"the body is not JSON: {error}")], {}
        found = list(slack_api.argument_rules(method, message))
        if not found:
            found = [*message_rules(message), *self.channels.thread_rules(method, message)]
        violations = [(rule, sentence) for _, rule, sentence in found]
        word = next((word for word, _, _ in found if word), None)
        if word:
            return slack_api.refusal(word), violations, {}
        stamp = message["ts"] if method == "chat.update" else self.channels.next_stamp(self.clock())
        facts = {"method": method, "channel": message["channel"], "ts": stamp, "text": message["text"],
                 "thread_ts": message.get("thread_ts"), "broadcast": message.get("reply_broadcast", False),
                 "resent": message["text"].startswith("(resent) ")}
        reply = {"ok": True, "channel": message["channel"], "ts": stamp, "message": {"text": message["text"], "type": "message"}}
        return Reply(200, reply), violations, facts

    def is_accepted(self, reply):
        return reply.status == 200 and (reply.body == "ok" or json.loads(reply.body).get("ok") is True)

    def apply(self, facts):
        if "method" in facts:
            self.channels.apply(facts)
        return []

    def state(self):
        """What the control port tells: the messages of each channel."""
        return self.channels.channels

    def clear(self):
        super().clear()
        self.channels = slack_api.Channels()
