"""Real Alertmanagers take what monitord forwards: one alert for what two monitords see, sent again until everybody has it."""

import json
import subprocess

from harness import Case, Daemon, accepts, end, free_port, get, http_probe, telling, wait_until


class Member:
    """Debian's Alertmanager alone, with nothing to keep: it forgets all alerts when it ends."""

    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def start(self):
        with open(f"{self.folder}/alertmanager.yml", "w", encoding="utf-8") as file:
            json.dump({"route": {"receiver": "nobody"}, "receivers": [{"name": "nobody"}]}, file)
        with open(f"{self.folder}/log", "ab") as log:
            self.process = subprocess.Popen(
                ["prometheus-alertmanager", "--config.file=alertmanager.yml", "--storage.path=data",
                 f"--web.listen-address=127.0.0.1:{self.port}", "--cluster.listen-address="],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder)
        wait_until("Alertmanager is ready", 30, lambda: accepts(self.port) and get(self.url + "/-/ready")[0] == 200)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def __exit__(self, *_):
        if self.process is not None:
            end(self.process)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def alerts(self, probe):
        """The alerts about a probe that are active now."""
        status, text, _ = get(self.url + "/api/v2/alerts?active=true")
        if status != 200:
            raise AssertionError(f"{status} {text}")
        return [alert for alert in json.loads(text) if alert["labels"].get("probe") == probe]

    def watchdogs(self):
        return [alert for alert in json.loads(get(self.url + "/api/v2/alerts")[1]) if alert["labels"].get("alertname") == "Watchdog"]


class AlertmanagerTests(Case):
    SLOW = True

    # State is sent again every minute while it fires.
    RESENT_WITHIN = 75

    def members(self, count):
        return [self.use(Member(self._folder(f"member-{number}"))) for number in range(count)]

    def _folder(self, name):
        return self.write(f"{name}/.keep", "").rsplit("/", 1)[0]

    def forwarding(self, *members):
        return telling("forward", channels={"forward": {"alertmanager": {"urls": [member.url for member in members]}}})

    def test_two_monitords_that_see_the_same_are_one_alert_and_its_end_ends_it(self):
        nginx = self.nginx()
        first, second = members = self.members(2)
        # The labels are those of the probe: what tells the monitords apart does not stand among them.
        daemons = [Daemon(self.path(f"monitord-{number}"), probes=[http_probe("health", nginx.url())], **self.forwarding(*members))
                   for number in (1, 2)]
        for daemon in daemons:
            self.addCleanup(daemon.end)
            daemon.start()
            daemon.wait_state("health", "ok")
        nginx.fail()
        for member in members:
            alert, = wait_until("each member has it", 15, lambda: member.alerts("health"))
            self.assertEqual((alert["labels"]["probe"], alert["labels"]["severity"]), ("health", "critical"))
        for daemon in daemons:
            daemon.wait_state("health", "critical")
            wait_until("both members have heard of it", 15, lambda: daemon.status()["incidents"][0]["told"])
        self.assertEqual([len(member.alerts("health")) for member in members], [1, 1])
        nginx.mend()
        for member in (first, second):
            wait_until("its end ends it", 15, lambda: member.alerts("health") == [])

    def test_a_member_that_forgot_everything_gets_it_again(self):
        nginx = self.nginx()
        member, = self.members(1)
        daemon = self.daemon(probes=[http_probe("health", nginx.url())], **self.forwarding(member))
        daemon.start()
        daemon.wait_state("health", "ok")
        nginx.fail()
        wait_until("it has the alert", 15, lambda: member.alerts("health"))
        member.kill()
        member.start()
        wait_until("it has the alert again", self.RESENT_WITHIN, lambda: member.alerts("health"), every=0.5)
        self.assertEqual(len(member.alerts("health")), 1)

    def test_a_member_that_is_away_does_not_keep_the_other_from_hearing(self):
        nginx = self.nginx()
        here, away = self.members(2)
        away.kill()
        daemon = self.daemon(probes=[http_probe("health", nginx.url())], **self.forwarding(here, away))
        daemon.start()
        daemon.wait_state("health", "ok")
        nginx.fail()
        wait_until("the one that is there has it", 15, lambda: here.alerts("health"))
        away.start()
        wait_until("the other has it too", self.RESENT_WITHIN, lambda: away.alerts("health"), every=0.5)

    def test_a_watchdog_fires_always(self):
        member, = self.members(1)
        daemon = self.daemon(**self.forwarding(member)).start()
        watchdog, = wait_until("it fires", self.RESENT_WITHIN, member.watchdogs, every=0.5)
        self.assertEqual(watchdog["status"]["state"], "active")
        self.assertEqual(daemon.status()["incidents"], [])

    def test_what_is_sent_breaks_no_rule(self):
        receivers, nginx = self.receivers(), self.nginx()
        url = receivers.ports["urls"]["alertmanager"]
        daemon = self.daemon(probes=[http_probe("health", nginx.url()), http_probe("other", nginx.url())],
                             **telling("forward", channels={"forward": {"alertmanager": {"urls": [url]}}}))
        daemon.start()
        daemon.wait_state("health", "ok")

        def told(firing):
            return {alert["labels"]["probe"] for alert in receivers.control("GET", "/alertmanager")
                    if alert["is_firing"] == firing and "probe" in alert["labels"]}

        nginx.fail()
        wait_until("an alert for each probe is firing", 15, lambda: told(True) == {"health", "other"})
        nginx.mend()
        wait_until("and over", 15, lambda: told(False) == {"health", "other"})
        self.assertEqual(receivers.violations(), [])
