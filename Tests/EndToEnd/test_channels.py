"""What becomes of a channel that fails: asked less often, told of by others, put back by an operator; and drills."""

import http.server
import threading

from harness import Case, http_probe, stays, telling, wait_until


class Switch:
    """A dead man's switch: counts calls, and answers as it is told."""

    def __init__(self):
        self.calls, self.status = 0, 200
        switch = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                switch.calls += 1
                self.send_response(switch.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/ping/planted-switch-key"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class BrokenChannelTests(Case):
    def daemon_of(self, *channels, **more):
        self.hooks, self.nginx_ = self.receivers(), self.nginx()
        daemon = self.daemon(probes=[http_probe("health", self.nginx_.url())],
                             **telling(*channels, channels=self.hooks.channels(self.folder), **more))
        daemon.start()
        daemon.wait_state("health", "ok")
        return daemon

    def channel(self, daemon, name):
        found, = [entry for entry in daemon.status()["daemon"]["channels"] if entry["name"] == name]
        return found

    def test_a_channel_that_fails_again_and_again_is_asked_seldom_and_says_so(self):
        daemon = self.daemon_of("slack")
        self.hooks.fault("slack", "down")
        self.nginx_.fail()
        wait_until("the breaker is open", 60, lambda: self.channel(daemon, "slack")["breaker_open"])
        self.assertIn("Channel slack accepts nothing: ", daemon.ctl("status").stdout)
        self.assertEqual(daemon.metric("monitord_channel_breaker_open", 'channel="slack"'), 1)
        self.hooks.mend("slack")
        # A new configuration may be what mends it: the next attempt is made at once.
        self.assertEqual(daemon.ctl("reload").returncode, 0)
        wait_until("slack is told", 5, lambda: self.hooks.arrived("slack", "trigger"))
        self.assertFalse(self.channel(daemon, "slack")["breaker_open"])
        self.assertEqual(self.hooks.violations(), [])

    def test_what_a_channel_loses_is_told_by_another_and_can_be_put_back_or_dropped(self):
        daemon = self.daemon_of("slack", "webhook")
        self.hooks.fault("slack", "status", status=404, body="no_service")
        self.nginx_.fail()
        told = wait_until("the webhook hears of slack", 10, lambda: [
            message for message in self.hooks.arrived("webhook", "trigger") if "channel-slack" in message.text])
        self.assertIn("404", told[0].text)
        dead = daemon.ctl("outbox", "--dead")
        number = next(line.split()[1] for line in dead.stdout.splitlines() if line.startswith("dead"))
        self.assertEqual(daemon.metric("monitord_outbox_rows", 'channel="slack",state="dead"'), 1)

        self.hooks.mend("slack")
        again = daemon.ctl("requeue", number)
        self.assertEqual((again.returncode, again.stderr), (0, ""))
        self.assertEqual(again.stdout, f"message {number}, the trigger to slack, is tried again, for 6h\n")
        wait_until("slack is told", 5, lambda: self.hooks.arrived("slack", "trigger"))
        wait_until("the webhook hears the end", 10, lambda: [
            message for message in self.hooks.arrived("webhook", "resolve") if "channel-slack" in message.text])
        refused = daemon.ctl("drop", number)
        self.assertEqual(refused.returncode, 3)
        self.assertEqual(
            refused.stderr, f"monitordctl: no message {number} was given up; monitordctl outbox --dead lists those that were\n")
        self.assertEqual(self.hooks.violations(), [])

    def test_where_nobody_can_be_told_the_log_and_the_exit_code_say_so(self):
        daemon = self.daemon_of("slack")
        self.hooks.fault("slack", "status", status=404, body="no_service")
        self.nginx_.fail()
        wait_until("nobody is reached", 10, lambda: any(incident.get("nobody_reached") for incident in daemon.status()["incidents"]))
        status = daemon.ctl("status")
        self.assertEqual(status.returncode, 2)
        self.assertIn("Nobody could be told of incident", status.stdout)
        self.assertIn("reached nobody; there is no fallback_contact to tell", daemon.log())

    def test_a_drill_is_marked_followed_and_ended_by_whoever_takes_it(self):
        daemon = self.daemon_of("slack", "pagerduty")
        started = daemon.ctl("drill", "health", "--expect-ack", "60s", "--no-wait")
        self.assertEqual(started.returncode, 0, started.stderr)
        for name in ("slack", "pagerduty"):
            message = wait_until(f"{name} has the drill", 10, lambda: self.hooks.arrived(name))[0]
            self.assertIn("nothing is wrong", message.text)
        incident = daemon.status()["incidents"][0]
        self.assertEqual((incident["kind"], incident["state"]), ("drill", "open"))
        self.assertEqual(daemon.ctl("ack", incident["id"]).returncode, 0)
        wait_until("it is over", 5, lambda: daemon.status()["incidents"] == [])
        wait_until("PagerDuty hears that it is over", 10, lambda: self.hooks.pagerduty()[0]["state"] == "resolved")
        self.assertIn("the drill succeeded: acknowledged by", daemon.ctl("explain", incident["id"]).stdout)

    def test_a_drill_that_nobody_takes_fails(self):
        daemon = self.daemon_of("slack")
        ended = daemon.ctl("drill", "slack", "--expect-ack", "10s", timeout=40)
        self.assertEqual(ended.returncode, 1)
        self.assertRegex(ended.stdout, r"accepted by slack\n")
        self.assertRegex(ended.stdout, r"The drill failed: nobody acknowledged it within 1\ds \(accepted by slack\)\.\n")
        wrong = daemon.ctl("drill", "nobody")
        self.assertEqual((wrong.returncode, wrong.stdout), (3, ""))
        self.assertEqual(
            wrong.stderr, "monitordctl: there is no probe, policy, channel, contact or schedule nobody; policies: default\n")

    def test_a_dead_mans_switch_is_called_while_the_daemon_lives_and_its_address_stays_secret(self):
        switch = self.use(Switch())
        daemon = self.daemon_of("slack", watchdog={"url": switch.url, "every": "5s"})
        wait_until("it is called", 10, lambda: switch.calls > 0)
        self.assertGreater(daemon.metrics()["monitord_watchdog_last_success_timestamp_seconds"], 0)
        switch.status = 503
        wait_until("status says that it refuses", 20, lambda: "answers with status 503" in daemon.ctl("status").stdout)
        self.assertNotIn("planted-switch-key", daemon.log() + daemon.ctl("status", "--json").stdout)
        daemon.kill()
        before = switch.calls
        stays("nobody calls for a dead daemon", 6, lambda: switch.calls != before)
