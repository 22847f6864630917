// How the plugin is: what each part has and what it needs, for operators and for Prometheus.
#include <string>

#include "plugins/search/algolia/index_settings.hpp"
#include "plugins/search/metrics.hpp"
#include "plugins/search/search.hpp"
#include "plugins/search/state/memory_account.hpp"

namespace souk::search {
namespace {

using souk::v1::HealthNote;

// From here on more data improves little in the shops these were tried on.
constexpr std::uint64_t kEnoughClicks = 500;

void add(souk::v1::PluginHealth& health, std::string_view part, HealthNote::Level level,
         std::string text) {
  auto* note = health.add_notes();
  note->set_part(std::string(part));
  note->set_level(level);
  note->set_text(std::move(text));
}

}  // namespace

void Search::health(souk::v1::PluginHealth& health) const {
  const auto corpus = index_.read();
  add(health, "catalog", corpus->products == 0 ? HealthNote::LEARNING : HealthNote::OK,
      corpus->products == 0 ? "no products: send them to /v1/products or with souk import products"
                            : std::to_string(corpus->products) + " products in " +
                                  std::to_string(corpus->parts.size()) + " segments");
  if (index_.dropped() > 0) {
    add(health, "memory", HealthNote::DEGRADED,
        std::to_string(index_.dropped()) + " products had no room: raise max_products");
  }
  const auto known = known_.read();
  if (!known) return add(health, "state", HealthNote::BROKEN, "not configured");
  std::uint64_t clicks = 0;
  known->behaviour.queries.for_each(
      [&](std::uint64_t, const QueryEntry& entry) { clicks += entry.clicked; });
  add(health, "behaviour", clicks >= kEnoughClicks ? HealthNote::OK : HealthNote::LEARNING,
      clicks >= kEnoughClicks
          ? std::to_string(clicks) + " clicks on " +
                std::to_string(known->behaviour.queries.size()) + " queries"
          : std::to_string(clicks) + " of " + std::to_string(kEnoughClicks) +
                " clicks needed: send productsSearched and productClicked with queryId");
  ranker_health(health);
  vectors_health(health);
  add(health, "memory use", HealthNote::OK,
      memory_text(catalog_memory(*corpus, *meaning_.read()), behaviour_memory(*known),
                  corpus->products));
  add(health, "people", HealthNote::OK,
      std::to_string(known->behaviour.people.size()) + " shoppers and visits remembered");
  if (!known->others.empty()) {
    std::uint64_t records = 0;
    for (const auto& [index, other] : known->others)
      records += other.writer->products();
    add(health, "indexes", HealthNote::OK,
        std::to_string(known->others.size()) + " indexes beside the catalog with " +
            std::to_string(records) + " records");
  }
  std::string unheard;
  for (const auto& [index, settings] : known->settings->all()) {
    for (const std::string& name : settings->without_effect) {
      if (unheard.size() > 500 || unheard.find(" " + name + ",") != std::string::npos) continue;
      unheard.append(" ").append(name).append(",");
    }
  }
  if (!unheard.empty()) {
    unheard.pop_back();
    add(health, "settings", HealthNote::OK,
        "kept without effect, as they mean nothing here:" + unheard);
  }
  if (known->accounts->accounts() > 0) {
    add(health, "accounts", HealthNote::OK,
        std::to_string(known->accounts->accounts()) + " accounts, " +
            std::to_string(known->accounts->lists()) + " price lists");
  }
}

/// Of vectors that the merchant sends; of other plugins that may be asked.
void Search::vectors_health(souk::v1::PluginHealth& health) const {
  const auto corpus = index_.read();
  std::uint64_t with = 0;
  std::uint64_t other = 0;
  std::uint32_t length = 0;
  std::uint32_t most = 0;
  for (const Corpus::Part& part : corpus->parts) {
    const Segment& segment = *part.segment;
    with += segment.with_vector() + segment.other_vectors();
    if (segment.with_vector() > most) {
      most = segment.with_vector();
      length = segment.vectors().dimensions();
    }
  }
  for (const Corpus::Part& part : corpus->parts) {
    const Segment& segment = *part.segment;
    other += segment.other_vectors();
    if (segment.vectors().dimensions() != length) other += segment.with_vector();
  }
  const std::uint64_t useless = useless_vectors_.load(std::memory_order_relaxed);
  if (with > 0 || useless > 0) {
    std::string text = std::to_string(with - other) + " products have a vector of " +
                       std::to_string(length) + " numbers";
    if (other > 0) text += "; " + std::to_string(other) + " have one of another length";
    if (useless > 0) {
      text += "; " + std::to_string(useless) +
              " came with one that has no direction or is not finite, left out";
    }
    add(health, "vectors", other + useless > 0 ? HealthNote::DEGRADED : HealthNote::OK,
        std::move(text));
  }
  const std::int64_t now_us = host().now_us();
  const auto asked = [&](const Opinions::Service& service) {
    return service.absent(now_us) ? " is not there" : " is asked";
  };
  if (opinions_.size() > 0) {
    add(health, "services", HealthNote::OK,
        std::string("segmentation") + asked(opinions_.segmentation) + ", recommendations" +
            asked(opinions_.recommendations) + "; " + std::to_string(opinions_.size()) +
            " shoppers' answers held");
  }
}

Metrics::Metrics(const Host& host)
    : answers_(host.counter("answers", "Searches answered")),
      empty_(host.counter("answers_empty", "Searches answered without a product")),
      corrected_(host.counter("answers_corrected", "Searches whose typing errors were read over")),
      relaxed_(host.counter("answers_relaxed", "Searches of which words were left out")),
      personal_(host.counter("answers_personal", "Searches ranked for a shopper who is known")),
      refused_(host.counter("requests_refused", "Requests that were not understood")),
      suggested_(host.counter("suggestions", "Requests for completions answered")),
      products_(host.gauge("products", "Products that can be found")),
      segments_(host.gauge("segments", "Segments of the index")),
      dropped_(host.gauge("products_dropped", "Products that had no room")),
      merges_(host.gauge("merges", "Merges of segments")),
      queries_(host.gauge("queries", "Queries remembered")),
      queries_dropped_(host.gauge("queries_dropped", "Queries that gave way to others")),
      people_(host.gauge("people", "Shoppers and visits remembered")),
      people_forgotten_(host.gauge("people_forgotten", "Shoppers and visits that gave way")),
      searches_(host.gauge("searches_seen", "Searches that the storefront reported")),
      clicks_(host.gauge("clicks_seen", "Clicks on search results that it reported")),
      orders_(host.gauge("orders_seen", "Ordered products that came from a search")),
      examples_(host.gauge("examples", "Searches kept to learn a ranker from")),
      examples_dropped_(
          host.gauge("examples_dropped", "Searches left out of them, or that gave way")),
      index_bytes_(host.gauge("index_bytes", "Memory of the catalog beside the products' records")),
      record_bytes_(host.gauge("record_bytes", "Memory of the products' records")) {}

void Metrics::answered(bool empty, bool corrected, bool relaxed, bool personal) const {
  answers_.add();
  if (empty) empty_.add();
  if (corrected) corrected_.add();
  if (relaxed) relaxed_.add();
  if (personal) personal_.add();
}

void Metrics::record(const Figures& figures) const {
  const auto set = [](const Gauge& gauge, std::uint64_t value) {
    gauge.set(static_cast<double>(value));
  };
  set(products_, figures.products);
  set(segments_, figures.segments);
  set(dropped_, figures.dropped);
  set(merges_, figures.merges);
  set(queries_, figures.queries);
  set(queries_dropped_, figures.queries_dropped);
  set(people_, figures.people);
  set(people_forgotten_, figures.people_forgotten);
  set(searches_, figures.searches);
  set(clicks_, figures.clicks);
  set(orders_, figures.orders);
  set(examples_, figures.examples);
  set(examples_dropped_, figures.examples_dropped);
  set(index_bytes_, figures.index_bytes);
  set(record_bytes_, figures.record_bytes);
}

}  // namespace souk::search
