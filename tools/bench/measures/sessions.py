"""Session evaluation on Diginetica, by the plugin's own library, scored here from its CSV."""
import collections
import csv
import json
import os
import pathlib
import subprocess

from . import machine, report

TOP = 20


def score(test_file, predictions_file):
    """Shares of hits and mean reciprocal rank over every position from the second on."""
    clicks = collections.defaultdict(list)
    with open(test_file, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            clicks[row["session_id"]].append((float(row["timestamp"]), row["item_id"]))
    target = {}
    for session, items in clicks.items():
        items.sort(key=lambda click: click[0])
        for position, (_, item) in enumerate(items[1:], start=2):
            target[session, str(position)] = item
    hits, reciprocal = 0, 0.0
    with open(predictions_file, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["item_id"] == target.get((row["session_id"], row["position"])):
                rank = int(row["rank"])
                if rank <= TOP:
                    hits += 1
                    reciprocal += 1 / rank
    return hits / len(target), reciprocal / len(target), len(target)


def sessions():
    data = os.environ.get("SOUK_DATA")
    folder = pathlib.Path(data or "/") / "sessions" / "diginetica"
    if not data or not (folder / "train.csv").exists():
        raise machine.Failure("set SOUK_DATA to a folder with sessions/diginetica")
    out = machine.fresh_folder("sessions") / "predictions.csv"
    done = subprocess.run(
        [machine.SOUK, "evaluate", "sessions", "--train", folder / "train.csv", "--test",
         folder / "test.csv", "--top", str(TOP), "--out", out], capture_output=True, text=True,
        check=False)
    if done.returncode != 0:
        raise machine.Failure(done.stderr.strip().splitlines()[-1])
    result = json.loads(done.stdout.strip().splitlines()[-1])
    hits, reciprocal, examples = score(folder / "test.csv", out)
    result["hits_recounted"], result["mrr_recounted"] = hits, reciprocal
    return [
        report.at_least("Diginetica, P@20", 52, hits * 100, "%",
                        f"{examples:,} positions; GCE-GNN 54.22, SR-GNN 50.73", result, digits=2),
        report.at_least("Diginetica, MRR@20", 18.3, reciprocal * 100, "%",
                        "GCE-GNN 19.04, SR-GNN 17.59", digits=2),
        report.at_most("a prediction, through the plugin's service", 300, result["prediction_us"],
                       "µs", "mean, request and reply bytes included", digits=0),
    ]
