"""Segmentation: the fold and the preview in the library, memberships through the daemon."""
import http.client
import json
import pathlib
import tempfile
import time

from . import machine, report
from .daemon import KEY, Daemon
from .plugins import google_benchmark

SHOPPERS = 400


def library():
    results = google_benchmark("segmentation_bench", "fold|preview|profile", repetitions=1)
    fold = results["fold/iterations:1"]
    preview = results["preview"]["cpu_time"] / 1e3
    profile = results["profile/iterations:20000"]
    return [
        report.at_most("an event folded into profile and 50 segments, 1,000,000 shoppers", 10,
                       fold["fold_us_median_of_batches"], "µs",
                       f"CPU, median of batches; p99 of batches "
                       f"{fold['fold_us_p99_of_batches']:.1f} µs", fold),
        report.at_most("memory of 1,000,000 shoppers with 10,000,000 deeds", 1536,
                       fold["memory_mib"], "MiB", "", fold, digits=0),
        report.at_most("preview of a segment over 1,000,000 shoppers", 2, preview, "s",
                       "on the caller's thread: the fold does not wait", results["preview"]),
        report.at_most("a profile", 1000, profile["p99_us"], "µs",
                       f"CPU, p99; p50 {profile['p50_us']:.1f} µs", profile),
    ]


def memberships(port):
    """Seconds from the acknowledgement of a first order to the membership in an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    head = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}

    def ask(method, path, body=None):
        connection.request(method, path, body=body, headers=head)
        answer = connection.getresponse()
        return answer.status, answer.read()

    waits = []
    for shopper in range(SHOPPERS):
        event = {"id": f"e-{shopper}", "shopperId": f"c-{shopper}",
                 "subscriptionStarted": {"subscriptionId": f"s-{shopper}"}}
        status, body = ask("POST", "/v1/events", json.dumps({"events": [event]}))
        if status != 202:
            raise machine.Failure(f"{status}: {body[:200]}")
        began = time.perf_counter()
        while b"subscriber" not in ask("GET", f"/v1/customers/c-{shopper}/segments?brief=true")[1]:
            if time.perf_counter() - began > 5:
                raise machine.Failure("a membership was never seen in an answer")
        waits.append(time.perf_counter() - began)
    return sorted(waits)


def segmentation():
    with tempfile.TemporaryDirectory() as folder:
        daemon = Daemon(pathlib.Path(folder), plugins=["segmentation"])
        text = daemon.file.read_text()
        daemon.file.write_text(text.replace(
            "segmentation: {}",
            "segmentation: { segments: { subscriber: { when: \"subscriptions >= 1\" } } }"))
        with daemon:
            waits = memberships(daemon.port)
    p99 = waits[len(waits) * 99 // 100] * 1e3
    return library() + [report.at_most(
        "acknowledged to a changed membership visible, p99", 20, p99, "ms",
        f"p50 {waits[len(waits) // 2] * 1e3:.2f} ms, one GET included; {len(waits)} changes",
        {"seconds": waits})]
