"""monitordctl explain: why somebody was told, and why nobody was."""

import json

from harness import Case, http_probe, telling, wait_until


class ExplainTests(Case):
    def explain(self, daemon, *arguments):
        done = daemon.ctl("explain", *arguments, "--json")
        self.assertEqual((done.returncode, done.stderr), (0, ""), daemon.log()[-2000:])
        return json.loads(done.stdout)

    def test_who_was_told_how_surely_and_why(self):
        receivers, nginx = self.receivers(), self.nginx()
        daemon = self.daemon(probes=[http_probe("health", nginx.url("health"))],
                             **telling("webhook", channels=receivers.channels(self.folder)))
        nginx.fail("health")
        daemon.start()
        wait_until("the webhook is told", 15, lambda: receivers.arrived("webhook", "trigger"))
        answer = wait_until("the ledger says so", 10, lambda: next(
            (answer for answer in [self.explain(daemon, "health")] if answer["incidents"] and answer["incidents"][0]["told"]), None))

        incident, = answer["incidents"]
        told, = incident["told"]
        self.assertEqual((told["target"], told["sure"], incident["state"]), ("webhook", True, "open"))
        attempt, = incident["deliveries"][0]["attempts"]
        self.assertEqual(attempt["outcome"], "delivered")
        self.assertEqual(attempt["status"] // 100, 2)
        rule, = answer["probes"][0]["rules"]
        self.assertEqual((rule["phase"], rule["verdict"], rule["incident"]), ("firing", "critical", incident["id"]))
        self.assertIn("503", rule["reason"])
        self.assertEqual((rule["route"]["number"], rule["route"]["policy"]), (1, "default"))
        self.assertEqual(answer["nobody"], [])
        self.assertTrue(any("fired" in entry["text"] for entry in answer["timeline"]))
        self.assertTrue(any("next run of health" in entry["text"] for entry in answer["next"]))

        text = daemon.ctl("explain", "health").stdout
        self.assertRegex(text, r"webhook: told \d\d-\d\d \d\d:\d\d:\d\d, accepted")
        # The beginning of an incident's id that only one has is enough.
        self.assertEqual(self.explain(daemon, incident["id"][:10].lower())["incidents"][0]["id"], incident["id"])
        # Before it opened there was nothing.
        before = self.explain(daemon, "health", "--at", "1h")
        self.assertEqual((before["incidents"], before["timeline"]), ([], []))

        unknown = daemon.ctl("explain", "helth")
        self.assertEqual((unknown.returncode, unknown.stdout), (3, ""))
        self.assertIn('did you mean "health"?', unknown.stderr)

        held = daemon.ctl("explain", "health", "--ledger", daemon.database)
        self.assertEqual(held.returncode, 3)
        self.assertIn("ask monitord itself", held.stderr)
        self.assertEqual(daemon.stop()[0], 0)
        offline = daemon.ctl("explain", "health", "--ledger", daemon.database)
        self.assertEqual((offline.returncode, offline.stderr), (0, ""))
        self.assertIn("monitord does not run", offline.stdout)
        self.assertIn("webhook: told", offline.stdout)
        self.assertEqual(receivers.violations(), [])

    def test_bad_results_that_are_too_few_tell_nobody_and_the_answer_says_why(self):
        receivers, nginx = self.receivers(), self.nginx()
        probe = http_probe("health", nginx.url("health"), every="1h", retry_interval="1h")
        probe["rules"] = [{"name": "failing", "critical": "failed", "after": 3}]
        daemon = self.daemon(probes=[probe], **telling("webhook", channels=receivers.channels(self.folder)))
        nginx.fail("health")
        daemon.start()
        wait_until("there is a result", 20, lambda: daemon.probe("health").get("last"))
        self.assertEqual(daemon.ctl("run", "health").returncode, 2)
        answer = wait_until("both results count", 10, lambda: next(
            (answer for answer in [self.explain(daemon, "health")] if answer["probes"][0]["rules"][0]["bad"] == 2), None))

        self.assertEqual(answer["nobody"], ["health/failing does not fire: 2 of 3 bad results in a row so far (after: 3)."])
        rule, = answer["probes"][0]["rules"]
        self.assertEqual((rule["phase"], rule["needed"], rule.get("incident")), ("pending", 3, None))
        self.assertEqual(answer["incidents"], [])
        self.assertFalse(receivers.arrived("webhook"))

        nginx.mend("health")
        self.assertEqual(daemon.ctl("run", "health").returncode, 0)
        text = wait_until("it is over", 10, lambda: next(
            (text for text in [daemon.ctl("explain", "health").stdout] if "did not fire" in text), None))
        self.assertIn("Why nobody was told", text)
        self.assertRegex(text, r"health/failing was bad from \S+ to \S+ and did not fire: "
                               r"2 bad results, after: 3 in a row was not reached\.")
