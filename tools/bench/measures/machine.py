"""Paths, processes and helper programs that every measure uses."""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(os.environ.get("SOUK_BENCH_BUILD", ROOT / "build" / "release"))
# Databases live here: on the disk of the checkout, never in memory.
WORK = ROOT / "build" / "bench"
SOUK = BUILD / "bin" / "souk"
PLUGINS = BUILD / "lib" / "souk" / "plugins"
BENCH_PLUGINS = BUILD / "lib" / "souk" / "bench_plugins"
SERVER_THREADS = 4
LOAD_THREADS = 2


class Failure(Exception):
    """A measure that could not be made; its text goes into the report."""


def fresh_folder(name):
    """An empty folder below build/bench."""
    folder = WORK / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def await_true(what, condition, seconds=60, pause=0.02):
    """Polls until `condition()` is true, and returns what it gave."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(pause)
    raise Failure(f"{what}: not within {seconds} s")


def helper_command(name, **options):
    """A helper program's command line: options become --name value."""
    command = [str(BUILD / "bin" / "bench" / name)]
    for key, value in options.items():
        command += ["--" + key.replace("_", "-"), str(value)]
    return command


def start_helper(name, **options):
    return subprocess.Popen(helper_command(name, **options), stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)


def helper_result(process):
    """Waits for a helper; its answer is the JSON line that it prints."""
    out, err = process.communicate()
    if process.returncode != 0:
        raise Failure(err.strip().splitlines()[-1] if err.strip() else
                      f"{process.args[0]} ended with {process.returncode}")
    return json.loads(out.strip().splitlines()[-1])


def helper(name, **options):
    return helper_result(start_helper(name, **options))


def refuse_errors(result, expected):
    """A figure counts only when every answer had the expected status."""
    others = {status: count for status, count in result["statuses"].items() if status != expected}
    if result["broken"] or others or not result["answers"]:
        raise Failure(f"answers other than {expected}: {others}, {result['broken']} connections "
                      f"broken, {result['answers']} answers")
    return result


def median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2


def machine_facts():
    """What the figures were measured on."""
    model = "unknown processor"
    with open("/proc/cpuinfo", encoding="utf-8") as cpuinfo:
        for line in cpuinfo:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return {
        "date": time.strftime("%Y-%m-%d %H:%M"),
        "processor": model,
        "cores": os.cpu_count(),
        "kernel": os.uname().release,
        "load_before": os.getloadavg()[0],
    }
