"""The control port: what arrived, which rules broke, and orders to misbehave."""

import json

import pagerduty_webhook
from listening import Listener
from web import Reply, read_request


class Control:
    def __init__(self, journal, receivers, port=0):
        self.journal = journal
        self.receivers = receivers
        self.listener = Listener(self.serve, port)

    def serve(self, connection):
        request = read_request(connection)
        connection.sendall(self.answer(request).bytes())

    def answer(self, request):
        handler = {
            ("GET", "/log"): self.log, ("GET", "/violations"): self.violations, ("POST", "/pagerduty"): self.send_webhook,
            ("GET", "/health"): lambda _: Reply(200, {"ok": True}), ("POST", "/fault"): self.fault, ("POST", "/clear"): self.clear,
        }.get((request.method, request.path))
        if handler is None and request.method == "GET" and hasattr(self.receivers.get(request.path[1:]), "state"):
            handler = self.state
        if handler is None:
            return Reply(404, {"error": "GET /log /violations /health and /RECEIVER for its state, POST /fault /clear /pagerduty"})
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

    def state(self, request):
        with self.journal.lock:
            return Reply(200, self.receivers[request.path[1:]].state())

    @staticmethod
    def send_webhook(request):
        return Reply(200, pagerduty_webhook.send(json.loads(request.body)))

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
