"""A strict SMTP server (SM1 to SM9): STARTTLS, optional AUTH, one recipient a mail, nothing pipelined."""

import base64
import re
import threading
import time

import mail_rules
from faults import SMTP_MODES, Faults
from listening import Listener

MAX_SIZE = 10 << 20
ADDRESS = re.compile(r"<([A-Za-z0-9!#$%&'*+/=?^_`{|}~.\u00a0-\ud7ff\ue000-\U0010ffff-]+@(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]))>")
GREETING_NAME = re.compile(r"([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9-]+|\[(IPv6:[0-9A-Fa-f:.]+|\d+(\.\d+){3})\]")


def greeting_rule(name):
    if not GREETING_NAME.fullmatch(name):
        yield "SM1", f"EHLO {name!r} is neither a full domain name nor an address literal"


def mail_from_rules(argument, offered, limit):
    """SM3; gives back (violations, declared size, whether 8-bit, whether SMTPUTF8)."""
    match = re.fullmatch(r"FROM:(<[^>]*>)((?: [A-Za-z0-9]+(?:=[!-~]+)?)*)", argument, re.IGNORECASE)
    if not match or not ADDRESS.fullmatch(match[1]):
        return [("SM5", f"MAIL {argument[:80]!r} names no mailbox")], None, False, False
    violations, size, eight_bit, utf8 = [], None, False, False
    for parameter in match[2].split():
        name, _, value = parameter.upper().partition("=")
        if name not in offered:
            violations.append(("SM3", f"the parameter {name} was not offered"))
        elif name == "SIZE":
            size = int(value) if value.isdigit() else None
        elif name == "BODY":
            eight_bit = value == "8BITMIME"
        elif name == "SMTPUTF8" and not value:
            utf8 = True
        else:
            violations.append(("SM3", f"unknown parameter {parameter}"))
    return violations + list(address_rule(match[1], utf8)), size, eight_bit, utf8


def address_rule(address, utf8):
    """SM3: without SMTPUTF8 an address is ASCII (RFC 6531, section 3.2)."""
    if not address.isascii() and not utf8:
        yield "SM3", f"the address {address} without SMTPUTF8"


def size_rule(declared, received):
    if declared is not None and abs(declared - received) > max(2, received * 0.02):
        yield "SM3", f"SIZE={declared}, but {received} octets came"


class SMTP:
    name = "smtp"
    # Whether a mailbox in a wrong form is taken all the same, for senders that are not ours.
    is_lenient = False

    def __init__(self, journal, good, other, port=0, tls_port=0, user=None, clock=time.time, max_age=300):
        self.journal = journal
        self.good = good
        self.other = other
        self.user = user  # "name:password", or None
        self.clock = clock
        self.max_age = max_age  # Seconds that a mail may have waited since it was decided.
        self.faults = Faults(SMTP_MODES)
        self.mails = {}  # Message-ID to the mail without its mark: kept over `clear`, for threads and repeats.
        self.lock = threading.Lock()
        self.listeners = [Listener(self.serve, port), Listener(self.serve_tls, tls_port)]

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

    def serve(self, connection):
        Session(self, connection, self.faults.take()).run()

    def serve_tls(self, connection):
        fault = self.faults.take()
        if fault and fault.mode == "tls_failure":
            connection.recv(1)
            connection.sendall(b"this is no TLS\r\n")
            return
        context = self.other if fault and fault.mode == "wrong_certificate" else self.good
        with context.wrap_socket(connection, server_side=True) as encrypted:
            Session(self, encrypted, fault, is_encrypted=True).run()

    def receive(self, session, data):
        """Checks and records a whole mail; returns the reply that its rules ask for."""
        violations = list(session.violations)
        session.violations = []
        with self.journal.lock:
            violations += size_rule(session.size, len(data))
            violations += mail_rules.mail_rules(
                data, self.clock(), set(self.mails), session.eight_bit, self.max_age, session.utf8)
            if session.utf8 and (session.sender + session.recipient).isascii():
                violations.append(("SM3", "SMTPUTF8, which neither address needs"))
            values = mail_rules.header_values(data)
            identifier = values.get("message-id", "")
            plain = mail_rules.without_mark(data)
            if self.mails.setdefault(identifier, plain) != plain:
                violations.append(("SM4", f"another mail with the Message-ID {identifier}"))
            if f"<{values.get('to', '')}>" != f"<{session.recipient}>":
                violations.append(("SM4", "To is not the recipient"))
            self.journal.add(
                self.name, True, violations, sender=session.sender, recipient=session.recipient, message_id=identifier,
                kind=values.get("x-monitord-kind"), incident=values.get("x-monitord-incident"),
                resent="x-monitord-resent" in values, fault=session.mode, body=data.decode("latin-1"))

    def clear(self):
        pass


class Session:
    def __init__(self, server, connection, fault, is_encrypted=False):
        self.server = server
        self.connection = connection
        self.fault = fault
        self.mode = fault.mode if fault else "none"
        self.is_encrypted = is_encrypted
        self.buffer = b""
        self.violations = []
        self.greeted = False
        self.is_authenticated = server.user is None
        self.forget()

    def forget(self):
        self.sender = self.recipient = self.size = None
        self.eight_bit = self.utf8 = False

    # The wire.

    def say(self, code, *lines):
        if self.mode == "multiline" and len(lines) == 1:
            lines = ("this takes", "several lines", *lines)
        text = "".join(f"{code}{' ' if index == len(lines) - 1 else '-'}{line}\r\n" for index, line in enumerate(lines)).encode()
        if self.mode == "drip":
            for index in range(len(text)):
                self.connection.sendall(text[index: index + 1])
                time.sleep(0.001)
        else:
            self.connection.sendall(text)

    def more(self):
        received = self.connection.recv(65_536)
        if not received:
            raise EOFError
        self.buffer += received

    def command(self):
        while b"\n" not in self.buffer:
            if len(self.buffer) > 2_000:
                raise EOFError
            self.more()
        line, _, self.buffer = self.buffer.partition(b"\n")
        if not line.endswith(b"\r") or b"\r" in line[:-1] or b"\0" in line:
            self.broken("SM2", f"a command with a bare CR or LF, or a NUL: {line[:60]!r}")
        if self.buffer:
            self.broken("SM1", f"pipelined, which was not offered: {self.buffer[:60]!r}")
        return line.removesuffix(b"\r").decode("utf-8", "surrogateescape")

    def data(self):
        """The octets up to the final dot, unstuffed."""
        while b"\r\n.\r\n" not in self.buffer and not self.buffer.startswith(b".\r\n"):
            if len(self.buffer) > MAX_SIZE:
                raise EOFError
            self.more()
        end = 0 if self.buffer.startswith(b".\r\n") else self.buffer.index(b"\r\n.\r\n") + 2
        raw, self.buffer = self.buffer[:end], self.buffer[end + 3:]
        if self.buffer:
            self.broken("SM1", f"pipelined after the mail: {self.buffer[:60]!r}")
        return (b"\r\n" + raw).replace(b"\r\n.", b"\r\n")[2:]

    def broken(self, rule, text):
        self.violations.append((rule, text))

    # The dialogue.

    def run(self):
        try:
            self.talk()
        finally:
            self.connection.close()
            if self.violations:
                self.server.journal.add("smtp", False, self.violations, fault=self.mode)

    def talk(self):
        if self.mode == "421":
            self.say(421, "too busy")
            self.refused("421")
            return
        self.say(220, "receiver.example ESMTP")
        while True:
            line = self.command()
            verb, _, argument = line.partition(" ")
            handler = getattr(self, "do_" + verb.lower(), None)
            if handler is None:
                self.broken("SM1", f"unknown command {line[:60]!r}")
                self.say(500, "unknown command")
            elif handler(argument) is False:
                return

    def refused(self, code):
        self.server.journal.add(
            "smtp", False, self.violations, status=int(code), fault=self.mode, sender=self.sender, recipient=self.recipient)
        self.violations = []

    def offered(self):
        names = []
        if self.mode != "no_size":
            names.append("SIZE")
        if self.mode != "no_8bitmime":
            names.append("BODY")
        if self.mode != "no_smtputf8":
            names.append("SMTPUTF8")
        return names

    @property
    def limit(self):
        return 100 if self.mode == "small_size" else MAX_SIZE

    def do_ehlo(self, name):
        for rule, text in greeting_rule(name):
            self.broken(rule, text)
        self.greeted = True
        self.forget()
        lines = ["receiver.example"]
        if "SIZE" in self.offered():
            lines.append(f"SIZE {self.limit}")
        if "BODY" in self.offered():
            lines.append("8BITMIME")
        if "SMTPUTF8" in self.offered():
            lines.append("SMTPUTF8")
        if not self.is_encrypted and self.mode != "no_starttls":
            lines.append("STARTTLS")
        if self.is_encrypted and self.server.user:
            lines.append("AUTH PLAIN LOGIN")
        self.say(250, *lines)

    def do_helo(self, name):
        self.broken("SM1", "HELO, where EHLO is spoken")
        self.do_ehlo(name)

    def do_starttls(self, _):
        if self.is_encrypted or self.mode == "no_starttls":
            self.broken("SM1", "STARTTLS, which was not offered")
            self.say(503, "not now")
            return None
        self.say(220, "go ahead")
        if self.mode == "tls_failure":
            self.connection.sendall(b"this is no TLS\r\n")
            return False
        context = self.server.other if self.mode == "wrong_certificate" else self.server.good
        self.connection = context.wrap_socket(self.connection, server_side=True)
        self.buffer = b""
        self.is_encrypted = True
        self.greeted = False
        return None

    def do_auth(self, argument):
        if not self.is_encrypted:
            self.broken("SM1", "AUTH before TLS")
            self.say(530, "start TLS first")
            return
        if not self.server.user:
            self.broken("SM1", "AUTH, which was not offered")
            self.say(502, "not offered")
            return
        mechanism, _, initial = argument.partition(" ")
        if mechanism.upper() == "PLAIN":
            answer = decoded(initial or self.ask("")).split("\0")
            given = ":".join(answer[1:])
        elif mechanism.upper() == "LOGIN":
            name = decoded(initial or self.ask("VXNlcm5hbWU6"))
            given = name + ":" + decoded(self.ask("UGFzc3dvcmQ6"))
        else:
            self.say(504, "unknown mechanism")
            return
        if given != self.server.user or self.mode == "535":
            self.say(535, "authentication failed")
            self.refused("535")
            return
        self.is_authenticated = True
        self.say(235, "welcome")

    def ask(self, challenge):
        self.say(334, challenge)
        return self.command()

    def do_mail(self, argument):
        if not self.greeted:
            self.broken("SM1", "MAIL before EHLO")
        if not self.is_encrypted and self.mode != "no_starttls":
            self.broken("SM1", "MAIL before TLS")
            self.say(530, "start TLS first")
            return
        if not self.is_authenticated:
            self.say(530, "log in first")
            self.refused("530")
            return
        self.forget()
        violations, self.size, self.eight_bit, self.utf8 = mail_from_rules(argument, self.offered(), self.limit)
        self.violations += violations
        found = ADDRESS.search(argument)
        if not found:
            self.say(501, "no mailbox")
            return
        if self.size is not None and self.size > self.limit:
            self.say(552, "too large")
            self.refused("552")
            return
        if list(address_rule(found[1], self.utf8)):
            self.say(553, "not without SMTPUTF8")
            return
        self.sender = found[1]
        self.say(250, "ok")

    def do_rcpt(self, argument):
        match = re.fullmatch("TO:" + ADDRESS.pattern, argument, re.IGNORECASE)
        if not match:
            self.broken("SM3", f"RCPT {argument[:80]!r} names no mailbox")
            match = ADDRESS.search(argument) if self.server.is_lenient else None
        if not match:
            self.say(501, "no mailbox")
            return
        if self.sender is None:
            self.broken("SM1", "RCPT before MAIL")
            self.say(503, "MAIL first")
            return
        if self.recipient is not None:
            self.broken("SM3", "a second recipient")
            self.say(452, "one recipient a mail")
            return
        if violations := list(address_rule(match[1], self.utf8)):
            self.violations += violations
            self.say(553, "not without SMTPUTF8")
            return
        self.recipient = match[1]
        if self.mode in ("450", "451", "452", "550"):
            self.say(int(self.mode), "refused by order")
            self.refused(self.mode)
            self.recipient = None
            return
        self.say(250, "ok")

    def do_data(self, _):
        if self.recipient is None:
            self.broken("SM1", "DATA before RCPT")
            self.say(503, "RCPT first")
            return None
        if self.mode == "hang":
            self.wait()
            return False
        self.say(354, "go ahead")
        data = self.data()
        if self.mode in ("451_after_data", "554_after_data"):
            self.say(int(self.mode[:3]), "refused by order")
            self.refused(self.mode[:3])
            self.forget()
            return None
        if self.mode == "close":
            return False
        if len(data) > self.limit:
            self.say(552, "too large")
            self.refused("552")
            return None
        self.server.receive(self, data)
        if self.mode == "close_after_apply":
            return False
        if self.mode == "delay_250":
            time.sleep(self.fault.delay or 1)
        self.say(250, "accepted")
        self.forget()
        return None

    def wait(self):
        self.connection.settimeout(self.fault.delay or 120)
        self.connection.recv(1)

    def do_rset(self, _):
        self.forget()
        self.say(250, "ok")

    def do_noop(self, _):
        self.say(250, "ok")

    def do_quit(self, _):
        self.say(221, "bye")
        return False


def decoded(text):
    return base64.b64decode(text).decode("utf-8", "replace")
