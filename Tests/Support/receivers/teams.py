"""A Microsoft Teams workflow that posts an adaptive card, strict: size, form of the card, text as it is."""

import re

from rates import LimitedReceiver
from web import Reply, post_rules, strict_json

PATH = re.compile(r"/workflows/[a-z0-9]+/triggers/manual/paths/invoke\?(.*&)?sig=[A-Za-z0-9_-]+")
MAX_BODY = 20_000  # Stricter: 28 KB is documented, and bodies of 19.6 KB were refused.
CARD = "application/vnd.microsoft.card.adaptive"
RUN = {"type": str, "text": str, "weight": str, "size": str, "color": str, "isSubtle": bool}
BLOCK = {"type": str, "spacing": str, "inlines": list}
ACTION = {"type": str, "title": str, "url": str}
MAX_ACTIONS = 6
COLOURS = ("Default", "Dark", "Light", "Accent", "Good", "Warning", "Attention")


def request_rules(request):
    yield from post_rules(request, PATH, "TM1")
    if len(request.body) > MAX_BODY:
        yield 413, "TM2", f"the body has {len(request.body)} bytes, more than {MAX_BODY}"


def fields(where, value, types):
    for name, item in value.items():
        if name not in types:
            yield "TM4", f"unknown key {name} in {where}"
        elif not isinstance(item, types[name]):
            yield "TM4", f"{name} of {where} is not of type {types[name].__name__}"


def block_rules(block):
    if not isinstance(block, dict) or block.get("type") != "RichTextBlock":
        yield "TM5", "text from outside stands in rich text blocks, for a text block reads Markdown"
        return
    yield from fields("a block", block, BLOCK)
    for run in block.get("inlines") or [None]:
        if not isinstance(run, dict) or run.get("type") != "TextRun" or not run.get("text"):
            yield "TM4", "a block holds text runs, each with a text"
            continue
        yield from fields("a run", run, RUN)
        if "color" in run and run["color"] not in COLOURS:
            yield "TM4", f"the color is {run['color']!r}"


def action_rules(actions):
    if not isinstance(actions, list) or not 1 <= len(actions) <= MAX_ACTIONS:
        yield "TM4", f"actions are a list of 1 to {MAX_ACTIONS}"
        return
    for action in actions:
        if not isinstance(action, dict) or action.get("type") != "Action.OpenUrl" or not action.get("title"):
            yield "TM4", "an action opens an address and has a title"
            continue
        yield from fields("an action", action, ACTION)
        if not re.fullmatch(r"https?://[!-~]+", str(action.get("url"))):
            yield "TM4", "an action leads neither to http nor to https"


def message_rules(message):
    attachments = message.get("attachments") if isinstance(message, dict) else None
    if not isinstance(attachments, list) or message.get("type") != "message" or len(attachments) != 1:
        yield "TM3", "the body is not a message with one attachment"
        return
    card = attachments[0].get("content") if isinstance(attachments[0], dict) else None
    if not isinstance(card, dict) or attachments[0].get("contentType") != CARD:
        yield "TM3", f"the attachment is not of type {CARD}"
        return
    if card.get("type") != "AdaptiveCard" or card.get("version") not in ("1.0", "1.1", "1.2", "1.3", "1.4", "1.5"):
        yield "TM3", "the content is not an adaptive card of a known version"
    if not isinstance(card.get("body"), list) or not card["body"]:
        yield "TM3", "the card is empty"
        return
    for block in card["body"]:
        yield from block_rules(block)
    if "actions" in card:
        yield from action_rules(card["actions"])


class Teams(LimitedReceiver):
    name = "teams"
    rate_rule = "TM6"

    def check(self, request):
        for status, rule, sentence in request_rules(request):
            return Reply(status, sentence), [(rule, sentence)], {}
        if too_many := self.refused_for_rate(request, 1):
            return too_many, [], {}
        try:
            message = strict_json(request.body)
        except ValueError as error:
            return Reply(400, "not JSON"), [("TM3", f"the body is not JSON: {error}")], {}
        violations = list(message_rules(message))
        if violations:
            return Reply(400, violations[0][1]), violations, {}
        headline = message["attachments"][0]["content"]["body"][0]["inlines"][0]["text"]
        return Reply(202), [], {"text": headline, "resent": headline.startswith("(resent) ")}
