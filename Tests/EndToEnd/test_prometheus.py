"""Prometheus is content with /metrics."""

import subprocess

from harness import Case, Prometheus, get, http_probe, wait_until


class PrometheusTests(Case):
    def setUp(self):
        super().setUp()
        self.site = self.nginx()
        awkward = 'quote " backslash \\ and é'
        self.monitord = self.daemon(probes=[
            http_probe("health", self.site.url("health")),
            http_probe("broken", self.site.url("broken"), labels={"team": awkward, "service": "api"})])
        self.site.fail("broken")
        self.monitord.start()
        self.monitord.wait_state("health", "ok")
        self.monitord.wait_state("broken", "critical")

    def test_prometheus_scrapes_without_a_warning_and_answers_queries(self):
        prometheus = self.use(Prometheus(self.path("prometheus"), f"127.0.0.1:{self.monitord.port}"))
        wait_until("probe_success of both probes is stored", 20, lambda: len(prometheus.query("probe_success")) == 2, every=0.2)
        values = {entry["metric"]["probe"]: entry["value"][1] for entry in prometheus.query("probe_success")}
        self.assertEqual(values, {"health": "1", "broken": "0"})
        self.assertEqual(prometheus.query('up{job="monitord"}')[0]["value"][1], "1")
        wait_until("some scrapes happened", 20, lambda: float(
            prometheus.query("count_over_time(up[1m])")[0]["value"][1]) >= 5, every=0.5)
        self.assertEqual(prometheus.query("min_over_time(up[1m])")[0]["value"][1], "1")
        self.assertEqual(prometheus.complaints(), [])

    def test_promtool_has_nothing_to_say_about_the_metrics(self):
        status, text, headers = get(self.monitord.url("/metrics"))
        self.assertEqual(status, 200)
        self.assertTrue(headers["Content-Type"].startswith("text/plain; version=0.0.4"), headers["Content-Type"])
        done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))
