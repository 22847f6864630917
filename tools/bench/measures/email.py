"""E-mail: messages from a shopper's cart through the daemon to a mail server on this machine."""
import http.client
import json
import pathlib
import subprocess
import tempfile
import time
from datetime import datetime

from . import machine, report
from .daemon import KEY, Daemon

MESSAGES = 20_000
AT_ONCE = 1_000
CONNECTIONS = 20
PATIENCE_S = 120
PEOPLE = 1_000_000
WAITING = 300_000
DELAY_S = 5


class Sink:
    """A mail server that counts."""

    def __enter__(self):
        self.process = subprocess.Popen([str(machine.BUILD / "bin" / "bench" / "email_sink"), "serve"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        return self

    def counts(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return [int(word) for word in self.process.stdout.readline().split()]

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()


def flows():
    """A million people inside a flow, in the library."""
    out = subprocess.run([str(machine.BUILD / "bin" / "bench" / "email_bench"), str(PEOPLE)],
                         check=True, capture_output=True, text=True).stdout
    result = json.loads(out)
    return [
        report.at_most(f"memory of a person in a flow, of {PEOPLE:,}", 300, result["bytes"], "bytes",
                       "heap; address, consent and a cart line of each included", result, digits=0),
        report.at_least("steps of flows that come due together", 50_000, result["steps_per_s"],
                        "steps/s", "CPU of one thread; messages decided for the outbox", result),
    ]


def with_email(daemon, port):
    text = daemon.file.read_text()
    daemon.file.write_text(text.replace("email: {}", f"""email: {{
      smtp: {{ url: 'smtp://127.0.0.1:{port}', connections: {CONNECTIONS} }},
      from: 'Bench <shop@bench.example>', public_url: 'https://shop.example', quiet_hours: off,
      flows: {{ abandoned_cart: {{ after: 1s }} }} }}"""))


def sender(port):
    connection = http.client.HTTPConnection("127.0.0.1", port)

    def send(method, path, body):
        connection.request(method, path, body=json.dumps(body),
                           headers={"Authorization": f"Bearer {KEY}"})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise machine.Failure(f"{path}: {answer.status}: {text[:200]}")

    return send


def fill_carts(send, people):
    for begin in range(0, people, AT_ONCE):
        numbers = range(begin, begin + AT_ONCE)
        send("POST", "/v1/customers:batch", {"customers": [
            {"id": f"c{n}", "email": f"c{n}@bench.example", "name": f"Ada {n}",
             "consents": [{"channel": "EMAIL", "status": "GRANTED"}]} for n in numbers]})
    for begin in range(0, people, AT_ONCE):
        numbers = range(begin, begin + AT_ONCE)
        send("POST", "/v1/events", {"events": [
            {"id": f"e{n}", "shopperId": f"c{n}", "productAdded": {"productId": f"p{n % 6}"}}
            for n in numbers]})


def leave_carts(port):
    send = sender(port)
    for number in range(6):
        send("PUT", f"/v1/products/p{number}", {
            "id": f"p{number}", "title": f"Trail shoe {number}",
            "url": f"https://shop.example/p/{number}",
            "media": [{"type": "image", "url": f"https://shop.example/i/{number}.jpg"}],
            "priceRange": {"min": {"amount": 8990, "currency": "EUR"}}})
    fill_carts(send, MESSAGES)


def watch(sink):
    """(messages a second between the first tenth and the last, messages, recipients)."""
    first = None
    begin = time.monotonic()
    while True:
        taken, recipients = sink.counts()
        now = time.monotonic()
        if first is None and taken >= MESSAGES // 10:
            first = (now, taken)
        if recipients == MESSAGES:
            return (taken - first[1]) / (now - first[0]), taken, recipients
        if now - begin > PATIENCE_S:
            raise machine.Failure(f"{recipients} of {MESSAGES} got their message")
        time.sleep(0.02)


def delivery_on(database):
    with tempfile.TemporaryDirectory() as folder, Sink() as sink:
        daemon = Daemon(pathlib.Path(folder), plugins=["email"], database=database)
        with_email(daemon, sink.port)
        with daemon:
            leave_carts(daemon.port)
            before = daemon.cpu_seconds()
            rate, taken, recipients = watch(sink)
            cpu = (daemon.cpu_seconds() - before) / MESSAGES
        plain = float(subprocess.run(
            [str(machine.BUILD / "bin" / "bench" / "email_sink"), "send", str(sink.port), str(CONNECTIONS),
             str(MESSAGES), "9000"], check=True, capture_output=True, text=True).stdout)
    return rate, plain, cpu * 1e6, taken - recipients


def delivery():
    rate, plain, cpu_us, repeated = delivery_on(None)
    return [report.at_least(
        f"e-mails through the daemon over {CONNECTIONS} connections", 2_000, rate, "messages/s",
        f"a client that only sends: {plain:,.0f}/s, {rate / plain:.2f} of it; {cpu_us:.0f} µs of"
        f" CPU a message, {repeated} repeated",
        {"rate": rate, "plain": plain, "cpu_us": cpu_us, "repeated": repeated})]


def timers():
    """How far from its due moment each of many who entered one after another leaves a delay."""
    with tempfile.TemporaryDirectory() as folder:
        daemon = Daemon(pathlib.Path(folder), plugins=["email"])
        text = daemon.file.read_text()
        daemon.file.write_text(text.replace("email: {}", f"""email: {{
          smtp: {{ url: 'smtp://127.0.0.1:9' }}, from: 'Bench <shop@bench.example>',
          public_url: 'https://shop.example', flows: {{ waiting: {{
            trigger: {{ event: productAdded }}, steps: [ {{ delay: {DELAY_S}s }}, {{ exit: true }} ] }} }} }}"""))
        with daemon:
            fill_carts(sender(daemon.port), WAITING)
            time.sleep(DELAY_S + 5)
            out = subprocess.run([str(machine.SOUK), "log", "export", "-q", "-c", str(daemon.file),
                                  "--store", "bench"], check=True, capture_output=True, text=True).stdout
    came, late = {}, []
    for line in out.splitlines():
        event = json.loads(line)
        if "productAdded" not in event and "flowExited" not in event:
            continue
        moment = datetime.fromisoformat(event["receivedAt"].replace("Z", "+00:00")).timestamp()
        if "productAdded" in event:
            came[event["shopperId"]] = moment
        else:
            late.append(moment - came[event["shopperId"]] - DELAY_S)
    if len(late) != WAITING:
        raise machine.Failure(f"{len(late)} of {WAITING} went on")
    worst = max(late, key=abs)
    return [report.at_most(
        f"from due to done, the worst of {WAITING:,} timers", 1, abs(worst), "s",
        f"{-min(late):.2f} s early, as the whole second, to {max(late) * 1e3:.0f} ms late",
        {"early_s": -min(late), "late_s": max(late)}, digits=2)]
