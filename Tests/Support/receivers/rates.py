"""Receivers that allow so many messages a second, and a few at once."""

import time

from web import HTTPReceiver


class LimitedReceiver(HTTPReceiver):
    """`rate_rule` is the rule that a request breaks which comes before a named wait was over."""
    rate_rule = ""

    def __init__(self, *arguments, per_second=1.0, burst=3, monotonic=time.monotonic, **named):
        self.per_second = per_second
        self.burst = burst
        self.monotonic = monotonic
        self.tokens = float(burst)
        self.filled_at = monotonic()
        self.held_until = 0.0
        super().__init__(*arguments, **named)

    def hold(self, seconds):
        self.held_until = self.monotonic() + seconds

    def broken_wait(self):
        left = self.held_until - self.monotonic()
        return [(self.rate_rule, f"a request {left:.2f} s before the wait was over")] if left > 0 else []

    def is_over_rate(self):
        now = self.monotonic()
        self.tokens = min(self.burst, self.tokens + (now - self.filled_at) * self.per_second)
        self.filled_at = now
        if self.tokens < 1:
            return True
        self.tokens -= 1
        return False

    def refused_for_rate(self, wait):
        """The answer where a request comes too early or is one too many, or None."""
        if self.broken_wait() or self.is_over_rate():
            self.hold(wait)
            return self.too_many(wait)
        return None

    def clear(self):
        self.tokens = float(self.burst)
        self.held_until = 0.0
