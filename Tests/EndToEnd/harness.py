"""What the end-to-end tests share: temporary folders, free ports, real servers, receivers, and the daemon under test.

Everything listens on 127.0.0.1. Everything started here is ended here, by its process id.
"""

import contextlib
import glob
import http.client
import json
import os
import pwd
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BINARIES = os.path.abspath(os.environ.get("MONITORD_BIN", os.path.join(ROOT, ".build", "debug")))
RECEIVER = os.path.join(ROOT, "Tests", "Support", "receivers", "receiver.py")


def wait_until(fact, deadline, look, every=0.02):
    """Looks until `look` returns something true and returns that; after `deadline` s fails with the fact's name."""
    end = time.monotonic() + deadline
    while True:
        seen = look()
        if seen:
            return seen
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline} s: {fact}; last seen: {seen!r}")
        time.sleep(every)


def stays(fact, duration, look, every=0.05):
    """Fails as soon as `look` returns something true within `duration` s: for what must not happen."""
    end = time.monotonic() + duration
    while time.monotonic() < end:
        seen = look()
        if seen:
            raise AssertionError(f"happened within {duration} s although it must not: {fact}: {seen!r}")
        time.sleep(every)


_given = set()


def free_port():
    """A port nobody listens on, never the same twice in this process."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        if port not in _given:
            _given.add(port)
            return port


def get(url, timeout=10, headers=None):
    """(status, text, headers) of a GET; a status of 400 and above is no exception."""
    request = urllib.request.Request(url, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=timeout) as reply:
            return reply.status, reply.read().decode(), dict(reply.headers)
    except urllib.error.HTTPError as reply:
        return reply.code, reply.read().decode(), dict(reply.headers)


def accepts(port):
    """Somebody accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def end(process, grace=10):
    """SIGTERM, then SIGKILL after `grace` s; returns the exit status."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(grace)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return process.returncode


class Case(unittest.TestCase):
    """A test with its own folder, removed afterwards unless the test failed and KEEP is set in the environment."""

    maxDiff = None

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="md-")
        os.chmod(self.folder, 0o755)
        self.addCleanup(self._remove)

    def _remove(self):
        if os.environ.get("KEEP"):
            print(f"kept: {self.folder}", file=sys.stderr)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def write(self, name, text, mode=0o644):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def use(self, thing):
        """Enters a context manager that is left when the test ends."""
        thing.__enter__()
        self.addCleanup(thing.__exit__, None, None, None)
        return thing

    def nowhere(self):
        """An address that refuses connections for as long as the test lasts: its port is taken, and nobody listens."""
        held = self.use(socket.socket())
        held.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{held.getsockname()[1]}/"

    def receivers(self, *flags):
        return self.use(Receivers(self.path("receivers"), *flags))

    def nginx(self):
        return self.use(Nginx(self.path("nginx")))

    def daemon(self, **settings):
        daemon = Daemon(self.path("monitord"), **settings)
        self.addCleanup(daemon.end)
        return daemon


class Certificates:
    """An authority, a good and an expired certificate for 127.0.0.1 and localhost, made by the openssl command line."""

    CONFIGURATION = """
[ca]
default_ca = this
[this]
dir = {folder}
database = {folder}/index.txt
new_certs_dir = {folder}
serial = {folder}/serial
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
"""

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder)
        self._write("ca.conf", self.CONFIGURATION.format(folder=folder))
        self._write("index.txt", "")
        self._write("serial", "1000\n")
        self.authority = self.path("ca.pem")
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                      "-subj", "/CN=Test Authority", "-keyout", self.path("ca.key"), "-out", self.authority)
        now = time.time()
        self.good = self._issue("good", now - 86_400, now + 60 * 86_400)
        self.expired = self._issue("expired", now - 60 * 86_400, now - 86_400)

    def path(self, name):
        return os.path.join(self.folder, name)

    def _write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def _openssl(self, *arguments):
        done = subprocess.run(["openssl", *arguments], capture_output=True, text=True)
        if done.returncode != 0:
            raise AssertionError(f"openssl {' '.join(arguments)}: {done.stderr}")

    def _issue(self, name, begins, ends):
        """Returns (certificate, key) as paths."""
        key, request, certificate = self.path(f"{name}.key"), self.path(f"{name}.csr"), self.path(f"{name}.pem")
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost",
                      "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", request)
        form = "%Y%m%d%H%M%SZ"
        self._openssl("ca", "-batch", "-notext", "-config", self.path("ca.conf"), "-cert", self.authority,
                      "-keyfile", self.path("ca.key"), "-in", request, "-out", certificate,
                      "-startdate", time.strftime(form, time.gmtime(begins)), "-enddate", time.strftime(form, time.gmtime(ends)))
        return certificate, key


class Nginx:
    """A real nginx whose /NAME answers 200 with JSON, 503 while `fail(NAME)` holds, and slowly while `slow(NAME)` holds."""

    CONFIGURATION = """
daemon off;
master_process off;
error_log {folder}/error.log notice;
pid {folder}/nginx.pid;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
    uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
    default_type application/json;
    sendfile on; sendfile_max_chunk 4k;
    server {{
        listen 127.0.0.1:{port};
        root {folder}/site;
        if (-f {folder}/flags$uri.down) {{ return 503; }}
        if (-f {folder}/flags$uri.slow) {{ set $limit_rate 40k; }}
        location / {{ try_files /answer.json =404; }}
    }}
    server {{
        listen 127.0.0.1:{good} ssl;
        ssl_certificate {good_pem};
        ssl_certificate_key {good_key};
        return 200 '{{"status":"ok"}}';
    }}
    server {{
        listen 127.0.0.1:{bad} ssl;
        ssl_certificate {bad_pem};
        ssl_certificate_key {bad_key};
        return 200 '{{"status":"ok"}}';
    }}
}}
"""

    def __init__(self, folder):
        self.folder = folder
        self.process = None
        for name in ("site", "flags"):
            os.makedirs(os.path.join(folder, name))
        self.certificates = Certificates(os.path.join(folder, "certificates"))
        self.port, self.good_port, self.expired_port = free_port(), free_port(), free_port()
        # 20,000 bytes in pieces of 4 KiB at 40 KiB a second take about half a second.
        with open(os.path.join(folder, "site", "answer.json"), "w", encoding="ascii") as file:
            json.dump({"status": "ok", "padding": "x" * 20_000}, file)
        good, bad = self.certificates.good, self.certificates.expired
        with open(os.path.join(folder, "nginx.conf"), "w", encoding="utf-8") as file:
            file.write(self.CONFIGURATION.format(
                folder=folder, port=self.port, good=self.good_port, bad=self.expired_port,
                good_pem=good[0], good_key=good[1], bad_pem=bad[0], bad_key=bad[1]))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        self.process = subprocess.Popen(
            ["nginx", "-p", self.folder, "-c", os.path.join(self.folder, "nginx.conf")],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(f"nginx listens on {self.port}; see {self.folder}/error.log", 10, lambda: accepts(self.port))

    def stop(self):
        if self.process is not None:
            end(self.process)

    def url(self, name="health"):
        return f"http://127.0.0.1:{self.port}/{name}"

    def _flag(self, name, kind):
        return os.path.join(self.folder, "flags", f"{name}.{kind}")

    def fail(self, name="health"):
        """From now on NAME answers 503. Returns the moment (monotonic)."""
        open(self._flag(name, "down"), "w", encoding="ascii").close()
        return time.monotonic()

    def mend(self, name="health"):
        os.remove(self._flag(name, "down"))
        return time.monotonic()

    def slow(self, name="health"):
        open(self._flag(name, "slow"), "w", encoding="ascii").close()

    def fast(self, name="health"):
        os.remove(self._flag(name, "slow"))


class Postgres:
    """A real PostgreSQL cluster in a folder of its own. The server refuses to run as root, so root lends it another user."""

    def __init__(self):
        self.port = free_port()
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda path: int(path.split("/")[4]))
        if not found:
            raise AssertionError("no PostgreSQL server in /usr/lib/postgresql; run: script/bootstrap test")
        self.bin = os.path.dirname(found[-1])
        self.user = None
        if os.getuid() == 0:
            names = [entry.pw_name for entry in pwd.getpwall()]
            self.user = "postgres" if "postgres" in names else "nobody"
        self.folder = tempfile.mkdtemp(prefix="md-pg-")
        self.process = None

    @property
    def dsn(self):
        return f"postgresql://monitord@127.0.0.1:{self.port}/postgres"

    def _as_user(self):
        if self.user is None:
            return {}
        entry = pwd.getpwnam(self.user)
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}

    def __enter__(self):
        if self.user is not None:
            shutil.chown(self.folder, self.user)
        data = os.path.join(self.folder, "data")
        subprocess.run(
            [os.path.join(self.bin, "initdb"), "-D", data, "-A", "trust", "-U", "monitord", "--locale=C.UTF-8", "--no-sync"],
            check=True, capture_output=True, cwd="/", **self._as_user())
        self.start()
        return self

    def start(self):
        log = open(os.path.join(self.folder, "log"), "ab")
        self.process = subprocess.Popen(
            [os.path.join(self.bin, "postgres"), "-D", os.path.join(self.folder, "data"), "-p", str(self.port), "-k", self.folder,
             "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", **self._as_user())
        log.close()
        wait_until("PostgreSQL answers", 30, lambda: self._psql("select 1").returncode == 0, every=0.1)

    def stop(self):
        """The fast shutdown: open sessions are ended."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(30)

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _psql(self, sql):
        command = [os.path.join(self.bin, "psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", self.dsn, "-c", sql]
        return subprocess.run(command, capture_output=True, text=True, cwd="/")

    def sql(self, sql):
        done = self._psql(sql)
        if done.returncode != 0:
            raise AssertionError(f"{sql}: {done.stderr}")
        return done.stdout.strip()


class Prometheus:
    """Debian's Prometheus, scraping one address every second."""

    def __init__(self, folder, target):
        self.folder = folder
        self.port = free_port()
        self.log = os.path.join(folder, "log")
        self.process = None
        os.makedirs(folder)
        with open(os.path.join(folder, "prometheus.yml"), "w", encoding="utf-8") as file:
            json.dump({"global": {"scrape_interval": "1s"},
                       "scrape_configs": [{"job_name": "monitord", "static_configs": [{"targets": [target]}]}]}, file)

    def __enter__(self):
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                ["prometheus", f"--config.file={self.folder}/prometheus.yml", f"--storage.tsdb.path={self.folder}/data",
                 f"--web.listen-address=127.0.0.1:{self.port}", "--log.format=json"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder)
        wait_until("Prometheus is ready", 30, lambda: accepts(self.port) and get(self._url("/-/ready"))[0] == 200, every=0.1)
        return self

    def __exit__(self, *_):
        end(self.process)

    def _url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def query(self, expression):
        """The result vector: a list of {"metric", "value"}."""
        status, text, _ = get(self._url("/api/v1/query?query=" + urllib.request.quote(expression)))
        if status != 200:
            raise AssertionError(f"{expression}: {status} {text}")
        return json.loads(text)["data"]["result"]

    def complaints(self):
        """Log lines of level warn and above."""
        with open(self.log, encoding="utf-8") as file:
            return [line.strip() for line in file if re.search(r'"level":"(warn|error)"', line)]


class Arrived:
    """One message that a receiver accepted: its kind, to whom, what groups it, its text and when (wall clock, s)."""

    def __init__(self, entry):
        self.receiver = entry["receiver"]
        self.at = entry["at"]
        read = getattr(self, "_" + self.receiver)
        read(entry)

    def __repr__(self):
        return f"{self.receiver} {self.kind} to {self.target}: {self.text[:120]!r}"

    def _pagerduty(self, entry):
        event = json.loads(entry["body"])
        # A change event has neither an action nor a key.
        self.kind, self.target, self.key = event.get("event_action", "change"), event["routing_key"], event.get("dedup_key")
        self.text = event.get("payload", {}).get("summary", "")

    def _webhook(self, entry):
        document = json.loads(entry["body"])
        self.kind, self.target, self.key = document["kind"], entry["path"], document["idempotency_key"]
        self.text = entry["body"]

    # Slack's messages carry no kind: a person reads it from the first words.
    WORDS = {"Resolved": "resolve", "Over": "delayed", "Acknowledged": "acknowledge", "Update": "update", "Test": "test",
             "CRITICAL": "trigger", "WARNING": "trigger"}

    def _slack(self, entry):
        self.text = entry["text"]
        self.target, self.key = entry["path"], None
        word = re.match(r"(?:\(resent\) )?(" + "|".join(self.WORDS) + ")", self.text)
        self.kind = self.WORDS[word.group(1)] if word else "unknown"

    def _smtp(self, entry):
        self.kind, self.target, self.key, self.text = entry["kind"], entry["recipient"], entry["message_id"], entry["body"]


class Receivers:
    """The strict fake receivers in one process; its own log is the oracle of what arrived.

    Slack, PagerDuty, mail and the webhook are on one machine but on ports of their own, given in a file when they listen.
    """

    SIGNING_KEY = "signing-key-for-tests"

    def __init__(self, folder, *flags):
        self.folder = folder
        self.flags = flags
        os.makedirs(folder)
        self.process = None
        self.ports = None

    def __enter__(self):
        self._start()
        return self

    def _start(self):
        ports_file = os.path.join(self.folder, "ports.json")
        command = [sys.executable, RECEIVER, "--ports-file", ports_file, "--cert-dir", os.path.join(self.folder, "certificates"),
                   "--log", os.path.join(self.folder, "log.jsonl"), "--webhook-key", self.SIGNING_KEY,
                   *self.flags]
        with open(os.path.join(self.folder, "console.log"), "ab") as console:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=console, stderr=console)

        def listening():
            if self.process.poll() is not None:
                with open(os.path.join(self.folder, "console.log"), encoding="utf-8") as file:
                    raise AssertionError("the receivers ended: " + file.read()[-2000:])
            if not os.path.exists(ports_file):
                return None
            with open(ports_file, encoding="utf-8") as file:
                text = file.read()
            return json.loads(text) if text.endswith("\n") or text.endswith("}") else None

        self.ports = wait_until("the receivers listen", 20, listening)

    def stop(self):
        if self.process is not None:
            end(self.process)

    def __exit__(self, *_):
        self.stop()

    def control(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.ports["control"], timeout=10)
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None, {"Content-Type": "application/json"})
            reply = connection.getresponse()
            text = reply.read().decode()
            if reply.status >= 300:
                raise AssertionError(f"{method} {path}: {reply.status} {text}")
            return json.loads(text) if text else None
        finally:
            connection.close()

    def log(self, receiver=None):
        """What was sent, in order, accepted or not; of one receiver: pagerduty, slack, webhook, smtp."""
        return [entry for entry in self.control("GET", "/log") if receiver in (None, entry["receiver"])]

    def arrived(self, receiver, kind=None):
        """The messages that a receiver accepted, in order."""
        messages = [Arrived(entry) for entry in self.log(receiver) if entry["accepted"]]
        return [message for message in messages if kind in (None, message.kind)]

    def violations(self):
        """Every rule of a vendor that was broken; no test accepts one."""
        return self.control("GET", "/violations")

    def pagerduty(self):
        """The alerts PagerDuty would show, with the state of each and how often it paged."""
        return self.control("GET", "/pagerduty")["alerts"]

    def fault(self, receiver, mode, **options):
        """From now on the receiver misbehaves; `down` refuses connections."""
        self.control("POST", "/fault", {"receiver": receiver, "mode": mode, **options})

    def mend(self, *receivers):
        for receiver in receivers:
            self.fault(receiver, "none")

    # Where the daemon is to send. Secrets go into files of their own, as they do in production.

    def _secret(self, folder, name, value):
        path = os.path.join(folder, f"{name}.secret")
        with open(path, "w", encoding="utf-8") as file:
            file.write(value + "\n")
        return {"file": path}

    def pagerduty_channel(self, folder, name="pagerduty", routing_key="0123456789abcdef0123456789abcdef"):
        return {"pagerduty": {"routing_key": self._secret(folder, name, routing_key),
                              "url": f"http://127.0.0.1:{self.ports['pagerduty']}/v2/enqueue"}}

    def slack_channel(self, folder, name="slack", path="/services/T0MAIN/B0MAIN/mainwebhook"):
        return {"slack": {"webhook_url": self._secret(folder, name, f"http://127.0.0.1:{self.ports['slack']}{path}")}}

    def channels(self, folder):
        """One channel of each kind: pagerduty, slack, mail, webhook."""
        return {
            "pagerduty": self.pagerduty_channel(folder),
            "slack": self.slack_channel(folder),
            "mail": {"email": {"server": self.ports["urls"]["smtp"], "tls": "required", "ca_file": self.ports["ca"],
                               "from": "monitord@example.com", "to": ["oncall@example.com"]}},
            "webhook": {"webhook": {"url": f"http://127.0.0.1:{self.ports['webhook']}/hook",
                                    "signing_key": self._secret(folder, "webhook", self.SIGNING_KEY)}},
        }


class Daemon:
    """monitord with a folder of its own: configuration, database, socket, log."""

    def __init__(self, folder, environment=None, **settings):
        """`settings` are the top-level keys of monitord.yaml; `probes` is the list of probes."""
        self.folder = folder
        self.environment = environment or {}
        os.makedirs(os.path.join(folder, "probes.d"), exist_ok=True)
        self.port = free_port()
        self.socket = os.path.join(folder, "s")
        self.database = os.path.join(folder, "monitord.db")
        self.configuration = os.path.join(folder, "monitord.yaml")
        self.log_path = os.path.join(folder, "log")
        self.process = None
        self.configure(**settings)

    def configure(self, probes=(), **settings):
        """Writes the files; a running daemon notices at the next reload. JSON is YAML."""
        whole = {
            "node": "test-1", "probes": "probes.d", "storage": {"path": self.database},
            "listen": {"http": f"127.0.0.1:{self.port}", "socket": self.socket}, **settings,
        }
        self.write("monitord.yaml", json.dumps(whole, indent=1))
        self.write("probes.d/all.yaml", json.dumps({"probes": list(probes)}, indent=1))

    def write(self, name, text, mode=0o644):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def _environment(self):
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("NOTIFY_", "WATCHDOG_", "JOURNAL_"))}
        return {**kept, "SWIFT_BACKTRACE": "enable=no", **self.environment}

    def spawn(self, *flags):
        """Starts the process without waiting for anything."""
        binary = os.path.join(BINARIES, "monitord")
        if not os.access(binary, os.X_OK):
            raise AssertionError(f"{binary} is missing; run: swift build")
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([binary, "--config", self.configuration, *flags], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, cwd=self.folder, env=self._environment())
        return self.process

    def start(self, deadline=20):
        self.spawn()

        def ready():
            if self.process.poll() is not None:
                raise AssertionError(f"monitord ended with {self.process.returncode}:\n{self.log()[-3000:]}")
            return accepts(self.port) and get(self.url("/readyz"))[0] == 200

        wait_until("monitord is ready", deadline, ready)
        return self

    def run_once(self, *flags, timeout=30):
        """Runs monitord to its end: (exit status, standard error)."""
        done = subprocess.run([os.path.join(BINARIES, "monitord"), "--config", self.configuration, *flags], capture_output=True,
                              text=True, timeout=timeout, cwd=self.folder, env=self._environment())
        return done.returncode, done.stdout + done.stderr

    def kill(self):
        """kill -9."""
        self.process.kill()
        self.process.wait()

    def stop(self, deadline=10):
        """SIGTERM; returns (exit status, seconds it took)."""
        began = time.monotonic()
        self.process.terminate()
        self.process.wait(deadline)
        return self.process.returncode, time.monotonic() - began

    def end(self):
        if self.process is not None:
            end(self.process)

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def ctl(self, *arguments, timeout=30):
        """monitordctl over the control socket: the finished process with its output as text."""
        command = [os.path.join(BINARIES, "monitordctl"), arguments[0], "--socket", self.socket, *arguments[1:]]
        return subprocess.run(command, capture_output=True, text=True, timeout=timeout, env=self._environment())

    def status(self):
        """`monitordctl status --json`, decoded."""
        done = self.ctl("status", "--json")
        if done.returncode not in (0, 1, 2, 3) or not done.stdout.startswith("{"):
            raise AssertionError(f"status --json: exit {done.returncode}\n{done.stdout}{done.stderr}\n{self.log()[-2000:]}")
        return json.loads(done.stdout)

    def probe(self, name):
        """One probe of the status, or None."""
        return next((probe for probe in self.status()["probes"] if probe["name"] == name), None)

    def wait_state(self, name, state, deadline=15):
        def look():
            probe = self.probe(name)
            return probe if probe is not None and probe["state"] == state else None

        return wait_until(f"{name} is {state}", deadline, look, every=0.1)

    def metrics(self):
        """{`name{labels}`: value} of /metrics."""
        status, text, _ = get(self.url("/metrics"))
        if status != 200:
            raise AssertionError(f"/metrics: {status}")
        values = {}
        for line in text.splitlines():
            if line and not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                values[name] = float(value)
        return values

    def metric(self, name, label):
        """The one value of a metric that carries `label`, such as `probe="health"`."""
        found = [value for key, value in self.metrics().items() if key.startswith(name + "{") and label in key]
        if len(found) != 1:
            raise AssertionError(f"{name} with {label}: {found}")
        return found[0]

    @contextlib.contextmanager
    def reading(self):
        """The database, read-only."""
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=5)
        try:
            yield connection
        finally:
            connection.close()


def http_probe(name, url, every="1s", **more):
    """An http probe that fails at once: one bad result is enough, one good result ends it."""
    return {"name": name, "every": every, "timeout": "800ms", "http": {"url": url, "expect": {"status": 200}},
            "rules": [{"name": "failing", "critical": "failed", "after": 1}], **more}


def telling(*channels, after="0s", **more):
    """Policy and route that tell `channels` at once."""
    return {"policies": {"default": {"steps": [{"after": after, "notify": list(channels)}]}},
            "routes": [{"policy": "default", "group_by": ["probe"], "group_wait": "0s"}], **more}
