#include "plugins/search/algolia/recommend.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <unordered_set>
#include <utility>

#include "plugins/search/algolia/answer.hpp"
#include "plugins/search/algolia/body.hpp"
#include "plugins/search/algolia/json_value.hpp"
#include "plugins/search/algolia/question.hpp"
#include "plugins/search/model/filter_evaluation.hpp"
#include "plugins/search/state/keys.hpp"

namespace souk::search::algolia {
namespace {

using simdjson::dom::object;

constexpr double kMostRecommended = 30;
constexpr std::size_t kLongestId = 256;
constexpr std::uint32_t kMostAsked = 100;
/// Asked for beyond what is wanted: what an account may not see, and what was just deleted.
constexpr std::uint32_t kSpare = 10;

/// Algolia's models and our kinds. Pictures are not looked at: what looks similar is told from
/// words and values.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kModels = {
    {{"bought-together", "bought_together"},
     {"related-products", "similar"},
     {"looking-similar", ""},
     {"trending-items", "trending"},
     {"trending-facets", "trending"}}};

Status wrong(std::string what) { return Status(Code::invalid_argument, std::move(what)); }

Status read_number(const object& given, const char* name, double least, double most, double& out) {
  const auto value = given[name];
  if (value.error() != simdjson::SUCCESS || value.is_null()) return {};
  if (value.get(out) == simdjson::SUCCESS && out >= least && out <= most) return {};
  return wrong(std::string(name) + ": must be a number from " +
               std::to_string(static_cast<int>(least)) + " to " +
               std::to_string(static_cast<int>(most)));
}

/// False when there are none.
Result<bool> read_search(const object& given, const char* name, Parameters& into) {
  object inner;
  if (given[name].get(inner) != simdjson::SUCCESS) return false;
  if (Status status = read_parameters(inner, into); !status.ok()) return status;
  return true;
}

/// Appends hits with their scores, each product once.
class Hits {
 public:
  Hits(const Wanted& wanted, const Target& target, const Sources& sources, std::string& out)
      : wanted_(wanted), target_(target), sources_(sources), out_(out) {
    if (!wanted.product.empty()) shown_.insert(key_of(wanted.product));
  }
  [[nodiscard]] bool full() const { return written_ >= wanted_.most; }

  void add(const Parameters& parameters, const Question& question, const Finder& finder,
           const Hit& hit, std::uint64_t product, double score) {
    if (full() || !shown_.insert(product).second) return;
    if (written_++ > 0) out_ += ',';
    append_hit(parameters, target_, sources_, question, finder, hit, out_);
    out_.pop_back();
    out_ += ",\"_score\":";
    append_json_number(std::round(score * 100) / 100, out_);
    out_ += '}';
  }

 private:
  const Wanted& wanted_;
  const Target& target_;
  const Sources& sources_;
  std::string& out_;
  std::unordered_set<std::uint64_t> shown_;
  std::uint32_t written_ = 0;
};

/// Whether a product that the account sees passes the filters.
bool holds(const Question& question, const Sources& sources, const Finder& finder,
           const Corpus::Place& place) {
  if (question.filter.empty()) return true;
  ColumnsView view{&sources.corpus.parts[place.part].segment->columns()};
  const NumberOverride* const prices = finder.price_override(place.part);
  if (prices != nullptr) view.overrides = std::span(&prices, 1);
  return SegmentFilter(question.filter, view, static_cast<double>(question.now_us) / 1e6)
      .holds(place.doc);
}

Status add_recommended(const Wanted& wanted, const souk::v1::RecommendReply& reply,
                       const Target& target, const Sources& sources, std::string_view account,
                       std::int64_t now_us, Hits& hits) {
  auto asked = question_of(wanted.parameters, target, sources.settings, account, now_us);
  if (!asked.ok()) return asked.status();
  Question& question = asked->question;
  if (!wanted.value.empty()) {
    question.filter.require(equal_filter(engine_name(wanted.facet), {wanted.value}));
  }
  Finder finder;
  finder.see(question, sources);
  double best = 0;
  for (const auto& item : reply.items())
    best = std::max(best, item.score());
  for (const auto& item : reply.items()) {
    const double score = best > 0 ? std::clamp(item.score() / best, 0.0, 1.0) * 100 : 0;
    if (score < wanted.threshold) continue;
    const std::uint64_t product = key_of(item.product_id());
    const Corpus::Place place = sources.corpus.find(product);
    if (!place || !finder.visible()[place.part].contains(place.doc)) continue;
    if (!holds(question, sources, finder, place)) continue;
    Hit hit;
    hit.part = place.part;
    hit.doc = place.doc;
    hits.add(wanted.parameters, question, finder, hit, product, score);
  }
  return {};
}

/// What is missing comes from a search, with score 0.
Status add_rest(Parameters parameters, const Wanted& wanted, const Target& target,
                const Sources& sources, std::string_view account, std::int64_t now_us, Hits& hits) {
  parameters.page = 0;
  parameters.offset.reset();
  parameters.facets.clear();
  // Some of them may be among the recommended ones, one may be the product itself.
  parameters.hits_per_page = 2 * wanted.most + 1;
  auto asked = question_of(parameters, target, sources.settings, account, now_us);
  if (!asked.ok()) return asked.status();
  Finder finder;
  Answer answer;
  const Question& question = asked->question;
  if (Status status = finder.find(question, sources, answer); !status.ok()) return status;
  for (const Hit& hit : answer.hits) {
    const std::uint64_t product = sources.corpus.parts[hit.part].segment->key(hit.doc);
    hits.add(parameters, question, finder, hit, product, 0);
  }
  return {};
}

}  // namespace

Result<Wanted> read_wanted(const object& given) {
  Wanted wanted;
  const std::string model = text_member(given, "model");
  const auto found = std::find_if(kModels.begin(), kModels.end(),
                                  [&model](const auto& pair) { return pair.first == model; });
  if (found == kModels.end()) {
    return wrong(
        "model: must be bought-together, related-products, looking-similar, trending-items or "
        "trending-facets");
  }
  wanted.kind = found->second;
  wanted.facets = model == "trending-facets";
  wanted.index = text_member(given, "indexName");
  if (wanted.kind != "trending") {
    wanted.product = text_member(given, "objectID");
    if (wanted.product.empty()) return wrong("objectID: is required by " + model);
    if (wanted.product.size() > kLongestId) return wrong("objectID: is longer than 256 bytes");
  } else {
    wanted.facet = text_member(given, "facetName");
    wanted.value = text_member(given, "facetValue");
    if (wanted.facets && wanted.facet.empty()) {
      return wrong("facetName: is required by trending-facets");
    }
    if (wanted.value.empty() && !wanted.facets) wanted.facet.clear();
  }
  double most = kMostRecommended;
  Status status = read_number(given, "threshold", 0, 100, wanted.threshold);
  if (status.ok()) status = read_number(given, "maxRecommendations", 0, 1'000, most);
  if (!status.ok()) return status;
  // 0 asks for as many as there are; Algolia gives at most 30 too.
  wanted.most =
      static_cast<std::uint32_t>(most < 1 ? kMostRecommended : std::min(most, kMostRecommended));
  if (auto own = read_search(given, "queryParameters", wanted.parameters); !own.ok()) {
    return own.status();
  }
  Parameters rest;
  const auto fill = read_search(given, "fallbackParameters", rest);
  if (!fill.ok()) return fill.status();
  if (fill.value()) wanted.rest = std::move(rest);
  return wanted;
}

souk::v1::RecommendRequest request_of(const Wanted& wanted, std::string_view account) {
  souk::v1::RecommendRequest request;
  request.set_kind(std::string(wanted.kind));
  request.set_product_id(wanted.product);
  request.set_account_id(std::string(account));
  request.set_shopper_id(wanted.parameters.user);
  const Parameters& own = wanted.parameters;
  const bool filtered = !own.filters.empty() || !own.facet_filters.empty() ||
                        !own.numeric_filters.empty() || !own.tag_filters.empty() || own.around ||
                        !own.boxes.empty() || !own.polygons.empty() || !wanted.facet.empty();
  request.set_limit(filtered ? kMostAsked : wanted.most + kSpare);
  if (!wanted.value.empty() && engine_name(wanted.facet).starts_with("categories")) {
    request.set_category(wanted.value);
  }
  return request;
}

Status append_recommended(const Wanted& wanted, const souk::v1::RecommendReply& reply,
                          const Target& target, const Sources& sources, std::string_view account,
                          std::int64_t now_us, std::string& out) {
  const auto began = std::chrono::steady_clock::now();
  out += "{\"hits\":[";
  Status status;
  if (wanted.facets) {
    append_trending_values(wanted, reply, sources, account, now_us, out);
  } else {
    Hits hits(wanted, target, sources, out);
    souk::v1::RecommendReply alike;
    const bool own = wanted.kind.empty();
    if (own) status = find_alike(wanted, target, sources, account, now_us, alike);
    if (status.ok()) {
      status = add_recommended(wanted, own ? alike : reply, target, sources, account, now_us, hits);
    }
    if (status.ok() && wanted.rest && !hits.full()) {
      status = add_rest(*wanted.rest, wanted, target, sources, account, now_us, hits);
    }
  }
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - began);
  out += "],\"processingTimeMS\":" + std::to_string(std::max<std::int64_t>(took.count(), 1)) + "}";
  return status;
}

}  // namespace souk::search::algolia
