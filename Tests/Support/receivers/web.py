"""HTTP/1.1 as far as receivers of messages need it, and every way to answer it wrongly."""

import json
import socket
import threading
import time

from faults import HTTP_MODES, Faults
from listening import Listener, reset

MAX_BODY = 4 << 20
REASONS = {200: "OK", 202: "Accepted", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 429: "Too Many Requests"}


class Request:
    def __init__(self, method, path, headers, body):
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body

    def header(self, name):
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def content_type(self):
        return (self.header("Content-Type") or "").split(";")[0].strip().lower()


class Reply:
    def __init__(self, status, body="", content_type="text/plain", headers=()):
        self.status = status
        self.body = body if isinstance(body, str) else json.dumps(body)
        self.content_type = content_type if isinstance(body, str) else "application/json"
        self.headers = list(headers)

    def bytes(self, kept=False):
        body = self.body.encode()
        lines = [f"HTTP/1.1 {self.status} {REASONS.get(self.status, 'Status')}", f"Content-Type: {self.content_type}",
                 f"Content-Length: {len(body)}", f"Connection: {'keep-alive' if kept else 'close'}",
                 *(f"{name}: {value}" for name, value in self.headers)]
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def read_request(connection, stream=None):
    stream = stream or connection.makefile("rb")
    first = stream.readline(65_536).decode("latin-1").rstrip("\r\n").split(" ")
    if len(first) != 3:
        raise EOFError
    headers = []
    while line := stream.readline(65_536).decode("latin-1").rstrip("\r\n"):
        name, _, value = line.partition(":")
        headers.append((name.strip(), value.strip()))
    request = Request(first[0], first[1], headers, b"")
    if (request.header("Transfer-Encoding") or "").lower() == "chunked":
        while size := int(stream.readline(100), 16):
            request.body += stream.read(size)
            stream.readline(10)
    else:
        length = min(int(request.header("Content-Length") or 0), MAX_BODY)
        request.body = stream.read(length)
        if len(request.body) < length:
            raise EOFError
    return request


def post_rules(request, path, rule):
    """(status, rule, sentence) where the request is no POST of JSON to such a path; the path is not told, for it may be secret."""
    if not path.fullmatch(request.path):
        yield 404, rule, f"the path is not {path.pattern}"
    elif request.method != "POST":
        yield 405, rule, f"the method is {request.method}, not POST"
    elif request.content_type != "application/json":
        yield 400, rule, f"the content type is {request.content_type!r}, not application/json"


def strict_json(body):
    """The document, or raises ValueError: UTF-8, no key twice, no NaN."""
    def pairs(items):
        names = [name for name, _ in items]
        if len(set(names)) < len(names):
            raise ValueError("a key stands twice")
        return dict(items)

    def constant(name):
        raise ValueError(f"{name} is not JSON")
    return json.loads(body.decode("utf-8"), object_pairs_hook=pairs, parse_constant=constant)


class HTTPReceiver:
    """A receiver is its rules: `check(request)` gives reply, violations and facts for the journal, changing nothing but rate
    limits; `apply(facts)` then keeps the message."""
    name = ""
    # Whether connections are kept for the next request, and whether what breaks rules of form is taken all the same (for senders that
    # are not ours).
    keeps_alive = False
    is_lenient = False

    def __init__(self, journal, good=None, other=None, port=0, tls_port=0):
        self.journal = journal
        self.faults = Faults(HTTP_MODES)
        self.good = good
        self.other = other
        self.listeners = [Listener(self.serve, port)]
        if good:
            self.listeners.append(Listener(self.serve_tls, tls_port))

    @property
    def port(self):
        return self.listeners[0].port

    def set_fault(self, order):
        wrong = self.faults.set(order)
        for listener in self.listeners:
            if self.faults.is_mode("down"):
                listener.close()
            else:
                listener.open()
        return wrong

    def serve_tls(self, connection):
        fault = self.faults.take("tls_failure", "wrong_certificate")
        if fault and fault.mode == "tls_failure":
            connection.recv(1)
            connection.sendall(b"this is no TLS\r\n")
            return
        context = self.other if fault else self.good
        with context.wrap_socket(connection, server_side=True) as encrypted:
            self.serve(encrypted)

    def serve(self, connection):
        stream = connection.makefile("rb")
        self.serve_one(connection, stream)
        while self.keeps_alive:
            self.serve_one(connection, stream)

    def serve_one(self, connection, stream):
        request = read_request(connection, stream)
        fault = self.faults.take()
        mode = fault.mode if fault else "none"
        if mode == "delay":
            time.sleep(fault.delay or 1)
        if mode in ("429", "500", "status", "hang", "close", "reset", "half_close"):
            self.journal.add(self.name, False, self.broken_wait(request), fault=mode, **self.facts(request))
            self.answer_faulty(connection, mode, fault, self.fault_reply(request, fault))
            return
        if mode == "late_apply":
            # It came now, whenever it is kept: no wait that is named meanwhile concerns it.
            threading.Timer(fault.delay or 1, self.receive, (request, mode, self.broken_wait(request))).start()
            return
        reply = self.receive(request, mode)
        if mode == "500_after_apply":
            reply = Reply(500, "internal error")
        self.answer_faulty(connection, mode.removesuffix("_after_apply"), fault, reply)

    def receive(self, request, mode="none", waited=None):
        """Checks, keeps and records one request; `waited` is the violation of a wait where it came earlier."""
        with self.journal.lock:
            waited = self.broken_wait(request) if waited is None else waited
            reply, violations, facts = self.check(request)
            accepted = self.is_accepted(reply)
            if accepted:
                extra = self.apply(facts)
                violations = [*violations, *extra]
            self.journal.add(
                self.name, accepted, [*waited, *violations], status=reply.status, fault=mode, path=request.path,
                attempt=request.header("X-Monitord-Attempt"), body=request.body.decode("utf-8", "replace"), **facts)
            return reply

    def answer_faulty(self, connection, mode, fault, reply):
        data = reply.bytes(self.keeps_alive)
        if mode == "hang":
            connection.settimeout(fault.delay or 60)
            connection.recv(1)  # Until the client gives up.
        elif mode == "close":
            raise EOFError
        elif mode == "reset":
            reset(connection)
        elif mode == "half_close":
            connection.sendall(data[: len(data) // 2])
            connection.shutdown(socket.SHUT_WR)
            connection.recv(1)
        elif mode == "drip":
            for index in range(len(data)):
                connection.sendall(data[index: index + 1])
                time.sleep(fault.delay or 0.005)
        elif mode == "slow_headers":
            connection.sendall(data[:12])
            time.sleep(fault.delay or 1)
            connection.sendall(data[12:])
        else:
            connection.sendall(data)

    def fault_reply(self, request, fault):
        if fault.mode == "429":
            if fault.retry_after is not None:
                self.hold(fault.retry_after, request)
            return self.too_many(fault.retry_after)
        return Reply(fault.status if fault.mode == "status" else 500, fault.body or "internal error")

    def facts(self, request):
        return {"path": request.path, "attempt": request.header("X-Monitord-Attempt"),
                "body": request.body.decode("utf-8", "replace")}

    # What receivers with rate limits replace.
    def hold(self, seconds, request=None):
        """No request like this one, or none at all, is allowed for so long."""

    def broken_wait(self, request):
        """The violation of a request sent before the time that a 429 named."""
        return []

    def too_many(self, retry_after):
        headers = [] if retry_after is None else [("Retry-After", retry_after)]
        return Reply(429, "too many requests", headers=headers)

    def is_accepted(self, reply):
        """The sender may count the message as delivered."""
        return 200 <= reply.status < 300

    def check(self, request):
        raise NotImplementedError

    def apply(self, facts):
        return []
