// Recommendations that the catalog itself answers: what is alike, and which values trend.
#include <algorithm>
#include <cmath>
#include <map>

#include "plugins/search/algolia/json_value.hpp"
#include "plugins/search/algolia/question.hpp"
#include "plugins/search/algolia/recommend.hpp"
#include "plugins/search/algolia/record.hpp"
#include "plugins/search/serve/product_view.hpp"
#include "plugins/search/state/keys.hpp"

namespace souk::search::algolia {
namespace {

constexpr std::uint32_t kMostAlike = 100;
constexpr std::uint32_t kMostValues = 30;
constexpr double kSameLevel = 1.5;  // likeness of half the same words
constexpr double kSameValue = 1.25;
constexpr int kMostWishes = 24;

void wish(std::string attribute, std::string value, double factor, Question& question) {
  if (value.empty() || question.boosts.size() >= kMostWishes) return;
  question.boosts.push_back({equal_filter(std::move(attribute), {std::move(value)}), factor});
}

/// The category, and more of a path the more is the same.
void wish_category(std::string_view path, Question& question) {
  constexpr std::string_view kBelow = " > ";
  constexpr int kDeepest = 6;
  std::size_t end = path.find(kBelow);
  for (int level = 0; level < kDeepest; ++level, end = path.find(kBelow, end + kBelow.size())) {
    wish("categories", std::string(path.substr(0, end)), kSameLevel, question);
    if (end == std::string_view::npos) return;
  }
}

/// Of a product that was found by words or values: words that all products have say nothing, so
/// what has the same values is alike without them.
double likeness(const Question& question, const Hit& hit, const Segment& segment,
                std::int64_t now_us) {
  double all = hit.text;
  for (const BoostRule& wish : question.boosts) {
    const SegmentFilter holds(wish.when, ColumnsView{&segment.columns()},
                              static_cast<double>(now_us) / 1e6);
    if (holds.holds(hit.doc)) all += wish.factor - 1;
  }
  return all;
}

/// Texts at `path` of a record: one, or those of a list; "a.b" is b of a.
void texts_at(const JsonValue& record, std::string_view path, std::vector<std::string>& out) {
  const std::size_t dot = std::min(path.find('.'), path.size());
  const JsonValue* value = record.find(path);
  if (value == nullptr && dot < path.size()) {
    value = record.find(path.substr(0, dot));
    if (value != nullptr) texts_at(*value, path.substr(dot + 1), out);
    return;
  }
  if (value == nullptr) return;
  const auto add = [&out](const JsonValue& one) {
    if (one.kind == JsonValue::Kind::text) out.push_back(one.text);
    if (one.kind == JsonValue::Kind::boolean) out.emplace_back(one.truth ? "true" : "false");
    if (one.kind != JsonValue::Kind::number) return;
    std::string number;
    append_json_number(one.number, number);
    out.push_back(std::move(number));
  };
  add(*value);
  for (const JsonValue& item : value->items)
    add(item);
}

}  // namespace

Status find_alike(const Wanted& wanted, const Target& target, const Sources& sources,
                  std::string_view account, std::int64_t now_us, souk::v1::RecommendReply& reply) {
  const Corpus::Place place = sources.corpus.find(key_of(wanted.product));
  if (!place) return {};
  souk::v1::Product product;
  view_product(*sources.corpus.parts[place.part].segment, place.doc, nullptr,
               sources.settings.currency(), product);
  auto asked = question_of(wanted.parameters, target, sources.settings, account, now_us);
  if (!asked.ok()) return asked.status();
  Question& question = asked->question;
  question.text = product.title();
  question.syntax = false;
  question.removal = Removal::any;
  question.prefix = false;
  question.typos = false;
  question.personal = false;
  question.rules = false;
  question.sort.clear();
  question.order.clear();
  question.facets.clear();
  question.page = 0;
  question.limit = kMostAlike;
  if (product.categories_size() > 0) wish_category(product.categories(0).value(), question);
  wish("brand", product.brand(), kSameValue, question);
  const std::map<std::string, std::string> attributes(product.attributes().begin(),
                                                      product.attributes().end());
  for (const auto& [name, value] : attributes)
    wish("attributes." + name, value, kSameValue, question);
  Finder finder;
  Answer answer;
  if (Status status = finder.find(question, sources, answer); !status.ok()) return status;
  std::vector<std::pair<double, std::string>> scored;
  for (const Hit& hit : answer.hits) {
    const Segment& segment = *sources.corpus.parts[hit.part].segment;
    souk::v1::Product other;
    const std::string_view source = segment.source(hit.doc);
    if (!other.ParseFromArray(source.data(), static_cast<int>(source.size()))) continue;
    if (other.id() == wanted.product) continue;
    scored.emplace_back(-likeness(question, hit, segment, now_us), other.id());
  }
  std::sort(scored.begin(), scored.end());
  for (const auto& [likeness, id] : scored) {
    auto* item = reply.add_items();
    item->set_product_id(id);
    item->set_score(-likeness);
  }
  return {};
}

void append_trending_values(const Wanted& wanted, const souk::v1::RecommendReply& reply,
                            const Sources& sources, std::string_view account, std::int64_t now_us,
                            std::string& out) {
  Finder finder;
  Question question;
  question.account = account;
  question.now_us = now_us;
  finder.see(question, sources);
  const PriceListFacts* prices = sources.known.accounts->prices(account, now_us);
  std::map<std::string, double> sums;
  for (const auto& item : reply.items()) {
    const Corpus::Place place = sources.corpus.find(key_of(item.product_id()));
    if (!place || !finder.visible()[place.part].contains(place.doc)) continue;
    souk::v1::Product product;
    view_product(*sources.corpus.parts[place.part].segment, place.doc, prices,
                 sources.settings.currency(), product);
    std::vector<std::string> values;
    texts_at(record_of(product, sources.settings.currency(), prices != nullptr), wanted.facet,
             values);
    for (const std::string& value : values)
      sums[value] += item.score();
  }
  std::vector<std::pair<double, std::string>> sorted;
  for (const auto& [value, sum] : sums)
    sorted.emplace_back(-sum, value);
  std::sort(sorted.begin(), sorted.end());
  const std::uint32_t most = std::min(wanted.most, kMostValues);
  for (std::size_t i = 0; i < sorted.size() && i < most; ++i) {
    const auto& [sum, value] = sorted[i];
    const double score = sorted.front().first < 0 ? 100 * sum / sorted.front().first : 0;
    if (score < wanted.threshold) break;
    if (out.back() != '[') out += ',';
    out += "{\"_score\":";
    append_json_number(std::round(score * 100) / 100, out);
    out += ",\"facetName\":";
    append_json_text(wanted.facet, out);
    out += ",\"facetValue\":";
    append_json_text(value, out);
    out += '}';
  }
}

}  // namespace souk::search::algolia
