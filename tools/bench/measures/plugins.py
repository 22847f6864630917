"""What plugins cost: the bus by itself, replay into a newly enabled plugin, start, memory."""
import contextlib
import json
import sqlite3
import subprocess
import time

from . import machine, report
from .daemon import KEY, Daemon, noop_plugins
from .shop import shop

ROUNDS = 3
VIEWS = 2_000_000


def google_benchmark(program, pattern=".", repetitions=ROUNDS):
    """Results of a Google Benchmark program by name: the median of its repetitions."""
    path = machine.BUILD / "bin" / "bench" / program
    if not path.exists():
        raise machine.Failure(f"{program} is not built")
    out = subprocess.run(
        [path, f"--benchmark_filter={pattern}", f"--benchmark_repetitions={repetitions}",
         "--benchmark_report_aggregates_only=true", "--benchmark_format=json"],
        capture_output=True, text=True, check=False)
    if out.returncode != 0:
        raise machine.Failure(out.stderr.strip() or f"{program} failed")
    results = {}
    for result in json.loads(out.stdout)["benchmarks"]:
        if repetitions == 1 or result.get("aggregate_name") == "median":
            results[result["run_name"]] = result
    return results


def nanoseconds(result, field="real_time"):
    return result[field] * {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}[result["time_unit"]]


def replay(name, daemon, events, plugin_id):
    """Enables a plugin in a running daemon and times its way through the log."""
    began = time.monotonic()
    daemon.enable(plugin_id)
    daemon.await_caught_up(plugin_id)
    seconds = time.monotonic() - began
    return {"name": name, "events": events, "seconds": seconds, "rate": events / seconds,
            "resident_mib": daemon.resident_mib()}


def fill_with_views(folder):
    """A log of product views alone: every event reaches a handler."""
    with Daemon(folder) as daemon:
        stored = 0
        while stored < VIEWS:
            result = machine.helper("http_load", port=daemon.port, key=KEY, events="protobuf",
                                    batch=100, threads=machine.LOAD_THREADS, connections=32,
                                    seconds=2, warmup=0)
            machine.refuse_errors(result, "202")
            stored = daemon.last_sequence()
        return stored


def replay_noop():
    """Each round starts the daemon anew, so that nothing of the log is in its memory."""
    folder = machine.fresh_folder("replay")
    libraries = folder / "plugins"
    ids = noop_plugins(libraries, ROUNDS)
    events = fill_with_views(folder)
    rounds = []
    for plugin_id in ids:
        with Daemon(folder, plugin_path=[libraries]) as daemon:
            rounds.append(replay("no-op", daemon, events, plugin_id))
    rate = machine.median([result["rate"] for result in rounds])
    return [report.at_least("replay into a newly enabled plugin, no-op fold", 1_000_000, rate,
                            "events/s", f"{events:,} product views, each parsed for its typed "
                            "handler; loading the library included", {"rounds": rounds})]


def forget_snapshots(database):
    """Another measure may have run the plugin over this log: without what it left, all is replayed."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        for table in ("souk_snapshot_chunks", "souk_snapshots", "souk_cursors"):
            connection.execute(f"DELETE FROM {table}")
        connection.commit()


def replay_recommendations():
    """Once a run: the second time there is a snapshot, and nothing to replay."""
    place = shop()
    folder = machine.fresh_folder("replay_recommendations")
    (folder / "souk.db").write_bytes((place.folder / "souk.db").read_bytes())
    forget_snapshots(folder / "souk.db")
    with Daemon(folder) as daemon:
        result = replay("recommendations", daemon, daemon.last_sequence(), "recommendations")
    return [report.at_least("replay into recommendations", 300_000, result["rate"], "events/s",
                            f"{result['events']:,} events of a simulated shop, "
                            f"{place.entities:,} of them products and stock; "
                            f"{result['resident_mib']:,.0f} MiB then", result)]


def start():
    """Ten plugins (recommendations when it is built, the others no-ops), and one."""
    folder = machine.fresh_folder("start")
    libraries = folder / "plugins"
    ids = noop_plugins(libraries, 10)
    path = [libraries]
    names = ids
    if (machine.PLUGINS / "recommendations.so").exists():
        path.append(machine.PLUGINS)
        names = ["recommendations"] + ids[:9]
    times, resident = [], []
    for number in range(5):
        inner = folder / f"ten{number}"
        inner.mkdir()
        with Daemon(inner, plugins=names, plugin_path=path) as daemon:
            times.append(daemon.start_seconds * 1e3)
        inner = folder / f"one{number}"
        inner.mkdir()
        with Daemon(inner, plugins=ids[:1], plugin_path=[libraries]) as daemon:
            daemon.await_caught_up(ids[0])
            resident.append(daemon.resident_mib())
    return [
        report.at_most("start with 10 plugins and an empty log", 300, machine.median(times), "ms",
                       f"from exec until it listens; slowest of 5: {max(times):.0f} ms; "
                       f"{', '.join(names[:1])} and {len(names) - 1} no-ops", {"times": times},
                       digits=0),
        report.at_most("resident memory, one empty plugin", 40, machine.median(resident), "MiB",
                       f"{machine.SERVER_THREADS} threads, SQLite", {"mib": resident}, digits=1),
    ]
