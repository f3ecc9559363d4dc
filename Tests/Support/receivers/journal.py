"""What arrived, and which rules it broke: one list for all receivers, under one lock."""

import json
import threading
import time


class Journal:
    def __init__(self, path=None, clock=time.time):
        self.lock = threading.RLock()
        self.clock = clock
        self.entries = []
        self.violations = []
        self.count = 0
        self.file = open(path, "a", encoding="utf-8", buffering=1) if path else None

    def add(self, receiver, accepted, violations=(), **facts):
        """Records one item received; `accepted` says whether its sender may count it as delivered."""
        with self.lock:
            self.count += 1
            entry = {"n": self.count, "at": self.clock(), "receiver": receiver, "accepted": accepted, **facts}
            entry["violations"] = [{"rule": rule, "text": text} for rule, text in violations]
            self.entries.append(entry)
            for violation in entry["violations"]:
                self.violations.append({"n": self.count, "at": entry["at"], "receiver": receiver, **violation})
            if self.file:
                self.file.write(json.dumps(entry, ensure_ascii=False) + "\n")
            return entry

    def clear(self):
        with self.lock:
            self.entries = []
            self.violations = []
