"""A Discord webhook, strict: limits of content and embeds, nobody mentioned, markup escaped."""

import itertools
import re

from rates import LimitedReceiver
from web import Reply, post_rules, strict_json

PATH = re.compile(r"/api/v10/webhooks/\d+/[A-Za-z0-9_-]+\?(.*&)?wait=true")
TOP = {"content": str, "embeds": list, "allowed_mentions": dict, "username": str}
EMBED = {"title": (str, 256), "description": (str, 4_096), "color": (int, 0xFFFFFF), "timestamp": (str, 40), "fields": (list, 25),
         "footer": (dict, 1)}
LINK = re.compile(r"\[(?:[^\[\]\\]|\\.)+\]\(https?://[^\s()*_`\[\]<>]+\)")
ADDRESS = re.compile(r"https?://[-A-Za-z0-9._~:/?&=%+,;@]+")


def size(text):
    """Characters as Discord may count them: UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def content_rules(message):
    for name, value in message.items():
        if name not in TOP or not isinstance(value, TOP[name]):
            yield "DC2", f"{name} is unknown or of another type"
    content = message.get("content")
    if not isinstance(content, str) or not 1 <= size(content) <= 2_000:
        yield "DC2", "content must have 1 to 2000 characters"


def field_rules(field):
    name, value = (field.get("name"), field.get("value")) if isinstance(field, dict) else (None, None)
    if not (isinstance(name, str) and 1 <= size(name) <= 256):
        yield "DC3", "a field's name must have 1 to 256 characters"
    if not (isinstance(value, str) and 1 <= size(value) <= 1_024):
        yield "DC3", "a field's value must have 1 to 1024 characters"


def embed_rules(message):
    embeds = message.get("embeds", [])
    if not isinstance(embeds, list) or len(embeds) > 10 or not all(isinstance(embed, dict) for embed in embeds):
        yield "DC3", "embeds are a list of at most 10"
        return
    for embed in embeds:
        for name, value in embed.items():
            kind, limit = EMBED.get(name, (None, 0))
            if kind is None or not isinstance(value, kind):
                yield "DC3", f"{name} of an embed is unknown or of another type"
            elif (size(value) if kind is str else value if kind is int else len(value)) > limit:
                yield "DC3", f"{name} of an embed is more than {limit}"
        for field in embed.get("fields") or []:
            yield from field_rules(field)
    if sum(size(text) for text in texts(embeds)) > 6_000:
        yield "DC3", "the embeds have more than 6000 characters together"


def mention_rule(message):
    if message.get("allowed_mentions") != {"parse": []}:
        yield "DC4", "allowed_mentions must allow none"


def texts(value):
    """Every text that people would see."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name not in ("timestamp", "allowed_mentions"):
                yield from texts(item)


def escaping_rule(message):
    """Links stand in fields, and nowhere else."""
    embeds = [embed for embed in message.get("embeds") or [] if isinstance(embed, dict)]
    fields = [field for embed in embeds for field in embed.get("fields") or [] if isinstance(field, dict)]
    with_links = {field.get("value") for field in fields if isinstance(field.get("value"), str)}
    for text in texts(message):
        rest = re.sub(r"\\.", "", ADDRESS.sub("", LINK.sub("", text) if text in with_links else text), flags=re.DOTALL)
        found = next((sign for sign in "*_`|[<~" if sign in rest), None)
        if found:
            yield "DC5", f"a bare {found!r} in {text[:60]!r}"


RULES = [content_rules, embed_rules, mention_rule, escaping_rule]


def message_rules(message):
    if not isinstance(message, dict):
        return [("DC2", "the body is not a JSON object")]
    return [violation for rule in RULES for violation in rule(message)]


class Discord(LimitedReceiver):
    name = "discord"
    rate_rule = "DC6"
    numbers = itertools.count(1_199_000_000_000_000_000)

    def too_many(self, retry_after):
        """The wait stands in the body, in seconds with a fraction, and rounded up in the header."""
        wait = retry_after or 0
        headers = [] if retry_after is None else [("Retry-After", int(-(-wait // 1)))]
        return Reply(429, {"message": "You are being rate limited.", "retry_after": wait, "global": False}, headers=headers)

    def check(self, request):
        for status, rule, sentence in post_rules(request, PATH, "DC1"):
            return Reply(status, {"message": sentence, "code": 0}), [(rule, sentence)], {}
        if too_many := self.refused_for_rate(request, 0.5):
            return too_many, [], {}
        try:
            message = strict_json(request.body)
        except ValueError as error:
            return Reply(400, {"message": "not JSON", "code": 50109}), [("DC2", f"the body is not JSON: {error}")], {}
        violations = message_rules(message)
        if violations:
            return Reply(400, {"message": "Invalid Form Body", "code": 50035, "errors": violations[0][1]}), violations, {}
        facts = {"text": message["content"], "resent": message["content"].startswith("(resent) ")}
        return Reply(200, {"id": str(next(self.numbers)), "type": 0, "content": message["content"]}), [], facts
