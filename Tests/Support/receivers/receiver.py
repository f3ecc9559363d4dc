"""Strict receivers of every kind of channel on 127.0.0.1, for tests.

`python3 receiver.py --ports-file FILE` writes a JSON object with the ports, the addresses and the CA's path when all listen, and
runs until it is ended. The control port answers GET /log, /violations, /health, the state of a receiver as /pagerduty, /opsgenie,
/slack and /alertmanager, and POST /clear, /fault and /pagerduty: an order such as {"receiver": "slack", "mode": "429",
"retry_after": 2, "count": 1}, or a webhook that PagerDuty is to send (`pagerduty_webhook.send`). `--more` adds a receiver that misbehaves
from the start: {"name": "chat-2", "receiver": "slack", "mode": "close", "count": 1}; orders and ports then call it by its own name.
"""

import argparse
import json
import os
import tempfile
import threading
from pathlib import Path

from alertmanager import Alertmanager
from control import Control
from discord import Discord
from journal import Journal
from listening import make_certificates
from ntfy import Ntfy
from opsgenie import Opsgenie
from pagerduty import PagerDuty
from slack import Slack
from smtp import SMTP
from teams import Teams
from telegram import Telegram
from webhook import Webhook

# The receivers of HTTP by name, and the path where each takes messages.
PATHS = {
    "pagerduty": "/v2/enqueue",
    "slack": "/services/T0000/B0000/secret0000",
    "webhook": "/hook",
    "teams": "/workflows/0/triggers/manual/paths/invoke?api-version=2016-06-01&sig=secret0000",
    "discord": "/api/webhooks/1/secret0000",
    "telegram": "",
    "ntfy": "",
    "opsgenie": "",
    "alertmanager": "",
}


class Receivers:
    """All of them, listening."""

    def __init__(self, cert_dir, log=None, ports=None, webhook_key=None, smtp_user=None, routing_keys=(), unlimited=False,
                 mail_age=300, more=(), keep_alive=False, lenient=False):
        port = (ports or {}).get
        ca, good, other = make_certificates(cert_dir)
        self.journal = Journal(log)
        limits = 1e9 if unlimited else None
        tls = (good, other)
        self.pagerduty = PagerDuty(
            self.journal, *tls, port("pagerduty", 0), port("pagerduty_tls", 0), keys=routing_keys, per_minute=limits or 120)
        self.webhook = Webhook(self.journal, *tls, port("webhook", 0), port("webhook_tls", 0), key=webhook_key)
        self.alertmanager = Alertmanager(self.journal, *tls, port("alertmanager", 0), port("alertmanager_tls", 0))
        self.smtp = SMTP(self.journal, *tls, port("smtp", 0), port("smtps", 0), user=smtp_user, max_age=mail_age)
        # Messages a second, and at once.
        rates = {Slack: (1, 3), Teams: (4, 4), Discord: (0.5, 5), Telegram: (1 / 3, 20), Ntfy: (0.2, 60), Opsgenie: (2, 10)}
        over_http = [self.pagerduty, self.webhook, self.alertmanager]
        for kind, (per_second, burst) in rates.items():
            receiver = kind(
                self.journal, *tls, port(kind.name, 0), port(kind.name + "_tls", 0), per_second=limits or per_second,
                burst=limits or burst)
            setattr(self, kind.name, receiver)
            over_http.append(receiver)
        by_name = {receiver.name: receiver for receiver in [*over_http, self.smtp]}
        added = {order["name"]: self.added(order, by_name[order["receiver"]], tls, limits) for order in more}
        for receiver in over_http:
            receiver.keeps_alive, receiver.is_lenient = keep_alive, lenient
        self.smtp.is_lenient = lenient
        self.control = Control(self.journal, {**by_name, **added}, port("control", 0))
        self.ports = {"control": self.control.listener.port, "smtp": self.smtp.port, "smtps": self.smtp.listeners[1].port}
        for receiver in over_http:
            self.ports[receiver.name] = receiver.port
            self.ports[receiver.name + "_tls"] = receiver.listeners[1].port
        urls = {"control": self.url("http", "control"), "smtp": self.url("smtp", "smtp"), "smtps": self.url("smtps", "smtps")}
        for name, path in PATHS.items():
            urls[name] = self.url("http", name, path)
            urls[name + "_tls"] = self.url("https", name + "_tls", path)
        for name, receiver in added.items():
            self.ports[name], self.ports[name + "_tls"] = receiver.port, receiver.listeners[1].port
            scheme = "smtp" if receiver.name == "smtp" else "http"
            urls[name] = self.url(scheme, name, PATHS.get(receiver.name, ""))
            urls[name + "_tls"] = self.url(scheme + "s", name + "_tls", PATHS.get(receiver.name, ""))
        self.description = {**self.ports, "ca": ca, "pid": os.getpid(), "urls": urls}

    def added(self, order, like, tls, limits):
        """Another receiver of the kind of `like`, with a fault of its own."""
        if limits is None:
            raise SystemExit("receivers that are added have no limits: give --unlimited")
        if like.name == "smtp":
            settings = {"user": like.user, "max_age": like.max_age}
        elif like.name == "webhook":
            settings = {"key": like.key and like.key.decode()}
        elif like.name == "alertmanager":
            settings = {}
        else:
            settings = {"per_minute": limits} if like.name == "pagerduty" else {"per_second": limits, "burst": limits}
        receiver = type(like)(self.journal, *tls, **settings)
        wrong = receiver.set_fault({key: value for key, value in order.items() if key != "name"})
        if wrong:
            raise SystemExit(f"{order['name']}: {wrong}")
        return receiver

    def url(self, scheme, name, path=""):
        return f"{scheme}://127.0.0.1:{self.ports[name]}{path}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ports-file", required=True)
    parser.add_argument("--cert-dir", help="certificates are made here, or used again")
    parser.add_argument("--log", help="each item received is appended as a line of JSON")
    parser.add_argument("--webhook-key", help="require a signature with this key")
    parser.add_argument("--smtp-user", metavar="NAME:PASSWORD", help="offer and require AUTH")
    parser.add_argument("--routing-key", action="append", default=[], help="the known routing keys; default any")
    parser.add_argument("--unlimited", action="store_true", help="no rate limits but those of POST /fault")
    parser.add_argument("--more", metavar="FILE", help="a JSON list of receivers to add")
    parser.add_argument("--keep-alive", action="store_true", help="keep connections for the next request")
    parser.add_argument("--lenient", action="store_true", help="take messages and mailboxes of any form, and record what is wrong")
    parser.add_argument("--mail-age", type=float, default=300, help="seconds that a mail's Date may be old")
    for name in (*PATHS, "smtp", "smtps", "control"):
        parser.add_argument(f"--{name}-port", type=int, default=0)
    for name in PATHS:
        parser.add_argument(f"--{name}-tls-port", type=int, default=0)
    options = parser.parse_args()

    ports = {name.removesuffix("_port"): value for name, value in vars(options).items() if name.endswith("_port")}
    more = json.loads(Path(options.more).read_text()) if options.more else ()
    receivers = Receivers(
        options.cert_dir or tempfile.mkdtemp(prefix="receivers-"), options.log, ports, options.webhook_key, options.smtp_user,
        options.routing_key, options.unlimited, options.mail_age, more, options.keep_alive, options.lenient)
    # Whole or not at all: who waits for the file must not read half of it.
    target = Path(options.ports_file)
    partial = target.with_name(target.name + ".partial")
    partial.write_text(json.dumps(receivers.description, indent=1))
    partial.rename(target)
    threading.Event().wait()


if __name__ == "__main__":
    main()
