"""Search: the text engine beside Xapian and SQLite FTS5 in the same run, the whole plugin, a daemon
with it, and relevance on icecat."""
import http.client
import json
import os
import pathlib
import random
import time

from . import machine, report
from .daemon import KEY, Daemon
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


def answers():
    """Requests in, answers out, through the plugin's function table; CPU time of the thread."""
    results = google_benchmark("search_answers_bench", repetitions=1)
    found = {name.split("/")[0]: result for name, result in results.items()}

    def rows(name, what, p50, p99):
        result = found[name]
        return [report.at_most(f"{what}, p50", p50, result["p50_us"], "µs",
                               f"{result['qps']:,.0f} a second, one core", result, digits=0),
                report.at_most("its p99", p99, result["p99_us"], "µs", digits=0)]
    return [
        *rows("answers", "whole answers, 10 of 100k products, typos, 5 facets", 300, 2000),
        *rows("answers_again", "the same questions again", 300, 2000),
        *rows("answers_shopper", "the same for shoppers who are known", 300, 2000),
        *rows("answers_broad", "words that 5,000 to 60,000 products have", 300, 2000),
        *rows("letters", "one letter", 300, 2000),
        *rows("deep_page", "page 200, and page 10⁹", 2000, 5000),
        *rows("suggest", "suggestions, 200,000 queries known", 500, 1000),
        *rows("key_press", "a key press on a page of InstantSearch, 3 choices", 4000, 10000),
        *rows("analytics", "analytics of 200,000 queries", 5000, 10000),
    ]


def memory():
    """A process with the plugin alone: what is resident and what is allocated beyond records."""
    rows = []
    for name, result in google_benchmark("search_memory_bench", repetitions=1).items():
        products = int(name.split("/")[1])
        record = result["record_a_product"]
        rows += [
            report.at_most(f"search, {products:,} products: allocated a product beyond its record",
                           1024, result["allocated_a_product"] - record, "bytes",
                           f"a record has {record:,.0f}", result, digits=0),
            report.at_most("resident a product beyond its record", 1024,
                           result["beyond_a_product"], "bytes",
                           f"at most {result['peak_a_product']:,.0f} while filling", digits=0),
        ]
    return rows


WORDS = ["red", "blue", "warm", "light", "cotton", "steel", "garden", "kitchen", "winter", "oak",
         "travel", "sport", "classic", "small", "large", "soft", "strong", "quiet", "round", "flat"]


def made_up(number, chance):
    """A product of 350 bytes of text, and how many those are."""
    text = " ".join(chance.choice(WORDS) + str(chance.randrange(800)) for _ in range(40))
    product = {"title": f"Brand{number % 300} {chance.choice(WORDS)} thing {number}",
               "brand": f"Brand{number % 300}", "description": {"plain": text},
               "categories": [{"value": f"Department {number % 20} > Shelf {number % 400}"}],
               "attributes": {"colour": WORDS[number % 16], "size": str(number % 12)},
               "priceRange": {"min": {"amount": str(500 + number % 9000)}}}
    return product, len(json.dumps(product))


def add_products(daemon, first, count, chance):
    """Puts products in batches; the bytes of their text."""
    size = 0
    for begin in range(first, first + count, 1000):
        batch = []
        for number in range(begin, begin + 1000):
            product, length = made_up(number, chance)
            batch.append({"id": f"p{number}", **product})
            size += length
        status, body = daemon.request("POST", "/v1/products:batch",
                                      json.dumps({"products": batch}))
        if status not in (200, 202):
            raise machine.Failure(f"products were refused: {body[:200]!r}")
    return size


def settle(daemon):
    """Waits until merges in the background are done: the daemon has used no processor for two
    seconds."""
    used = [daemon.cpu_seconds()]

    def idle():
        time.sleep(2)
        used.append(daemon.cpu_seconds())
        return used[-1] - used[-2] < 0.05
    machine.await_true("merges done", idle, 300)


def changes(daemon, count, chance):
    """Milliseconds from the acknowledgement of a changed product to the answer that shows it."""
    connection = http.client.HTTPConnection("127.0.0.1", daemon.port, timeout=60)
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}

    def ask(method, path, body=None):
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, response.read()
    waits = []
    for number in range(count):
        product, _ = made_up(number, chance)
        word = "".join(chance.choice("bcdfghklmnprstvz") + chance.choice("aeiou") for _ in range(6))
        product["title"] = f"Changed {word} {number}"
        status, body = ask("PUT", f"/v1/products/p{number * 97 % 100_000}", json.dumps(product))
        acknowledged = time.monotonic()
        if status not in (200, 201, 202):
            raise machine.Failure(f"a product was refused: {body[:200]!r}")
        while True:
            _, body = ask("GET", f"/v1/search?q={word}&limit=1&typos=false&fields=title")
            if word.encode() in body:
                break
            if time.monotonic() - acknowledged > 5:
                raise machine.Failure("a changed product was never found")
        waits.append((time.monotonic() - acknowledged) * 1e3)
    connection.close()
    return sorted(waits)


def daemon():
    """A daemon with 100,000 and then 200,000 products: memory, and how soon a change is found."""
    chance = random.Random(7)
    with Daemon(machine.fresh_folder("search"), plugins=["search"]) as server:
        text = add_products(server, 0, 100_000, chance)
        server.await_caught_up("search")
        settle(server)
        small = server.resident_mib()
        waits = changes(server, 400, chance)
        text = add_products(server, 100_000, 100_000, chance)
        server.await_caught_up("search")
        settle(server)
        large = server.resident_mib()
    each = (large - small) * 2**20 / 100_000
    return [
        report.at_most("acknowledged to found, p99", 50, waits[len(waits) * 99 // 100], "ms",
                       f"p50 {waits[len(waits) // 2]:.1f} ms, the question's way included; "
                       f"{len(waits)} changed products among 100,000", {"waits_ms": waits}),
        report.at_most("resident memory a product beyond its text", 1024, each - text / 100_000,
                       "bytes", f"{each:,.0f} from 100,000 to 200,000 products, whose JSON has "
                       f"{text / 100_000:,.0f}; the daemon has {small:,.0f} and {large:,.0f} MiB",
                       digits=0),
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
