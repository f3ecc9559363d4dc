"""From a broken endpoint to the message at a person's place, and back."""

import time

from harness import Case, get, http_probe, stays, telling, wait_until

EVERYBODY = ("pagerduty", "slack", "smtp", "webhook")


class OutageTests(Case):
    def test_an_outage_is_told_everywhere_within_an_interval_and_a_second_and_its_end_to_those_told(self):
        receivers, nginx = self.receivers(), self.nginx()
        channels = receivers.channels(self.folder)
        channels["bystander"] = receivers.slack_channel(self.folder, "bystander", "/services/T0BYST/B0BYST/bystander")
        daemon = self.daemon(
            probes=[http_probe("health", nginx.url("health")), http_probe("quiet", nginx.url("quiet"))],
            **telling("pagerduty", "slack", "mail", "webhook", channels=channels))
        daemon.start()
        daemon.wait_state("health", "ok")

        broken = nginx.fail("health")
        for name in EVERYBODY:
            wait_until(f"{name} is told", 15, lambda: receivers.arrived(name, "trigger"))
            took = time.monotonic() - broken
            self.assertLess(took, 1 + 1, f"{name} was told {took:.2f} s after the break")

        # Every view tells the same.
        status = daemon.status()
        self.assertEqual(status["summary"]["critical"], 1)
        probe = daemon.probe("health")
        self.assertEqual((probe["state"], probe["last"]["outcome"]), ("critical", "failed"))
        self.assertIn("503", probe["last"]["reason"])
        incident, = status["incidents"]
        self.assertEqual((incident["state"], incident["level"], incident["probes"]), ("open", "critical", ["health"]))
        wait_until("all targets count as told", 5, lambda: len(daemon.status()["incidents"][0]["told"]) == 4)
        self.assertEqual(daemon.metric("probe_success", 'probe="health"'), 0)
        self.assertEqual(daemon.metric("probe_success", 'probe="quiet"'), 1)
        code, page, headers = get(daemon.url("/"))
        self.assertEqual(code, 200)
        self.assertIn("health", page)
        self.assertRegex(page.lower(), "critical")
        self.assertIn("Content-Security-Policy", headers)
        with daemon.reading() as database:
            self.assertEqual(database.execute("select phase, level, id from incident").fetchall(),
                             [("open", "critical", incident["id"])])
            self.assertEqual(database.execute("select phase from alert where probe = 'health'").fetchall(), [("firing",)])

        nginx.mend("health")
        for name in EVERYBODY:
            wait_until(f"{name} is told the end", 15, lambda: receivers.arrived(name, "resolve"))
        wait_until("the outbox is empty", 10, lambda: daemon.status()["daemon"]["outbox"]["pending"] == 0)
        status = daemon.wait_state("health", "ok")
        self.assertEqual([entry for entry in daemon.status()["incidents"] if entry["state"] != "resolved"], [])
        with daemon.reading() as database:
            self.assertEqual(database.execute("select phase from incident").fetchall(), [("resolved",)])
            self.assertEqual(database.execute("select count(*) from outbox where phase <> 'done'").fetchone(), (0,))

        for name in EVERYBODY:
            kinds = [message.kind for message in receivers.arrived(name) if "bystander" not in message.target]
            self.assertEqual(kinds, ["trigger", "resolve"], name)
        self.assertFalse([message for message in receivers.arrived("slack") if "bystander" in message.target])
        self.assertEqual([entry["state"] for entry in receivers.pagerduty()], ["resolved"])
        self.assertEqual(receivers.violations(), [])

    def test_a_refused_connection_is_told_with_its_reason(self):
        receivers, nginx = self.receivers(), self.nginx()
        daemon = self.daemon(probes=[http_probe("health", nginx.url())],
                             **telling("webhook", channels=receivers.channels(self.folder)))
        daemon.start()
        daemon.wait_state("health", "ok")
        nginx.stop()
        told = wait_until("the webhook is told", 10, lambda: receivers.arrived("webhook", "trigger"))[0]
        self.assertRegex(told.text.lower(), "refused|connect")
        self.assertEqual(daemon.probe("health")["last"]["failure"], "connect")
        self.assertEqual(receivers.violations(), [])


class ReceiverAwayTests(Case):
    """A receiver that cannot be reached for half a minute."""

    SLOW = True

    BOTH = ("pagerduty", "slack")

    def test_what_could_not_be_delivered_arrives_when_the_receiver_is_back(self):
        receivers, nginx = self.receivers(), self.nginx()
        daemon = self.daemon(probes=[http_probe("health", nginx.url())],
                             **telling("pagerduty", "slack", channels=receivers.channels(self.folder)))
        daemon.start()
        daemon.wait_state("health", "ok")
        for name in self.BOTH:
            receivers.fault(name, "down")
        nginx.fail()
        daemon.wait_state("health", "critical")
        away = time.monotonic()
        wait_until("the receivers were away for 30 s and rows wait", 60,
                   lambda: time.monotonic() - away > 30 and daemon.status()["daemon"]["outbox"]["pending"] == 2, every=0.5)
        receivers.mend(*self.BOTH)
        for name in self.BOTH:
            wait_until(f"{name} is told after all", 90, lambda: receivers.arrived(name, "trigger"))
        nginx.mend()
        for name in self.BOTH:
            wait_until(f"{name} is told the end", 60, lambda: receivers.arrived(name, "resolve"))
            self.assertEqual([message.kind for message in receivers.arrived(name)], ["trigger", "resolve"])
        self.assertEqual(receivers.violations(), [])

    def test_an_outage_that_is_over_before_the_receiver_is_back_is_one_late_word_in_chat_and_no_page(self):
        receivers, nginx = self.receivers(), self.nginx()
        daemon = self.daemon(probes=[http_probe("health", nginx.url())],
                             **telling("pagerduty", "slack", channels=receivers.channels(self.folder)))
        daemon.start()
        daemon.wait_state("health", "ok")
        for name in self.BOTH:
            receivers.fault(name, "down")
        nginx.fail()
        daemon.wait_state("health", "critical")
        away = time.monotonic()
        nginx.mend()
        daemon.wait_state("health", "ok")
        wait_until("the receivers were away for 30 s", 60, lambda: time.monotonic() - away > 30, every=0.5)
        receivers.mend(*self.BOTH)
        wait_until("chat has the late word", 90, lambda: receivers.arrived("slack"))
        wait_until("nothing waits", 90, lambda: daemon.status()["daemon"]["outbox"]["pending"] == 0, every=0.2)
        self.assertEqual([message.kind for message in receivers.arrived("slack")], ["delayed"])
        self.assertEqual(receivers.arrived("pagerduty"), [])
        self.assertEqual(receivers.violations(), [])


class LateApplicationTests(Case):
    SLOW = True

    def test_a_page_that_the_receiver_applies_late_does_not_reopen_what_is_resolved(self):
        receivers, nginx = self.receivers(), self.nginx()
        daemon = self.daemon(probes=[http_probe("health", nginx.url())],
                             **telling("pagerduty", channels=receivers.channels(self.folder)))
        daemon.start()
        daemon.wait_state("health", "ok")
        # The first attempt gets no answer, and is applied long after the second one was accepted.
        receivers.fault("pagerduty", "late_apply", delay=20, count=1)
        nginx.fail()
        wait_until("the page is accepted", 15, lambda: receivers.arrived("pagerduty", "trigger"))
        nginx.mend()
        wait_until("the late page was applied and the end told", 150,
                   lambda: [alert["triggers"] for alert in receivers.pagerduty()] == [2]
                   and receivers.arrived("pagerduty", "resolve"), every=0.2)
        alert, = receivers.pagerduty()
        self.assertEqual((alert["state"], alert["pages"]), ("resolved", 1))
        self.assertEqual(receivers.violations(), [])


class EscalationTests(Case):
    def setUp(self):
        super().setUp()
        self.receiving, self.site = self.receivers(), self.nginx()
        steps = [{"after": "0s", "notify": ["slack"]}, {"after": "2s", "notify": ["pagerduty"]}]
        self.monitord = self.daemon(
            probes=[http_probe("health", self.site.url())], channels=self.receiving.channels(self.folder),
            policies={"default": {"steps": steps}},
            routes=[{"policy": "default", "group_by": ["probe"], "group_wait": "0s"}])
        self.monitord.start()
        self.monitord.wait_state("health", "ok")

    def test_nobody_acknowledges_and_the_second_step_is_told(self):
        self.site.fail()
        first = wait_until("the first step is told", 10, lambda: self.receiving.arrived("slack", "trigger"))[0]
        second = wait_until("the second step is told", 10, lambda: self.receiving.arrived("pagerduty", "trigger"))[0]
        self.assertGreater(second.at - first.at, 1.5)
        self.assertLess(second.at - first.at, 3.5)

    def test_an_acknowledgement_stops_the_second_step(self):
        self.site.fail()
        wait_until("the first step is told", 10, lambda: self.receiving.arrived("slack", "trigger"))
        incident, = self.monitord.status()["incidents"]
        for _ in range(2):
            done = self.monitord.ctl("ack", incident["id"], "--author", "Ada", "--comment", "on it", "--id", "first")
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("acknowledged by Ada (by root): on it", self.monitord.ctl("explain", incident["id"]).stdout)
        stays("the second step is told", 5, lambda: self.receiving.arrived("pagerduty"))
        incident, = self.monitord.status()["incidents"]
        self.assertEqual(incident["state"], "acked")
        self.assertNotIn(incident["acked_by"], (None, ""))

        self.site.mend()
        wait_until("the end is told to the first step", 10, lambda: self.receiving.arrived("slack", "resolve"))
        self.assertEqual(self.receiving.arrived("pagerduty"), [])
        again = self.monitord.ctl("ack", incident["id"])
        self.assertNotEqual(again.returncode, 0)
        self.assertRegex(again.stderr, rf"incident {incident['id']} \(health failing\) is already resolved, at \S+; nothing changed")
        self.assertEqual(self.receiving.violations(), [])

    def test_an_incident_that_does_not_exist_cannot_be_acknowledged(self):
        done = self.monitord.ctl("ack", "01J00000000000000000000000")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("01J00000000000000000000000", done.stdout + done.stderr)
