"""The control port: what arrived, which rules broke, and orders to misbehave."""

import json

from listening import Listener
from web import Reply, read_request


class Control:
    def __init__(self, journal, receivers, port=0):
        self.journal = journal
        self.receivers = {receiver.name: receiver for receiver in receivers}
        self.listener = Listener(self.serve, port)

    def serve(self, connection):
        request = read_request(connection)
        connection.sendall(self.answer(request).bytes())

    def answer(self, request):
        handler = {
            ("GET", "/log"): self.log, ("GET", "/violations"): self.violations, ("GET", "/pagerduty"): self.pagerduty,
            ("GET", "/opsgenie"): self.opsgenie,
            ("GET", "/health"): lambda _: Reply(200, {"ok": True}), ("POST", "/fault"): self.fault, ("POST", "/clear"): self.clear,
        }.get((request.method, request.path))
        if handler is None:
            return Reply(404, {"error": "GET /log /violations /pagerduty /opsgenie /health, POST /fault /clear"})
        try:
            return handler(request)
        except (ValueError, TypeError, AttributeError) as error:
            return Reply(400, {"error": str(error)})

    def log(self, _):
        with self.journal.lock:
            return Reply(200, self.journal.entries)

    def violations(self, _):
        with self.journal.lock:
            return Reply(200, self.journal.violations)

    def pagerduty(self, _):
        with self.journal.lock:
            return Reply(200, self.receivers["pagerduty"].state())

    def opsgenie(self, _):
        with self.journal.lock:
            return Reply(200, self.receivers["opsgenie"].state())

    def fault(self, request):
        order = json.loads(request.body)
        receiver = self.receivers.get(order.get("receiver"))
        if receiver is None:
            return Reply(400, {"error": "receiver must be one of " + ", ".join(self.receivers)})
        wrong = receiver.set_fault(order)
        return Reply(400, {"error": wrong}) if wrong else Reply(200, {"ok": True})

    def clear(self, _):
        """Forgets what arrived, states and faults."""
        with self.journal.lock:
            self.journal.clear()
            for receiver in self.receivers.values():
                receiver.clear()
        for receiver in self.receivers.values():
            receiver.set_fault({"mode": "none"})
        return Reply(200, {"ok": True})
