// What was searched for → lists for the merchant; and synonyms that behaviour proposes.
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <unordered_map>
#include <vector>

#include "plugins/search/search.hpp"

namespace souk::search {
namespace {

constexpr std::uint32_t kDefaultLimit = 20;
constexpr std::uint32_t kDefaultProposals = 50;
constexpr std::uint32_t kLeastSearches = 10;  ///< of a query that is called badly clicked
constexpr double kLowClickRate = 0.1;

using Totals = std::unordered_map<std::uint64_t, QueryCounts>;

void write(const QueryCounts& counts, const QueryEntry* entry, souk::v1::QueryFigures& out) {
  out.set_query(entry == nullptr      ? "(others)"
                : entry->text.empty() ? "(reported by clicks alone)"
                                      : entry->text);
  out.set_searches(counts.searches);
  out.set_clicks(counts.clicked);
  out.set_added(counts.added);
  out.set_orders(counts.ordered);
  const double searches = std::max(1U, counts.searches);
  out.set_click_rate(counts.clicked / searches);
  out.set_conversion_rate(counts.ordered / searches);
  out.set_results(counts.results);
  if (counts.placed > 0) out.set_mean_position(counts.positions / counts.placed);
}

/// The first `limit` of those for which `value` is above 0, largest first.
template <class Value, class Add>
void write_top(const Totals& totals, const BehaviourView& behaviour, std::uint32_t limit,
               Value&& value, Add&& add) {
  std::vector<std::pair<double, std::uint64_t>> order;
  order.reserve(totals.size());
  for (const auto& [query, counts] : totals) {
    const double worth = value(counts);
    if (query != 0 && worth > 0) order.emplace_back(worth, ~query);
  }
  // A heap gives the few that are wanted; whether a query is still known is asked of those alone.
  std::make_heap(order.begin(), order.end());
  for (auto end = order.end(); limit > 0 && end != order.begin(); --end) {
    const std::uint64_t query = ~order.front().second;
    std::pop_heap(order.begin(), end);
    const QueryEntry* entry = behaviour.queries.find(query);
    if (entry == nullptr) continue;
    write(totals.at(query), entry, *add());
    --limit;
  }
}

Status wrong_day(const char* field, const std::string& text) {
  return Status(Code::invalid_argument, "\"" + text + "\" is no day; allowed is YYYY-MM-DD", field);
}

/// Cosine of what is clicked for two queries.
double similarity(const QueryEntry& a, const QueryEntry& b) {
  const auto worth = [](const ProductRate& rate) {
    return static_cast<double>(rate.clicks + 3 * rate.buys);
  };
  double both = 0;
  double first = 0;
  double second = 0;
  for (const ProductRate& rate : a.products) {
    first += worth(rate) * worth(rate);
    if (const ProductRate* other = b.find(rate.product)) both += worth(rate) * worth(*other);
  }
  for (const ProductRate& rate : b.products)
    second += worth(rate) * worth(rate);
  return first > 0 && second > 0 ? both / std::sqrt(first * second) : 0;
}

/// One spelling of the other, or its beginning: what typo tolerance and stems find by themselves.
bool same_but_spelling(const std::string& a, const std::string& b) {
  if (a.starts_with(b) || b.starts_with(a)) return true;
  if (a.size() > b.size() + 2 || b.size() > a.size() + 2) return false;
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t corner = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = corner + (a[i - 1] == b[j - 1] ? 0 : 1);
      corner = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
    }
  }
  return row[b.size()] <= 2;
}

struct Proposal {
  const QueryEntry* from = nullptr;
  const QueryEntry* to = nullptr;
  double similarity = 0;
};

/// Pairs of queries that lead to the same products; only those that share one are compared.
std::vector<Proposal> proposals_of(const BehaviourView& behaviour) {
  constexpr double kLeastClicks = 3;
  constexpr double kLeastSimilarity = 0.6;
  constexpr std::size_t kMostOfProduct = 50;
  std::unordered_map<std::uint64_t, std::vector<const QueryEntry*>> by_product;
  behaviour.queries.for_each([&](std::uint64_t, const QueryEntry& entry) {
    double clicks = 0;
    for (const ProductRate& rate : entry.products)
      clicks += rate.clicks;
    if (clicks < kLeastClicks) return;
    for (const ProductRate& rate : entry.products) {
      auto& list = by_product[rate.product];
      if (rate.clicks >= 1 && list.size() < kMostOfProduct) list.push_back(&entry);
    }
  });
  std::vector<std::pair<const QueryEntry*, const QueryEntry*>> pairs;
  for (const auto& [product, list] : by_product) {
    for (std::size_t i = 0; i < list.size(); ++i) {
      for (std::size_t j = i + 1; j < list.size(); ++j) {
        const bool swap = list[i]->searches > list[j]->searches ||
                          (list[i]->searches == list[j]->searches && list[i]->text > list[j]->text);
        pairs.emplace_back(list[swap ? j : i], list[swap ? i : j]);
      }
    }
  }
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  std::vector<Proposal> proposals;
  for (const auto& [from, to] : pairs) {
    if (same_but_spelling(from->text, to->text)) continue;
    const double alike = similarity(*from, *to);
    if (alike >= kLeastSimilarity) proposals.push_back({from, to, alike});
  }
  std::sort(proposals.begin(), proposals.end(), [](const Proposal& a, const Proposal& b) {
    const auto worth = [](const Proposal& p) {
      return p.similarity * std::log(1.0 + static_cast<double>(p.from->searches));
    };
    if (worth(a) != worth(b)) return worth(a) > worth(b);
    return std::tie(a.from->text, a.to->text) < std::tie(b.from->text, b.to->text);
  });
  return proposals;
}

}  // namespace

Status Search::analytics(const souk::v1::SearchAnalyticsRequest& request, const CallInfo&,
                         souk::v1::SearchAnalytics& reply) {
  std::int32_t from = std::numeric_limits<std::int32_t>::min();
  std::int32_t to = std::numeric_limits<std::int32_t>::max();
  if (!request.from().empty() && !parse_day(request.from(), from)) {
    return wrong_day("from", request.from());
  }
  if (!request.to().empty() && !parse_day(request.to(), to)) return wrong_day("to", request.to());
  const auto known = known_.read();
  if (!known) return Status(Code::unavailable, "search has not been started");
  Totals totals;
  totals.reserve(std::min<std::size_t>(known->days.size(), known->behaviour.queries.size()));
  QueryCounts all;
  known->days.for_each([&](std::uint64_t, const QueryCounts& counts) {
    if (counts.day < from || counts.day > to) return;
    totals[counts.query].add(counts);
    all.add(counts);
  });
  reply.set_searches(all.searches);
  reply.set_without_results(all.without_results);
  reply.set_clicks(all.clicked);
  reply.set_orders(all.ordered);
  const std::uint32_t limit = request.limit() > 0 ? request.limit() : kDefaultLimit;
  write_top(
      totals, known->behaviour, limit, [](const QueryCounts& c) { return double{1} * c.searches; },
      [&] { return reply.add_top(); });
  write_top(
      totals, known->behaviour, limit,
      [](const QueryCounts& c) { return double{1} * c.without_results; },
      [&] { return reply.add_no_results(); });
  write_top(
      totals, known->behaviour, limit,
      [](const QueryCounts& c) {
        const bool low = c.searches >= kLeastSearches && c.searches > c.without_results &&
                         c.clicked < kLowClickRate * c.searches;
        return low ? double{1} * c.searches : 0.0;
      },
      [&] { return reply.add_low_click(); });
  if (all.searches == 0) {
    reply.set_note("no search was reported in this time: send productsSearched with its query");
  }
  return {};
}

Status Search::propose_synonyms(const souk::v1::ProposeSynonymsRequest& request, const CallInfo&,
                                souk::v1::SynonymProposals& reply) {
  const Held held(*this, {});
  if (!held) return Status(Code::unavailable, "search has not been started");
  const Known& known = held->known;
  const Synonyms& file = held->compiled.synonyms;
  const std::uint32_t limit = request.limit() > 0 ? request.limit() : kDefaultProposals;
  const auto has = [](const Synonyms& synonyms, const Proposal& each) {
    const auto* list = synonyms.find(each.from->text);
    return list != nullptr && std::any_of(list->begin(), list->end(), [&](const auto& one) {
             return one.text == each.to->text;
           });
  };
  for (const Proposal& each : proposals_of(known.behaviour)) {
    if (reply.proposals_size() >= static_cast<int>(limit)) break;
    if (has(file, each) || has(known.synonyms->compiled(), each)) continue;
    auto& out = *reply.add_proposals();
    out.set_from(each.from->text);
    out.set_to(each.to->text);
    out.set_similarity(each.similarity);
    out.set_searches(each.from->searches + each.to->searches);
    out.set_yaml("- " + each.from->text + ", " + each.to->text);
  }
  if (reply.proposals_size() == 0) {
    reply.set_note("no two queries lead to the same products often enough");
  }
  return {};
}

}  // namespace souk::search
