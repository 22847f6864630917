#include "plugins/search/state/behaviour.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "plugins/search/model/analyzer.hpp"
#include "plugins/search/state/keys.hpp"

namespace souk::search {
namespace {

constexpr std::size_t kMostProducts = 64;  ///< of a query
constexpr std::size_t kMostAffinities = 16;
constexpr std::size_t kMostCredits = 32;
constexpr std::size_t kMostVisits = 16;
constexpr std::size_t kMostSeen = 24;
constexpr std::size_t kMostSizes = 16;
constexpr std::size_t kMostSegments = 8;
constexpr std::size_t kLongestQuery = 256;  ///< bytes, folded
constexpr std::size_t kLongestTyped = 128;

double halved(std::int64_t from_us, std::int64_t to_us, std::int64_t half_life_us) {
  if (from_us == 0 || to_us <= from_us || half_life_us <= 0) return 1;
  return std::exp2(-static_cast<double>(to_us - from_us) / static_cast<double>(half_life_us));
}

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

void add_affinity(std::vector<Affinity>& list, std::uint64_t value, float weight) {
  if (value == 0) return;
  const auto at =
      std::find_if(list.begin(), list.end(), [&](const Affinity& a) { return a.value == value; });
  if (at != list.end()) {
    at->weight += weight;
    return;
  }
  if (list.size() < kMostAffinities) {
    list.push_back({value, weight});
    return;
  }
  const auto least =
      std::min_element(list.begin(), list.end(),
                       [](const Affinity& a, const Affinity& b) { return a.weight < b.weight; });
  *least = {value, weight};
}

void age(Taste& taste, std::int64_t now_us, std::int64_t half_life_us) {
  const auto share = static_cast<float>(halved(taste.at_us, now_us, half_life_us));
  taste.at_us = std::max(taste.at_us, now_us);
  if (share == 1) return;
  taste.total *= share;
  taste.price_weight *= share;
  for (auto* list : {&taste.brands, &taste.categories}) {
    for (Affinity& affinity : *list)
      affinity.weight *= share;
  }
}

void learn(Taste& taste, const ProductFacts& facts, float weight) {
  taste.total += weight;
  add_affinity(taste.brands, facts.brand, weight);
  add_affinity(taste.categories, facts.category, weight);
  add_affinity(taste.categories, facts.parent, weight / 2);
  if (!(facts.price > 0)) return;
  const float log_price = std::log(facts.price);
  taste.price_weight += weight;
  const float away = log_price - taste.log_price;
  taste.log_price += away * weight / taste.price_weight;
  taste.price_spread += (away * away - taste.price_spread) * weight / taste.price_weight;
}

void absorb(std::vector<SizeTaste>& into, const std::vector<SizeTaste>& from) {
  for (const SizeTaste& other : from) {
    const auto at = std::find_if(into.begin(), into.end(), [&](const SizeTaste& taste) {
      return taste.kind == other.kind && taste.size == other.size;
    });
    if (at != into.end()) {
      at->weight += other.weight;
    } else if (into.size() < kMostSizes) {
      into.push_back(other);
    }
  }
}

/// The better known half of what two say.
void absorb(Taste& into, const Taste& from) {
  into.total += from.total;
  for (const Affinity& a : from.brands)
    add_affinity(into.brands, a.value, a.weight);
  for (const Affinity& a : from.categories)
    add_affinity(into.categories, a.value, a.weight);
  const float sum = into.price_weight + from.price_weight;
  if (sum > 0) {
    into.log_price =
        (into.log_price * into.price_weight + from.log_price * from.price_weight) / sum;
    into.price_spread =
        (into.price_spread * into.price_weight + from.price_spread * from.price_weight) / sum;
  }
  into.price_weight = sum;
  into.at_us = std::max(into.at_us, from.at_us);
}

}  // namespace

double propensity(std::int32_t position) {
  return 1 / std::log2(1.0 + static_cast<double>(std::clamp(position, 1, 1000)));
}

const ProductRate* QueryEntry::find(std::uint64_t product) const {
  const auto at = std::lower_bound(
      products.begin(), products.end(), product,
      [](const ProductRate& rate, std::uint64_t key) { return rate.product < key; });
  return at != products.end() && at->product == product ? &*at : nullptr;
}

std::shared_ptr<QueryEntry> Behaviour::open_query(std::uint64_t key, std::int64_t now_us) const {
  const QueryEntry* known = queries_.find(key);
  auto entry = known != nullptr ? std::make_shared<QueryEntry>(*known) : nullptr;
  if (entry == nullptr) return nullptr;
  fade(*entry, now_us);
  return entry;
}

void Behaviour::fade(QueryEntry& entry, std::int64_t now_us) const {
  const double share = halved(entry.at_us, now_us, limits_.query_half_life_us);
  entry.at_us = std::max(entry.at_us, now_us);
  entry.weight *= share;
  for (ProductRate& rate : entry.products) {
    rate.seen *= static_cast<float>(share);
    rate.clicks *= static_cast<float>(share);
    rate.buys *= static_cast<float>(share);
  }
}

/// Segments of whoever may not be remembered are not known, so nothing is counted for them.
template <class Change>
void Behaviour::in_segments(const Who& who, std::uint64_t query, Change&& change) {
  const Person* person = who.personal && who.shopper != 0 ? people_.find(who.shopper) : nullptr;
  if (person == nullptr || query == 0) return;
  for (const std::uint64_t segment : person->segments) {
    const std::uint64_t key = segment_key(query, segment);
    const QueryEntry* known = segments_.find(key);
    auto entry =
        known != nullptr ? std::make_shared<QueryEntry>(*known) : std::make_shared<QueryEntry>();
    fade(*entry, who.now_us);
    change(*entry);
    segments_.set(key, std::move(entry));
    limit_segments();
  }
}

ProductRate* Behaviour::rate_of(QueryEntry& entry, std::uint64_t product) const {
  auto& list = entry.products;
  const auto place = [&] {
    return std::lower_bound(
        list.begin(), list.end(), product,
        [](const ProductRate& rate, std::uint64_t key) { return rate.product < key; });
  };
  auto at = place();
  if (at != list.end() && at->product == product) return &*at;
  if (list.size() >= kMostProducts) {
    // The one that matters least gives way.
    const auto value = [](const ProductRate& r) { return r.clicks + 2 * r.buys + r.seen / 100; };
    list.erase(std::min_element(list.begin(), list.end(),
                                [&](const auto& a, const auto& b) { return value(a) < value(b); }));
    at = place();
  }
  return &*list.insert(at, ProductRate{product, 0, 0, 0});
}

std::shared_ptr<Person> Behaviour::open_person(std::uint64_t key) const {
  const Person* known = people_.find(key);
  return known != nullptr ? std::make_shared<Person>(*known) : std::make_shared<Person>();
}

void Behaviour::close_person(std::uint64_t key, std::shared_ptr<Person> person) {
  people_.set(key, std::move(person));
  limit_people();
}

void Behaviour::searched(const Who& who, std::string_view query, std::uint64_t query_id,
                         std::int64_t results) {
  std::string text = normalized(query.substr(0, kLongestQuery));
  if (text.empty()) return;
  const std::uint64_t key = key_of(text);
  auto entry = open_query(key, who.now_us);
  if (entry == nullptr) {
    entry = std::make_shared<QueryEntry>();
    entry->at_us = who.now_us;
  }
  if (entry->text.empty()) entry->text = std::move(text);
  entry->typed = trimmed(query.substr(0, kLongestTyped));
  entry->weight += 1;
  ++entry->searches;
  ++searches_;
  if (results == 0) ++entry->without_results;
  if (results >= 0) entry->results = static_cast<std::uint32_t>(results);
  completions_.touch(key, *entry, queries_);
  queries_.set(key, std::move(entry));
  limit_queries();
  in_segments(who, key, [](QueryEntry& segment) { segment.weight += 1; });
  remember(who, key, query_id);
}

void Behaviour::implied(const Who& who, std::uint64_t query, std::uint64_t query_id) {
  auto entry = open_query(query, who.now_us);
  if (entry == nullptr) {
    entry = std::make_shared<QueryEntry>();
    entry->at_us = who.now_us;
  }
  entry->weight += 1;
  ++entry->searches;
  ++searches_;
  queries_.set(query, std::move(entry));
  limit_queries();
  in_segments(who, query, [](QueryEntry& segment) { segment.weight += 1; });
  remember(who, query, query_id);
}

/// Which query an id stands for, and what this person searched for last.
void Behaviour::remember(const Who& who, std::uint64_t query, std::uint64_t query_id) {
  if (query_id != 0 && open_.insert_or_assign(query_id, Search{query, who.now_us}).second) {
    open_order_.push_back(query_id);
    while (open_.size() > limits_.max_searches && !open_order_.empty()) {
      open_.erase(open_order_.front());
      open_order_.pop_front();
    }
  }
  for (const std::uint64_t id : {who.visit, who.shopper}) {
    if (id == 0 || !who.personal) continue;
    auto person = open_person(id);
    person->last_query = query;
    person->searched_us = who.now_us;
    person->seen_us = std::max(person->seen_us, who.now_us);
    ++person->searches;
    close_person(id, std::move(person));
  }
}

void Behaviour::shown(const Who& who, std::uint64_t query, const std::vector<Shown>& products) {
  if (query == 0 || products.empty()) return;
  auto entry = open_query(query, who.now_us);
  if (entry == nullptr) return;
  const auto see = [&](QueryEntry& seen) {
    for (const Shown& each : products) {
      if (ProductRate* rate = rate_of(seen, each.product)) {
        rate->seen += static_cast<float>(propensity(each.position));
      }
    }
  };
  see(*entry);
  queries_.set(query, std::move(entry));
  in_segments(who, query, see);
}

std::uint64_t Behaviour::query_of(const Who& who, std::uint64_t query_id, bool from_visit) const {
  if (query_id != 0) {
    const auto found = open_.find(query_id);
    if (found != open_.end() && who.now_us - found->second.at_us <= limits_.window_us) {
      return found->second.query;
    }
    return 0;
  }
  if (!from_visit) return 0;
  for (const std::uint64_t id : {who.visit, who.shopper}) {
    const Person* person = id != 0 ? people_.find(id) : nullptr;
    if (person == nullptr || person->last_query == 0) continue;
    if (who.now_us - person->searched_us <= limits_.visit_gap_us) return person->last_query;
  }
  return 0;
}

bool Behaviour::first_click(const Who& who, std::uint64_t query, std::uint64_t query_id) {
  if (query_id != 0) {
    const auto found = open_.find(query_id);
    return found == open_.end() || !std::exchange(found->second.clicked, true);
  }
  const Person* person = people_.find(who.shopper != 0 ? who.shopper : who.visit);
  if (person == nullptr) return true;
  return std::none_of(person->credits.begin(), person->credits.end(), [&](const Credit& credit) {
    return credit.query == query && credit.at_us >= person->searched_us;
  });
}

bool Behaviour::clicked(const Who& who, std::uint64_t query, std::uint64_t query_id,
                        std::uint64_t product, std::int32_t position) {
  const bool first = first_click(who, query, query_id);
  auto entry = open_query(query, who.now_us);
  if (entry == nullptr) return first;
  ++clicks_;
  ++entry->clicked;
  if (position > 0) {
    entry->positions += position;
    ++entry->placed;
  }
  if (ProductRate* rate = rate_of(*entry, product)) {
    rate->clicks += 1;
    // Who clicks a place has looked at it, whether the list was told to us or not.
    rate->seen = std::max(rate->seen, rate->clicks * static_cast<float>(propensity(position)));
  }
  completions_.touch(query, *entry, queries_);
  queries_.set(query, std::move(entry));
  in_segments(who, query, [&](QueryEntry& segment) {
    if (ProductRate* rate = rate_of(segment, product)) {
      rate->clicks += 1;
      rate->seen = std::max(rate->seen, rate->clicks * static_cast<float>(propensity(position)));
    }
  });
  const std::uint64_t id = who.shopper != 0 ? who.shopper : who.visit;
  if (id == 0 || !who.personal) return first;
  auto person = open_person(id);
  std::erase_if(person->credits, [&](const Credit& credit) { return credit.product == product; });
  if (person->credits.size() >= kMostCredits) person->credits.erase(person->credits.begin());
  person->credits.push_back({product, query, who.now_us});
  close_person(id, std::move(person));
  return first;
}

std::uint64_t Behaviour::bought(const Who& who, std::uint64_t query, std::uint64_t product,
                                bool ordered) {
  for (const std::uint64_t id : {who.shopper, who.visit}) {
    const Person* person = query == 0 && id != 0 ? people_.find(id) : nullptr;
    if (person == nullptr) continue;
    for (const Credit& credit : person->credits) {
      if (credit.product != product || who.now_us - credit.at_us > limits_.window_us) continue;
      query = credit.query;
    }
  }
  auto entry = query != 0 ? open_query(query, who.now_us) : nullptr;
  if (entry == nullptr) return 0;
  ++(ordered ? entry->ordered : entry->added);
  if (ordered) ++orders_;
  const auto buy = [&](QueryEntry& of) {
    if (ProductRate* rate = rate_of(of, product)) rate->buys += ordered ? 1.0F : 0.5F;
  };
  buy(*entry);
  queries_.set(query, std::move(entry));
  in_segments(who, query, buy);
  return query;
}

void Behaviour::liked(const Who& who, std::uint64_t product, const ProductFacts& facts,
                      double weight) {
  if (!who.personal) return;
  for (const std::uint64_t id : {who.visit, who.shopper}) {
    if (id == 0) continue;
    auto person = open_person(id);
    age(person->taste, who.now_us, limits_.taste_half_life_us);
    learn(person->taste, facts, static_cast<float>(weight));
    person->seen_us = std::max(person->seen_us, who.now_us);
    std::erase(person->products, product);
    if (person->products.size() >= kMostSeen) person->products.erase(person->products.begin());
    person->products.push_back(product);
    if (id == who.shopper && who.visit != 0 &&
        std::find(person->visits.begin(), person->visits.end(), who.visit) ==
            person->visits.end()) {
      if (person->visits.size() >= kMostVisits) person->visits.erase(person->visits.begin());
      person->visits.push_back(who.visit);
    }
    close_person(id, std::move(person));
  }
}

void Behaviour::merge(std::uint64_t from, std::uint64_t into) {
  if (from == 0 || into == 0 || from == into) return;
  const Person* other = people_.find(from);
  if (other == nullptr) return;
  auto person = open_person(into);
  absorb(person->taste, other->taste);
  for (const Credit& credit : other->credits) {
    if (person->credits.size() < kMostCredits) person->credits.push_back(credit);
  }
  for (const std::uint64_t visit : other->visits) {
    if (person->visits.size() < kMostVisits) person->visits.push_back(visit);
  }
  absorb(person->sizes, other->sizes);
  for (const std::uint64_t segment : other->segments) {
    const bool there = std::find(person->segments.begin(), person->segments.end(), segment) !=
                       person->segments.end();
    if (!there && person->segments.size() < kMostSegments) person->segments.push_back(segment);
  }
  if (other->searched_us > person->searched_us) {
    person->searched_us = other->searched_us;
    person->last_query = other->last_query;
  }
  person->seen_us = std::max(person->seen_us, other->seen_us);
  people_.erase(from);
  close_person(into, std::move(person));
}

void Behaviour::forget(std::uint64_t person) {
  const Person* known = person != 0 ? people_.find(person) : nullptr;
  if (known == nullptr) return;
  const std::vector<std::uint64_t> visits = known->visits;
  people_.erase(person);
  for (const std::uint64_t visit : visits)
    people_.erase(visit);
}

/// A tenth goes at once, so that it costs little each time.
void Behaviour::limit_queries() {
  if (queries_.size() <= limits_.max_queries) return;
  std::vector<std::pair<double, std::uint64_t>> all;
  all.reserve(queries_.size());
  std::int64_t newest = 0;
  queries_.for_each(
      [&](std::uint64_t, const QueryEntry& e) { newest = std::max(newest, e.at_us); });
  queries_.for_each([&](std::uint64_t key, const QueryEntry& e) {
    all.emplace_back(e.weight * halved(e.at_us, newest, limits_.query_half_life_us), key);
  });
  const std::size_t out = all.size() - limits_.max_queries + limits_.max_queries / 10;
  std::nth_element(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(out - 1), all.end());
  for (std::size_t i = 0; i < out; ++i)
    queries_.erase(all[i].second);
  queries_dropped_ += out;
}

void Behaviour::limit_people() {
  const std::uint64_t most = 2 * limits_.max_people;
  if (people_.size() <= most) return;
  std::vector<std::pair<std::int64_t, std::uint64_t>> all;
  all.reserve(people_.size());
  people_.for_each(
      [&](std::uint64_t key, const Person& person) { all.emplace_back(person.seen_us, key); });
  const std::size_t out = all.size() - most + std::max<std::size_t>(1, most / 10) - 1;
  if (out == 0) return;
  std::nth_element(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(out - 1), all.end());
  for (std::size_t i = 0; i < out; ++i)
    people_.erase(all[i].second);
  people_forgotten_ += out;
}

}  // namespace souk::search
