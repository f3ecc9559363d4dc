"""An SMTP server that fails at one place, for the transfer tests. Prints its port, serves until its parent ends.

usage: smtp.py MODE TRANSCRIPT [CERT KEY]
MODE: ok rcpt451 rcpt550 body554 drop-after-dot hang-after-dot hang-after-quit auth535 greet421 ehlo502 starttls454
      utf8 utf8-in-clear utf8-in-tls: offers SMTPUTF8, the latter two without or with encryption only
"""
import os, socket, ssl, sys, threading, time

mode, transcript = sys.argv[1:3]
tls = sys.argv[3:5]
log = open(transcript, "ab", buffering=0)


def serve(raw):
    connection = raw
    file = connection.makefile("rb")

    def say(text):
        connection.sendall(text.encode() + b"\r\n")

    if mode == "greet421":
        say("421 not now")
        raw.shutdown(socket.SHUT_RDWR)
        return raw.close()
    say("220 test ESMTP")
    while line := file.readline():
        log.write(line)
        verb = line.split()[0].upper() if line.split() else b""
        if verb == b"EHLO" and mode == "ehlo502":
            say("502 unknown")
        elif verb == b"EHLO":
            offers = ["SIZE 1000000"] + (["STARTTLS"] if tls and connection is raw else [])
            offers += ["AUTH PLAIN"] if mode == "auth535" else []
            offers += ["SMTPUTF8"] if mode in ("utf8", "utf8-in-clear" if connection is raw else "utf8-in-tls") else []
            connection.sendall(b"250-test\r\n" + "".join(f"250-{o}\r\n" for o in offers[:-1]).encode())
            say("250 " + offers[-1])
        elif verb == b"STARTTLS" and mode == "starttls454":
            say("454 later")
        elif verb == b"STARTTLS":
            say("220 go on")
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            connection = context.wrap_socket(raw, server_side=True)
            file = connection.makefile("rb")
        elif verb == b"AUTH":
            say("535 wrong")
        elif verb == b"RCPT" and mode == "rcpt451":
            say("451 later")
        elif verb == b"RCPT" and mode == "rcpt550":
            say("550 unknown")
        elif verb == b"DATA":
            say("354 go on")
            while (line := file.readline()) and line != b".\r\n":
                log.write(line)
            if mode == "drop-after-dot":
                connection.shutdown(socket.SHUT_RDWR)
                return connection.close()
            if mode == "hang-after-dot":
                time.sleep(60)
            say("554 spam" if mode == "body554" else "250 taken")
        elif verb == b"QUIT":
            if mode == "hang-after-quit":
                time.sleep(60)
            say("221 bye")
            connection.shutdown(socket.SHUT_RDWR)
            return connection.close()
        else:
            say("250 fine")


def guarded(raw):
    try:
        serve(raw)
    except OSError:
        raw.close()


parent = os.getppid()


def end_with_parent():
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(0)


threading.Thread(target=end_with_parent, daemon=True).start()
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(64)
print(listener.getsockname()[1], flush=True)
while True:
    raw, _ = listener.accept()
    threading.Thread(target=guarded, args=(raw,), daemon=True).start()
