"""The bus by itself, from the Google Benchmark program of its room."""
from . import report
from .plugins import google_benchmark, nanoseconds

# Benchmarks of bus_bench, by the start of their names.
DELIVERY = "Deliver"
CALL = "Call"


def fastest(results, prefix):
    """The benchmark whose name starts with `BM_<prefix>` or `<prefix>`."""
    return {name: result for name, result in results.items()
            if name.removeprefix("BM_").startswith(prefix)}


def bus():
    results = google_benchmark("bus_bench")
    rows = []
    for name, result in fastest(results, DELIVERY).items():
        rows.append(report.at_least(f"bus to in-process plugin, no-op handler ({name})", 2_000_000,
                                    result["items_per_second"], "events/s", details=result))
    for name, result in fastest(results, CALL).items():
        rows.append(report.at_most(f"overhead of a service call ({name})", 1_000,
                                   nanoseconds(result), "ns", "median of repetitions", result,
                                   digits=0))
    return rows
