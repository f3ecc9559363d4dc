"""No secret appears anywhere it was not meant for."""

import os
import re

from harness import Case, get, http_probe, wait_until


class SecretTests(Case):
    def test_planted_canaries_are_found_nowhere(self):
        receivers, nginx = self.receivers(), self.nginx()
        canaries = {
            "PASSWORD": "canary-password-5121", "TOKEN": "canary-token-8817", "SIGNING": "canary-signing-2290",
            "HEADER": "canary-header-6034", "MAIL": "canary-mail-4471",
        }
        routing_key = "c4na27" + "r" * 26
        path = "/services/T0CANARY/B0CANARY/canarywebhook7733"
        channels = {
            "pagerduty": receivers.pagerduty_channel(self.folder, "canary-pd", routing_key),
            "slack": receivers.slack_channel(self.folder, "canary-slack", path),
            # Receivers that refuse, so that error texts are written, too.
            "refusing": {"webhook": {"url": f"http://127.0.0.1:1/{canaries['TOKEN']}",
                                     "signing_key": {"env": "SIGNING"}, "headers": {"X-Api-Key": {"env": "HEADER"}}}},
        }
        secret_header = http_probe("header", nginx.url("header"))
        secret_header["http"]["headers"] = {"Authorization": {"env": "TOKEN"}}
        unreachable = {"name": "database", "every": "1s", "timeout": "500ms",
                       "postgres": {"dsn": {"env": "DSN"}, "query": "select 1"}}
        daemon = self.daemon(
            environment={**canaries, "DSN": f"postgresql://someone:{canaries['PASSWORD']}@127.0.0.1:1/none"},
            probes=[secret_header, unreachable], channels=channels,
            policies={"default": {"steps": [{"after": "0s", "notify": sorted(channels)}]}},
            routes=[{"policy": "default", "group_by": ["probe"], "group_wait": "0s"}])
        daemon.start()
        daemon.wait_state("header", "ok")
        nginx.fail("header")
        daemon.wait_state("header", "critical")
        daemon.wait_state("database", "critical")
        wait_until("both that accept are told twice", 20, lambda: len(receivers.arrived("slack")) >= 2
                   and len(receivers.arrived("pagerduty")) >= 2)
        wait_until("the refusing one was tried", 20, lambda: any(
            "refusing" in name and value > 0 for name, value in daemon.metrics().items() if "attempts" in name))

        places = {"log": daemon.log(), "argv": open(f"/proc/{daemon.process.pid}/cmdline", encoding="utf-8").read()}
        for path_of in ("/", "/metrics", "/healthz", "/readyz", "/api/v1/status", "/api/v1/incidents",
                        "/api/v1/history?probe=database"):
            places[path_of] = get(daemon.url(path_of))[1]
        for command in (["status"], ["status", "--json"], ["incidents"], ["incidents", "--json"], ["outbox"], ["outbox", "--json"],
                        ["history", "database", "--json"], ["explain", "database"], ["run", "database"]):
            done = daemon.ctl(*command)
            places["monitordctl " + " ".join(command)] = done.stdout + done.stderr
        # A broken reload quotes the files, but not their secrets.
        address = f"postgresql://u:{canaries['PASSWORD']}@h/d"
        daemon.write("probes.d/broken.yaml", f"probes:\n  - name: x\n    postgres: {{dsn: '{address}', q: 1}}\n")
        done = daemon.ctl("reload")
        places["broken reload"] = done.stdout + done.stderr
        places["log afterwards"] = daemon.log()
        daemon.stop()
        for name in os.listdir(daemon.folder):
            if name.startswith("monitord.db"):
                with open(os.path.join(daemon.folder, name), "rb") as file:
                    places[name] = file.read().decode("latin-1")

        found = [(place, canary) for place, text in places.items()
                 for canary in [*canaries.values(), routing_key, "canarywebhook7733"] if canary in text]
        self.assertEqual(found, [])
        # The places were really looked at.
        self.assertGreater(len(places["monitord.db"]), 10_000)
        self.assertTrue(re.search("database", places["/"]))
