"""kill -9 at random moments: no page is lost, none is doubled, every end is told."""

import os
import random
import threading
import time

from harness import Case, http_probe, wait_until

KILLS = int(os.environ.get("KILLS", "50"))
# Each probe pages a routing key of its own and seldom, so that no guard against floods steps in.
PROBES = 12


class Outages(threading.Thread):
    """Breaks and mends one endpoint again and again: each outage lasts until it was paged, each pause until its end was told."""

    def __init__(self, name, routing_key, nginx, receivers, generator, stopping):
        super().__init__(name=name, daemon=True)
        self.key, self.site, self.receiving = routing_key, nginx, receivers
        self.random, self.stopping = generator, stopping
        self.outages = 0
        self.problem = None

    def events(self, kind):
        return [event for event in self.receiving.arrived("pagerduty", kind) if event.target == self.key]

    def opened(self):
        return len({event.key for event in self.events("trigger")})

    def ended(self):
        return len({event.key for event in self.events("resolve")})

    def run(self):
        try:
            while not self.stopping.wait(self.random.uniform(0.5, 4)):
                self.site.fail(self.name)
                self.outages += 1
                wait_until(f"outage {self.outages} of {self.name} is paged", 60, lambda: self.opened() >= self.outages, every=0.2)
                self.stopping.wait(self.random.uniform(0, 2))
                self.site.mend(self.name)
                # A trigger whose attempt was cut off is in doubt, and its resolve held, for a minute and a half.
                wait_until(f"the end of outage {self.outages} of {self.name} is told", 150, lambda: self.ended() >= self.outages,
                           every=0.2)
        except AssertionError as problem:
            self.problem = problem


class KillTests(Case):
    SLOW = True

    def test_fifty_kills_lose_no_page_and_double_none(self):
        seed = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)
        print(f"seed {seed} ({KILLS} kills); repeat with SEED={seed}", flush=True)
        generator = random.Random(seed)
        receivers, nginx = self.receivers("--unlimited"), self.nginx()
        keys = [f"{number:032d}" for number in range(1, PROBES + 1)]
        names = [f"service-{number}" for number in range(1, PROBES + 1)]
        channels = {f"pager-{name}": receivers.pagerduty_channel(self.folder, f"pager-{name}", key)
                    for name, key in zip(names, keys)}
        daemon = self.daemon(
            probes=[http_probe(name, nginx.url(name)) for name in names], channels=channels,
            policies={name: {"steps": [{"after": "0s", "notify": [f"pager-{name}"]}]} for name in names},
            routes=[{"match": {"probe": name}, "policy": name, "group_by": ["probe"], "group_wait": "0s"} for name in names]
            + [{"policy": names[0]}])
        daemon.start()
        # Slow to answer, so that many a kill cuts an attempt off whose message arrives all the same.
        receivers.fault("pagerduty", "delay", delay=0.25)
        stopping = threading.Event()
        outages = [Outages(name, key, nginx, receivers, random.Random(generator.random()), stopping)
                   for name, key in zip(names, keys)]
        for thread in outages:
            thread.start()
        began = time.monotonic()
        for _ in range(KILLS):
            # A random moment is the point here; waiting for a fact would choose it.
            time.sleep(generator.uniform(0.02, 1.5))
            daemon.kill()
            daemon.spawn()
        stopping.set()
        wait_until("monitord is ready after the last kill", 20, lambda: daemon.ctl("status", "--json").stdout.startswith("{"))
        for thread in outages:
            thread.join(220)
            self.assertFalse(thread.is_alive(), thread.name)
        self.assertEqual([thread.problem for thread in outages if thread.problem], [])

        total = sum(thread.outages for thread in outages)
        self.assertGreater(total, KILLS / 5, "too few outages to say anything")
        owners = {event.key: event.target for event in receivers.arrived("pagerduty")}
        for thread in outages:
            incidents = [entry for entry in receivers.pagerduty() if owners[entry["dedup_key"]] == thread.key]
            self.assertEqual(len(incidents), thread.outages, f"{thread.name}: incidents opened against outages; seed {seed}")
            self.assertEqual({entry["state"] for entry in incidents}, {"resolved"} if incidents else set())
            self.assertTrue(all(entry["pages"] == 1 for entry in incidents), f"{incidents}; seed {seed}")
        self.assertEqual(receivers.violations(), [])
        status, took = daemon.stop()
        self.assertEqual(status, 0)
        with daemon.reading() as database:
            self.assertEqual(database.execute("pragma integrity_check").fetchall(), [("ok",)])
            self.assertEqual(database.execute("select count(*) from incident where phase <> 'resolved'").fetchone(), (0,))
        print(f"{KILLS} kills, {total} outages, {time.monotonic() - began:.0f} s", flush=True)
