"""The first start in a clone: embedded defaults, sample probes, no network."""

import json
import os
import re
import shutil
import subprocess

from harness import BINARIES, ROOT, Case, end, wait_until


class FirstStartTests(Case):
    """In a network of its own, where the default port is free and nothing outside can be reached."""

    def setUp(self):
        super().setUp()
        shutil.copytree(os.path.join(ROOT, "probes.d"), self.path("probes.d"))
        self.log = self.path("log")
        inside = 'ip link set lo up && exec "$0"'
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                ["unshare", "--net", "--map-root-user", "sh", "-c", inside, os.path.join(BINARIES, "monitord")], cwd=self.folder,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, "SWIFT_BACKTRACE": "enable=no"})
        self.addCleanup(end, self.process)

    def text(self):
        with open(self.log, encoding="utf-8") as file:
            return file.read()

    def ctl(self, *arguments):
        # Named, for the machine may have an installed monitord with a socket of its own.
        command = [os.path.join(BINARIES, "monitordctl"), "--socket", "local/monitord.sock", *arguments]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True)

    def test_it_says_where_its_page_is_keeps_its_file_here_and_its_samples_pass(self):
        address = wait_until("the page's address is printed", 20, lambda: re.search(r"http://127\.0\.0\.1:9876/", self.text()))
        self.assertTrue(address)
        wait_until("the control socket is there", 10, lambda: os.path.exists(self.path("local", "monitord.sock")))
        wait_until("every sample probe is ok", 60, lambda: self.all_ok(), every=0.5)
        self.assertEqual(self.ctl("status").returncode, 0)
        self.assertTrue(os.path.exists(self.path("local", "monitord.db")))

    def all_ok(self):
        done = self.ctl("status", "--json")
        if not done.stdout.startswith("{"):
            return False
        states = [probe["state"] for probe in json.loads(done.stdout)["probes"]]
        return states and set(states) == {"ok"}


class InstallTests(Case):
    def test_what_is_installed_passes_its_own_check_and_an_edited_configuration_is_kept(self):
        def install():
            subprocess.run(["make", "-s", "-C", ROOT, "install", f"DESTDIR={self.path('root')}"], check=True,
                           env={**os.environ, "MONITORD_BIN": BINARIES, "MAKEFLAGS": ""})

        install()
        configuration = self.path("root", "etc", "monitord", "monitord.yaml")
        done = subprocess.run([self.path("root", "usr", "bin", "monitord"), "--check", "--config", configuration],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        with open(configuration, "a", encoding="utf-8") as file:
            file.write("# mine\n")
        install()
        with open(configuration, encoding="utf-8") as file:
            self.assertTrue(file.read().endswith("# mine\n"))
        for path in ("lib/systemd/system/monitord.service", "usr/lib/sysusers.d/monitord.conf",
                     "usr/share/bash-completion/completions/monitordctl"):
            self.assertTrue(os.path.exists(self.path("root", path)), path)
