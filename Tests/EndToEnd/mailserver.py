"""A real Postfix of the test's own: unpacked by script/bootstrap, never installed, with configuration, queue and mailbox in one folder.

It needs root, as every Postfix does. It listens on 127.0.0.1, demands STARTTLS, and delivers mail for example.com into a Maildir.
"""

import email
import email.policy
import os
import pwd
import shutil
import subprocess

from harness import ROOT, accepts, end, free_port, wait_until

UNPACKED = os.path.join(ROOT, ".build", "unpacked", "postfix")

# Bare line feeds and pipelining that was not offered are refused, as by a careful server in the open.
MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/data
command_directory = {unpacked}/usr/sbin
daemon_directory = {unpacked}/usr/lib/postfix/sbin
shlib_directory = {unpacked}/usr/lib/postfix
meta_directory = {unpacked}/etc/postfix
import_environment = LD_LIBRARY_PATH={unpacked}/usr/lib/postfix MAIL_CONFIG TZ
mail_owner = daemon
setgid_group = mail
myhostname = mx.example.com
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks =
mydestination =
alias_maps =
local_recipient_maps =
virtual_mailbox_domains = example.com
virtual_mailbox_maps = static:box/
virtual_mailbox_base = {folder}/mail
virtual_minimum_uid = 1
virtual_uid_maps = static:{owner}
virtual_gid_maps = static:{group}
smtpd_relay_restrictions = reject_unauth_destination
smtpd_data_restrictions = reject_unauth_pipelining
smtpd_helo_required = yes
smtpd_helo_restrictions = reject_invalid_helo_hostname, reject_non_fqdn_helo_hostname
smtpd_forbid_bare_newline = yes
strict_rfc821_envelopes = yes
strict_7bit_headers = yes
smtpd_tls_security_level = encrypt
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_tls_received_header = yes
maillog_file = {folder}/log/mail
maillog_file_prefixes = {folder}
"""
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""
QUEUES = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "maildrop", "pid", "private", "public",
          "saved", "trace")


class Postfix:
    def __init__(self, folder, certificates):
        self.folder = folder
        self.port = free_port()
        self.process = None
        self.configuration = os.path.join(folder, "conf")
        owner = pwd.getpwnam("nobody")
        for name in ("conf", "data", "log", "mail", *(f"spool/{queue}" for queue in QUEUES)):
            os.makedirs(os.path.join(folder, name))
        for name in ("data", *(f"spool/{queue}" for queue in QUEUES if queue != "pid")):
            shutil.chown(os.path.join(folder, name), "daemon", "mail" if name.endswith(("public", "maildrop")) else None)
        shutil.chown(os.path.join(folder, "mail"), owner.pw_uid, owner.pw_gid)
        certificate, key = certificates.good
        self._write("main.cf", MAIN.format(folder=folder, unpacked=UNPACKED, certificate=certificate, key=key, owner=owner.pw_uid,
                                           group=owner.pw_gid))
        self._write("master.cf", MASTER.format(port=self.port))

    def configure(self, line):
        """Stands for all later mails."""
        self.stop()
        with open(os.path.join(self.configuration, "main.cf"), "a", encoding="ascii") as file:
            file.write(line + "\n")
        self.start()

    def _write(self, name, text):
        with open(os.path.join(self.configuration, name), "w", encoding="ascii") as file:
            file.write(text)

    def __enter__(self):
        self.start()
        return self

    def start(self):
        master = os.path.join(UNPACKED, "usr/lib/postfix/sbin/master")
        if not os.path.exists(master):
            raise AssertionError(f"{master} is missing; run: script/bootstrap test")
        environment = {**os.environ, "LD_LIBRARY_PATH": os.path.join(UNPACKED, "usr/lib/postfix")}
        with open(os.path.join(self.folder, "console"), "wb") as console:
            self.process = subprocess.Popen([master, "-c", self.configuration], stdin=subprocess.DEVNULL, stdout=console,
                                            stderr=console, env=environment)
        wait_until(f"Postfix listens; see {self.folder}/log/mail", 20, lambda: accepts(self.port))

    def stop(self):
        # The master ends all that it started.
        if self.process is not None:
            end(self.process)

    def __exit__(self, *_):
        self.stop()

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.port}"

    def log(self):
        with open(os.path.join(self.folder, "log", "mail"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def mails(self):
        """What was delivered, in order: (bytes as they lie in the Maildir, the mail as Python's parser reads it)."""
        box = os.path.join(self.folder, "mail", "box", "new")
        names = sorted(os.listdir(box), key=lambda name: os.stat(os.path.join(box, name)).st_mtime_ns) if os.path.isdir(box) else []
        found = []
        for name in names:
            with open(os.path.join(box, name), "rb") as file:
                raw = file.read()
            found.append((raw, email.message_from_bytes(raw, policy=email.policy.default)))
        return found
