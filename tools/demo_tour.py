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


def print_items(items):
    for place, item in enumerate(items, 1):
        name = title_of(item["productId"])
        print(f"  {place}. {name:58} {item.get('score', 0):8.3f}  {item.get('reason', '')}")


def recommend(**parameters):
    return ask("GET", "/v1/recommendations?" + urllib.parse.urlencode(parameters), WEB)


def show(question, **parameters):
    path = "/v1/recommendations?" + urllib.parse.urlencode(parameters)
    print(f"\n{question}\n  GET {path}")
    answer = ask("GET", path, WEB)
    items = answer.get("items", [])
    print_items(items)
    if answer.get("note"):
        print(f"     note: {answer['note']}")
    for bundle in answer.get("bundles", [])[:1]:
        price = int(bundle["totalPrice"]["amount"]) / 100
        print(f"     the set with the product at hand: {price:.2f} {bundle['totalPrice']['currency']}")
    return [item["productId"] for item in items]


def search(question, **parameters):
    path = "/v1/search?" + urllib.parse.urlencode(parameters, doseq=True)
    print(f"\n{question}\n  GET {path}")
    answer = ask("GET", path, WEB)
    for place, hit in enumerate(answer.get("hits", []), 1):
        product = hit["product"]
        price = int(product.get("priceRange", {}).get("min", {}).get("amount", 0)) / 100
        name = f"{product.get('title', hit['productId'])} ({price:.2f})"
        print(f"  {place}. {name:58} {hit.get('score', 0):8.3f}")
    counts = [f"{value['value']} {value['count']}" for facet in answer.get("facets", [])
              for value in facet.get("values", [])[:5]]
    print(f"     {answer.get('total', 0)} found" + (": " + ", ".join(counts) if counts else ""))
    for intent in answer.get("intents", []):
        print(f"     understood \"{intent['words']}\" as {intent['filter']} ({intent['evidence']})")
    for name in ("corrected", "note", "redirect"):
        if answer.get(name):
            print(f"     {name}: {answer[name]}")


def segments(question):
    print(f"\n{question}\n  GET /v1/segments")
    answer = ask("GET", "/v1/segments", BACK)
    largest = sorted(answer.get("segments", []), key=lambda s: -int(s.get("size", 0)))
    for segment in largest[:6]:
        print(f"     {segment['name']:38} {int(segment.get('size', 0)):6}")


def report(question):
    print(f"\n{question}\n  GET /v1/segments/report")
    request = urllib.request.Request(URL + "/v1/segments/report")
    request.add_header("Authorization", "Bearer " + BACK)
    with urllib.request.urlopen(request, timeout=30) as answer:
        page = answer.read()
    path = os.path.join(os.environ["SOUK_DEMO_DATA"], "segments.html")
    with open(path, "wb") as file:
        file.write(page)
    print(f"     {page.count(b'<svg')} pictures on a page: {path}")


def profile(question, shopper):
    path = "/v1/customers/" + urllib.parse.quote(shopper, safe="") + "/profile?horizonDays=90"
    print(f"\n{question}\n  GET {path}")
    answer = ask("GET", path, BACK)
    print(f"     {answer.get('orders', 0)} orders, {answer.get('revenue', 0):.2f} in all, "
          f"every {answer.get('intervalDays', 0):.0f} days")
    for segment in answer.get("segments", [])[:4]:
        print(f"     {segment['name']}: {segment['evidence'][0]}")
    prediction = answer.get("prediction")
    if prediction:
        value = prediction["value"]
        print(f"     expected in 90 days: {prediction['orders']['value']:.1f} orders, "
              f"{value['value']:.2f} ({value.get('low', 0):.0f} to {value.get('high', 0):.0f})")


def suggest(typed):
    path = "/v1/suggest?" + urllib.parse.urlencode({"q": typed, "limit": 4})
    print(f"\nSomebody types \"{typed}\"\n  GET {path}")
    answer = ask("GET", path, WEB)
    for query in answer.get("queries", []):
        print(f"  {query['query']} ({query['results']} products)")
    for category in answer.get("categories", []):
        print(f"  in {category['category']} ({category['results']})")
    for product in answer.get("products", []):
        print(f"  {product['title']}")


def show_page(question, **parameters):
    path = "/v1/recommendations/page?" + urllib.parse.urlencode(parameters, doseq=True)
    print(f"\n{question}\n  GET {path}")
    for answer in ask("GET", path, WEB).get("placements", []):
        print(f"  [{answer['placement']}: {answer['kind']}]")
        print_items(answer.get("items", []))


def regular_customer(wanted=3):
    """Somebody who is due to buy things again; the first with so many of them."""
    best, most = "c-1", 0
    for number in range(1, 1000):
        shopper = f"c-{number}"
        due = len(recommend(kind="buy_again", shopperId=shopper, limit=wanted).get("items", []))
        if due > most:
            best, most = shopper, due
        if most == wanted:
            break
    return best


def product_with_sizes(products):
    """One of them that comes in sizes, else None."""
    for product_id in products:
        product = ask("GET", "/v1/products/" + urllib.parse.quote(product_id, safe=""), BACK)
        if any(option["name"].lower() == "size" for option in product.get("options", [])):
            return product_id
    return None


def left_cart(product):
    """Somebody fills a cart and goes; a second later they get a message, once."""
    shopper = f"left-cart-{time.time_ns()}"
    print("\nSomebody with consent leaves a cart; the flow waits a second here, an hour in a shop")
    ask("PUT", f"/v1/customers/{shopper}", BACK, {
        "id": shopper, "name": "Ada Example", "email": "ada@example.org", "locale": "en-GB",
        "consents": [{"channel": "EMAIL", "status": "GRANTED"}]})
    ask("POST", "/v1/events", WEB, {"events": [{
        "shopperId": shopper, "productAdded": {"productId": product}}]})
    path = "/v1/messages?shopperId=" + shopper
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        messages = ask("GET", path, BACK).get("messages", [])
        if messages and messages[0]["status"] not in ("queued", "deferred"):
            break
        time.sleep(0.1)
    else:
        sys.exit("no message left within 30 s; see " + path)
    print(f"  GET {path}\n     {messages[0]['status']}: {messages[0].get('subject', '')}")
    for flow in ask("GET", "/v1/flows", BACK)["flows"]:
        print(f"     {flow['id']:20} entered {flow.get('entered', 0):>6}  sent {flow.get('sent', 0):>5}")


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
    show("A step up", kind="upsell", productId=product, limit=3)
    show("A set that goes with it", kind="bundle", productId=product, limit=3)
    visitor = f"visitor-{time.time_ns()}"
    show("The stranger's own list, before any click", kind="for_you", shopperId=visitor,
         sessionId=visitor, limit=5)
    for viewed in trending[1:3]:
        answer = click(visitor, viewed)
        print(f"\n  … clicks {title_of(viewed)}: stored as number {answer['lastSequence']}")
    show("The same question, two clicks later", kind="for_you", shopperId=visitor,
         sessionId=visitor, limit=5)
    show("Where was I?", kind="recently_viewed", shopperId=visitor, sessionId=visitor, limit=5)
    regular = regular_customer()
    show(f"{regular} has been a customer for a while: what is due again?", kind="buy_again",
         shopperId=regular, limit=3)
    show_page("Their home page, both placements at once, nothing twice",
              placements=["home_top", "home_again"], shopperId=regular)
    show("What have they not seen yet, but should?", kind="discover", shopperId=regular, limit=3)
    popular = recommend(kind="trending", limit=100).get("items", [])
    sized = product_with_sizes(item["productId"] for item in popular)
    if sized:
        show(f"Which size of {title_of(sized)} fits them?", kind="size", productId=sized,
             shopperId=regular, limit=2)
    noun = ask("GET", "/v1/products/" + urllib.parse.quote(product, safe=""), BACK)["title"].split()
    search("The same shop, searched", q=noun[-1], facets="brand", limit=4)
    search("For that regular customer, who has a taste", q=noun[-1], shopperId=regular, limit=4)
    wrong = noun[-1][:2] + noun[-1][3:] if len(noun[-1]) > 4 else noun[-1]
    search("With a typing error and a price", q=wrong.lower() + " under 60", limit=4)
    search("A rule sends shoppers on", q="returns", limit=1)
    suggest(noun[-1][:3].lower())
    segments("Who are the shoppers?")
    report("The same as a page to look at and print?")
    profile("And that regular customer?", regular)
    left_cart(product)
    print("\nEverything the daemon can do, as OpenAPI: " + URL + "/openapi.json")


if __name__ == "__main__":
    main()
