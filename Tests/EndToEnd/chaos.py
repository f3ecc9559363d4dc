"""A world in trouble: targets that flap, receivers that misbehave, and a daemon that is killed again and again, all by one seed.

`World.run` lives through it and returns a `Record`: what failed when by this side's own plan and log, what the receivers' logs say,
and what the daemon's ledger holds at the end. `verdict.judge` says what is wrong with it.
"""

import json
import os
import random
import re
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request

from harness import Daemon, Receivers, end, wait_until

FLAPPING = os.path.join(os.path.dirname(os.path.abspath(__file__)), "flapping.py")

# Who watches what. Each service tells a target of its own, and not oftener than a storm guard or a channel's rate would notice: more
# than four pages a minute to one target would be one message, and mail takes ten messages a minute.
SERVICES = {"pagerduty": 10, "webhook": 4, "slack": 4, "smtp": 1}
CYCLE = {"pagerduty": (17, 24), "webhook": (17, 24), "slack": (17, 24), "smtp": (30, 40)}

# What a receiver does wrong, each with its options. Nothing here refuses for good: that would be the end of a message, not trouble.
HTTP_TROUBLE = [
    ("500_after_apply", {}), ("500", {}), ("status", {"status": 503}), ("429", {"retry_after": 1}), ("429", {"retry_after": 3}),
    ("429", {}), ("hang", {"delay": 2}), ("hang_after_apply", {"delay": 2}), ("hang_after_apply", {"delay": 60}),
    ("close", {}), ("close_after_apply", {}), ("reset", {}), ("reset_after_apply", {}), ("half_close", {}),
    ("half_close_after_apply", {}), ("drip", {"delay": 0.01}), ("slow_headers", {"delay": 1}), ("delay", {"delay": 0.4}),
    ("down", {}), ("tls_failure", {}), ("wrong_certificate", {}),
]
SMTP_TROUBLE = [
    ("421", {}), ("452", {}), ("451_after_data", {}), ("hang", {"delay": 2}), ("close", {}), ("close_after_apply", {}),
    ("delay_250", {"delay": 1}), ("drip", {}), ("down", {}), ("tls_failure", {}), ("wrong_certificate", {}), ("multiline", {}),
    ("no_8bitmime", {}), ("no_size", {}),
]
# A page in doubt may be applied long after its repeat; only a receiver that keeps state is told its end late enough for that.
TROUBLE = {"pagerduty": [*HTTP_TROUBLE, ("late_apply", {"delay": 12})], "webhook": HTTP_TROUBLE, "slack": HTTP_TROUBLE,
           "smtp": SMTP_TROUBLE}

# A daemon's life before it is killed, in seconds: mostly too short to settle anything, sometimes long enough.
SHORT_LIFE, LONG_LIFE, LONG_SHARE = (0.05, 1.5), (2, 5), 0.12
# Now and then it stays away for so long, and outages begin or end meanwhile.
AWAY, AWAY_SHARE = (0.5, 6), 0.1
# Resolves of pages in doubt are held for 90 s, retries wait up to a minute; then nothing may be left but what is said again later.
QUIET_WITHIN = 240


class Service:
    def __init__(self, name, receiver, address):
        self.name, self.receiver, self.address = name, receiver, address


def services():
    made = []
    for receiver, count in SERVICES.items():
        for number in range(1, count + 1):
            name = f"{receiver}-{number}"
            address = {"pagerduty": f"{number:032d}", "slack": f"/services/T0/B0/{name.replace('-', '')}",
                       "smtp": f"{name}@example.com", "webhook": name}[receiver]
            made.append(Service(name, receiver, address))
    return made


def outages(generator, receiver, begin, horizon):
    """[begin, end] of each outage: most long enough to be seen, some hardly."""
    found, at = [], begin + generator.uniform(1, 12)
    while at < begin + horizon:
        lasts = generator.uniform(0.2, 1.2) if generator.random() < 0.15 else generator.uniform(2, 9)
        found.append([at, at + lasts])
        at += max(lasts + 2, generator.uniform(*CYCLE[receiver]))
    return found


class Record:
    """What is to be judged. Times are seconds since the epoch, as all processes of this machine see them."""

    def __init__(self, seed):
        self.seed = seed
        self.services = services()
        self.lives = []  # (started, killed); the last one ended by itself
        self.answers = []  # (when, service, status) of the web server
        self.entries = []  # the receivers' journal
        self.alerts = []  # PagerDuty's state
        self.problems = []  # of the run itself
        self.incidents, self.rows, self.attempts = {}, {}, []
        self.integrity = None
        self.exit_status = None

    def read_ledger(self, path):
        database = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)
        database.row_factory = sqlite3.Row
        try:
            self.integrity = [row[0] for row in database.execute("pragma integrity_check")]
            self.incidents = {row["id"]: dict(row) for row in database.execute("select * from incident")}
            self.rows = {row["id"]: dict(row) for row in database.execute("select * from outbox")}
            self.attempts = [dict(row) for row in database.execute("select * from attempt")]
        finally:
            database.close()


class World:
    def __init__(self, folder, seed, kills):
        self.folder, self.kills = folder, kills
        self.random = random.Random(seed)
        self.record = Record(seed)
        self.site = None
        self.daemon = None
        self.stopping = threading.Event()

    def run(self):
        """Lives through all kills and waits until nothing is left to say."""
        with Receivers(os.path.join(self.folder, "receivers"), "--unlimited", "--mail-age", "3600") as self.receivers:
            try:
                self._start()
                self._kill_again_and_again()
                self._settle()
            except AssertionError as problem:
                self.record.problems.append(str(problem))
            finally:
                self.stopping.set()
                self._collect()
        return self.record

    # The players.

    def _start(self):
        # The plan reaches further than the kills will take, and is cut where they end.
        horizon, begin = 60 + 3 * self.kills, time.time() + 2
        plan = {service.name: outages(random.Random(self.random.random()), service.receiver, begin, horizon)
                for service in self.record.services}
        self._start_site(plan)
        self.daemon = Daemon(os.path.join(self.folder, "monitord"), **self._configuration())
        self._spawn()
        for name in TROUBLE:
            threading.Thread(target=self._trouble, args=(name, random.Random(self.random.random())), daemon=True).start()

    def _start_site(self, plan):
        path = os.path.join(self.folder, "plan.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(plan, file)
        ports = os.path.join(self.folder, "site.json")
        self.site_log = os.path.join(self.folder, "site.log")
        self.site = subprocess.Popen([sys.executable, FLAPPING, path, ports, self.site_log], stdin=subprocess.DEVNULL)
        wait_until("the site listens", 10, lambda: os.path.exists(ports))
        with open(ports, encoding="utf-8") as file:
            self.site_url = f"http://127.0.0.1:{json.load(file)['port']}"

    def _channel(self, service):
        ports, ca = self.receivers.ports, self.receivers.ports["ca"]

        def secret(value):
            path = os.path.join(self.folder, f"{service.name}.secret")
            with open(path, "w", encoding="utf-8") as file:
                file.write(value)
            return {"file": path}

        def url(path):
            return f"https://127.0.0.1:{ports[service.receiver + '_tls']}{path}"

        if service.receiver == "pagerduty":
            return {"pagerduty": {"routing_key": secret(service.address), "url": url("/v2/enqueue"), "ca_file": ca}}
        if service.receiver == "slack":
            return {"slack": {"webhook_url": secret(url(service.address)), "ca_file": ca}}
        if service.receiver == "webhook":
            return {"webhook": {"url": url("/hook"), "ca_file": ca, "signing_key": secret(Receivers.SIGNING_KEY)}}
        return {"email": {"server": ports["urls"]["smtp"], "tls": "required", "ca_file": ca, "from": "monitord@example.com",
                          "to": [service.address]}}

    def _configuration(self):
        # Word of what was over before it could be told goes to who takes such words; so does what concerns monitord itself.
        last = Service("last", "webhook", "last")
        everybody = [*self.record.services, last]
        return {
            "probes": [{"name": service.name, "every": "1s", "http": {"url": f"{self.site_url}/{service.name}"},
                        "rules": [{"name": "failing", "critical": "failed", "after": 1, "flapping": "off"}]}
                       for service in self.record.services],
            "channels": {service.name: self._channel(service) for service in everybody},
            "contacts": {"last-resort": {"channels": ["last"]}},
            "fallback_contact": "last-resort",
            "policies": {service.name: {"steps": [{"after": "0s", "notify": [service.name]}]} for service in everybody},
            "routes": [{"match": {"probe": service.name}, "policy": service.name, "group_by": ["probe"], "group_wait": "0s"}
                       for service in self.record.services] + [{"policy": "last"}],
        }

    def _spawn(self):
        self.record.lives.append([time.time(), None])
        self.daemon.spawn()

    def _kill(self):
        if self.daemon.process.poll() is not None:
            self.record.problems.append(
                f"monitord ended by itself with {self.daemon.process.returncode}: {self.daemon.log()[-500:]}")
        self.record.lives[-1][1] = time.time()
        self.daemon.kill()

    def _kill_again_and_again(self):
        for _ in range(self.kills):
            # A random moment is the point here; waiting for a fact would choose it.
            life = LONG_LIFE if self.random.random() < LONG_SHARE else SHORT_LIFE
            time.sleep(self.random.uniform(*life))
            self._kill()
            if self.random.random() < AWAY_SHARE:
                time.sleep(self.random.uniform(*AWAY))
            self._spawn()

    def _trouble(self, receiver, generator):
        """Good and bad times of one receiver, by turns."""
        while not self.stopping.wait(generator.uniform(1, 4)):
            mode, options = generator.choice(TROUBLE[receiver])
            try:
                self.receivers.fault(receiver, mode, **options)
                self.stopping.wait(generator.uniform(0.5, 4))
                self.receivers.mend(receiver)
            except (AssertionError, OSError) as problem:
                if not self.stopping.is_set():
                    self.record.problems.append(f"{receiver} could not be ordered about: {problem}")
                return

    # The end.

    def _settle(self):
        """All is well from now on: everybody must hear of the end of everything."""
        self.stopping.set()
        urllib.request.urlopen(urllib.request.Request(f"{self.site_url}/end", method="POST"), timeout=10).close()
        self.receivers.mend(*TROUBLE)
        wait_until("monitord is ready after the last kill", 30,
                   lambda: self.daemon.ctl("status", "--json").stdout.startswith("{"), every=0.2)
        wait_until("nothing is left to say", QUIET_WITHIN, self._is_quiet, every=0.5)

    def _is_quiet(self):
        self.receivers.mend(*TROUBLE)  # A troublemaker may have had the last word.
        with self.daemon.reading() as database:
            still_open = database.execute("select count(*) from incident where phase <> 'resolved'").fetchone()[0]
            waiting = database.execute("select count(*) from outbox where phase in ('pending', 'inflight') "
                                       "and note not like 'said again%'").fetchone()[0]
        return still_open == 0 and waiting == 0

    def _collect(self):
        if self.daemon is not None and self.daemon.process is not None:
            if self.daemon.process.poll() is None:
                self.daemon.process.terminate()
            self.record.exit_status = end(self.daemon.process)
            if os.path.exists(self.daemon.database):
                self.record.read_ledger(self.daemon.database)
        if self.site is not None:
            end(self.site)
            with open(self.site_log, encoding="utf-8") as file:
                for line in file:
                    when, name, status = line.split()
                    self.record.answers.append((float(when), name, int(status)))
        self.record.entries = self.receivers.log()
        self.record.alerts = self.receivers.pagerduty()


INCIDENT = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
