"""What messages say beside the results, and what comes back from them: links that acknowledge, PagerDuty's webhooks, templates."""

import hashlib
import hmac
import json
import re
import urllib.error
import urllib.parse
import urllib.request

from harness import Case, get, http_probe, stays, telling, wait_until

SECRET = "pagerduty-webhook-secret"
TEMPLATE = {"own": {"title": "{{level}} {{title}}", "text": "{{#facts}}{{name}}: {{text}}\n{{/facts}}"
                                                           "{{#links}}{{text}}={{address}}\n{{/links}}"}}


def post(url, body, headers=None):
    """(status, text) of a POST."""
    request = urllib.request.Request(url, data=body, headers=headers or {}, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=10) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as reply:
        return reply.code, reply.read().decode()


class MessageTests(Case):
    def setting(self, *names, public=True):
        """One probe that fails, told by the named channels with a template that writes out facts and links."""
        self.fakes, self.web = self.receivers(), self.nginx()
        channels = {name: channel for name, channel in self.fakes.channels(self.folder).items() if name in names}
        for name in channels:
            if name == "pagerduty":
                secret = self.write("hook.secret", SECRET + "\n")
                channels[name]["pagerduty"]["webhook_secret"] = {"file": secret}
            else:
                channels[name]["template"] = "own"
        daemon = self.daemon(
            probes=[{**http_probe("shop", self.web.url("shop"), every="1s", labels={"service": "shop"}),
                     "runbook": "https://wiki.example.com/shop"}],
            channels=channels, templates=TEMPLATE, **telling(*names))
        if public:
            with open(daemon.configuration, encoding="utf-8") as file:
                whole = json.load(file)
            whole["public_url"] = daemon.url("").rstrip("/")
            daemon.write("monitord.yaml", json.dumps(whole))
        daemon.start()
        daemon.wait_state("shop", "ok")
        return daemon

    def page(self, daemon):
        """Makes the shop fail, and returns what the webhook was told."""
        self.web.fail("shop")
        arrived = wait_until("it is paged", 15, lambda: self.fakes.arrived("webhook", "trigger"))
        return json.loads(arrived[-1].text)

    def test_a_page_names_the_last_deploy_and_leads_to_the_runbook(self):
        daemon = self.setting("webhook")
        for _ in range(2):
            done = daemon.ctl("deploy", "--match", "service=shop", "4.2", "--comment", "hotfix", "--id", "job-7")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("concerns 1 probe: shop", done.stdout)
        doubtful = daemon.ctl("deploy", "--match", "service=shpo", "9")
        self.assertIn('no probe has service=shpo; did you mean "shop"?', doubtful.stdout)
        self.assertEqual(daemon.ctl("deploy", "").returncode, 1)
        deploys = json.loads(daemon.ctl("deploys", "--json").stdout)
        self.assertEqual([entry["version"] for entry in deploys], ["9", "4.2"])
        daemon.kill()
        daemon.start()
        message = self.page(daemon)
        self.assertEqual(message["title"], "critical shop failing")
        self.assertRegex(message["text"], r"^Last deploy: 4\.2 of shop, [\dms]+ before it began; ")
        self.assertRegex(message["text"], r"; Acknowledge=http://")
        self.assertIn("; Runbook=https://wiki.example.com/shop", message["text"])
        self.assertIn("4.2", daemon.ctl("deploys").stdout)
        self.assertIn("deployed 4.2 of shop", daemon.ctl("explain", "shop").stdout)
        self.assertIn("4.2 of shop by", get(daemon.url("/"))[1])
        preview = daemon.ctl("template", "preview", "own", "--incident", message["incident"])
        self.assertEqual(preview.returncode, 0, preview.stderr)
        self.assertIn("title: critical shop failing", preview.stdout)
        self.assertEqual(self.fakes.violations(), [])

    def test_a_link_acknowledges_once_and_survives_a_restart(self):
        daemon = self.setting("webhook", "mail")
        message = self.page(daemon)
        link = re.search(r"Acknowledge=(\S+?);", message["text"] + ";")[1]
        self.assertRegex(link, rf"^{re.escape(daemon.url(''))}/?ack/{message['incident']}\?until=\d+&key=[0-9a-f]{{64}}$")
        # Nothing that can be read has the key: not the outbox, not the database, not the log.
        key = link[-64:]
        self.assertNotIn(key, get(daemon.url("/api/v1/outbox"))[1])
        with open(daemon.database, "rb") as file:
            self.assertNotIn(key.encode(), file.read())
        mail = wait_until("it is mailed", 15, lambda: self.fakes.arrived("smtp", "trigger"))[-1]
        self.assertIn(key, mail.text.replace("=\r\n", "").replace("=\n", ""))

        daemon.kill()
        daemon.start()
        status, text, headers = get(link)
        self.assertEqual(status, 200, text)
        self.assertIn("CRITICAL: shop failing", text)
        self.assertNotIn("<script", text)
        self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
        self.assertEqual(daemon.status()["incidents"][0]["state"], "open", "looking changes nothing")
        self.assertEqual(get(link[:-1] + ("0" if link[-1] != "0" else "1"))[0], 403)
        later = re.sub(r"until=(\d+)", lambda match: f"until={int(match[1]) + 3600}", link)
        self.assertEqual(post(later, b"")[0], 403)
        self.assertEqual(daemon.status()["incidents"][0]["state"], "open", "a forged link changes nothing")

        status, text = post(link, urllib.parse.urlencode({"name": "Ada L."}).encode())
        self.assertEqual(status, 200, text)
        incident = daemon.status()["incidents"][0]
        self.assertEqual((incident["state"], incident["acked_by"]), ("acked", "Ada L., acknowledge link (127.0.0.1)"))
        status, text = post(link, b"name=Eve")
        self.assertEqual(status, 409)
        self.assertIn("Ada L., acknowledge link (127.0.0.1) has it", text)
        self.assertEqual(daemon.ctl("unack", incident["id"]).returncode, 0)
        status, text = post(link, b"name=Eve")
        self.assertEqual((status, "This link was used" in text), (409, True))
        self.web.mend("shop")
        wait_until("it is over", 15, lambda: not daemon.status()["incidents"])
        self.assertEqual(get(link)[0], 410)
        self.assertNotIn(key, daemon.log())
        self.assertEqual(self.fakes.violations(), [])

    def test_pagerduty_acknowledges_and_resolves_by_signed_webhooks(self):
        daemon = self.setting("pagerduty", "webhook", public=False)
        message = self.page(daemon)
        wait_until("PagerDuty has it", 15, lambda: self.fakes.pagerduty())
        self.assertNotIn("Acknowledge=", message["text"], "without public_url there is no link")
        incident = message["incident"]

        def hook(kind, identity, key=f"md-{incident}-1", secret=SECRET):
            body = json.dumps({"event": {
                "id": identity, "event_type": kind, "resource_type": "incident", "occurred_at": "2026-03-29T02:01:05.000Z",
                "agent": {"id": "PLH1HKV", "summary": "Ada Löw", "type": "user_reference"},
                "data": {"id": "PGR0VU2", "type": "incident", "incident_key": key}}}, ensure_ascii=False).encode()
            signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
            return post(daemon.url("/hooks/pagerduty"), body,
                        {"Content-Type": "application/json", "X-PagerDuty-Signature": f"v1={'0' * 64},v1={signature}"})

        self.assertEqual(hook("incident.acknowledged", "E0", secret="wrong")[0], 401)
        self.assertEqual(post(daemon.url("/hooks/pagerduty"), b"{}")[0], 401)
        self.assertEqual(daemon.status()["incidents"][0]["state"], "open")
        self.assertEqual(hook("pagey.ping", "E1"), (200, '{"message":"pagey.ping is not acted on"}'))
        for _ in range(2):
            self.assertEqual(hook("incident.acknowledged", "E2"),
                             (200, f'{{"message":"acknowledged {incident}: shop failing"}}'))
        self.assertEqual(daemon.status()["incidents"][0]["acked_by"], "Ada Löw (PagerDuty)")
        wait_until("the others hear it", 15, lambda: self.fakes.arrived("webhook", "acknowledge"))
        stays("it is said back to PagerDuty", 1, lambda: self.fakes.arrived("pagerduty", "acknowledge"))
        self.assertEqual(hook("incident.resolved", "E3", key="somebody-else's")[0], 200)
        self.assertEqual(daemon.status()["incidents"][0]["state"], "acked")
        self.assertEqual(hook("incident.resolved", "E4")[0], 200)
        wait_until("it is over", 15, lambda: not daemon.status()["incidents"])
        wait_until("the others hear it", 15, lambda: self.fakes.arrived("webhook", "resolve"))
        with daemon.reading() as database:
            texts = [row[0] for row in database.execute("SELECT text FROM event WHERE kind = 'command' ORDER BY id")]
        self.assertEqual(len(texts), 3, texts)
        for text in texts:
            self.assertTrue(text.startswith("Ada Löw (PagerDuty): "), text)
        self.assertEqual(self.fakes.violations(), [])

    def test_a_template_is_tried_without_a_daemon(self):
        daemon = self.setting("webhook")
        shown = daemon.ctl("template", "preview", "own", "--config", daemon.configuration)
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertIn("title: critical api-health failing", shown.stdout)
        self.assertIn("| Last deploy: 4.2 of api, 12m before it began", shown.stdout)
        self.assertIn('"title":"critical api-health failing"', shown.stdout)
        unknown = daemon.ctl("template", "preview", "onw")
        self.assertEqual((unknown.returncode, unknown.stderr),
                         (3, 'monitordctl: There is no template onw; did you mean "own"?\n'))

    def test_what_is_changed_on_purpose_stands_at_pagerduty_beside_what_may_come_of_it(self):
        fakes, web = self.receivers(), self.nginx()
        channels = {"pagerduty": fakes.channels(self.folder)["pagerduty"]}
        channels["pagerduty"]["pagerduty"]["change_events"] = True
        daemon = self.daemon(
            probes=[http_probe("shop", web.url("shop"), every="1s", labels={"service": "shop"})], channels=channels,
            **telling("pagerduty"))
        daemon.start()
        daemon.wait_state("shop", "ok")

        def summaries():
            return [message.text for message in fakes.arrived("pagerduty", "change")]

        self.assertEqual(summaries(), [], "a start changes nothing")
        started = daemon.ctl("maintenance", "start", "--match", "service=shop", "--for", "1h", "--comment", "new disk")
        self.assertEqual(started.returncode, 0, started.stderr)
        identity = re.search(r"\b01[0-9A-Z]{24}\b", started.stdout)[0]
        ended = daemon.ctl("maintenance", "end", identity)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertEqual(daemon.ctl("deploy", "--match", "service=shop", "4.2").returncode, 0)
        daemon.write("probes.d/second.yaml", json.dumps({"probes": [http_probe("second", web.url("second"), every="1s")]}))
        reloaded = daemon.ctl("reload")
        self.assertEqual(reloaded.returncode, 0, reloaded.stdout + reloaded.stderr)
        told = wait_until("all four changes are told", 15, lambda: summaries() if len(summaries()) == 4 else None)
        for summary, pattern in zip(told, (
                r"^Changed: maintenance of service=\"shop\" by \S+ begins, until .*: new disk \(at ",
                r"^Changed: maintenance of service=\"shop\" by \S+ is over \(at ",
                r"^Changed: deployed 4\.2 of shop, by ",
                r"^Changed: configuration reloaded by \S+: 1 added, 1 kept \(at ")):
            self.assertRegex(summary, pattern)
        self.assertEqual(fakes.pagerduty(), [], "nobody is paged")
        self.assertEqual(fakes.violations(), [])

    def test_a_page_is_closed_with_the_key_that_opened_it_after_the_key_was_changed(self):
        fakes, web = self.receivers(), self.nginx()
        key = self.write("pager.key", "0123456789abcdef0123456789abcdef\n")
        channel = fakes.channels(self.folder)["pagerduty"]
        channel["pagerduty"]["routing_key"] = {"file": key}
        daemon = self.daemon(
            probes=[http_probe("shop", web.url("shop"), every="1s")], channels={"pagerduty": channel}, **telling("pagerduty"))
        daemon.start()
        daemon.wait_state("shop", "ok")
        web.fail("shop")
        wait_until("it is paged", 15, lambda: fakes.arrived("pagerduty", "trigger"))
        self.write("pager.key", "fedcba9876543210fedcba9876543210\n")
        self.assertEqual(daemon.ctl("reload").returncode, 0)
        web.mend("shop")
        resolve = wait_until("it is closed", 15, lambda: fakes.arrived("pagerduty", "resolve"))[0]
        self.assertEqual(resolve.target, "0123456789abcdef0123456789abcdef")
        web.fail("shop")
        second = wait_until("it is paged again", 15, lambda: fakes.arrived("pagerduty", "trigger")[1:])[0]
        self.assertEqual(second.target, "fedcba9876543210fedcba9876543210")
        self.assertEqual(fakes.violations(), [])
