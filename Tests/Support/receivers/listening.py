"""Listening sockets on 127.0.0.1 that can refuse connections for a while, a thread a connection."""

import socket
import ssl
import struct
import subprocess
import threading
from pathlib import Path


class Listener:
    def __init__(self, serve, port=0):
        self.serve = serve
        self.port = port
        self.socket = None
        self.bound = None
        self.open()

    def open(self):
        if self.socket:
            return
        self.socket, self.bound = self.bound or self.bind(), None
        self.socket.listen(128)
        threading.Thread(target=self.accept, args=(self.socket,), daemon=True).start()

    def bind(self):
        bound = socket.socket()
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", self.port))
        self.port = bound.getsockname()[1]
        return bound

    def close(self):
        """Connections are refused until `open`. The port stays ours: nobody else gets it meanwhile."""
        if self.socket:
            # Shutting down ends the accept() of the other thread; closing alone would not.
            self.socket.shutdown(socket.SHUT_RDWR)
            self.socket.close()
            self.socket = None
            self.bound = self.bind()

    def accept(self, listening):
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=self.run, args=(connection,), daemon=True).start()

    def run(self, connection):
        connection.settimeout(60)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.serve(connection)
        except (OSError, EOFError, ssl.SSLError):
            pass  # The client went away: its own affair.
        finally:
            connection.close()


def reset(connection):
    """Ends the connection with RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def make_certificates(folder):
    """A CA, a certificate for 127.0.0.1 and one for another host. Returns the CA's path and both server contexts."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=folder)

    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    if not (folder / "ca.pem").exists():
        openssl("req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.pem", "-days", "30", "-subj", "/CN=test CA")
        for name, alternative in [("good", "IP:127.0.0.1,DNS:localhost"), ("other", "DNS:other.example")]:
            openssl("req", *curve, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
            (folder / f"{name}.ext").write_text(f"subjectAltName={alternative}\n")
            openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                    "-out", f"{name}.pem", "-days", "30", "-extfile", f"{name}.ext")
    contexts = []
    for name in ("good", "other"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
        contexts.append(context)
    return str(folder / "ca.pem"), contexts[0], contexts[1]
