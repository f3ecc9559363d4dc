"""monitord, Alertmanager with Prometheus, and Monit behind one face: each watches one endpoint and tells the same receivers of it."""

import glob
import http.server
import json
import os
import re
import subprocess
import threading
import time
import urllib.request

from harness import BINARIES, ROOT, Daemon, accepts, end, free_port, get, http_probe, wait_until

MONIT = os.path.join(ROOT, ".build", "unpacked", "monit", "usr", "bin", "monit")


class Endpoint:
    """A web server that answers 200, or 503 while it fails; its answer is an empty exposition, so that Prometheus is content too."""

    def __init__(self):
        endpoint = self
        self.is_failing = False
        self.failed_at = None  # The first bad answer since it fails.

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                if endpoint.is_failing and endpoint.failed_at is None:
                    endpoint.failed_at = time.time()
                body = b"# nothing\n"
                self.send_response(503 if endpoint.is_failing else 200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def fail(self):
        self.failed_at = None
        self.is_failing = True
        return time.time()

    def mend(self):
        self.is_failing = False
        return time.time()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Heard:
    """A message as a person would take it: of which receiver, a page or an end, and whether it is marked as a repeat."""

    def __init__(self, entry):
        self.receiver, self.at, self.is_marked = entry["receiver"], entry["at"], bool(entry.get("resent"))
        text = entry.get("text") or entry.get("body") or ""
        if self.receiver == "pagerduty":
            self.kind = {"trigger": "page", "resolve": "end"}.get(entry["action"], "other")
        elif self.receiver == "slack":
            self.kind = "end" if re.search(r"RESOLVED|^(\(resent\) )?(Resolved|Over)", text) else "page" if re.search(
                r"FIRING|CRITICAL", text) else "other"
        else:
            subject = re.search(r"^Subject: (.*)", entry["body"], re.MULTILINE | re.IGNORECASE)[1]
            self.kind = ("end" if re.search(r"succeeded|Resolved|Over:", subject) else
                         "page" if re.search(r"failed|CRITICAL", subject) else "other")


class Product:
    """`receivers` are those that it tells; `name` as in the table."""

    name = ""
    receivers = ()
    has_silences = True

    def __init__(self, folder, receivers, endpoint):
        self.folder, self.to, self.endpoint = folder, receivers, endpoint
        os.makedirs(folder)

    def heard(self, receiver, kind):
        """What a receiver has kept, in order."""
        messages = (Heard(entry) for entry in self.to.log(receiver) if entry["accepted"])
        return [message for message in messages if message.kind == kind]


class Monitord(Product):
    name = "monitord"
    receivers = ("pagerduty", "slack", "smtp")

    def __init__(self, *arguments):
        super().__init__(*arguments)
        channels = self.to.channels(self.folder)
        del channels["webhook"]
        self.daemon = Daemon(
            os.path.join(self.folder, "monitord"), probes=[http_probe("health", f"http://127.0.0.1:{self.endpoint.port}/health")],
            channels=channels, policies={"default": {"steps": [{"after": "0s", "notify": sorted(channels)}]}},
            routes=[{"policy": "default", "group_by": ["probe"], "group_wait": "0s"}])

    @staticmethod
    def version():
        return subprocess.run([os.path.join(BINARIES, "monitord"), "--version"], capture_output=True, text=True).stdout.strip()

    def start(self):
        self.daemon.start()
        self.daemon.wait_state("health", "ok")

    def restart(self):
        self.daemon.spawn()

    def kill(self):
        self.daemon.kill()

    def stop(self):
        self.daemon.end()

    def silence(self):
        done = self.daemon.ctl("silence", "add", "probe=health", "--for", "1h", "--comment", "a test", "--json")
        self.silenced = json.loads(done.stdout)["silence"]["id"]

    def unsilence(self):
        self.daemon.ctl("silence", "expire", self.silenced)


class Alertmanager(Product):
    """Debian's Alertmanager, told by Debian's Prometheus: a scrape, a rule and a flush a second or as near as each allows."""

    name = "Alertmanager"
    receivers = ("pagerduty", "slack")

    def __init__(self, *arguments):
        super().__init__(*arguments)
        ports = self.to.ports
        self.port, self.prometheus_port = free_port(), free_port()
        self._write("alertmanager.yml", {
            "route": {"receiver": "everybody", "group_by": ["alertname"], "group_wait": "0s", "group_interval": "5s",
                      "repeat_interval": "4h"},
            "receivers": [{"name": "everybody", "pagerduty_configs": [
                {"routing_key": "0" * 32, "url": ports["urls"]["pagerduty"], "send_resolved": True}],
                "slack_configs": [{"api_url": ports["urls"]["slack"], "channel": "#alerts", "send_resolved": True}]}]})
        self._write("rules.yml", {"groups": [{"name": "all", "interval": "1s", "rules": [
            {"alert": "HealthFailing", "expr": 'up{job="health"} == 0', "labels": {"severity": "critical"}}]}]})
        self._write("prometheus.yml", {
            "global": {"scrape_interval": "1s", "scrape_timeout": "800ms", "evaluation_interval": "1s"}, "rule_files": ["rules.yml"],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [f"127.0.0.1:{self.port}"]}]}]},
            "scrape_configs": [{"job_name": "health", "metrics_path": "/health",
                                "static_configs": [{"targets": [f"127.0.0.1:{self.endpoint.port}"]}]}]})
        self.process = self.prometheus = None

    def _write(self, name, document):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            json.dump(document, file)

    @staticmethod
    def version():
        return "Alertmanager and Prometheus, Debian " + ", ".join(subprocess.run(
            ["dpkg-query", "-W", "-f=${Version}", package], capture_output=True, text=True).stdout
            for package in ("prometheus-alertmanager", "prometheus"))

    def _spawn(self, name, *command):
        with open(os.path.join(self.folder, f"{name}.log"), "ab") as log:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder)

    def restart(self):
        self.process = self._spawn(
            "alertmanager", "prometheus-alertmanager", "--config.file=alertmanager.yml", "--storage.path=data",
            f"--web.listen-address=127.0.0.1:{self.port}", "--cluster.listen-address=")

    def start(self):
        self.restart()
        wait_until("Alertmanager is ready", 30, lambda: accepts(self.port) and get(self._url("/-/ready"))[0] == 200)
        # Sent again every 5 s in place of every minute, to Alertmanager's favour.
        self.prometheus = self._spawn(
            "prometheus", "prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=tsdb",
            f"--web.listen-address=127.0.0.1:{self.prometheus_port}", "--rules.alert.resend-delay=5s")
        query = f"http://127.0.0.1:{self.prometheus_port}/api/v1/query?query=up"
        wait_until("Prometheus has scraped", 30,
                   lambda: accepts(self.prometheus_port) and '"1"' in get(query)[1])

    def _url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        for process in (self.prometheus, self.process):
            if process is not None:
                end(process)

    def _post(self, path, document=None, method="POST"):
        body = json.dumps(document).encode() if document is not None else None
        request = urllib.request.Request(self._url(path), body, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=10) as reply:
            return json.loads(reply.read() or b"null")

    def silence(self):
        form = "%Y-%m-%dT%H:%M:%SZ"
        self.silenced = self._post("/api/v2/silences", {
            "matchers": [{"name": "alertname", "value": "HealthFailing", "isRegex": False, "isEqual": True}],
            "startsAt": time.strftime(form, time.gmtime()), "endsAt": time.strftime(form, time.gmtime(time.time() + 3600)),
            "createdBy": "test", "comment": "a test"})["silenceID"]

    def unsilence(self):
        self._post(f"/api/v2/silence/{self.silenced}", method="DELETE")


class Monit(Product):
    """Debian's Monit with a cycle a second; it tells by mail."""

    name = "Monit"
    receivers = ("smtp",)
    has_silences = False

    CONFIGURATION = """
set daemon 1
set log {folder}/log
set pidfile {folder}/pid
set idfile {folder}/id
set statefile {folder}/state
set eventqueue basedir {folder}/queue slots 1000
set mailserver 127.0.0.1 port {smtp} using tls hostname "host.example.com"
set mail-format {{ from: monit@example.com }}
set alert oncall@example.com
check host health with address 127.0.0.1
    if failed port {port} protocol http request "/health" with timeout 1 seconds then alert
"""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.configuration = os.path.join(self.folder, "monitrc")
        os.makedirs(os.path.join(self.folder, "queue"))
        descriptor = os.open(self.configuration, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(self.CONFIGURATION.format(folder=self.folder, smtp=self.to.ports["smtps"], port=self.endpoint.port))
        self.process = None

    @staticmethod
    def version():
        done = subprocess.run([MONIT, "--version"], capture_output=True, text=True).stdout
        return done.splitlines()[0] if done else "not there"

    def restart(self):
        # A pid file that a killed one left is no running one.
        for path in glob.glob(os.path.join(self.folder, "pid")):
            os.remove(path)
        with open(os.path.join(self.folder, "console"), "ab") as log:
            self.process = subprocess.Popen([MONIT, "-I", "-c", self.configuration], stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, cwd=self.folder)

    def start(self):
        self.restart()
        wait_until("Monit has begun", 20, lambda: os.path.exists(os.path.join(self.folder, "state")))
        time.sleep(2)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process is not None:
            end(self.process)


PRODUCTS = (Monitord, Alertmanager, Monit)
