"""What Alertmanager decides about random alerts: who gets them, which silences hold them, and whether another inhibits them.

Arguments: a seed, how many configurations, and how many alerts each has. Every configuration is a random route tree, inhibition rules
and silences; a prometheus-alertmanager of its own is started on 127.0.0.1 and asked. One more configuration holds patterns, a silence
each, among them those that regular expressions of different kinds read differently. A last one has no silences, but matchers as
people type them.

Prints, for each configuration, a line of JSON (`names` and `values` of labels, `routes`, `rules`, `silences`, `texts`), and below it
a line of numbers for each alert: whether it fires, how many labels and for each its name and value, how many receivers and which,
how many silences and which, and whether it is inhibited; the last five are left out where it does not fire. Numbers count from 0 in
the lists of the JSON.
"""

import ctypes
import http.client
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
from datetime import datetime, timedelta, timezone

PROGRAM = "/usr/bin/prometheus-alertmanager"
# Seconds; whoever waits longer for an answer waits in vain.
PATIENCE = 60
NAMES = ["host", "service", "env", "team", "region", "path", "rule", "level"]
WORDS = ["db", "web", "api", "web-1", "web-12", "db.example.org", "dbXexample.org", "prod", "Prod", "test", "eu", "eu-west", "us",
    "a", "b", "ab"]
HOSTILE = [
    "a|b", "a.b", "(a)", "[ab]", "a+b", "aa+b", "^a$", "a$", "c:\\temp", "\\d", "{x}", "a{2}", "*", "?", '"', "'", "a,b", " a",
        "a ", "a b",
    "a\nb", "a\n", "\n", "grün", "GRÜN", "日本", "🔥", "é", "#1", "=~", "!", "/health?a=1&b=2", "%41", "~", "a" * 60,
]
OPERATORS = ["=", "=", "=", "!=", "=~", "=~", "=~", "!~"]


def dies_with_parent(signal_number):
    ctypes.CDLL(None).prctl(1, signal_number)


class Alertmanager:
    """A running Alertmanager with a configuration of its own."""

    def __init__(self, configuration):
        self.folder = tempfile.TemporaryDirectory(prefix="monitord-alertmanager-")
        self.process = None
        path = os.path.join(self.folder.name, "alertmanager.yml")
        with open(path, "w", encoding="utf-8") as file:
            # YAML reads JSON.
            json.dump(configuration, file, ensure_ascii=False)
        self.log = os.path.join(self.folder.name, "log")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [
                    PROGRAM, f"--config.file={path}", f"--storage.path={self.folder.name}/data", "--cluster.listen-address=",
                    f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn",
                ],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=lambda: dies_with_parent(signal.SIGKILL))
        try:
            self.connect(port)
        except BaseException:
            self.end()
            raise

    def connect(self, port):
        until = time.monotonic() + PATIENCE
        while True:
            self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
            try:
                if self.ask("GET", "/-/ready")[0] == 200:
                    return
            except (OSError, http.client.HTTPException):
                self.connection.close()
            if self.process.poll() is not None or time.monotonic() > until:
                with open(self.log, encoding="utf-8", errors="replace") as log:
                    raise SystemExit(f"{PROGRAM} does not run: {log.read()[-2000:]}")
            time.sleep(0.01)

    def ask(self, method, path, body=None):
        headers = {} if body is None else {"Content-Type": "application/json"}
        self.connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read().decode()

    def must(self, method, path, body=None):
        status, text = self.ask(method, path, body)
        if status != 200:
            raise SystemExit(f"{method} {path}: {status} {text[:2000]}")
        return json.loads(text) if text else None

    def end(self):
        if self.process:
            self.process.kill()
            self.process.wait()
        self.folder.cleanup()


class Values:
    """Numbers for label values."""

    def __init__(self):
        self.all = []
        self.numbers = {}

    def number(self, value):
        if value not in self.numbers:
            self.numbers[value] = len(self.all)
            self.all.append(value)
        return self.numbers[value]


def quoted(matcher):
    name, operator, value = matcher
    return f'{name}{operator}"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


class Scenario:
    """One configuration, its silences and its alerts."""

    def __init__(self, draw, count):
        self.draw = draw
        self.pools = {name: draw.sample(WORDS, draw.randint(2, 6)) + draw.sample(HOSTILE, draw.randint(0, 3)) for name in NAMES}
        self.receivers = ["top"]
        # Half of the trees have a route at the top that takes all, as Alertmanager's own has; the others take only what matches.
        self.takes_all = draw.random() < 0.5
        self.routes = [self.route(1) for _ in range(draw.randint(2, 6))]
        self.rules = [{"source": [["sentinel", "=", "source"]], "target": [["sentinel", "=", "target"]], "equal": []}]
        self.rules += [self.rule() for _ in range(draw.randint(2, 7))]
        self.silences = [self.silence() for _ in range(draw.randint(12, 20))]
        self.alerts = [self.labels(number) for number in range(count)]
        # Those that had fired and do so no longer inhibit nothing.
        self.over = set(draw.sample(range(count), count // 20))

    def pattern(self, name):
        draw = self.draw
        value = draw.choice(self.pools[name])
        safe = re.escape(value)
        cut = draw.randint(0, len(value))
        return draw.choice([
            safe, safe, safe + ".*", ".*" + safe, ".*" + safe + ".*", f"^{safe}$", f"^{safe}", f"{safe}$", f"(?i){safe}",
                f"(?i:{safe})",
            re.escape(value[:cut]) + ".+", re.escape(value[:cut]) + ".*", re.escape(value[:cut]), ".{%d}" % len(value),
            "|".join(re.escape(value) for value in draw.sample(self.pools[name], 2)),
            "(" + "|".join(re.escape(value) for value in draw.sample(self.pools[name], 2)) + ")",
            safe + "|", "|" + safe, "|", "", ".*", ".+", ".", "a*", "a?b?", "(a|b)+", "[a-f]+", "[^a]*", r"\w+", r"\W+",
                r"[\w.-]+", r"\d*", "(?s).*",
            "(?s).+", "(?m)^a$", "web-[0-9]+", "web-[0-9]", "(web|db).*", "[[:alpha:]]+", r"\pL+", r"\p{Lu}.*", r".*\..*", r"a\nb",
            r"\Qa|b\E", "a{1,3}", "(?:a|ab)(?:b|)", r".*\$", r"\^.*", r"\x{65e5}.*", "(?U)a+.*",
        ])

    def matcher(self, names=NAMES, operators=OPERATORS):
        draw = self.draw
        name = draw.choice(names)
        operator = draw.choice(operators)
        if "~" in operator:
            return [name, operator, self.pattern(name)]
        return [name, operator, draw.choice(["", "nowhere"] + 8 * self.pools[name])]

    def matchers(self, least, most):
        return [self.matcher() for _ in range(self.draw.randint(least, most))]

    def route(self, depth):
        draw = self.draw
        route = {"receiver": None, "match": {}, "matchers": [], "continue": draw.random() < 0.4, "routes": []}
        if draw.random() < 0.85:
            self.receivers.append(f"r{len(self.receivers)}")
            route["receiver"] = len(self.receivers) - 1
        if draw.random() < 0.3:
            name = draw.choice(NAMES)
            route["match"] = {name: draw.choice([""] + 3 * self.pools[name])}
        if draw.random() < 0.95:
            route["matchers"] = self.matchers(1, 2)
        if depth < 4 and len(self.receivers) < 25:
            route["routes"] = [self.route(depth + 1) for _ in range(draw.choice([0, 0, 1, 2, 3]))]
        return route

    def rule(self):
        draw = self.draw
        equal = draw.sample(NAMES + ["absent"], draw.choice([0] + 4 * [1, 2, 3]))
        # A few sources are enough: few labels, or all of them and a narrow pattern of numbers.
        source = self.matchers(0, 1) + [["id", "=~", "%d%d.?.?" % (draw.randint(1, 9), draw.randint(0, 9))]]
        target = self.matchers(0, 2)
        if not target or not equal or draw.random() < 0.3:
            target = target + [["id", "=~", ".*[%d%d%d]" % tuple(draw.sample(range(10), 3))]]
        if draw.random() < 0.1:
            source, equal = self.matchers(1, 2), draw.sample(NAMES, 3)
        return {"source": source, "target": target, "equal": equal}

    def silence(self):
        draw = self.draw
        sets = []
        for _ in range(draw.choice([1, 1, 1, 2, 3])):
            matchers = self.matchers(1, 3)
            if draw.random() < 0.9:
                matchers.append(["id", "=~", "%d%d?.*" % (draw.randint(1, 9), draw.randint(0, 9))])
            sets.append(matchers)
        return {"sets": sets, "phase": draw.choice(["active"] * 6 + ["pending", "expired"])}

    def labels(self, number):
        labels = {"id": str(number)}
        for name in NAMES:
            chance = self.draw.random()
            if chance < 0.75:
                labels[name] = self.draw.choice(self.pools[name])
            elif chance < 0.8:
                labels[name] = ""
        return labels


class Dialect(Scenario):
    """One pattern a silence, and texts that they may match."""

    # What each is, and patterns of that kind.
    KINDS = {
        "": ["a$\\n", "a$\n", "(?s)a$.*", "(?m)a$(?s:.*)", "\\", "a\\", "\\k", "[", "[a", "a[b", "(", ")", "a(b", "a)b", "(a",
            "a)", "*", "+a", "a|*", "(?:?)", "a)(b", "a)|(?:b"],
        "lookaround": ["a(?=b).*", "a(?!b).*", ".*(?<=a)b", ".*(?<!a)b"],
        "backreference": [r"(a)\1", r"(a|b)\1", r"(?P<x>a)(?P=x)"],
        "possessive or atomic": ["a++b", "(?>a+)b", "a*+b", "a?+b"],
        "comment": ["a(?#what)b", "(?x) a b"],
        "name twice": ["(?P<n>a)(?P<n>b)"],
        "other groups": ["(?<x>a)b", "(?|a|b)", "(a)?(?(1)b|a)", "(?'x'a)b", "(a(?1)?b)", "(?-i)a", "()"],
        "other escapes": [r"a\h", r"a\R", r"a\N", r"a\Z", r"\Ka", r"\Ga", r"\X", r"\e", r"\cA", r"\o{101}", r"a\H"],
        "escaped letter beyond ASCII": ["\\é", "\\日"],
        "verb": ["(*UCP)a", "(*COMMIT)a", "a(*ACCEPT)b", "(*UTF)a"],
        "large count": ["a{1001}", "a{0,2000}", "(?:a{100}){100}"],
        "repeated repetition": ["a{2}{2}", "(?:a)+{2}"],
        "class with a class as limit": [r"[a-\d]", r"[\w-z]+"],
        "backspace in a class": [r"[\b]"],
        "equivalence class": ["[[=a=]]", "[[.a.]]", "[[.a.]b]"],
        "vertical space": [r"\v", r"a\vb", r"[\v]"],
        "white space": [r"\s", r"\S", r"a\sb", r"[\s]+", r"[^\s]"],
        "much backtracking": ["(?:a|aa)+b|a+", "(?:a+)+b|a{40}", "(a*)*b|.*"],
        "number without digits": [r"a\x", r"\xb"],
        "repeated assertion": [r"^*a", r"a\b+", r"a\z?", r"\A{2}a", "(?i)*a", "a$+"],
        "class in either case": [r"(?i)\w", r"(?i)[^\W]", r"(?i)\p{Lu}", r"(?i)\p{^Lu}", "(?i)[[:alpha:]]"],
        "equal letters": [],
    }
    # What stands for a place, or changes how the rest is read.
    ASSERTIONS = ["^", "$", r"\A", r"\z", r"\b", r"\B", "(?i)", "(?s)", "(?m)", "(?U)"]
    ATOMS = [
        "a", "b", "A", "é", "É", "日", "K", "s", ".", "[ab]", "[^a]", "[a-c]", "[]a]", "[^]a]", "[a\\]]", "[-a]", "[a-]", r"\w",
            r"\W", r"\d", r"\D", r"\.", r"\\", r"\_", r"\-", r"\"", r"\/", r"\n", r"\t", r"\r", r"\f", r"\a", r"\x41", r"\x{e9}",
            r"\101",
        r"\pL", r"\PL", r"\p{Greek}", r"\p{^Lu}", r"\p{Nd}", "[[:alpha:]]", "[[:^digit:]]", "[[:word:]]", "[[:space:]]",
            "[[:nope:]]", r"[\pL\d]",
        r"\Qa.b\E", "(?i:k)", "(?i:é)", "(?s:.)", "(?i-s:a)", "{", "}", "a{", "]", "#", " ", "\n", "\t", "&&",
        "[z-a]", "(?:*)", "a{2,1}", "~", "-", "🔥", r"\x{110000}", r"\p{Nope}", r"\q",
    ]
    TEXTS = [
        "", "a", "b", "A", "B", "ab", "aa", "aab", "ba", "abc", "aabb", "é", "É", "e\u0301", "日", "K", "k", "\u212a", "s", "ſ",
            "ß", "ẞ", "Å", "\u212b", "å",
        "Σ", "ς", "σ", "1", "9", "٣", "-", "_", ".", "a.b", "a b", "a\tb", "a\nb", "a\n", "\n", "\r\n", "\r", "\v", "a\vb", "\f",
            "\u0085", "\u00a0", "\u2028", "\x07", "\x1b",
        "\x08", "\x01", "]", "[", "[a", "=]", "{", "}", "a{,2}", "{,2}", "a{", "\\", '"', "#", " ", "(", ")", "*", "&&", "🔥", "~",
            "a=]", "=", "[]", "a]", ".]",
    ]

    def __init__(self, draw, count):
        self.draw = draw
        self.receivers, self.takes_all, self.routes, self.over = ["top"], True, [], set()
        self.rules = [{"source": [["sentinel", "=", "source"]], "target": [["sentinel", "=", "target"]], "equal": []}]
        self.silences = []
        for kind, patterns in self.KINDS.items():
            for pattern in patterns:
                self.add("=~", pattern, kind)
        for _ in range(count):
            folds = draw.random() < 0.3
            self.add("=~", ("(?i)" if folds else "") + self.random(0, folds), "")
        for text in self.TEXTS:
            # AM takes no text of its own as a pattern of everything.
            self.add("=", text, "equal letters")
            self.add("!=", text, "equal letters")
        texts = set(self.TEXTS) | {"a" * 40}
        while len(texts) < len(self.TEXTS) + count:
            texts.add("".join(draw.choice(self.TEXTS[:70]) for _ in range(draw.randint(2, 4))))
        self.alerts = [{"id": str(number), "text": text} for number, text in enumerate(sorted(texts))]

    def add(self, operator, text, kind):
        # The first alone shows whether it matches what has no such label; it never begins. The other always stands.
        self.silences.append({"sets": [[["text", operator, text]]], "phase": "pending", "kind": kind})
        self.silences.append({"sets": [[["text", operator, text], ["id", "!=", ""]]], "phase": "active", "kind": kind})

    def random(self, depth, folds):
        """A pattern. One that `folds` takes letters of either case, and has none of the classes that are a kind of their own then.

        None changes that in its midst: Go 1.19 reads É[ab]|(?i:é). as if é had to be É in both branches.
        """
        draw = self.draw

        def fits(text):
            return not re.search(r"\(\?i" + (r"|\\w|\\W|\\p|\\P|\[\[:|\[\\p" if folds else ""), text)

        branches = []
        for _ in range(draw.choice([1, 1, 1, 2])):
            text = ""
            for _ in range(draw.choice([0, 1, 1, 2, 2, 3])):
                piece = draw.choice(self.ATOMS[:12] if draw.random() < 0.4 else list(filter(fits, self.ATOMS)))
                if depth < 2 and draw.random() < 0.25:
                    piece = draw.choice(list(filter(fits, ["(", "(?:", "(?i:", "(?s:", "(?m:"]))) + self.random(depth + 1,
                        folds) + ")"
                if draw.random() < 0.1:
                    text += draw.choice(list(filter(fits, self.ASSERTIONS)))
                text += piece + draw.choice(["", "", "", "*", "+", "?", "{2}", "{1,2}", "*?", "+?"])
            branches.append(text)
        return "|".join(branches)


class Texts:
    """Matchers as people type them, and a few alerts that they may match."""

    # What each is, and texts of that kind.
    KINDS = {
        "": ["", "a", "=b", "a~b", "a!b", 'a="b', 'a=b"', 'a="b"c', 'a="x"y"', '{a="b"}', "a=~(", 'a=~"[a"', "a=", 'a=""', "a!=",
            "a:b=", 'a="b" ', "\ta\t=\tb\t"],
        "text without quotes": ["a=b c", "a==b", "a=b,c", "a=b=c", "a=b!", "a={", "a=}", "a='b'", 'a=b\\"'],
        "crossed parentheses": ['a=~"a)(b"', 'a=~"a)|(?:b"', "a!~a)(?:b"],
        "name of a label": ["a-b=c", "größe=1", '"a"=b', '"a b"=c', "1=2", "a.b=c"],
        "backslash without quotes": ["a=x\\\\y", "a!=x\\\\y", "a=x\\ny"],
    }
    PIECES = ["a", "b", "é", ".", ".*", "|", "(", "[ab]", "-", "_", ":", "/", "1", "~", "(a|b)", "^a", "b$"]
    IN_QUOTES = [" ", ",", "{", "}", "=", "!", "'", '\\"', "\\n", "\\.", "#"]

    def __init__(self, draw, count):
        values = ["a", "b", "ab", "é", "a.b", "x\\y", "x\ny", "a b", 'a"b', "a,b", "1", "", "\\", "-", "(", "a|b", ".", "a=b",
            "{}", "a'b", "\n", '"', "~", "x\\ny"]
        self.alerts = [{"id": str(number), "a": value, "env": draw.choice(values)} for number, value in enumerate(values)]
        self.texts = [(kind, text) for kind, texts in self.KINDS.items() for text in texts]
        while len(self.texts) < count:
            name, operator = draw.choice(["a", "a", "a", "env", "id", "none", "a_1"]), draw.choice(["=", "!=", "=~", "!~"])
            is_quoted = draw.random() < 0.7
            pieces = self.PIECES + (self.IN_QUOTES if is_quoted else [])
            if is_quoted and "~" not in operator:
                # A backslash before what follows would make a pattern of another kind.
                pieces = pieces + ["\\\\", "\\d", "\\a"]
            value = "".join(draw.choice(pieces) for _ in range(draw.choice([0, 1, 1, 1, 2, 3])))
            if is_quoted:
                if draw.random() < 0.3:
                    value = quoted(["", "", draw.choice(values)])[1:-1]
                    operator = operator[0] if operator[0] == "=" else "!="
                value = '"' + value + draw.choice(9 * ['"'] + [""])
            space = [draw.choice(["", "", " ", "  "]) for _ in range(4)]
            self.texts.append(("", space[0] + name + space[1] + operator + space[2] + value + space[3]))


def ask_texts(scenario):
    server = Alertmanager({"route": {"receiver": "top"}, "receivers": [{"name": "top"}]})
    texts = []
    try:
        server.must("POST", "/api/v2/alerts", [{"labels": labels} for labels in scenario.alerts])
        for kind, text in scenario.texts:
            status, answer = server.ask("GET", "/api/v2/alerts?filter=" + urllib.parse.quote(text))
            if status not in (200, 400):
                raise SystemExit(f"{text}: {status} {answer}")
            found = {"kind": kind, "text": text, "refused": answer.strip() if status == 400 else ""}
            found["matched"] = [] if status == 400 else sorted(int(alert["labels"]["id"]) for alert in json.loads(answer))
            texts.append(found)
    finally:
        server.end()
    values = Values()
    names = list(scenario.alerts[0])
    lines = []
    for labels in scenario.alerts:
        line = [0, len(labels)]
        for name, value in labels.items():
            line += [names.index(name), values.number(value)]
        lines.append(" ".join(map(str, line)))
    head = {"names": names, "values": values.all, "takesAll": True, "routes": [], "rules": [], "silences": [], "texts": texts}
    print(json.dumps(head, ensure_ascii=False))
    print("\n".join(lines))


def in_an_hour(hours):
    return (datetime.now(timezone.utc) + timedelta(hours=hours)).isoformat()


def configuration(scenario):
    def written(route):
        found = {"continue": route["continue"], "match": route["match"], "matchers": [quoted(m) for m in route["matchers"]]}
        if route["receiver"] is not None:
            found["receiver"] = scenario.receivers[route["receiver"]]
        found["routes"] = [written(below) for below in route["routes"]]
        return found

    return {
        "route": {"receiver": "top", "group_wait": "1h", "routes": [written(route) for route in scenario.routes]},
        "receivers": [{"name": name} for name in scenario.receivers],
        "inhibit_rules": [
            {
                "source_matchers": [quoted(m) for m in rule["source"]], "target_matchers": [quoted(m) for m in rule["target"]],
                "equal": rule["equal"],
            }
            for rule in scenario.rules
        ],
    }


def post_silences(server, silences):
    """The silence of each id; says at each set why it was refused, if it was."""
    places = {}
    for place, silence in enumerate(silences):
        silence["refused"] = []
        for matchers in silence["sets"]:
            starts = 1 if silence["phase"] == "pending" else -1
            status, text = server.ask("POST", "/api/v2/silences", {
                "matchers": [
                    {"name": name, "value": value, "isRegex": "~" in operator, "isEqual": "!" not in operator} for name, operator,
                        value in matchers
                ],
                "startsAt": in_an_hour(starts), "endsAt": in_an_hour(2), "createdBy": "oracle", "comment": "random",
            })
            silence["refused"].append("" if status == 200 else f"{status} {text}")
            if status == 200:
                identity = json.loads(text)["silenceID"]
                places[identity] = place
                if silence["phase"] == "expired":
                    server.must("DELETE", f"/api/v2/silence/{identity}")
    return places


def read_back(server, expected):
    """All alerts that fire, once the rules know the last of them: they learn of alerts one after the other."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        found = server.must("GET", "/api/v2/alerts")
        by_id = {alert["labels"]["id"]: alert for alert in found}
        source, target = by_id.get("source"), by_id.get("target")
        if source and target and target["status"]["inhibitedBy"] == [source["fingerprint"]] and len(found) == expected:
            return by_id
        time.sleep(0.05)
    raise SystemExit(f"{len(found)} of {expected} alerts after {PATIENCE} s")


def ask(scenario):
    server = Alertmanager(configuration(scenario))
    try:
        places = post_silences(server, scenario.silences)
        # They end the list, for the rules learn of them last.
        alerts = scenario.alerts + [{"id": "source", "sentinel": "source"}, {"id": "target", "sentinel": "target"}]
        over = [{"labels": alerts[number], "startsAt": in_an_hour(-2)} for number in sorted(scenario.over)]
        if over:
            server.must("POST", "/api/v2/alerts", over)
            server.must("POST", "/api/v2/alerts", [alert | {"endsAt": in_an_hour(-1)} for alert in over])
        server.must("POST", "/api/v2/alerts", [{"labels": labels} for number,
            labels in enumerate(alerts) if number not in scenario.over])
        found = read_back(server, len(alerts) - len(scenario.over))
    finally:
        server.end()

    values = Values()
    names = {name: number for number, name in enumerate(["id", "sentinel", "text"] + NAMES)}
    receivers = {name: number for number, name in enumerate(scenario.receivers)}
    lines = []
    for number, labels in enumerate(alerts):
        line = [int(number not in scenario.over), len(labels)]
        for name, value in labels.items():
            line += [names[name], values.number(value)]
        alert = found.get(labels["id"])
        if alert:
            status = alert["status"]
            taking = [receivers[receiver["name"]] for receiver in alert["receivers"]]
            silences = sorted({places[identity] for identity in status["silencedBy"]})
            line += [len(taking)] + taking + [len(silences)] + silences + [int(bool(status["inhibitedBy"]))]
            state = "suppressed" if status["silencedBy"] or status["inhibitedBy"] else "active"
            if status["state"] != state:
                raise SystemExit(f"state {status['state']} instead of {state}: {alert}")
        lines.append(" ".join(map(str, line)))
    head = {
        "names": list(names), "values": values.all, "takesAll": scenario.takes_all, "routes": scenario.routes,
            "rules": scenario.rules,
        "silences": scenario.silences,
    }
    print(json.dumps(head, ensure_ascii=False))
    print("\n".join(lines))


def main():
    seed, configurations, count = map(int, sys.argv[1:])
    if not os.access(PROGRAM, os.X_OK):
        raise SystemExit(f"{PROGRAM} is missing: script/bootstrap test installs it")
    dies_with_parent(signal.SIGTERM)
    # So that `finally` runs.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by a signal"))
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    for number in range(configurations):
        ask(Scenario(random.Random(f"{seed} {number}"), count))
    ask(Dialect(random.Random(f"{seed} patterns"), 400))
    ask_texts(Texts(random.Random(f"{seed} texts"), 2000))


main()
