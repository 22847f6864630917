// Behaviour in snapshots: everything in the order of its key, so that the same log gives the same
// bytes.
#include <algorithm>

#include "plugins/search/state/behaviour.hpp"

namespace souk::search {
namespace {

constexpr std::uint64_t kMostEntries = 100'000'000;
constexpr std::uint64_t kMostInList = 4096;

template <class Value>
std::vector<std::pair<std::uint64_t, const Value*>> sorted(const PersistentMap<Value>& map) {
  std::vector<std::pair<std::uint64_t, const Value*>> all;
  all.reserve(map.size());
  map.for_each([&](std::uint64_t key, const Value& value) { all.emplace_back(key, &value); });
  std::sort(all.begin(), all.end());
  return all;
}

void save(souk::Writer& out, const QueryEntry& entry) {
  out.text(entry.text);
  out.text(entry.typed);
  out.number(entry.at_us);
  out.number(entry.weight);
  out.number(entry.searches);
  out.number(entry.without_results);
  out.number(entry.clicked);
  out.number(entry.added);
  out.number(entry.ordered);
  out.number(entry.positions);
  out.number(entry.placed);
  out.number(entry.results);
  out.count(entry.products.size());
  for (const ProductRate& rate : entry.products) {
    out.number(rate.product);
    out.number(rate.seen);
    out.number(rate.clicks);
    out.number(rate.buys);
  }
}

void load(souk::Reader& in, QueryEntry& entry) {
  entry.text = in.text(kMostInList);
  entry.typed = in.text(kMostInList);
  entry.at_us = in.number<std::int64_t>();
  entry.weight = in.number<double>();
  entry.searches = in.number<std::uint64_t>();
  entry.without_results = in.number<std::uint64_t>();
  entry.clicked = in.number<std::uint64_t>();
  entry.added = in.number<std::uint64_t>();
  entry.ordered = in.number<std::uint64_t>();
  entry.positions = in.number<double>();
  entry.placed = in.number<std::uint64_t>();
  entry.results = in.number<std::uint32_t>();
  for (std::uint64_t left = in.count(kMostInList); left > 0 && in.ok(); --left) {
    ProductRate rate;
    rate.product = in.number<std::uint64_t>();
    rate.seen = in.number<float>();
    rate.clicks = in.number<float>();
    rate.buys = in.number<float>();
    entry.products.push_back(rate);
  }
}

void save(souk::Writer& out, const std::vector<Affinity>& list) {
  out.count(list.size());
  for (const Affinity& affinity : list) {
    out.number(affinity.value);
    out.number(affinity.weight);
  }
}

void load(souk::Reader& in, std::vector<Affinity>& list) {
  for (std::uint64_t left = in.count(kMostInList); left > 0 && in.ok(); --left) {
    const auto value = in.number<std::uint64_t>();
    list.push_back({value, in.number<float>()});
  }
}

void save(souk::Writer& out, const Person& person) {
  out.number(person.taste.at_us);
  out.number(person.taste.total);
  save(out, person.taste.brands);
  save(out, person.taste.categories);
  out.number(person.taste.log_price);
  out.number(person.taste.price_weight);
  out.number(person.taste.price_spread);
  out.number(person.last_query);
  out.number(person.searched_us);
  out.number(person.seen_us);
  out.number(person.searches);
  out.numbers(person.visits);
  out.numbers(person.products);
  out.count(person.credits.size());
  for (const Credit& credit : person.credits) {
    out.number(credit.product);
    out.number(credit.query);
    out.number(credit.at_us);
  }
  out.count(person.sizes.size());
  for (const SizeTaste& taste : person.sizes) {
    out.number(taste.kind);
    out.number(taste.size);
    out.number(taste.weight);
  }
  out.numbers(person.segments);
}

void load(souk::Reader& in, Person& person) {
  person.taste.at_us = in.number<std::int64_t>();
  person.taste.total = in.number<float>();
  load(in, person.taste.brands);
  load(in, person.taste.categories);
  person.taste.log_price = in.number<float>();
  person.taste.price_weight = in.number<float>();
  person.taste.price_spread = in.number<float>();
  person.last_query = in.number<std::uint64_t>();
  person.searched_us = in.number<std::int64_t>();
  person.seen_us = in.number<std::int64_t>();
  person.searches = in.number<std::uint32_t>();
  person.visits = in.numbers<std::uint64_t>(kMostInList);
  person.products = in.numbers<std::uint64_t>(kMostInList);
  for (std::uint64_t left = in.count(kMostInList); left > 0 && in.ok(); --left) {
    Credit credit;
    credit.product = in.number<std::uint64_t>();
    credit.query = in.number<std::uint64_t>();
    credit.at_us = in.number<std::int64_t>();
    person.credits.push_back(credit);
  }
  for (std::uint64_t left = in.count(kMostInList); left > 0 && in.ok(); --left) {
    SizeTaste taste;
    taste.kind = in.number<std::uint64_t>();
    taste.size = in.number<std::uint16_t>();
    taste.weight = in.number<float>();
    person.sizes.push_back(taste);
  }
  person.segments = in.numbers<std::uint64_t>(kMostInList);
}

template <class Value>
void save_map(souk::Writer& out, const PersistentMap<Value>& map) {
  const auto all = sorted(map);
  out.count(all.size());
  for (const auto& [key, value] : all) {
    out.number(key);
    save(out, *value);
  }
}

template <class Value>
void load_map(souk::Reader& in, PersistentMap<Value>& map) {
  map.clear();
  for (std::uint64_t left = in.count(kMostEntries); left > 0 && in.ok(); --left) {
    const auto key = in.number<std::uint64_t>();
    auto value = std::make_shared<Value>();
    load(in, *value);
    map.set(key, std::move(value));
  }
}

}  // namespace

void Behaviour::save(souk::Writer& writer) const {
  save_map(writer, queries_);
  save_map(writer, people_);
  save_map(writer, segments_);
  std::uint64_t open = 0;
  for (const std::uint64_t id : open_order_)
    open += open_.contains(id) ? 1 : 0;
  writer.count(open);
  for (const std::uint64_t id : open_order_) {
    const auto search = open_.find(id);
    if (search == open_.end()) continue;
    writer.number(id);
    writer.number(search->second.query);
    writer.number(search->second.at_us);
    writer.number(static_cast<std::uint8_t>(search->second.clicked));
  }
  writer.number(queries_dropped_);
  writer.number(people_forgotten_);
  writer.number(searches_);
  writer.number(clicks_);
  writer.number(orders_);
}

void Behaviour::load(souk::Reader& reader) {
  load_map(reader, queries_);
  load_map(reader, people_);
  completions_.rebuild(queries_);
  load_map(reader, segments_);
  open_.clear();
  open_order_.clear();
  for (std::uint64_t left = reader.count(kMostEntries); left > 0 && reader.ok(); --left) {
    const auto id = reader.number<std::uint64_t>();
    Search search;
    search.query = reader.number<std::uint64_t>();
    search.at_us = reader.number<std::int64_t>();
    search.clicked = reader.number<std::uint8_t>() != 0;
    open_.emplace(id, search);
    open_order_.push_back(id);
  }
  queries_dropped_ = reader.number<std::uint64_t>();
  people_forgotten_ = reader.number<std::uint64_t>();
  searches_ = reader.number<std::uint64_t>();
  clicks_ = reader.number<std::uint64_t>();
  orders_ = reader.number<std::uint64_t>();
}

}  // namespace souk::search
