"""What a receiver shall do wrong, and how often."""

import threading

# Modes of the HTTP receivers. Those that end in `_after_apply` keep the message first.
HTTP_MODES = {
    "429", "500", "status", "hang", "close", "reset", "half_close", "down", "tls_failure", "wrong_certificate",
    "500_after_apply", "hang_after_apply", "close_after_apply", "reset_after_apply", "half_close_after_apply",
    "drip", "slow_headers", "late_apply", "delay",
}
SMTP_MODES = {
    "421", "450", "451", "452", "550", "451_after_data", "554_after_data", "535", "hang", "close", "close_after_apply",
    "delay_250", "no_starttls", "tls_failure", "wrong_certificate", "no_8bitmime", "no_size", "no_smtputf8",
    "small_size", "multiline", "drip", "down",
}


class Fault:
    def __init__(self, mode, retry_after=None, status=500, delay=None, body=""):
        self.mode = mode
        self.retry_after = retry_after
        self.status = status
        self.delay = delay
        self.body = body


class Faults:
    """The present fault of one receiver. `count` requests suffer it; without a count all do, until it is taken away."""

    def __init__(self, modes):
        self.modes = modes
        self.lock = threading.Lock()
        self.fault = None
        self.left = None

    def set(self, order):
        """Takes an order of the control port; returns a sentence where it is wrong."""
        mode = order.get("mode", "none")
        unknown = set(order) - {"receiver", "mode", "count", "retry_after", "status", "delay", "body"}
        if unknown:
            return "unknown keys: " + ", ".join(sorted(unknown))
        if mode != "none" and mode not in self.modes:
            return f"unknown mode {mode!r}; known: none, " + ", ".join(sorted(self.modes))
        with self.lock:
            self.left = order.get("count")
            self.fault = None if mode == "none" else Fault(
                mode, order.get("retry_after"), order.get("status", 500), order.get("delay"), order.get("body", ""))
        return None

    def take(self, *modes):
        """The fault for this request, or None; with `modes`, only a fault of those counts."""
        with self.lock:
            fault = self.fault
            if fault is None or (modes and fault.mode not in modes):
                return None
            if self.left is not None:
                self.left -= 1
                if self.left <= 0:
                    self.fault = None
            return fault

    def is_mode(self, mode):
        with self.lock:
            return self.fault is not None and self.fault.mode == mode
