"""Every kind of channel against a receiver that does each thing wrong once: what is said again, what is marked, what is given up."""

import json

from harness import Case, Receivers, http_probe, wait_until

# What a receiver does wrong with its first message, and what the first attempt then counts as. `copies` is how many the receiver has at
# the end: two where it kept what it did not acknowledge.
DELIVERED, RETRY, DOUBT, REJECTED = "delivered", "retry", "in_doubt", "rejected"
HTTP = [
    ("429", {}, RETRY, 1), ("429", {"retry_after": 1}, RETRY, 1), ("status", {"status": 503}, RETRY, 1),
    ("status", {"status": 408}, RETRY, 1), ("500", {}, DOUBT, 1), ("status", {"status": 502}, DOUBT, 1),
    ("status", {"status": 400}, REJECTED, 0), ("status", {"status": 404}, REJECTED, 0), ("status", {"status": 301}, REJECTED, 0),
    ("hang", {"delay": 60}, DOUBT, 1), ("close", {}, DOUBT, 1), ("reset", {}, DOUBT, 1), ("half_close", {}, DOUBT, 1),
    ("500_after_apply", {}, DOUBT, 2), ("hang_after_apply", {"delay": 60}, DOUBT, 2), ("close_after_apply", {}, DOUBT, 2),
    ("reset_after_apply", {}, DOUBT, 2), ("late_apply", {"delay": 2}, DOUBT, 2), ("half_close_after_apply", {}, DOUBT, 2),
    ("drip", {"delay": 0.002}, DELIVERED, 1), ("slow_headers", {"delay": 1}, DELIVERED, 1), ("delay", {"delay": 1}, DELIVERED, 1),
    ("tls_failure", {}, RETRY, 1), ("wrong_certificate", {}, RETRY, 1), ("down", {}, RETRY, 1),
]
# The status arrived, and says enough.
STATUS_IS_ENOUGH = {"pagerduty", "webhook", "teams", "opsgenie"}
MAIL = [
    ("421", {}, RETRY, 1), ("452", {}, RETRY, 1), ("451", {}, RETRY, 1), ("451_after_data", {}, RETRY, 1), ("550", {}, REJECTED, 0),
    ("554_after_data", {}, REJECTED, 0), ("small_size", {}, REJECTED, 0), ("no_starttls", {}, REJECTED, 0),
    ("hang", {"delay": 1}, RETRY, 1),
    ("close", {}, DOUBT, 1), ("close_after_apply", {}, DOUBT, 2), ("delay_250", {"delay": 1}, DELIVERED, 1),
    ("multiline", {}, DELIVERED, 1), ("drip", {}, DELIVERED, 1), ("no_8bitmime", {}, DELIVERED, 1), ("no_size", {}, DELIVERED, 1),
    ("tls_failure", {}, RETRY, 1), ("wrong_certificate", {}, RETRY, 1), ("down", {}, RETRY, 1),
]
# It names no wait when it refuses for its rate.
NO_WAIT = {"ntfy": ("429", {"retry_after": 1})}
KINDS = ("pagerduty", "slack", "webhook", "teams", "discord", "telegram", "ntfy", "opsgenie")
# Receivers that mark a repeat for people; the others know it by its key.
MARKED = {"slack", "teams", "discord", "telegram", "ntfy", "smtp"}


class Cell:
    """One kind of channel and one thing that its receiver does wrong."""

    def __init__(self, kind, mode, options, outcome, copies):
        if mode == "half_close_after_apply" and kind in STATUS_IS_ENOUGH:
            outcome, copies = DELIVERED, 1
        self.kind, self.mode, self.options, self.outcome, self.copies = kind, mode, options, outcome, copies
        self.name = "-".join([kind, mode.replace("_", "-"), *(str(value) for value in options.values())])

    def order(self):
        return {"name": self.name, "receiver": self.kind, "mode": self.mode, "count": None if self.mode == "down" else 1, **self.options}

    def channel(self, ports, secret):
        url, ca = ports["urls"][self.name + ("" if self.kind == "smtp" else "_tls")], ports["ca"]
        return {
            "pagerduty": lambda: {"pagerduty": {"routing_key": secret("k" * 32), "url": url, "ca_file": ca}},
            "slack": lambda: {"slack": {"webhook_url": secret(url), "ca_file": ca}},
            "webhook": lambda: {"webhook": {"url": url, "signing_key": secret(Receivers.SIGNING_KEY), "ca_file": ca}},
            "teams": lambda: {"teams": {"webhook_url": secret(url), "ca_file": ca}},
            "discord": lambda: {"discord": {"webhook_url": secret(url), "ca_file": ca}},
            "telegram": lambda: {"telegram": {"bot_token": secret("1234567:" + "t" * 35), "chat_id": "-100123", "url": url,
                                              "ca_file": ca}},
            "ntfy": lambda: {"ntfy": {"topic": "alarms", "url": url, "ca_file": ca}},
            "opsgenie": lambda: {"opsgenie": {"api_key": secret("5f0c1a2b-0000-4000-8000-000000000000"), "url": url, "ca_file": ca}},
            "smtp": lambda: {"email": {"server": url, "tls": "required", "ca_file": ca, "from": "monitord@example.com",
                                       "to": [f"{self.name}@example.com"]}},
        }[self.kind]()


class FaultyReceiverTests(Case):
    SLOW = True

    def test_each_channel_survives_each_thing_that_a_receiver_does_wrong(self):
        cells = [Cell(kind, *row) for kind in KINDS for row in HTTP if row[:2] != NO_WAIT.get(kind)]
        cells += [Cell("smtp", *row) for row in MAIL]
        more = self.write("more.json", json.dumps([cell.order() for cell in cells]))
        receivers = self.receivers("--unlimited", "--more", more)

        def secret(cell):
            return lambda value: {"file": self.write(f"secrets/{cell.name}", value)}

        # Every probe fails from the start.
        nowhere = self.nowhere()
        daemon = self.daemon(
            probes=[http_probe(cell.name, nowhere, every="5m") for cell in cells],
            channels={cell.name: cell.channel(receivers.ports, secret(cell)) for cell in cells},
            policies={cell.name: {"steps": [{"after": "0s", "notify": [cell.name]}]} for cell in cells},
            routes=[{"match": {"probe": cell.name}, "policy": cell.name, "group_wait": "0s"} for cell in cells]
            + [{"policy": cells[0].name, "group_wait": "5m"}])
        daemon.start()

        def rows():
            with daemon.reading() as database:
                return {row[1]: row for row in database.execute(
                    "select id, target, phase, tries, in_doubt, note from outbox where kind = 'trigger'")}

        wait_until("every page was tried", 60, lambda: len(rows()) >= len(cells) and all(row[3] for row in rows().values()))
        for cell in cells:
            if cell.mode == "down":
                receivers.mend(cell.name)
        wait_until("every page is settled", 120, lambda: all(row[2] in ("done", "dead") for row in rows().values()), every=0.5)

        with daemon.reading() as database:
            outcomes = {}
            for target, outcome in database.execute("select target, outcome from attempt join outbox on id = row "
                                                    "where kind = 'trigger' order by row, number"):
                outcomes.setdefault(target, []).append(outcome)
        arrived = {}
        for entry in receivers.log():
            if entry["accepted"]:
                named = [cell.name for cell in cells if f"{cell.name} failing" in (entry.get("body") or "").replace("=\r\n", "")]
                arrived.setdefault(max(named, key=len) if named else None, []).append(entry)
        wrong = []
        for cell in cells:
            phase, tried, kept = rows()[cell.name][2], outcomes[cell.name], arrived.get(cell.name, [])
            expected = {DELIVERED: ("done", [DELIVERED]), REJECTED: ("dead", [REJECTED])}.get(
                cell.outcome, ("done", [cell.outcome] * (len(tried) - 1) + [DELIVERED]))
            if (phase, tried) != expected or (len(tried) > 2 and cell.mode != "down"):
                wrong.append(f"{cell.name}: {phase} after {tried}: {rows()[cell.name][5]}")
            elif len(kept) != cell.copies:
                wrong.append(f"{cell.name}: the receiver has {len(kept)} copies, not {cell.copies}")
            elif cell.kind in MARKED and cell.copies:
                # All but the first attempt after a doubt; where that one is applied late it comes last.
                marks = [bool(entry["resent"]) for entry in kept]
                expected = {DOUBT: [False, True][-cell.copies:]}.get(cell.outcome, [False])
                if marks != (expected[::-1] if cell.mode == "late_apply" else expected):
                    wrong.append(f"{cell.name}: marks of a repeat {marks}")
        self.assertEqual(wrong, [])
        self.assertEqual(receivers.violations(), [])
        self.assertEqual({alert["pages"] for alert in receivers.pagerduty()} - {0, 1}, set())
        print(f"{len(cells)} receivers misbehaved, each in its way", flush=True)
