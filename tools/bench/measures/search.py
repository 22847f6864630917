"""Search: the text engine beside Xapian and SQLite FTS5 in the same run, and relevance on icecat."""
import os
import pathlib

from . import machine, report
from .evaluations import evaluate
from .plugins import google_benchmark


QUESTIONS = 2_000


def a_second(result):
    """Questions a second of CPU: neighbours on the machine take time, not work."""
    return QUESTIONS / (result["cpu_time"] / 1e3)


def search():
    results = google_benchmark("search_bench", repetitions=1)
    found = {name.split("/")[0]: result for name, result in results.items()}
    full, text, letter = found["Souk100kTyposFacets"], found["Souk100kText"], found["Souk1MLetter"]
    xapian, fts5 = found["Xapian100k"], found["SqliteFts5100k"]
    return [
        report.at_most("search with typos and 5 facets, 100k products, p50", 300, full["p50_us"],
                       "µs", f"{a_second(full):,.0f} questions a second, one core", full, digits=0),
        report.at_most("the same, p99", 2000, full["p99_us"], "µs", digits=0),
        report.at_least("questions a second beside Xapian's", 5, a_second(text) / a_second(xapian), "×",
                        f"{a_second(text):,.0f} and {a_second(xapian):,.0f}; all words, the last a beginning",
                        text, digits=1),
        report.at_least("and beside SQLite FTS5's", 5, a_second(text) / a_second(fts5), "×",
                        f"{a_second(fts5):,.0f}", fts5, digits=1),
        report.at_most("one letter over 1M products, p99", 5000, letter["p99_us"], "µs",
                       f"p50 {letter['p50_us']:.0f} µs", letter, digits=0),
        report.at_most("index 100k products", 10, full["build_seconds"], "s",
                       f"1M in {letter['build_seconds']:.0f} s, one core", digits=1),
        report.at_most("the index, a product beyond its text", 1024, full["bytes_a_product"],
                       "bytes", digits=0),
    ]


def relevance():
    data = os.environ.get("SOUK_DATA")
    folder = pathlib.Path(data or "/") / "search" / "icecat"
    if not data or not (folder / "products.csv").exists():
        raise machine.Failure("set SOUK_DATA to a folder with search/icecat")
    result, _ = evaluate("search", "--products", folder / "products.csv", "--queries",
                         folder / "queries.csv", "--judgments", folder / "judgments.csv")
    return [
        report.at_least("search, Icecat, NDCG@10", 0.76, result["ndcg@10"], "",
                        f"{result['queries_scored']} queries; BM25 .715, SQLite FTS5 .703", result,
                        digits=4),
        report.at_least("search, Icecat, recall@50", 0.84, result["recall@50"], "", "BM25 .796",
                        digits=4),
    ]
