"""What probes see of real servers: certificates, a database, latency."""

from harness import Case, Postgres, http_probe, telling, wait_until


class TLSTests(Case):
    def test_a_good_certificate_is_ok_and_an_expired_one_is_named_as_such(self):
        nginx = self.nginx()
        authority = nginx.certificates.authority

        def certificate(name, port):
            return {"name": name, "every": "1s", "timeout": "900ms",
                    "tls": {"host": "127.0.0.1", "port": port, "server_name": "localhost", "ca_file": authority},
                    "rules": [{"name": "failing", "critical": "failed"},
                              {"name": "expiry", "warning": "expires_in < 90d", "critical": "expires_in < 7d"}]}

        daemon = self.daemon(probes=[certificate("good", nginx.good_port), certificate("expired", nginx.expired_port)])
        daemon.start()
        daemon.wait_state("expired", "critical")
        expired = daemon.probe("expired")
        self.assertEqual((expired["last"]["outcome"], expired["last"]["failure"]), ("failed", "certificate_expired"))
        self.assertIn("localhost", expired["last"]["reason"])
        # Read from the chain although it is bad: it ended a day ago.
        self.assertAlmostEqual(expired["last"]["samples"]["expires_in"], -86_400, delta=600)

        good = daemon.wait_state("good", "warning")
        self.assertEqual(good["last"]["outcome"], "ok")
        self.assertAlmostEqual(good["last"]["samples"]["expires_in"], 60 * 86_400, delta=600)
        self.assertEqual({rule["name"]: rule["state"] for rule in good["rules"]}, {"failing": "ok", "expiry": "warning"})

    def test_an_http_probe_does_not_accept_an_authority_it_was_not_told_of(self):
        nginx = self.nginx()

        def secure(name, more):
            probe = http_probe(name, f"https://127.0.0.1:{nginx.good_port}/")
            probe["http"].update(more)
            return probe

        daemon = self.daemon(probes=[secure("told", {"ca_file": nginx.certificates.authority}), secure("untold", {})])
        daemon.start()
        daemon.wait_state("told", "ok")
        untold = daemon.wait_state("untold", "critical")
        self.assertIn(untold["last"]["failure"], ("certificate_untrusted", "tls"))


class DatabaseTests(Case):
    def setUp(self):
        super().setUp()
        self.postgres = self.use(Postgres())

    def test_a_database_that_goes_away_and_comes_back(self):
        daemon = self.daemon(
            environment={"DSN": self.postgres.dsn},
            probes=[{"name": "warehouse", "every": "1s", "timeout": "900ms",
                     "postgres": {"dsn": {"env": "DSN"}, "query": "select 1", "expect": {"scalar": 1}}}])
        daemon.start()
        daemon.wait_state("warehouse", "ok")
        self.postgres.stop()
        gone = daemon.wait_state("warehouse", "critical")
        self.assertEqual(gone["last"]["outcome"], "failed")
        self.postgres.start()
        daemon.wait_state("warehouse", "ok")

    def test_the_quality_score_is_the_weighted_mean_of_its_checks_and_judged_by_its_rule(self):
        self.postgres.sql("create table sales (customer_id int, loaded_at timestamptz default now());"
                          "insert into sales (customer_id)"
                          " select case when n % 10 = 0 then null else n end from generate_series(1, 100) n")
        completeness = "select count(customer_id)::float / nullif(count(*), 0) from sales"
        daemon = self.daemon(
            environment={"DSN": self.postgres.dsn},
            probes=[{"name": "retail", "every": "1s", "timeout": "900ms",
                     "quality": {"dsn": {"env": "DSN"}, "checks": {
                         "completeness": {"weight": 3, "sql": completeness},
                         "freshness": {"weight": 1, "sql": "select max(loaded_at) from sales", "max_age": "26h"}}},
                     "rules": [{"name": "score", "gate": "score > 85%", "critical": "score <= 85%"}]}])
        daemon.start()
        # (3 x 0.9 + 1 x 1) / 4
        good = daemon.wait_state("retail", "ok")
        self.assertAlmostEqual(good["last"]["samples"]["score"], 0.925, places=3)
        self.postgres.sql("update sales set customer_id = null where customer_id <= 30")
        bad = daemon.wait_state("retail", "critical")
        # 27 more of 100 are empty: (3 x 0.63 + 1) / 4
        self.assertAlmostEqual(bad["last"]["samples"]["score"], 0.7225, places=3)
        # No rows are no score: neither good nor bad, and the alert stays.
        self.postgres.sql("truncate sales")
        wait_until("a run without a score", 10, lambda: "score" not in daemon.probe("retail")["last"]["samples"])
        self.assertNotEqual(daemon.probe("retail")["state"], "ok")


class LatencyTests(Case):
    def test_a_p95_rule_fires_when_enough_runs_are_slow_and_shows_its_n(self):
        receivers, nginx = self.receivers(), self.nginx()
        probe = http_probe("latency", nginx.url())
        probe["rules"] = [{"name": "p95", "critical": "p95(duration, 10s) > 300ms", "min_samples": 5}]
        daemon = self.daemon(probes=[probe], **telling("webhook", channels=receivers.channels(self.folder)))
        daemon.start()
        early = wait_until("it has run", 10, lambda: (daemon.probe("latency") or {}).get("last") and daemon.probe("latency"))
        self.assertNotEqual(early["state"], "critical")
        fast = daemon.wait_state("latency", "ok", deadline=20)
        self.assertGreaterEqual(fast["rules"][0]["n"], 5)
        self.assertLess(fast["rules"][0]["value"], 0.3)
        nginx.slow()
        slow = daemon.wait_state("latency", "critical", deadline=30)
        self.assertEqual(slow["last"]["outcome"], "ok")
        self.assertGreater(slow["rules"][0]["value"], 0.3)
        told = wait_until("the webhook is told", 10, lambda: receivers.arrived("webhook", "trigger"))[0]
        self.assertIn("p95", told.text)
        nginx.fast()
        daemon.wait_state("latency", "ok", deadline=40)
        self.assertEqual(receivers.violations(), [])
