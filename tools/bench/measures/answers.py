"""Answers out: how many, how quickly, and how soon they know of a new event."""
from . import machine, report, yardsticks
from .daemon import KEY, Daemon
from .shop import shop

ROUNDS = 3
CONNECTIONS = 64


def event_load(port, rate, seconds, first_shopper=10_000, shoppers=50_000):
    """Single-event posts of known shoppers about products of the catalog, at a fixed rate."""
    return machine.start_helper("http_load", port=port, key=KEY, events="json", batch=1, threads=1,
                                connections=64, rate=rate, seconds=seconds, warmup=1,
                                first_shopper=first_shopper, shoppers=shoppers,
                                first_product=10_000, products=90_000)


def ask(port, paths, seconds=4, **options):
    return machine.helper("http_load", port=port, key=KEY, paths=paths,
                          threads=machine.LOAD_THREADS, connections=CONNECTIONS, seconds=seconds,
                          warmup=1, **options)


def recommendations():
    """In turns against nginx with bodies of the same size; then while events arrive."""
    place = shop()
    paths = place.paths()
    with Daemon(place.folder, plugins=["recommendations"]) as daemon:
        daemon.await_caught_up("recommendations")
        first = machine.refuse_errors(ask(daemon.port, paths, seconds=2), "200")
        body = first["body_bytes"] // first["answers"]
        souk, peer, busy = [], [], []
        with yardsticks.Nginx(place.folder, body) as nginx:
            for _ in range(ROUNDS):
                souk.append(machine.refuse_errors(ask(daemon.port, paths), "200"))
                peer.append(machine.refuse_errors(ask(nginx.port, paths), "200"))
        resident = daemon.resident_mib()
        for _ in range(ROUNDS):
            events = event_load(daemon.port, 5_000, 5)
            busy.append(machine.refuse_errors(ask(daemon.port, paths), "200"))
            busy[-1]["events"] = machine.refuse_errors(machine.helper_result(events), "202")
        events = event_load(daemon.port, 5_000, 5)
        paced = machine.refuse_errors(ask(daemon.port, paths, rate=5_000), "200")
        machine.refuse_errors(machine.helper_result(events), "202")
    rate = machine.median([result["answers_per_second"] for result in souk])
    peer_rate = machine.median([result["answers_per_second"] for result in peer])
    p99 = machine.median([result["p99_us"] for result in busy]) / 1e3
    busy_rate = machine.median([result["answers_per_second"] for result in busy])
    taken = machine.median([result["events"]["events_per_second"] for result in busy])
    details = {"rounds": souk, "nginx": peer, "while_events_arrive": busy, "paced": paced,
               "body_bytes": body, "resident_mib": resident, "events": place.events}
    return [
        report.Row(f"GET /v1/recommendations, {place.events - place.entities:,} events, 100,000 "
                   f"products, {CONNECTIONS} connections", ">= 40 % of nginx",
                   f"{rate / peer_rate:.0%} ({rate:,.0f}/s)", rate / peer_rate / 0.4,
                   f"nginx {peer_rate:,.0f}/s, {body} bytes, {machine.SERVER_THREADS} workers "
                   "each", details),
        report.at_most("the same, p99 while 5,000 events/s arrive", 5, p99, "ms",
                       f"at full load: {busy_rate:,.0f} answers/s and {taken:,.0f} events/s; at "
                       f"5,000 answers/s p99 {paced['p99_us'] / 1e3:.2f} ms"),
        report.plain("resident memory then", f"{resident:,.0f} MiB"),
    ]


def for_you():
    """`for_you` of known shoppers: as fast as it goes, and at a rate below that."""
    place = shop()
    paths = place.for_you_paths()
    rounds, paced = [], []
    with Daemon(place.folder, plugins=["recommendations"]) as daemon:
        daemon.await_caught_up("recommendations")
        for _ in range(ROUNDS):
            rounds.append(machine.refuse_errors(ask(daemon.port, paths), "200"))
            paced.append(machine.refuse_errors(ask(daemon.port, paths, rate=20_000), "200"))
    rate = machine.median([result["answers_per_second"] for result in rounds])
    full = machine.median([result["p99_us"] for result in rounds]) / 1e3
    p99 = machine.median([result["p99_us"] for result in paced]) / 1e3
    return [
        report.at_least("GET for_you, known shoppers, 64 connections", 20_000, rate, "/s",
                        f"p99 then {full:.2f} ms; Serenade's service 1,000/s on 2 cores",
                        {"rounds": rounds, "paced": paced}),
        report.at_most("its p99 at 20,000/s", 3, p99, "ms", "latency from the moment it was due"),
    ]


def visible():
    """A prober's clicks, while 10,000 single events a second arrive."""
    place = shop()
    with Daemon(place.folder, plugins=["recommendations"]) as daemon:
        daemon.await_caught_up("recommendations")
        products = place.products_file(daemon)
        rounds = []
        for _ in range(ROUNDS):
            events = event_load(daemon.port, 10_000, 6)
            rounds.append(machine.helper("visibility_probe", port=daemon.port, key=KEY, seconds=6,
                                         products=products))
            rounds[-1]["events"] = machine.refuse_errors(machine.helper_result(events), "202")
    if any(result["never_seen"] or not result["clicks"] for result in rounds):
        raise machine.Failure("clicks were never seen in an answer")
    p50 = machine.median([result["p50_us"] for result in rounds]) / 1e3
    p99 = machine.median([result["p99_us"] for result in rounds]) / 1e3
    whole = machine.median([result["from_send_p99_us"] for result in rounds]) / 1e3
    taken = machine.median([result["events"]["events_per_second"] for result in rounds])
    clicks = sum(result["clicks"] for result in rounds)
    return [report.at_most("acknowledged to visible, p99 at 10,000 events/s", 10, p99, "ms",
                           f"p50 {p50:.2f} ms, one GET included; from sending p99 {whole:.2f} ms; "
                           f"{clicks:,} clicks, {taken:,.0f} events/s taken",
                           {"rounds": rounds})]
