"""What operators do by monitordctl: silences hold and let go, survive kill -9, and a command that is sent twice is done once."""

import json

from harness import Case, get, http_probe, stays, telling, wait_until


class OperatorTests(Case):
    def setting(self):
        """A probe of one service, a pager, and the daemon that tells it at once."""
        receivers, nginx = self.receivers(), self.nginx()
        labels = {"service": "shop"}
        daemon = self.daemon(
            probes=[http_probe("shop", nginx.url("shop"), every="1s", labels=labels),
                    http_probe("other", nginx.url("other"), every="1s")],
            channels={"webhook": receivers.channels(self.folder)["webhook"]}, **telling("webhook"))
        daemon.start()
        daemon.wait_state("shop", "ok")
        return receivers, nginx, daemon

    def done(self, daemon, *arguments):
        """The answer to a command that must be done, as JSON."""
        ended = daemon.ctl(*arguments, "--json")
        self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)
        return json.loads(ended.stdout)

    def shop_pages(self, receivers):
        return [message for message in receivers.arrived("webhook", "trigger") if "shop" in message.text]

    def suppressor(self, daemon):
        """What holds the alert of the shop, as status says it."""
        return daemon.probe("shop")["rules"][0].get("suppressed_by")

    def test_a_silence_holds_a_page_and_lets_it_go_when_it_expires(self):
        receivers, nginx, daemon = self.setting()
        added = self.done(daemon, "silence", "add", "service=shop", "--for", "2h", "--comment", "the shop moves")
        identity = added["silence"]["id"]
        self.assertIn("nothing that it matches fires now; it covers 1 alert: shop/failing", added["details"])
        nginx.fail("shop")
        daemon.wait_state("shop", "critical")
        held = wait_until("status says what holds it", 10, lambda: self.suppressor(daemon))
        self.assertEqual((held["kind"], held["by"]), ("silence", identity))
        stays("a page while it is silenced", 2, lambda: self.shop_pages(receivers))
        self.assertEqual(daemon.metric("monitord_alerts_suppressed", 'kind="silence"'), 1)
        self.assertEqual(daemon.metric("monitord_silences", 'state="active"'), 1)
        self.assertIn("Held back", get(daemon.url("/"))[1])
        listed = daemon.ctl("silence", "list").stdout
        self.assertIn(identity, listed)
        self.assertIn("the shop moves", listed)
        why = daemon.ctl("explain", "shop").stdout
        self.assertIn(f"(silence): silence {identity} by", why)

        ended = self.done(daemon, "silence", "expire", identity[:20])
        self.assertEqual(ended["details"], ["holds no longer: shop/failing (critical)"])
        wait_until("it is paged once nothing holds it", 10, lambda: self.shop_pages(receivers))
        again = self.done(daemon, "silence", "expire", identity)
        self.assertIn("already; nothing changed", again["message"])
        self.assertEqual(len(self.shop_pages(receivers)), 1)
        over = [entry for entry in json.loads(daemon.ctl("silence", "list", "--all", "--json").stdout)]
        self.assertEqual([(entry["id"], entry["state"]) for entry in over], [(identity, "expired")])

    def test_a_silence_holds_after_kill_9_and_the_same_command_is_done_once(self):
        receivers, nginx, daemon = self.setting()
        command = ("silence", "add", "service=shop", "--for", "2h", "--comment", "the shop moves", "--id", "twice")
        first = self.done(daemon, *command)
        daemon.kill()
        nginx.fail("shop")
        daemon.start()
        self.assertEqual(self.done(daemon, *command), first)
        daemon.wait_state("shop", "critical")
        stays("a page after the restart", 2, lambda: self.shop_pages(receivers))
        silences = json.loads(daemon.ctl("silence", "list", "--json").stdout)
        self.assertEqual([entry["id"] for entry in silences], [first["silence"]["id"]])
        refused = daemon.ctl("silence", "expire", first["silence"]["id"], "--id", "twice")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("the command id twice was used before", refused.stderr)
        # What ended before a restart is known by the ledger alone.
        self.done(daemon, "silence", "expire", first["silence"]["id"])
        wait_until("it is paged", 10, lambda: self.shop_pages(receivers))
        daemon.kill()
        daemon.start()
        self.assertIn("already; nothing changed", self.done(daemon, "silence", "expire", first["silence"]["id"])["message"])
        self.assertEqual(len(self.shop_pages(receivers)), 1)

    def test_refused_commands_say_why_and_everything_is_on_record(self):
        receivers, nginx, daemon = self.setting()
        nginx.fail("shop")
        incident = wait_until("an incident is open", 10, lambda: daemon.status()["incidents"])[0]
        wait_until("it is paged", 10, lambda: self.shop_pages(receivers))
        for arguments, code, sentence in [
                (("silence", "add", "service=", "--comment", "x"), 1, "also matches whatever lacks its labels"),
                (("silence", "add", "shop", "--comment", "x"), 64, "For the probe of that name: probe=shop"),
                (("silence", "add", "service=shop"), 64, "--comment"),
                (("silence", "expire", "01ZZ"), 3, "there is no silence 01ZZ that is not over"),
                (("unack", incident["id"]), 1, "is not acknowledged: there is nothing to take back"),
                (("ack", incident["id"], "--if-version", "1"), 1, "you saw 1: "),
                (("maintenance", "start", "--match", "probe=monitord", "--for", "1h", "--comment", "x"), 1, "would go unnoticed")]:
            ended = daemon.ctl(*arguments)
            self.assertEqual(ended.returncode, code, f"{arguments}: {ended.stdout}{ended.stderr}")
            self.assertIn(sentence, ended.stderr, arguments)
        self.assertIn("until", self.done(daemon, "ack", incident["id"], "--for", "2h")["message"])
        self.assertIsNotNone(daemon.status()["incidents"][0]["acked_until"])
        self.done(daemon, "unack", incident["id"])
        with daemon.reading() as database:
            texts = [row[0] for row in database.execute("SELECT text FROM event WHERE kind = 'command' ORDER BY id")]
        self.assertEqual(len(texts), 7, texts)
        for text in texts:
            self.assertRegex(text, r"^\S+ \(uid \d+, pid \d+\): (ack|unack|silence|maintenance) .*: (done|refused|unknown): ")
