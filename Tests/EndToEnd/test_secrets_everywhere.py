"""Secrets of every channel and probe, while each fails in every way, also where the other side repeats what it was told."""

import base64
import http.server
import json
import os
import threading

from harness import Case, get, wait_until

# Sixteen characters and more each, as real ones have, and unlike anything else.
CANARIES = {name: f"canary{number}{name.lower()}X9q2" for number, name in enumerate((
    "ROUTING", "SLACK", "SIGNING", "WEBHOOKHEADER", "TEAMS", "DISCORD", "TELEGRAM", "NTFYTOPIC", "NTFYTOKEN", "OPSGENIE", "MAILPASSWORD",
    "PROBEHEADER", "BASICPASSWORD", "PROBEURL", "DSNPASSWORD"), start=1000)}
CANARIES["ROUTING"] = "canary0" + "r" * 25

# What a receiver was told, and what it does wrong: where it answers it repeats that.
OWN = {"pagerduty": ("ROUTING",), "slack": ("SLACK",), "webhook": ("WEBHOOKHEADER",), "teams": ("TEAMS",), "discord": ("DISCORD",),
       "telegram": ("TELEGRAM",), "ntfy": ("NTFYTOPIC", "NTFYTOKEN"), "opsgenie": ("OPSGENIE",)}
ECHO = object()
WAYS = {
    "refusing": {"mode": "status", "status": 400, "body": ECHO}, "unknown": {"mode": "status", "status": 404, "body": ECHO},
    "failing": {"mode": "status", "status": 500, "body": ECHO}, "away": {"mode": "status", "status": 503, "body": ECHO},
    "odd": {"mode": "status", "status": 200, "body": ECHO}, "moved": {"mode": "status", "status": 302, "body": ECHO},
    "limited": {"mode": "429", "retry_after": 1}, "closing": {"mode": "close"}, "breaking": {"mode": "half_close_after_apply"},
    "hanging": {"mode": "hang", "delay": 1}, "no-tls": {"mode": "tls_failure"}, "other-name": {"mode": "wrong_certificate"},
    "down": {"mode": "down"}, "well": {"mode": "none"},
}
MAIL_WAYS = {"refusing": {"mode": "550"}, "after": {"mode": "554_after_data"}, "password": {"mode": "535"}, "busy": {"mode": "421"},
             "closing": {"mode": "close"}, "no-tls": {"mode": "no_starttls"}, "other-name": {"mode": "wrong_certificate"},
             "no-utf8": {"mode": "no_smtputf8"}, "down": {"mode": "down"}, "well": {"mode": "none"}}


class Mirror:
    """An endpoint that repeats the request's headers and address in its answer."""

    def __enter__(self):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                told = " ".join([self.path, *(value for _, value in self.headers.items())])
                body = json.dumps({"status": told}).encode()
                self.send_response(503 if "bad" in self.path else 200, told[:80].replace("\n", " "))
                self.send_header("X-Told", told)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class EverywhereTests(Case):
    SLOW = True

    def channel(self, kind, url, ca):
        def secret(name, value=None):
            return {"file": self.write(f"secrets/{kind}-{name}-{url.rsplit(':', 1)[1][:5]}", value or CANARIES[name], mode=0o600)}

        canary = CANARIES.get
        return {
            "pagerduty": lambda: {"routing_key": secret("ROUTING"), "url": url},
            "slack": lambda: {"webhook_url": secret("SLACK", url.replace("secret0000", canary("SLACK")))},
            "webhook": lambda: {"url": url, "signing_key": secret("SIGNING"), "headers": {"X-Api-Key": secret("WEBHOOKHEADER")}},
            "teams": lambda: {"webhook_url": secret("TEAMS", url.replace("secret0000", canary("TEAMS")))},
            "discord": lambda: {"webhook_url": secret("DISCORD", url.replace("secret0000", canary("DISCORD")))},
            "telegram": lambda: {"bot_token": secret("TELEGRAM", "1234567:" + canary("TELEGRAM")), "chat_id": "-1", "url": url},
            "ntfy": lambda: {"topic": secret("NTFYTOPIC"), "token": secret("NTFYTOKEN"), "url": url},
            "opsgenie": lambda: {"api_key": secret("OPSGENIE"), "url": url},
        }[kind]() | {"ca_file": ca}

    def test_canaries_are_found_nowhere_whatever_goes_wrong(self):
        kinds = ("pagerduty", "slack", "webhook", "teams", "discord", "telegram", "ntfy", "opsgenie")
        orders = [{"name": f"{kind}-{way}", "receiver": kind, **{
            key: "you said: " + " ".join(CANARIES[name] for name in OWN[kind]) if value is ECHO else value
            for key, value in order.items()}} for kind in kinds for way, order in WAYS.items()]
        orders += [{"name": f"smtp-{way}", "receiver": "smtp", **order} for way, order in MAIL_WAYS.items()]
        more = self.write("more.json", json.dumps(orders))
        receivers = self.receivers("--unlimited", "--more", more, "--smtp-user", "monitord:" + CANARIES["MAILPASSWORD"],
                                   "--webhook-key", CANARIES["SIGNING"])
        ports = receivers.ports
        channels = {f"{kind}-{way}": {kind: self.channel(kind, ports["urls"][f"{kind}-{way}_tls"], ports["ca"])}
                    for kind in kinds for way in WAYS}
        password = {"file": self.write("secrets/mail", CANARIES["MAILPASSWORD"])}
        channels |= {f"smtp-{way}": {"email": {
            "server": ports["urls"][f"smtp-{way}"], "tls": "required", "ca_file": ports["ca"], "from": "monitord@example.com",
            "to": ["größe@example.com" if way == "no-utf8" else "oncall@example.com"], "user": "monitord",
            "password": password}} for way in MAIL_WAYS}
        mirror = self.use(Mirror())
        header = {"Authorization": {"env": "PROBEHEADER"}}
        wanted = {"status": 204, "header": {"X-Told": "nothing"}}
        dsn = f"postgresql://someone:{CANARIES['DSNPASSWORD']}@127.0.0.1:1/none"
        probes = [
            {"name": "header", "http": {"url": mirror.url + "/header", "headers": header, "expect": wanted}},
            {"name": "header-bad", "http": {"url": mirror.url + "/bad", "headers": header}},
            {"name": "basic", "http": {"url": mirror.url + "/basic", "expect": wanted, "basic_auth": {
                "user": "someone", "password": {"env": "BASICPASSWORD"}}}},
            {"name": "address", "http": {"url": {"env": "PROBEURL"}, "expect": wanted}},
            {"name": "database", "postgres": {"dsn": {"env": "DSN"}, "query": "select 1"}},
            {"name": "quality", "quality": {"dsn": {"env": "DSN"}, "checks": {"rows": {"sql": "select 1"}}}},
        ]
        names = [probe["name"] for probe in probes]
        environment = {**CANARIES, "DSN": dsn, "PROBEURL": f"{mirror.url}/{CANARIES['PROBEURL']}?token={CANARIES['PROBEURL']}"}
        daemon = self.daemon(
            environment=environment, channels=channels,
            probes=[{"every": "1s", "timeout": "800ms", "rules": [{"name": "failing", "critical": "failed"}], **probe} for probe in probes],
            policies={"default": {"steps": [{"after": "0s", "notify": sorted(channels)[half::2]} for half in (0, 1)]}},
            routes=[{"policy": "default", "group_by": ["severity"], "group_wait": "2s"}])
        daemon.start()
        for name in names:
            daemon.wait_state(name, "critical")

        def untried():
            with daemon.reading() as database:
                return database.execute("select count(*) from outbox where tries = 0").fetchone()[0], database.execute(
                    "select count(*) from attempt where outcome is not null").fetchone()[0]

        wait_until("every channel was tried and answered", 60,
                   lambda: untried()[0] == 0 and untried()[1] >= len(channels), every=0.5)

        places = {"log": daemon.log(), "argv": self.read(f"/proc/{daemon.process.pid}/cmdline")}
        for child in self.children(daemon.process.pid):
            places[f"argv of child {child}"] = self.read(f"/proc/{child}/cmdline")
            places[f"environment of child {child}"] = self.read(f"/proc/{child}/environ")
        paths = ["/", "/metrics", "/healthz", "/readyz", *(f"/api/v1/{name}" for name in (
            "status", "incidents", "outbox", "oncall", "silences", "maintenance", "plan"))]
        paths += [f"/api/v1/{what}?probe={name}" for what in ("history", "explain") for name in names]
        for path in paths:
            places[path] = get(daemon.url(path))[1]
        incident = daemon.status()["incidents"][0]["id"]
        commands = [["status"], ["status", "-v"], ["incidents"], ["outbox"], ["outbox", "--dead"], ["oncall"], ["plan"],
                    ["explain", incident], ["silence", "list"], ["maintenance", "list"], ["ack", incident], ["explain", incident],
                    ["resolve", incident]]
        commands += [[what, name] for what in ("explain", "run", "history", "status") for name in names]
        commands += [["notify", name, "--test"] for name in ("slack-refusing", "webhook-refusing", "smtp-password", "ntfy-unknown")]
        for command in commands:
            for form in ([], ["--json"]):
                done = daemon.ctl(*command, *form)
                places["monitordctl " + " ".join(command + form)] = done.stdout + done.stderr
        # A reload that changes every secret's place, one that is refused, and what plan says of both.
        daemon.write("probes.d/broken.yaml", f"probes:\n  - name: x\n    postgres: {{dsn: '{dsn}', q: 1}}\n")
        for command in (["plan"], ["reload"], ["check", "--config", daemon.configuration]):
            done = daemon.ctl(*command)
            places["broken " + command[0]] = done.stdout + done.stderr
        places["log afterwards"] = daemon.log()
        places["messages"] = json.dumps([self.told(entry) for entry in receivers.log()])
        daemon.stop()
        for name in os.listdir(daemon.folder):
            if name.startswith("monitord.db"):
                places[name] = self.read(os.path.join(daemon.folder, name))

        forms = {name: {canary, base64.b64encode(canary.encode()).decode().rstrip("=")} for name, canary in CANARIES.items()}
        forms["BASICPASSWORD"].add(base64.b64encode(f"someone:{CANARIES['BASICPASSWORD']}".encode()).decode().rstrip("="))
        found = sorted({f"{name} in {place}: …{text[max(0, text.index(form) - 60):text.index(form) + 30]!r}"
                        for place, text in places.items() for name, all_forms in forms.items() for form in all_forms if form in text})
        self.assertEqual(found, [])
        # The places were really looked at.
        self.assertGreater(len(places["monitord.db"]), 10_000)
        self.assertIn("slack-refusing", places["monitordctl outbox --dead"])
        self.assertIn("header", places["/"])
        self.assertGreater(len(places["messages"]), 10_000)

    def test_what_a_target_repeats_of_its_request_is_not_told_on(self):
        """A reason that quotes a reply quotes no secret that the reply repeats."""
        mirror = self.use(Mirror())
        expect = {"json": {"$.status": "ok"}}
        probes = [
            {"name": "header", "http": {"url": mirror.url + "/header", "headers": {"Authorization": {"env": "PROBEHEADER"}},
                                        "expect": expect}},
            {"name": "basic", "http": {"url": mirror.url + "/basic", "expect": expect, "basic_auth": {
                "user": "someone", "password": {"env": "BASICPASSWORD"}}}},
            {"name": "address", "http": {"url": {"env": "PROBEURL"}, "expect": expect}},
        ]
        url = f"{mirror.url}/{CANARIES['PROBEURL']}?token={CANARIES['PROBEURL']}"
        daemon = self.daemon(environment={**CANARIES, "PROBEURL": url}, probes=[
            {"every": "1s", "timeout": "800ms", "rules": [{"name": "failing", "critical": "failed"}], **probe} for probe in probes])
        daemon.start()
        places = {}
        for probe in probes:
            daemon.wait_state(probe["name"], "critical")
            for what in ("status", "explain", "run", "history"):
                places[f"{what} {probe['name']}"] = daemon.ctl(what, probe["name"]).stdout
        places["page"], places["log"] = get(daemon.url("/"))[1], daemon.log()
        credentials = base64.b64encode(f"someone:{CANARIES['BASICPASSWORD']}".encode()).decode()
        found = [f"{name} in {place}" for place, text in places.items()
                 for name in (CANARIES["PROBEHEADER"][:12], CANARIES["PROBEURL"][:12], credentials[:12]) if name in text]
        self.assertEqual(found, [])

    def read(self, path):
        try:
            with open(path, "rb") as file:
                return file.read().decode("latin-1")
        except OSError:
            return ""  # A child may be gone by now.

    def children(self, pid):
        """The processes that descend from it."""
        found = []
        for name in filter(str.isdigit, os.listdir("/proc")):
            fields = self.read(f"/proc/{name}/stat").rpartition(")")[2].split()
            if len(fields) > 1 and int(fields[1]) == pid:
                found += [int(name), *self.children(int(name))]
        return found

    @staticmethod
    def told(entry):
        """What people would read of a message: its credential belongs to the request."""
        text = entry.get("body", "")
        return text.replace(f'"routing_key":"{CANARIES["ROUTING"]}"', "").replace(f'"topic":"{CANARIES["NTFYTOPIC"]}"', "")
