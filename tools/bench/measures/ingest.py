"""Events in: batches and single posts, on SQLite and MariaDB, each acknowledged when durable."""
import contextlib

from . import machine, report, yardsticks
from .daemon import KEY, Daemon

ROUNDS = 3
BATCH = 100
CONNECTIONS = 64


def post_batches(port, encoding, seconds=4, **options):
    return machine.helper("http_load", port=port, key=KEY, events=encoding, batch=BATCH,
                          threads=machine.LOAD_THREADS, connections=CONNECTIONS, seconds=seconds,
                          warmup=1, **options)


def check_nothing_lost(daemon, results):
    """Every event that was acknowledged is in the log, once."""
    acknowledged = sum(result["accepted_in_all"] for result in results)
    stored = daemon.last_sequence()
    # Beside the clients' events the log holds a few of the kernel's own.
    if stored < acknowledged:
        raise machine.Failure(f"acknowledged {acknowledged} events, the log ends at {stored}")
    return acknowledged, stored


def batches(encoding, bar, database=None):
    """Batches against the daemon and against nginx that throws the bodies away, in turns."""
    folder = machine.fresh_folder("ingest")
    with contextlib.ExitStack() as stack:
        url, where = None, "SQLite"
        if database == "mariadb":
            url = stack.enter_context(yardsticks.MariaDb(folder)).url
            where = "MariaDB, flush_log_at_trx_commit=1"
        disk = yardsticks.disk_sync(folder, 64 << 10)
        daemon = stack.enter_context(Daemon(folder, database=url))
        nginx = stack.enter_context(yardsticks.Nginx(folder, 64))
        souk, peer, cpu = [], [], []
        for _ in range(ROUNDS):
            before = daemon.cpu_seconds()
            souk.append(machine.refuse_errors(post_batches(daemon.port, encoding), "202"))
            cpu.append((daemon.cpu_seconds() - before) * 1e6 / souk[-1]["accepted_in_all"])
            peer.append(machine.refuse_errors(post_batches(nginx.port, encoding, seconds=2), "200"))
        acknowledged, stored = check_nothing_lost(daemon, souk)
    rate = machine.median([result["events_per_second"] for result in souk])
    peer_rate = BATCH * machine.median([result["answers_per_second"] for result in peer])
    yardstick = (f"{rate / peer_rate:.0%} of nginx discarding the bodies ({peer_rate:,.0f}/s); "
                 f"disk {disk['syncs_per_second']:,.0f} fdatasync/s of 64 KiB; "
                 f"{machine.median(cpu):.2f} µs CPU an event")
    name = {"json": "JSON", "protobuf": "Protobuf"}[encoding]
    return [report.at_least(f"durable ingest, batches of {BATCH}, {name}, {where}", bar, rate,
                            "events/s", yardstick,
                            {"rounds": souk, "nginx": peer, "disk": disk,
                             "acknowledged": acknowledged, "last_sequence": stored})]


def ingest_json():
    return batches("json", 200_000)


def ingest_protobuf():
    return batches("protobuf", 400_000)


def ingest_mariadb():
    """The bar is the issue's for batches; JSON, the slower encoding, stands for both."""
    return batches("json", 150_000, "mariadb") + batches("protobuf", 150_000, "mariadb")


def single_posts():
    """One event a request from 256 connections."""
    def post(port):
        return machine.helper("http_load", port=port, key=KEY, events="json", batch=1,
                              threads=machine.LOAD_THREADS, connections=256, seconds=4, warmup=1)

    folder = machine.fresh_folder("single")
    with Daemon(folder) as daemon, yardsticks.Nginx(folder, 64) as nginx:
        souk, peer = [], []
        for _ in range(ROUNDS):
            souk.append(machine.refuse_errors(post(daemon.port), "202"))
            peer.append(machine.refuse_errors(post(nginx.port), "200"))
        check_nothing_lost(daemon, souk)
    rate = machine.median([result["answers_per_second"] for result in souk])
    p50 = machine.median([result["p50_us"] for result in souk]) / 1e3
    p99 = machine.median([result["p99_us"] for result in souk]) / 1e3
    peer_rate = machine.median([result["answers_per_second"] for result in peer])
    details = {"rounds": souk, "nginx": peer}
    return [
        report.at_least("single-event posts, 256 connections", 40_000, rate, "posts/s",
                        f"{rate / peer_rate:.0%} of nginx ({peer_rate:,.0f}/s)", details),
        report.at_most("single-event posts, p99", 25, p99, "ms", f"p50 {p50:.2f} ms"),
    ]
