"""Slack's Web API as far as messages need it, strict: `chat.postMessage` and `chat.update` with a bot's token, channels and threads."""

import re

from web import Reply

METHODS = {"/api/chat.postMessage": "chat.postMessage", "/api/chat.update": "chat.update"}
CHANNEL = re.compile(r"[CGD][A-Z0-9]{8,}")
STAMP = re.compile(r"\d{10}\.\d{6}")
COMMON = {"channel": str, "text": str, "blocks": list, "attachments": list, "metadata": dict}
ARGUMENTS = {
    "chat.postMessage": {**COMMON, "thread_ts": str, "reply_broadcast": bool, "unfurl_links": bool, "unfurl_media": bool,
                         "mrkdwn": bool},
    "chat.update": {**COMMON, "ts": str, "reply_broadcast": bool},
}


def refusal(word):
    """Errors of the Web API come with status 200."""
    return Reply(200, {"ok": False, "error": word})


def request_rules(request):
    """(reply, rule, sentence) where it is no call of a method by a bot; the token is not told."""
    token = re.fullmatch(r"Bearer (\S+)", request.header("Authorization") or "")
    charset = re.search(r"charset=utf-8", request.header("Content-Type") or "", re.IGNORECASE)
    if request.path not in METHODS:
        yield refusal("unknown_method"), "SL7", f"the path is {request.path}"
    elif request.method != "POST":
        yield refusal("invalid_post_type"), "SL7", f"the method is {request.method}, not POST"
    elif request.content_type != "application/json" or not charset:
        yield refusal("invalid_post_type"), "SL7", "the content type is not application/json; charset=utf-8"
    elif not token:
        yield refusal("not_authed"), "SL7", "Authorization is not Bearer and a token"
    elif not token[1].startswith("xoxb-"):
        yield refusal("invalid_auth"), "SL7", "the token is not a bot's"


def argument_rules(method, message):
    """(error word, rule, sentence): names and types of arguments, and what each method needs."""
    if not isinstance(message, dict):
        yield "invalid_json", "SL7", "the body is not a JSON object"
        return
    for name, value in message.items():
        if name not in ARGUMENTS[method]:
            yield "invalid_arg_name", "SL7", f"{method} has no argument {name}"
        elif not isinstance(value, ARGUMENTS[method][name]):
            yield "invalid_arguments", "SL7", f"{name} is not of type {ARGUMENTS[method][name].__name__}"
    if not CHANNEL.fullmatch(str(message.get("channel", ""))):
        yield "channel_not_found", "SL7", "channel is not the id of a channel"
    if method == "chat.update" and not STAMP.fullmatch(str(message.get("ts", ""))):
        yield "message_not_found", "SL7", "ts names no message"
    if "reply_broadcast" in message and "thread_ts" not in message and method == "chat.postMessage":
        yield "invalid_arguments", "SL7", "reply_broadcast without thread_ts"


class Channels:
    """The messages of each channel by `ts`."""

    def __init__(self):
        self.channels = {}
        self.count = 0

    def thread_rules(self, method, message):
        """A reply names the parent of its thread, an update names a message."""
        known = self.channels.get(message.get("channel"), {})
        parent = message.get("thread_ts")
        if parent is not None and parent not in known:
            yield "thread_not_found", "SL7", "thread_ts names no message of the channel"
        elif parent is not None and known[parent]["thread_ts"]:
            yield None, "SL7", "thread_ts names a reply, not the parent of the thread"
        if method == "chat.update" and message.get("ts") not in known:
            yield "message_not_found", "SL7", "ts names no message of the channel"

    def next_stamp(self, now):
        self.count += 1
        return f"{int(now):010d}.{self.count:06d}"

    def apply(self, facts):
        messages = self.channels.setdefault(facts["channel"], {})
        if facts["method"] == "chat.update":
            messages[facts["ts"]]["text"] = facts["text"]
            messages[facts["ts"]]["updates"] += 1
        else:
            messages[facts["ts"]] = {"text": facts["text"], "thread_ts": facts["thread_ts"], "updates": 0,
                                     "broadcast": facts["broadcast"]}
