"""Answers as Twilio's Messages API does, and as a messenger's webhook, and keeps what it was told.

usage: twilio_sink.py FILE [--account AC…] [--token …]; prints its port. Numbers decide:
  …0001  400, 21211: no such number            …0429  429 the first time
  …0004  400, 21610: the number said STOP      …0500  503 the first time
  …0099  takes the request and hangs up the first time
Every request that is answered with 2xx is a line of JSON in FILE.
"""

import argparse
import base64
import collections
import http.server
import json
import urllib.parse

parser = argparse.ArgumentParser()
parser.add_argument("file")
parser.add_argument("--account", default="AC0123")
parser.add_argument("--token", default="secret")
args = parser.parse_args()
seen = collections.Counter()
open(args.file, "w").close()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def refuse(self, status, code, message):
        self.answer(status, {"code": code, "message": message, "status": status})

    def keep(self, what):
        with open(args.file, "a") as file:
            file.write(json.dumps(what, sort_keys=True) + "\n")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/messenger":
            key = self.headers["Idempotency-Key"]
            self.keep({"key": key, **json.loads(body)})
            return self.answer(200, {})
        login = base64.b64encode(f"{args.account}:{args.token}".encode()).decode()
        if self.headers["Authorization"] != "Basic " + login:
            return self.refuse(401, 20003, "Authenticate")
        if self.path != f"/2010-04-01/Accounts/{args.account}/Messages.json":
            return self.refuse(404, 20404, "The requested resource was not found")
        form = dict(urllib.parse.parse_qsl(body.decode(), strict_parsing=True))
        to = form["To"]
        seen[to] += 1
        if to.endswith("0001"):
            return self.refuse(400, 21211, "The 'To' number is not a valid phone number.")
        if to.endswith("0004"):
            return self.refuse(400, 21610, "Attempt to send to unsubscribed recipient")
        if to.endswith("0429") and seen[to] == 1:
            return self.refuse(429, 20429, "Too Many Requests")
        if to.endswith("0500") and seen[to] == 1:
            return self.refuse(503, 20503, "Service unavailable")
        if to.endswith("0099") and seen[to] == 1:
            self.close_connection = True
            return None
        self.keep(form)
        return self.answer(201, {"sid": "SM%032x" % sum(seen.values()), "status": "queued"})

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
