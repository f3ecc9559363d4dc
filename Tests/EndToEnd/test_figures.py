"""Figures of delivery that are promises: waits that a receiver names, receivers that hang, and hundreds of failures at once."""

import json
import time

from harness import Case, Receivers, get, http_probe, wait_until


class WaitTests(Case):
    """Whoever answers 429 and names a wait is asked again when that is over, and within a second of it."""

    SECONDS = (1, 2, 4)
    KINDS = ("pagerduty", "slack", "webhook", "teams", "telegram")

    def test_the_next_attempt_comes_within_a_second_after_the_wait_that_was_named(self):
        names = {f"{kind}-{seconds}": (kind, seconds) for kind in self.KINDS for seconds in self.SECONDS}
        more = self.write("more.json", json.dumps([
            {"name": name, "receiver": kind, "mode": "429", "retry_after": seconds, "count": 1}
            for name, (kind, seconds) in names.items()]))
        receivers = self.receivers("--unlimited", "--more", more)
        urls = receivers.ports["urls"]

        def secret(name, value):
            return {"file": self.write(f"{name}.secret", value)}

        channels = {name: {
            "pagerduty": lambda: {"pagerduty": {"routing_key": secret(name, "k" * 32), "url": urls[name]}},
            "slack": lambda: {"slack": {"webhook_url": secret(name, urls[name])}},
            "webhook": lambda: {"webhook": {"url": urls[name], "signing_key": secret(name, Receivers.SIGNING_KEY)}},
            "teams": lambda: {"teams": {"webhook_url": secret(name, urls[name])}},
            "telegram": lambda: {"telegram": {"bot_token": secret(name, "1234567:" + "t" * 35), "chat_id": "-1", "url": urls[name]}},
        }[kind]() for name, (kind, _) in names.items()}
        nowhere = self.nowhere()
        daemon = self.daemon(
            probes=[http_probe(name, nowhere, every="5m") for name in names], channels=channels,
            policies={name: {"steps": [{"after": "0s", "notify": [name]}]} for name in names},
            routes=[{"match": {"probe": name}, "policy": name, "group_wait": "0s"} for name in names]
            + [{"policy": min(names), "group_wait": "5m"}])
        daemon.start()

        def attempts():
            """The times at which each receiver was asked; a message names the probe it is about."""
            asked = {name: [] for name in names}
            for entry in receivers.log():
                for name in names:
                    if f"{name} failing" in entry["body"]:
                        asked[name].append(entry["at"])
            return asked

        asked = wait_until("each was asked twice", 20, lambda: (
            lambda found: found if all(len(times) == 2 for times in found.values()) else None)(attempts()))
        waits = {name: asked[name][1] - asked[name][0] for name in names}
        for name, (_, seconds) in names.items():
            # A tenth more for the way there and back, on a machine that does other things too.
            self.assertTrue(seconds <= waits[name] <= seconds + 1.1, f"{name}: asked again after {waits[name]:.3f} s")
        self.assertEqual(receivers.violations(), [])


class HangingTests(Case):
    SLOW = True

    def test_three_receivers_that_hang_do_not_hold_up_the_fourth(self):
        count = 50
        more = self.write("more.json", json.dumps([
            {"name": f"hanging-{number}", "receiver": "webhook", "mode": "hang", "delay": 60} for number in (1, 2, 3)]))
        receivers = self.receivers("--unlimited", "--more", more)
        key = {"file": self.write("key.secret", Receivers.SIGNING_KEY)}
        urls = receivers.ports["urls"]
        # A target of its own for each, so that no guard against storms makes few messages of many.
        names = [f"service-{number}" for number in range(count)]
        channels = {f"{name}-{way}": {"webhook": {"url": urls[receiver], "signing_key": key}}
                    for name in names
                    for way, receiver in (("a", "hanging-1"), ("b", "hanging-2"), ("c", "hanging-3"), ("d", "webhook"))}
        nowhere = self.nowhere()
        daemon = self.daemon(
            probes=[http_probe(name, nowhere, every="5m") for name in names], channels=channels,
            policies={name: {"steps": [{"after": "0s", "notify": [f"{name}-{way}" for way in "abcd"]}]} for name in names},
            routes=[{"match": {"probe": name}, "policy": name, "group_wait": "0s"} for name in names]
            + [{"policy": names[0], "group_wait": "5m"}])
        daemon.start()
        told = wait_until("all are told on the fourth", 30, lambda: (
            lambda found: found if len(found) >= count else None)(receivers.arrived("webhook", "trigger")))
        with daemon.reading() as database:
            created = {row[0]: row[1] / 1e6 for row in database.execute("select idempotency_key, created_at from outbox")}
        took = sorted(message.at - created[message.key] for message in told)
        self.assertEqual(len(took), count)
        # Of 50 the worst is the 99th percentile.
        self.assertLessEqual(took[-1], 1, f"p50 {took[count // 2]:.3f} s, worst {took[-1]:.3f} s")
        self.assertGreaterEqual(daemon.status()["daemon"]["outbox"]["inflight"], 3)
        self.assertEqual(receivers.violations(), [])
        print(f"page to the fourth receiver while three hang: p50 {took[count // 2] * 1e3:.0f} ms, worst {took[-1] * 1e3:.0f} ms")


class StormTests(Case):
    SLOW = True

    def test_five_hundred_failures_at_once_are_at_most_five_messages_a_receiver_and_none_of_the_names_is_lost(self):
        receivers, nginx = self.receivers(), self.nginx()
        names = [f"endpoint-{number:03d}" for number in range(500)]
        channels = receivers.channels(self.folder)
        daemon = self.daemon(
            channels=channels,
            policies={"default": {"steps": [{"after": "0s", "notify": sorted(channels)}]}},
            routes=[{"policy": "default", "group_by": ["probe"], "group_wait": "0s"}])
        # One file of so many would have more values than a file may.
        for part in range(5):
            probes = [http_probe(name, nginx.url("health"), every="1s", timeout="1s") for name in names[part::5]]
            daemon.write(f"probes.d/part-{part}.yaml", json.dumps({"probes": probes}))
        daemon.start()

        def firing():
            with daemon.reading() as database:
                return database.execute("select count(*) from alert where phase = 'firing'").fetchone()[0]

        wait_until("all are well", 60, lambda: sum(
            value for key, value in daemon.metrics().items() if key.startswith("probe_success{")) == len(names), every=0.5)
        broken = time.time()
        nginx.fail("health")
        wait_until("all are critical", 30, lambda: firing() == len(names), every=0.5)
        wait_until("a minute is over", 90, lambda: time.time() - broken > 60, every=1)
        counts, texts = {}, ""
        for name in ("pagerduty", "slack", "smtp", "webhook"):
            messages = [message for message in receivers.arrived(name) if 0 <= message.at - broken <= 60]
            counts[name] = len(messages)
            texts += "".join(message.text for message in messages)
        self.assertTrue(all(1 <= count <= 5 for count in counts.values()), counts)

        # Every name can be had: from the texts that came, or from where they point to.
        status, api, _ = get(daemon.url("/api/v1/incidents?limit=1000"))
        self.assertEqual(status, 200)
        self.assertEqual([name for name in names if name not in texts + api], [])

        nginx.mend("health")
        wait_until("all are well again", 30, lambda: firing() == 0, every=0.5)
        wait_until("nothing is open at PagerDuty", 120, lambda: all(
            alert["state"] == "resolved" for alert in receivers.pagerduty()), every=0.5)
        self.assertEqual(receivers.violations(), [])
        print(f"500 failures at once, messages within a minute: {counts}", flush=True)
