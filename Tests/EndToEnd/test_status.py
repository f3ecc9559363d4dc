"""monitordctl status for people, scripts and Nagios."""

import json
import os
import subprocess

from harness import BINARIES, Case, http_probe, wait_until


class StatusTests(Case):
    def setUp(self):
        super().setUp()
        self.site = self.nginx()

    def code(self, daemon, *names):
        return daemon.ctl("status", *names).returncode

    def test_the_exit_code_is_that_of_a_nagios_plugin(self):
        warning = http_probe("warning", self.site.url("warning"))
        warning["rules"] = [{"name": "failing", "warning": "failed"}]
        # Too few samples for the only rule: neither good nor bad.
        unknown = http_probe("unknown", self.site.url("unknown"))
        unknown["rules"] = [{"name": "p95", "critical": "p95(duration, 5m) > 500ms", "min_samples": 200}]
        daemon = self.daemon(probes=[http_probe("fine", self.site.url("fine")), http_probe("broken", self.site.url("broken")),
                                     warning, unknown])
        self.site.fail("broken")
        self.site.fail("warning")
        daemon.start()
        for name, state in (("fine", "ok"), ("broken", "critical"), ("warning", "warning"), ("unknown", "unknown")):
            daemon.wait_state(name, state)
        self.assertEqual(self.code(daemon, "fine"), 0)
        self.assertEqual(self.code(daemon, "warning"), 1)
        self.assertEqual(self.code(daemon, "broken"), 2)
        self.assertEqual(self.code(daemon, "unknown"), 3)
        self.assertEqual(self.code(daemon, "fine", "warning"), 1)
        self.assertEqual(self.code(daemon), 2)
        self.assertEqual(self.code(daemon, "nosuchprobe"), 3)

        lines = daemon.ctl("status").stdout
        for name in ("fine", "broken", "warning", "unknown"):
            self.assertIn(name, lines)
        self.assertNotIn("\x1b", lines)

    def test_a_past_time_is_shown_as_it_was(self):
        daemon = self.daemon(probes=[http_probe("shop", self.site.url("shop"))])
        self.site.fail("shop")
        daemon.start()
        daemon.wait_state("shop", "critical")
        failed = wait_until("it is an incident", 10, lambda: [status for status in [daemon.status()] if status["incidents"]])[0]
        self.site.mend("shop")
        daemon.wait_state("shop", "ok")
        wait_until("the incident is over", 10, lambda: not daemon.status()["incidents"])
        then = daemon.ctl("status", "--at", failed["time"], "--json")
        self.assertEqual(then.returncode, 2, then.stderr)
        shown = json.loads(then.stdout)
        self.assertEqual(set(shown), set(failed))
        self.assertEqual((shown["time"], shown["summary"]), (failed["time"], failed["summary"]))
        for key in ("id", "state", "level", "title", "opened_at", "acked_by", "probes"):
            self.assertEqual([incident[key] for incident in shown["incidents"]],
                             [incident[key] for incident in failed["incidents"]], key)
        self.assertEqual([(probe["name"], probe["state"]) for probe in shown["probes"]], [("shop", "critical")])
        self.assertEqual(daemon.ctl("status", "--at", "0s").returncode, 0)
        before = daemon.ctl("status", "--at", "2026-01-05 12:00")
        self.assertEqual(before.returncode, 3)
        self.assertIn("the first record is of", before.stderr)
        ahead = daemon.ctl("status", "--at", "2099-01-01 12:00")
        self.assertEqual(ahead.returncode, 64)
        self.assertIn("--at: 2099-01-01 12:00 is yet to come.", ahead.stderr)

    def test_the_socket_may_be_named_before_and_after_the_command_and_by_the_environment(self):
        daemon = self.daemon(probes=[http_probe("fine", self.site.url("fine"))]).start()
        daemon.wait_state("fine", "ok")
        program = os.path.join(BINARIES, "monitordctl")
        for arguments, environment in (
                (["--socket", daemon.socket, "status", "fine", "--json"], {}), (["--json", f"--socket={daemon.socket}", "status"], {}),
                (["--url", daemon.url(""), "status", "--json"], {}), (["status", "--json", "--socket", daemon.socket], {}),
                (["status", "--json"], {"MONITORD_SOCKET": daemon.socket})):
            with self.subTest(arguments=arguments):
                done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=20,
                                      env={**os.environ, **environment})
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertEqual(json.loads(done.stdout)["node"], "test-1")

    def test_no_daemon_is_unknown_and_the_message_says_what_to_do(self):
        done = subprocess.run([os.path.join(BINARIES, "monitordctl"), "status", "--socket", self.path("nobody")],
                              capture_output=True, text=True, timeout=20)
        self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
        self.assertIn(self.path("nobody"), done.stdout + done.stderr)

    def test_status_json_has_the_documented_keys(self):
        daemon = self.daemon(probes=[http_probe("fine", self.site.url("fine"), labels={"team": "a"})]).start()
        daemon.wait_state("fine", "ok")
        status = daemon.status()
        self.assertLessEqual({"node", "time", "summary", "probes", "incidents", "daemon"}, set(status))
        self.assertEqual(set(status["summary"]), {"ok", "pending", "warning", "critical", "unknown"})
        probe, = status["probes"]
        self.assertLessEqual({"name", "kind", "state", "since", "labels", "last", "rules", "next_run"}, set(probe))
        self.assertLessEqual({"time", "outcome", "duration_seconds", "samples"}, set(probe["last"]))
        self.assertEqual((probe["kind"], probe["labels"]["team"]), ("http", "a"))
        self.assertLessEqual({"name", "state"}, set(probe["rules"][0]))
