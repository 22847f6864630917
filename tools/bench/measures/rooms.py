"""Single rooms by themselves, from the Google Benchmark programs beside this folder."""
from . import report
from .plugins import google_benchmark, nanoseconds


def log():
    """A quiet store's log, an event a row, before and after its rows are merged."""
    results = google_benchmark("log_bench")
    tiny = results["ReadTinyRows/real_time"]
    merged = results["ReadMergedRows/real_time"]
    return [report.plain(
        "reading a log of 200,000 single-event rows, merged",
        f"{merged['items_per_second']:,.0f} events/s",
        f"{merged['items_per_second'] / tiny['items_per_second']:.0f} times as many as before "
        f"({tiny['items_per_second']:,.0f}/s); {tiny['rows']:,.0f} rows became "
        f"{merged['rows']:,.0f}, {tiny['stored_bytes'] / merged['stored_bytes']:.1f} times smaller, "
        f"{merged['compaction_seconds'] / 200 * 1e3:.0f} ms a thousand",
        {"tiny": tiny, "merged": merged})]


def beside(results, what, ours, theirs, name):
    """A row that sets one of our functions beside a library's, for the same event."""
    # Some programs take a hundred events at a time: what one of them costs is compared.
    mine, peer = (1e9 / results[each]["items_per_second"] for each in (ours, theirs))
    return report.plain(what, f"{mine:,.0f} ns", f"{name}: {peer:,.0f} ns, "
                        f"{peer / mine:.1f} times as long",
                        {ours: results[ours], theirs: results[theirs]})


def schema():
    """CPU of one event through the codec, beside the library that others would take."""
    results = google_benchmark("schema_bench")
    return [
        beside(results, "JSON event to wire bytes, validated", "BM_IntakeJson",
               "BM_ProtobufJsonReader", "protobuf's JSON reader"),
        beside(results, "Protobuf event validated", "BM_IntakeProtobuf", "BM_ProtobufParse",
               "protobuf's parse alone"),
        beside(results, "wire bytes to JSON", "BM_WireToJson", "BM_ProtobufJsonWriter",
               "protobuf's JSON writer"),
    ]


def model():
    """The recommendations plugin's mathematics without the plugin."""
    results = google_benchmark("recommendations_model_bench")
    rows = []
    for name, result in results.items():
        if "items_per_second" in result:
            rows.append(report.plain(f"model: {name}", f"{result['items_per_second']:,.0f}/s", "",
                                     result))
        else:
            rows.append(report.plain(f"model: {name}", f"{nanoseconds(result) / 1e3:,.2f} us", "",
                                     result))
    return rows


def trained():
    """The models that are trained in the background: closed form, factors, a whole training. Once
    each: they take minutes, and processor time says how much of the wall time was the machine's."""
    # A whole training by itself, so that the peak of memory is its own.
    results = {
        **google_benchmark("trained_models_bench", "ClosedForm|AlsIteration|Predict", 1),
        **google_benchmark("trained_models_bench", "BM_Training", 1),
    }
    rows = []
    for name, what, bar in [
            ("BM_ClosedForm/4000", "closed-form fit, 4,000 items", 2),
            ("BM_ClosedForm/20000", "closed-form fit, 20,000 items", 90),
            ("BM_AlsIteration", "ALS iteration, 136,677 x 20,720, 10M cells, 256 factors", 1.2),
            ("BM_Training", "training, 10M interactions, 100k people, 50k items", 60)]:
        result = next(each for run, each in results.items() if run.startswith(name + "/"))
        memory = result.get("memory_mib", result.get("process_peak_mib"))
        rows.append(report.at_most(
            what, bar, nanoseconds(result) / 1e9, "s",
            f"{result['cpu_s']:.2f} s of processor time"
            + (f", {memory:,.0f} MiB" if memory else ""), result))
    for items in (5, 50, 200):
        result = results[f"BM_Predict/{items}"]
        rows.append(report.plain(f"the 100 best of 20,000 for a history of {items}",
                                 f"{nanoseconds(result, 'cpu_time') / 1e3:,.1f} us", "", result))
    return rows


def search_columns():
    """Filters, facets and sorts of the search plugin, without text: CPU, for other work may run."""
    results = google_benchmark("search_columns_bench")
    rows = []
    for name, result in results.items():
        extra = ""
        if "bytes_a_product" in result:
            extra = f"{result['bytes_a_product']:,.0f} bytes a product"
        rows.append(report.plain(f"search_columns: {name}",
                                 f"{nanoseconds(result, 'cpu_time') / 1e3:,.1f} us of CPU", extra,
                                 result))
    return rows
