"""An HTTP server with good and evil answers, for the transfer tests. Prints its port, serves until its parent ends.

usage: http.py [--tls CERT KEY] [--unix PATH] [--full] [--port PORT]
"""
import gzip, os, socket, ssl, sys, threading, time
from urllib.parse import parse_qs, urlsplit

arguments = sys.argv[1:]
closed = []  # the requests that were read and not answered


def option(name, count):
    if name not in arguments:
        return None
    at = arguments.index(name)
    return arguments[at + 1 : at + 1 + count]


def read_request(file):
    head = []
    while True:
        line = file.readline()
        if not line:
            return None
        if line in (b"\r\n", b"\n"):
            break
        head.append(line.decode("latin-1").rstrip("\r\n"))
    length = 0
    for line in head[1:]:
        name, _, value = line.partition(":")
        if name.lower() == "content-length":
            length = int(value)
    return head, file.read(length)


def answer(connection, status, body=b"", headers=()):
    lines = [f"HTTP/1.1 {status} Text", f"Content-Length: {len(body)}", *headers]
    connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)


def bomb():
    return gzip.compress(bytes(200_000_000), 1)


def handle(connection, head, body):
    method, target, _ = head[0].split(" ")
    parts = urlsplit(target)
    path, query = parts.path, parse_qs(parts.query)
    if path == "/hang":
        time.sleep(60)
        return False
    if path == "/drip":
        connection.sendall(b"HTTP/1.1 200 Text\r\nContent-Length: 100000\r\n\r\n")
        while True:
            connection.sendall(b"x")
            time.sleep(0.05)
    if path == "/broken-head":
        connection.sendall(b"HTTP/1.1 200 Text\r\nContent-Type: te")
        return False
    if path == "/endless":
        connection.sendall(b"HTTP/1.1 200 Text\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            connection.sendall(b"4000\r\n" + b"x" * 0x4000 + b"\r\n")
    if path == "/bomb":
        answer(connection, 200, bomb(), ["Content-Encoding: gzip"])
    elif path == "/headers":
        answer(connection, 200, b"", [f"X-{i}: " + "y" * 1000 for i in range(90)])
    elif path == "/redirect":
        answer(connection, int(query.get("status", ["302"])[0]), b"moved", ["Location: " + query["to"][0]])
    elif path == "/close":
        closed.append(method)
        return False
    elif path == "/closed":
        answer(connection, 200, ",".join(closed).encode())
    elif path == "/retry":
        answer(connection, 429, b"", ["Retry-After: 7"])
    elif path == "/status":
        answer(connection, int(query["code"][0]))
    elif path == "/echo":
        answer(connection, 200, "\n".join(head).encode() + b"\n\n" + body)
    elif path == "/mirror":
        # An error page that tells all it was sent, in headers and in the body.
        sent = [line.split(": ", 1) for line in head[1:]]
        answer(connection, 503, ("\n".join(head) + "\n\n").encode() + body + b"\0 \xff\xfe end",
               ["Server: mirror/2", "Set-Cookie: id=of-a-session", "X-Auth-Token: of-the-reply", "Location: /log-in?code=of-a-log-in"]
               + [f"X-Sent-{name}: {value}" for name, value in sent])
    elif path == "/version":
        answer(connection, 200, b'{"status": "ok"}', ["Server: mirror/1", "Content-Type: application/json", "X-App-Version: 4.2.1",
                                                     "X-Request-Id: 17", "Set-Cookie: id=of-a-session"])
    elif path == "/empty-header":
        answer(connection, 200, b"", ["X-Empty:", "X-Test: a b "])
    else:
        answer(connection, 200, b"" if method == "HEAD" else b"hello", ["Content-Type: text/plain"])
    return True


def serve(raw, context):
    try:
        raw.settimeout(120)
        connection = context.wrap_socket(raw, server_side=True) if context else raw
        file = connection.makefile("rb")
        while True:
            request = read_request(file)
            if request is None or not handle(connection, *request):
                break
        connection.shutdown(socket.SHUT_RDWR)
        connection.close()
    except (OSError, ValueError):
        raw.close()


parent = os.getppid()


def end_with_parent():
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(0)


threading.Thread(target=end_with_parent, daemon=True).start()
context = None
if tls := option("--tls", 2):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*tls)
if path := option("--unix", 1):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path[0])
    listener.listen(1024)
    print(0, flush=True)
else:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", int((option("--port", 1) or ["0"])[0])))
    full = "--full" in arguments
    listener.listen(0 if full else 1024)
    port = listener.getsockname()[1]
    if full:
        # Nobody accepts and the queue is full: the kernel ignores every further SYN.
        fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
            fillers.append(filler)
        print(port, flush=True)
        time.sleep(3600)
    print(port, flush=True)
while True:
    raw, _ = listener.accept()
    threading.Thread(target=serve, args=(raw, context), daemon=True).start()
