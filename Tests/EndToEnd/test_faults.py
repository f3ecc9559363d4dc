"""Wrong input and bad company: monitord says exactly what is wrong, and what runs keeps running."""

import os
import socket
import sqlite3

from harness import Case, Daemon, get, http_probe, telling, wait_until


class StartTests(Case):
    """A start that cannot succeed says why: exit 78 where the configuration is at fault, 69 where the machine is."""

    def refused(self, daemon, *flags, expected=78):
        """The message of a start that was refused with that exit status."""
        status, text = daemon.run_once(*flags)
        self.assertEqual(status, expected, text)
        return text

    def both(self, daemon):
        """The message of --check, which a start gives as well."""
        text = self.refused(daemon, "--check")
        for line in text.splitlines():
            self.assertIn(line.split(": ", 1)[-1], self.refused(daemon))
        return text

    def test_a_missing_authority_file_is_named_with_its_place(self):
        probe = http_probe("secure", "https://127.0.0.1:1/")
        probe["http"]["ca_file"] = "/nowhere/ca.pem"
        daemon = self.daemon(probes=[probe])
        text = self.both(daemon)
        self.assertRegex(text, r"probes\.d/all\.yaml:\d+:\d+: ca_file: cannot read /nowhere/ca\.pem: no such file or folder")

    def test_a_secret_that_cannot_be_read_is_named_and_not_shown(self):
        channel = {"slack": {"webhook_url": {"file": self.path("absent")}}}
        daemon = self.daemon(**telling("chat", channels={"chat": channel}))
        text = self.both(daemon)
        self.assertRegex(text, r"monitord\.yaml:\d+:\d+: .*absent")

    def test_an_environment_variable_that_is_not_set_is_named(self):
        channel = {"pagerduty": {"routing_key": {"env": "MD_TEST_NOT_SET"}}}
        daemon = self.daemon(**telling("pager", channels={"pager": channel}))
        self.assertRegex(self.both(daemon), r"monitord\.yaml:\d+:\d+: .*MD_TEST_NOT_SET")

    def test_every_problem_of_every_file_is_told_at_once_with_a_suggestion(self):
        daemon = self.daemon()
        daemon.write("probes.d/all.yaml", "probes:\n  - name: a\n    evry: 5s\n    http: {url: \"http://127.0.0.1:1/\"}\n")
        daemon.write("probes.d/b.yaml", "probes:\n  - name: a\n    every: soon\n    http: {url: \"http://127.0.0.1:1/\"}\n")
        text = self.both(daemon)
        self.assertRegex(text, r"all\.yaml:3:5: .*evry.*every")
        self.assertRegex(text, r"b\.yaml:3:12: .*soon")

    def test_check_says_nothing_about_a_good_configuration_and_exits_0(self):
        daemon = self.daemon(probes=[http_probe("a", "http://127.0.0.1:1/")])
        status, text = daemon.run_once("--check")
        self.assertEqual(status, 0, text)
        self.assertFalse(os.path.exists(daemon.database))

    def test_a_socket_path_that_is_no_socket_is_left_alone(self):
        daemon = self.daemon()
        with open(daemon.socket, "w", encoding="ascii") as file:
            file.write("precious")
        text = self.refused(daemon, expected=69)
        self.assertIn(f"{daemon.socket} is not a socket. It is left as it is; "
                      "choose another path for listen.socket, or move it away.", text)
        with open(daemon.socket, encoding="ascii") as file:
            self.assertEqual(file.read(), "precious")

    def test_a_socket_that_answers_is_not_taken_over(self):
        daemon = self.daemon()
        with socket.socket(socket.AF_UNIX) as owner:
            owner.bind(daemon.socket)
            owner.listen()
            text = self.refused(daemon, expected=69)
            self.assertIn(f"The control socket {daemon.socket} belongs to a running process (pid {os.getpid()}).", text)
            self.assertTrue(os.path.exists(daemon.socket))

    def test_a_socket_left_over_by_a_killed_daemon_is_replaced(self):
        daemon = self.daemon().start()
        daemon.kill()
        self.assertTrue(os.path.exists(daemon.socket))
        daemon.start()
        self.assertEqual(daemon.status()["node"], "test-1")

    def test_a_database_of_a_newer_version_is_refused_and_unchanged(self):
        daemon = self.daemon().start()
        daemon.stop()
        with sqlite3.connect(daemon.database) as database:
            database.execute("pragma user_version = 999")
        database.close()
        text = self.refused(daemon, expected=69)
        self.assertIn(f"{daemon.database} has schema 999", text)
        with daemon.reading() as database:
            self.assertEqual(database.execute("pragma user_version").fetchone(), (999,))

    def test_a_second_daemon_on_the_database_is_refused_and_names_the_first(self):
        first = self.daemon().start()
        second = Daemon(self.path("second"))
        self.addCleanup(second.end)
        second.configure(storage={"path": first.database})
        text = self.refused(second, expected=69)
        self.assertIn(f"{first.database} is in use by", text)
        self.assertIn(str(first.process.pid), text)
        self.assertEqual(first.status()["node"], "test-1")

    def test_a_port_that_is_taken_is_named(self):
        daemon = self.daemon()
        with socket.socket() as owner:
            owner.bind(("127.0.0.1", daemon.port))
            owner.listen()
            self.assertIn(f"127.0.0.1:{daemon.port}", self.refused(daemon, expected=69))


class ReloadTests(Case):
    def setUp(self):
        super().setUp()
        self.site = self.nginx()
        self.first = http_probe("first", self.site.url("first"))
        self.monitord = self.daemon(probes=[self.first]).start()
        self.monitord.wait_state("first", "ok")

    def names(self):
        return sorted(probe["name"] for probe in self.monitord.status()["probes"])

    def test_sighup_applies_what_the_files_say_now(self):
        self.monitord.configure(probes=[self.first, http_probe("second", self.site.url("second"))])
        self.monitord.reload()
        self.monitord.wait_state("second", "ok")
        self.monitord.configure(probes=[self.first])
        self.monitord.reload()
        wait_until("the second probe is gone", 10, lambda: self.names() == ["first"])

    def test_monitordctl_reload_applies_it_before_it_returns(self):
        self.monitord.configure(probes=[self.first, http_probe("second", self.site.url("second"))])
        done = self.monitord.ctl("reload")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.names(), ["first", "second"])

    def test_a_broken_file_changes_nothing_and_its_place_is_told(self):
        self.monitord.write("probes.d/broken.yaml", "probes:\n  - name: second\n    evry: 5s\n")
        done = self.monitord.ctl("reload")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("broken.yaml:3:5: ", done.stdout + done.stderr)
        self.assertEqual(self.names(), ["first"])
        self.assertFalse(self.monitord.status()["daemon"]["configuration_ok"])
        self.assertEqual(self.monitord.metrics()["monitord_config_last_reload_successful"], 0)

        self.monitord.reload()
        wait_until("the log names the place", 10, lambda: "broken.yaml:3:5: " in self.monitord.log())
        before = self.monitord.probe("first")["last"]["time"]
        wait_until("the first probe goes on", 10, lambda: self.monitord.probe("first")["last"]["time"] != before)

        os.remove(os.path.join(self.monitord.folder, "probes.d", "broken.yaml"))
        self.assertEqual(self.monitord.ctl("reload").returncode, 0)
        self.assertTrue(self.monitord.status()["daemon"]["configuration_ok"])

    def test_an_alert_that_fires_keeps_firing_over_a_reload_and_a_restart_and_pages_nobody_twice(self):
        receivers = self.receivers()
        more = telling("pagerduty", channels=receivers.channels(self.folder))
        self.monitord.configure(probes=[self.first], **more)
        self.assertEqual(self.monitord.ctl("reload").returncode, 0)
        self.site.fail("first")
        wait_until("it is paged", 10, lambda: receivers.arrived("pagerduty", "trigger"))
        incident, = self.monitord.status()["incidents"]

        self.monitord.configure(probes=[self.first, http_probe("second", self.site.url("second"))], **more)
        self.assertEqual(self.monitord.ctl("reload").returncode, 0)
        self.monitord.kill()
        self.monitord.start()
        self.monitord.wait_state("second", "ok")
        self.monitord.wait_state("first", "critical")
        self.assertEqual([entry["id"] for entry in self.monitord.status()["incidents"]], [incident["id"]])
        self.site.mend("first")
        wait_until("the end is told", 120, lambda: receivers.arrived("pagerduty", "resolve"))
        self.assertEqual(len(receivers.arrived("pagerduty", "trigger")), 1)
        self.assertEqual(receivers.violations(), [])


class StopTests(Case):
    def test_sigterm_ends_it_within_ten_seconds_though_a_client_and_a_receiver_hang(self):
        receivers, nginx = self.receivers(), self.nginx()
        daemon = self.daemon(probes=[http_probe("health", nginx.url())],
                             **telling("webhook", channels=receivers.channels(self.folder)))
        daemon.start()
        daemon.wait_state("health", "ok")
        receivers.fault("webhook", "hang")
        client = socket.create_connection(("127.0.0.1", daemon.port))
        self.addCleanup(client.close)
        client.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n")
        nginx.fail()
        wait_until("a message is on its way", 15, lambda: daemon.status()["daemon"]["outbox"]["inflight"] == 1)
        status, took = daemon.stop(deadline=15)
        self.assertEqual(status, 0, daemon.log()[-2000:])
        self.assertLess(took, 10)
        self.assertFalse(os.path.exists(daemon.socket))

        # What was on its way is not forgotten.
        receivers.mend("webhook")
        daemon.start()
        wait_until("it is delivered after the next start", 60, lambda: receivers.arrived("webhook", "trigger"))

    def test_sigterm_without_anything_to_do_ends_it_at_once(self):
        daemon = self.daemon().start()
        status, took = daemon.stop()
        self.assertEqual(status, 0)
        self.assertLess(took, 3)

    def test_health_and_readiness_answer(self):
        daemon = self.daemon().start()
        for path in ("/healthz", "/readyz"):
            self.assertEqual(get(daemon.url(path))[0], 200)
