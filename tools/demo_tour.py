"""A guided tour of the demo shop's real answers, through the public API alone."""

import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

URL = os.environ["SOUK_DEMO_URL"]
WEB = os.environ["SOUK_DEMO_WEB_KEY"]
BACK = os.environ["SOUK_DEMO_BACK_KEY"]


def ask(method, path, key, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(URL + path, data=data, method=method)
    request.add_header("Authorization", "Bearer " + key)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        sys.exit(f"{method} {path}: {error.code} {error.read().decode()}")


def title_of(product_id):
    product = ask("GET", "/v1/products/" + urllib.parse.quote(product_id, safe=""), BACK)
    category = (product.get("categories") or [{}])[0].get("value", "")
    return f"{product.get('title', product_id)} ({category})"


def show(question, **parameters):
    path = "/v1/recommendations?" + urllib.parse.urlencode(parameters)
    print(f"\n{question}\n  GET {path}")
    items = ask("GET", path, WEB).get("items", [])
    for place, item in enumerate(items, 1):
        name = title_of(item["productId"])
        print(f"  {place}. {name:58} {item.get('score', 0):8.3f}  {item.get('reason', '')}")
    return [item["productId"] for item in items]


def click(shopper, product):
    event = {
        "id": f"tour-{shopper}-{product}-{time.time_ns()}",
        "shopperId": shopper,
        "sessionId": shopper,
        "productViewed": {"productId": product},
    }
    return ask("POST", "/v1/events", WEB, {"events": [event]})


def wait_until_folded():
    """Plugins answer while they catch up; the tour wants them to have seen the whole history."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with urllib.request.urlopen(URL + "/readyz", timeout=10) as answer:
            ready = json.load(answer)
        if all(int(plugin.get("lag", 0)) == 0 for plugin in ready.get("plugins", [])):
            return
        time.sleep(0.1)
    sys.exit("the plugins did not catch up within 60 s; see /readyz")


def main():
    wait_until_folded()
    trending = show("A stranger opens the shop: what is popular now?", kind="trending", limit=5)
    product = trending[0]
    show(f"On the page of {title_of(product)}: alternatives", kind="similar", productId=product,
         limit=5)
    show("And what is bought together with it", kind="bought_together", productId=product, limit=5)
    visitor = f"visitor-{time.time_ns()}"
    show("The stranger's own list, before any click", kind="for_you", shopperId=visitor,
         sessionId=visitor, limit=5)
    for viewed in trending[1:3]:
        answer = click(visitor, viewed)
        print(f"\n  … clicks {title_of(viewed)}: stored as number {answer['lastSequence']}")
    show("The same question, two clicks later", kind="for_you", shopperId=visitor,
         sessionId=visitor, limit=5)
    show("Where was I?", kind="recently_viewed", shopperId=visitor, sessionId=visitor, limit=5)
    print("\nEverything the daemon can do, as OpenAPI: " + URL + "/openapi.json")


if __name__ == "__main__":
    main()
