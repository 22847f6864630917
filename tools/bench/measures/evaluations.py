"""Evaluations through the plugin's own library, scored here from the CSV that it writes; and the
session model at the size of a very large shop."""
import collections
import csv
import json
import math
import os
import pathlib
import subprocess

from . import machine, report
from .plugins import google_benchmark


def data_folder(name):
    data = os.environ.get("SOUK_DATA")
    folder = pathlib.Path(data or "/") / name
    if not data or not (folder / "train.csv").exists():
        raise machine.Failure(f"set SOUK_DATA to a folder with {name}")
    return folder


def evaluate(task, *arguments):
    """Runs `souk evaluate TASK`; its last line, and the path of its predictions."""
    out = machine.fresh_folder(task) / "predictions.csv"
    done = subprocess.run([machine.SOUK, "evaluate", task, "--quiet", "--out", out, *arguments],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise machine.Failure((done.stderr.strip() or f"evaluate {task} failed").splitlines()[-1])
    return json.loads(done.stdout.strip().splitlines()[-1]), out


def rows_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def ranked_hits(predictions, truth, top):
    """For each user of `truth` (user → set of items) the ranks, from 1, at which they were met."""
    ranks = {user: [] for user in truth}
    for row in rows_of(predictions):
        wanted = truth.get(row["user_id"])
        if wanted and row["item_id"] in wanted and int(row["rank"]) <= top:
            ranks[row["user_id"]].append(int(row["rank"]))
    return ranks


def truth_of(path):
    truth = collections.defaultdict(set)
    for row in rows_of(path):
        truth[row["user_id"]].add(row["item_id"])
    return truth


def ndcg(ranks, relevant, top):
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(relevant, top) + 1))
    return sum(1 / math.log2(rank + 1) for rank in ranks) / ideal


def next_item():
    folder = data_folder("nextitem/beauty")
    result, out = evaluate("nextitem", "--train", folder / "train.csv", "--valid",
                           folder / "valid.csv", "--items", folder / "item_attributes.csv",
                           "--test", folder / "test.csv", "--top", "20")
    truth = truth_of(folder / "test.csv")
    ranks = ranked_hits(out, truth, 10)
    hits = sum(bool(met) for met in ranks.values()) / len(truth)
    gain = sum(ndcg(met, 1, 10) for met in ranks.values()) / len(truth)
    return [
        report.at_least("next item, Amazon Beauty, HR@10", 0.092, hits, "",
                        f"{len(truth):,} users, all items ranked; SASRec 0.0605", result, digits=4),
        report.at_least("next item, Amazon Beauty, NDCG@10", 0.058, gain, "", "SASRec 0.0318",
                        digits=4),
    ]


def basket():
    folder = data_folder("basket/online_retail")
    result, out = evaluate("basket", "--train", folder / "train.csv", "--top", "20")
    truth = truth_of(folder / "truth.csv")
    ranks = ranked_hits(out, truth, 10)
    recall = sum(len(ranks[user]) / len(items) for user, items in truth.items()) / len(truth)
    gain = sum(ndcg(ranks[user], len(items), 10) for user, items in truth.items()) / len(truth)
    return [
        report.at_least("next basket, Online Retail, recall@10", 0.225, recall, "",
                        f"{len(truth):,} customers; own frequency with decay .207", result,
                        digits=4),
        report.at_least("next basket, Online Retail, NDCG@10", 0.32, gain, "",
                        "own frequency with decay .300", digits=4),
    ]


def session_scale():
    """One prediction, and the bytes of the index, at 60 million clicks on 1.7 million items."""
    results = google_benchmark("session_scale_bench", "60000000", repetitions=1)
    result = next(iter(results.values()))
    return [
        report.at_most("a prediction from a session, 60M clicks, 1.7M items, p90", 300,
                       result["p90_us"], "µs", f"p50 {result['p50_us']:.0f} µs, p99 "
                       f"{result['p99_us']:.0f} µs, one core; Serenade 1,700 µs", result, digits=0),
        report.at_most("the session index there, a click", 12, result["bytes_per_click"], "bytes",
                       f"{result['fold_us']:.2f} µs to fold one; Serenade 19 bytes", digits=1),
    ]
