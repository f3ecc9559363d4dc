"""The service under systemd: the real unit with its whole sandbox, started by a private systemd."""

import json
import os
import re
import subprocess
import sys
import time
import unittest

from harness import ROOT, wait_until
from systemd import PrivateSystemd

UNIT = os.path.join(ROOT, "etc", "systemd", "monitord.service")
TOKEN = "canary-token-7391"

CONFIGURATION = """
node: unit-test
probes: probes.d
storage: {path: /var/lib/monitord/monitord.db}
listen: {http: "127.0.0.1:9876", socket: /run/monitord/monitord.sock}
"""

PROBES = """
probes:
  - name: target
    every: 1s
    timeout: 500ms
    http: {url: "http://127.0.0.1:8080/", headers: {X-Token: {credential: token}}, expect: {status: 200}}
"""

# Answers 200 only to who shows the token.
TARGET = f"""
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.headers.get("X-Token") == "{TOKEN}" else 403)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *_):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", 8080), Handler).serve_forever()
"""

# Begins a request and never ends it.
HANGING_CLIENT = """
import socket, sys, time
peer = socket.create_connection(("127.0.0.1", 9876))
peer.sendall(b"GET /metrics HTTP/1.1\\r\\nHost: x\\r\\n")
print("sent", flush=True)
time.sleep(600)
"""


class UnitFileTests(unittest.TestCase):
    def test_the_exposure_of_the_unit_is_at_most_1_3(self):
        done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=13", UNIT],
                              capture_output=True, text=True, env={**os.environ, "SYSTEMD_COLORS": "0"})
        level = re.search(r"exposure level for monitord.service: ([0-9.]+)", done.stdout)
        self.assertIsNotNone(level, done.stdout + done.stderr)
        self.assertLessEqual(float(level.group(1)), 1.3, done.stdout)
        self.assertEqual(done.returncode, 0, done.stdout)


class ServiceTests(unittest.TestCase):
    SLOW = True

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.systemd = PrivateSystemd(CONFIGURATION, drop_in="LoadCredential=token:/etc/monitord/credentials/token",
                                     files={"/etc/monitord/probes.d/target.yaml": PROBES,
                                            "/etc/monitord/credentials/token": TOKEN + "\n"})
        os.chmod(cls.systemd.stage + "/etc/monitord/credentials", 0o700)
        cls.systemd.__enter__()
        cls.addClassCleanup(cls.systemd.__exit__, None, None, None)
        target = cls.systemd.spawn(sys.executable, "-c", TARGET)
        cls.addClassCleanup(lambda: (target.kill(), target.wait()))

    def setUp(self):
        self.systemd.run("systemctl", "reset-failed", "monitord", check=False)
        self.systemd.run("systemctl", "start", "monitord")
        self.systemd.wait_active()

    def status(self):
        done = self.systemd.run("monitordctl", "status", "--json", check=False)
        self.assertTrue(done.stdout.startswith("{"), done.stdout + done.stderr + self.systemd.journal())
        return json.loads(done.stdout)

    def names(self):
        return sorted(probe["name"] for probe in self.status()["probes"])

    def test_systemd_finds_no_fault_in_the_installed_unit(self):
        done = self.systemd.run("systemd-analyze", "verify", "/usr/lib/systemd/system/monitord.service")
        self.assertEqual(done.stdout + done.stderr, "")

    def test_it_runs_as_its_own_user_and_its_files_are_for_the_group_only(self):
        owner = self.systemd.run("ps", "-o", "user=,group=", "-p", str(self.systemd.main_pid())).stdout.split()
        self.assertEqual(owner, ["monitord", "monitord"])
        paths = ["/run/monitord", "/run/monitord/monitord.sock", "/var/lib/monitord"]
        listing = self.systemd.run("stat", "-c", "%U:%G %a %n", *paths).stdout
        self.assertEqual(listing.splitlines(), [
            "monitord:monitord 750 /run/monitord", "monitord:monitord 660 /run/monitord/monitord.sock",
            "monitord:monitord 750 /var/lib/monitord"])
        self.assertNotEqual(self.show("StatusText"), "")
        self.assertEqual(self.show("Type"), "notify")

    def age(self, pid):
        """Seconds since the process started; 0 when it is gone."""
        return int(self.systemd.run("ps", "-o", "etimes=", "-p", str(pid), check=False).stdout.strip() or 0)

    def show(self, name):
        return self.systemd.show(name)[name]

    def test_a_member_of_the_group_may_command_it_and_a_stranger_may_not(self):
        command = ["monitordctl", "status", "--json"]
        member = self.systemd.run(*command, user="nobody:monitord", check=False)
        self.assertTrue(member.stdout.startswith("{"), member.stdout + member.stderr)
        stranger = self.systemd.run(*command, user="nobody:nogroup", check=False)
        self.assertEqual(stranger.stdout, "")
        self.assertNotEqual(stranger.returncode, 0)

    def test_a_credential_reaches_the_probe_that_names_it(self):
        def target():
            return next(probe for probe in self.status()["probes"] if probe["name"] == "target")

        wait_until("the target accepts the token", 15, lambda: target()["state"] == "ok", every=0.2)
        self.assertEqual(target()["last"]["outcome"], "ok")
        self.assertNotIn(TOKEN, self.systemd.journal())

    def test_reload_applies_the_new_files_and_a_broken_one_changes_nothing(self):
        pid = self.systemd.main_pid()
        extra = PROBES.replace("name: target", "name: second")
        self.systemd.put("/etc/monitord/probes.d/second.yaml", extra)
        self.systemd.run("systemctl", "reload", "monitord")
        self.assertEqual(self.names(), ["second", "target"])

        self.systemd.put("/etc/monitord/probes.d/second.yaml", extra.replace("every:", "evry:"))
        self.systemd.run("systemctl", "reload", "monitord", check=False)
        self.systemd.wait_active()
        self.assertEqual(self.names(), ["second", "target"])
        self.assertIn("/etc/monitord/probes.d/second.yaml:4:5: ", self.systemd.journal())

        self.systemd.run("rm", "/etc/monitord/probes.d/second.yaml")
        self.systemd.run("systemctl", "reload", "monitord")
        self.assertEqual(self.names(), ["target"])
        self.assertEqual(self.systemd.main_pid(), pid)

    def test_a_daemon_that_hangs_is_restarted_by_the_watchdog(self):
        drop_in = "/run/systemd/system/monitord.service.d/watchdog.conf"
        self.systemd.put(drop_in, "[Service]\nWatchdogSec=4s\n")
        try:
            self.systemd.run("systemctl", "daemon-reload")
            self.systemd.run("systemctl", "restart", "monitord")
            before = self.systemd.main_pid()
            # Healthy for longer than the limit: it is fed.
            wait_until("twice the limit has passed", 15, lambda: self.age(before) > 8, every=0.5)
            self.assertEqual(self.systemd.main_pid(), before)

            self.systemd.run("kill", "-STOP", str(before))
            began = time.monotonic()
            wait_until("another process has taken its place", 20,
                       lambda: self.systemd.main_pid() not in (0, before) and self.show("ActiveState") == "active", every=0.2)
            self.assertLess(time.monotonic() - began, 4 + 5)
        finally:
            self.systemd.run("rm", "-f", drop_in)
            self.systemd.run("systemctl", "daemon-reload")
            self.systemd.run("systemctl", "restart", "monitord")

    def test_it_is_back_within_five_seconds_after_kill_9_and_after_an_abort(self):
        for name in ("KILL", "ABRT"):
            with self.subTest(signal=name):
                before = self.systemd.main_pid()
                self.systemd.run("kill", f"-{name}", str(before))
                began = time.monotonic()
                wait_until("it runs again", 15,
                           lambda: self.systemd.main_pid() not in (0, before) and self.show("ActiveState") == "active", every=0.1)
                self.assertLess(time.monotonic() - began, 5)

    def test_it_stops_within_ten_seconds_although_a_client_hangs(self):
        client = self.systemd.spawn(sys.executable, "-c", HANGING_CLIENT, stdout=subprocess.PIPE, text=True)
        try:
            self.assertEqual(client.stdout.readline(), "sent\n")
            began = time.monotonic()
            self.systemd.run("systemctl", "stop", "monitord")
            self.assertLess(time.monotonic() - began, 10)
            shown = self.systemd.show("Result", "ExecMainStatus", "ActiveState")
            self.assertEqual(shown, {"Result": "success", "ExecMainStatus": "0", "ActiveState": "inactive"})
        finally:
            client.kill()
            client.wait()
            client.stdout.close()
