"""Telegram's Bot API as far as sendMessage, strict: plain text only, its length, and no mention from outside."""

import itertools
import re

from rates import LimitedReceiver
from web import Reply, post_rules, strict_json

PATH = re.compile(r"/bot(\d+:[A-Za-z0-9_-]+)/sendMessage")
CHAT = re.compile(r"-?\d{1,20}|@[A-Za-z]\w{3,31}")
TYPES = {"text": str, "chat_id": str, "link_preview_options": dict, "disable_notification": bool}
MENTION = re.compile(r"(?<![^\W_])@[A-Za-z]")


def message_rules(message):
    if not isinstance(message, dict):
        yield "TG2", "the body is not a JSON object"
        return
    for name, value in message.items():
        if name not in TYPES or not isinstance(value, TYPES[name]):
            yield "TG2", f"{name} is unknown or of another type"
    if not CHAT.fullmatch(str(message.get("chat_id", ""))):
        yield "TG2", f"chat_id is {message.get('chat_id')!r}"
    text = message.get("text")
    if not (isinstance(text, str) and text.strip()):
        yield "TG3", "text is missing or empty"
    elif len(text.encode("utf-16-le")) // 2 > 4_096:
        yield "TG3", "text is longer than 4096"
    elif found := MENTION.search(text):
        yield "TG4", f"a mention at {text[found.start():][:30]!r}"


class Telegram(LimitedReceiver):
    name = "telegram"
    rate_rule = "TG5"
    numbers = itertools.count(1)

    @staticmethod
    def refusal(status, sentence, **more):
        return Reply(status, {"ok": False, "error_code": status, "description": sentence, **more})

    def too_many(self, retry_after):
        """The wait stands in the body only."""
        more = {} if retry_after is None else {"parameters": {"retry_after": retry_after}}
        return self.refusal(429, "Too Many Requests", **more)

    def check(self, request):
        for status, rule, sentence in post_rules(request, PATH, "TG1"):
            return self.refusal(status, sentence), [(rule, sentence)], {}
        if too_many := self.refused_for_rate(request, 3):
            return too_many, [], {}
        try:
            message = strict_json(request.body)
        except ValueError as error:
            return self.refusal(400, "Bad Request: not JSON"), [("TG2", f"the body is not JSON: {error}")], {}
        violations = list(message_rules(message))
        if violations:
            return self.refusal(400, f"Bad Request: {violations[0][1]}"), violations, {}
        facts = {"text": message["text"], "resent": message["text"].startswith("(resent) ")}
        return Reply(200, {"ok": True, "result": {"message_id": next(self.numbers), "text": message["text"]}}), [], facts
