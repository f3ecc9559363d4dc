"""Receivers that allow so many messages a second, and a few at once; and the waits that they name."""

import time

from web import HTTPReceiver


class Holds:
    """The waits that answers named, each for one integration, webhook or bot. The name "" is all of them."""

    def __init__(self, monotonic):
        self.monotonic = monotonic
        self.until = {}

    def set(self, seconds, name=""):
        self.until[name] = self.monotonic() + seconds

    def left(self, name=""):
        """Seconds until a request is allowed; not above zero where it is."""
        return max(self.until.get("", 0.0), self.until.get(name, 0.0)) - self.monotonic()


class Bucket:
    def __init__(self, burst, now):
        self.tokens = float(burst)
        self.filled_at = now

    def take(self, per_second, burst, now):
        """Takes a token; False where there is none."""
        self.tokens = min(burst, self.tokens + (now - self.filled_at) * per_second)
        self.filled_at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class LimitedReceiver(HTTPReceiver):
    """`rate_rule` is the rule that a request breaks which comes before a named wait was over."""
    rate_rule = ""

    def __init__(self, *arguments, per_second=1.0, burst=3, monotonic=time.monotonic, **named):
        self.per_second = per_second
        self.burst = burst
        self.monotonic = monotonic
        self.buckets = {}
        self.holds = Holds(monotonic)
        super().__init__(*arguments, **named)

    def hold(self, seconds, request=None):
        self.holds.set(seconds, self.limited_by(request) if request else "")

    def broken_wait(self, request):
        left = self.holds.left(self.limited_by(request))
        return [(self.rate_rule, f"a request {left:.2f} s before the wait was over")] if left > 0 else []

    def limited_by(self, request):
        """What the limit counts by: the address, which names the webhook or the bot."""
        return request.path

    def is_over_rate(self, request):
        now = self.monotonic()
        bucket = self.buckets.setdefault(self.limited_by(request), Bucket(self.burst, now))
        return not bucket.take(self.per_second, self.burst, now)

    def refused_for_rate(self, request, wait):
        """The answer where a request comes too early or is one too many, or None."""
        if self.broken_wait(request) or self.is_over_rate(request):
            self.hold(wait, request)
            return self.too_many(wait)
        return None

    def clear(self):
        self.buckets.clear()
        self.holds.until.clear()
