"""A shop to ask: 100,000 products and more than a million events of simulated shop life, in a
store of its own, made once a run."""
import gzip
import json
import random
import re
import subprocess
import time

from . import machine
from .daemon import Daemon

PRODUCTS = 100_000
SHOPPERS = 60_000
DAYS = 60
LINES_A_POST = 2_000
UPSERTED = re.compile(rb'"productUpserted":\{"product":\{"id":"([^"]+)"')
ENTITY_EVENTS = (b'"productUpserted"', b'"inventorySet"', b'"customerUpserted"')


class Shop:
    """`folder` holds the filled database; `events` and `entities` count what is in its log;
    `products` are on sale (the simulator launches and delists some on the way)."""

    def __init__(self):
        self.folder = machine.WORK / "shop"
        self.history = machine.WORK / "shop.jsonl.gz"
        self.events = 0
        self.entities = 0
        self.load_seconds = 0.0
        self.products = []

    def database(self):
        return f"sqlite://{self.folder}/souk.db"

    def make(self):
        if not self.history.exists():
            machine.WORK.mkdir(parents=True, exist_ok=True)
            unfinished = self.history.with_name("unfinished.jsonl.gz")
            out = subprocess.run(
                [machine.SOUK, "simulate", "--seed", "1", "--products", str(PRODUCTS),
                 "--shoppers", str(SHOPPERS), "--days", str(DAYS), "--quiet", "-o", unfinished],
                capture_output=True, text=True, check=False)
            if out.returncode != 0:
                raise machine.Failure(out.stderr.strip() or "souk simulate failed")
            unfinished.rename(self.history)
        self.folder = machine.fresh_folder("shop")
        began = time.monotonic()
        on_sale = {}
        with Daemon(self.folder) as daemon, gzip.open(self.history, "rb") as lines:
            chunk = []
            for line in lines:
                chunk.append(line)
                self.entities += any(mark in line[:2_000] for mark in ENTITY_EVENTS)
                self.events += 1
                if found := UPSERTED.search(line):
                    # A delisted product is written once more, as hidden.
                    on_sale[found[1].decode()] = b'"hidden":true' not in line
                if len(chunk) == LINES_A_POST:
                    post(daemon, chunk)
                    chunk = []
            if chunk:
                post(daemon, chunk)
        self.load_seconds = time.monotonic() - began
        self.products = [product for product, shown in on_sale.items() if shown]
        return self

    def products_file(self, daemon, count=300):
        """A file of products that answers show once they were viewed, one a line; sold-out ones
        are not shown."""
        shown = []
        for product in random.Random(2).sample(self.products, 2 * count):
            shopper = f"choice-{time.monotonic_ns()}"
            view = {"shopperId": shopper, "productViewed": {"productId": product}}
            daemon.request("POST", "/v1/events", json.dumps({"events": [view]}))
            path = f"/v1/recommendations?kind=recently_viewed&shopperId={shopper}"
            mark = f'"{product}"'.encode()
            if any(mark in daemon.request("GET", path)[1] for _ in range(20)):
                shown.append(product)
            if len(shown) == count:
                break
        file = machine.WORK / "products.txt"
        file.write_text("\n".join(shown) + "\n")
        return file

    def paths(self, count=20_000):
        """A file of questions as a storefront asks them: for the shopper, beside a product, and
        what is wanted now."""
        file = machine.WORK / "paths.txt"
        draw = random.Random(1)
        lines = []
        for _ in range(count):
            shopper = f"c-{draw.randint(1, SHOPPERS)}"
            product = self.products[int(len(self.products) * draw.random() ** 3)]
            kind = draw.random()
            if kind < 0.6:
                lines.append(f"/v1/recommendations?kind=for_you&shopperId={shopper}&limit=10")
            elif kind < 0.9:
                lines.append(f"/v1/recommendations?kind=similar&productId={product}"
                             f"&shopperId={shopper}&limit=10")
            else:
                lines.append(f"/v1/recommendations?kind=trending&shopperId={shopper}&limit=10")
        file.write_text("\n".join(lines) + "\n")
        return file

    def for_you_paths(self, count=20_000):
        """A file of the same question for shoppers who have been there before."""
        file = machine.WORK / "for_you_paths.txt"
        draw = random.Random(3)
        file.write_text("".join(
            f"/v1/recommendations?kind=for_you&shopperId=c-{draw.randint(1, SHOPPERS)}&limit=10\n"
            for _ in range(count)))
        return file


def post(daemon, lines):
    status, body = daemon.request("POST", "/v1/events", b"".join(lines), "application/x-ndjson")
    answer = json.loads(body)
    if status != 202 or answer.get("rejected"):
        raise machine.Failure(f"the simulated history was refused: {status} {body[:300]!r}")


_shop = None


def shop():
    """The shop of this run, made when first asked for."""
    global _shop  # pylint: disable=global-statement
    if _shop is None:
        _shop = Shop().make()
    return _shop
