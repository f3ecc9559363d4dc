"""A web server whose targets fail by a plan, as a process of its own: `python3 flapping.py PLAN PORTS LOG`.

PLAN is a JSON file of outages by name, each [begin, end] in seconds since the epoch. GET /NAME answers 503 within one of them and 200
otherwise. POST /end makes everything well from then on. LOG gets a line an answer: when, the name, the status.
"""

import asyncio
import json
import os
import sys
import time


class Site:
    def __init__(self, plan, log):
        self.plan = plan
        self.log = log
        self.ended = float("inf")

    def status(self, name, now):
        return 503 if now < self.ended and any(begin <= now < end for begin, end in self.plan.get(name, ())) else 200

    async def serve(self, reader, writer):
        try:
            head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)).decode("latin-1")
            method, path = head.split(" ", 2)[:2]
            now = time.time()
            if method == "POST":
                self.ended = min(self.ended, now)
            status = self.status(path.strip("/"), now)
            body = b'{"status":"ok"}' if status == 200 else b"by plan"
            writer.write(b"HTTP/1.1 %d Status\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % (status, len(body)) + body)
            await writer.drain()
            self.log.write(f"{now:.6f} {path.strip('/') or method} {status}\n")
        except (asyncio.IncompleteReadError, asyncio.TimeoutError, ConnectionError, ValueError):
            pass  # The client was killed.
        finally:
            writer.close()


async def main():
    plan_path, ports_path, log_path = sys.argv[1:]
    with open(plan_path, encoding="utf-8") as file:
        plan = json.load(file)
    with open(log_path, "a", encoding="utf-8", buffering=1) as log:
        server = await asyncio.start_server(Site(plan, log).serve, "127.0.0.1", 0, backlog=512)
        with open(ports_path + ".partial", "w", encoding="utf-8") as file:
            json.dump({"port": server.sockets[0].getsockname()[1]}, file)
        os.rename(ports_path + ".partial", ports_path)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
