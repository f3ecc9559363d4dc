"""What failing runs saw, beside the last good one: kept with the incident, without secrets, over a kill."""

import json
import os

from harness import Case, get, http_probe, telling, wait_until


class EvidenceTests(Case):
    def evidence(self, daemon, name):
        done = daemon.ctl("explain", name, "--json")
        self.assertEqual((done.returncode, done.stderr), (0, ""), daemon.log()[-2000:])
        return [entry for incident in json.loads(done.stdout)["incidents"] for entry in incident["evidence"]]

    def test_the_first_bad_run_stands_beside_the_last_good_one(self):
        receivers, nginx = self.receivers(), self.nginx()
        probe = http_probe("health", nginx.url("health"))
        probe["http"]["headers"] = {"Authorization": {"env": "TOKEN"}}
        daemon = self.daemon(probes=[probe], environment={"TOKEN": "Bearer planted.bearer.token"},
                             **telling("webhook", channels=receivers.channels(self.folder)))
        daemon.start()
        daemon.wait_state("health", "ok")
        nginx.fail("health")
        wait_until("the webhook is told", 15, lambda: receivers.arrived("webhook", "trigger"))
        entry, = wait_until("it is stored", 10, lambda: self.evidence(daemon, "health"))

        items = {item["name"]: item for item in entry["items"]}
        self.assertEqual(entry["probe"], "health")
        self.assertLess(entry["good_at"], entry["bad_at"])
        self.assertEqual((items["status"]["bad"], items["status"]["good"]),
                         ("HTTP/1.1 503 Service Temporarily Unavailable", "HTTP/1.1 200 OK"))
        self.assertEqual((items["address"]["bad"], items["address"]["good"]), ("127.0.0.1", "127.0.0.1"))
        self.assertIn("processing", items["phases"]["good"])
        self.assertIn("content-type: text/html", items["headers"]["bad"])
        self.assertIn("content-type: application/json", items["headers"]["good"])
        self.assertIn("<title>503 Service Temporarily Unavailable</title>", items["body"]["bad"])

        text = daemon.ctl("explain", "health").stdout
        self.assertIn("What the first bad run saw", text)
        self.assertRegex(text, r"status +HTTP/1\.1 503 Service Temporarily Unavailable\n +before +HTTP/1\.1 200 OK\n")
        self.assertRegex(text, r"address +127\.0\.0\.1 \(as before\)\n")

        # Over a kill it stays as it was, and is not replaced by what later runs see.
        daemon.kill()
        daemon.start()
        last = daemon.probe("health")["last"]["time"]
        wait_until("it ran again", 15, lambda: daemon.probe("health")["last"]["time"] > last)
        self.assertEqual(self.evidence(daemon, "health"), [entry])
        incident = daemon.status()["incidents"][0]["id"]
        self.assertEqual(self.evidence(daemon, incident), [entry])
        nginx.mend("health")
        daemon.wait_state("health", "ok")
        self.assertEqual(self.evidence(daemon, incident), [entry], "it is kept with the incident that is over")

        places = [get(daemon.url(f"/api/v1/explain?incident={incident}"))[1], daemon.log()]
        daemon.stop()
        for name in os.listdir(daemon.folder):
            if name.startswith("monitord.db"):
                with open(os.path.join(daemon.folder, name), "rb") as file:
                    places.append(file.read().decode("latin-1"))
        self.assertTrue(any("Temporarily Unavailable" in place for place in places))
        self.assertFalse([place for place in places if "planted" in place])
        self.assertEqual(receivers.violations(), [])
