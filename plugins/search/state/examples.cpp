#include "plugins/search/state/examples.hpp"

#include <algorithm>
#include <utility>

namespace souk::search {
namespace {

constexpr std::uint64_t kMostExamplesRead = 10'000'000;
constexpr unsigned kMostLevel = 30;

}  // namespace

bool Example::taken() const {
  return std::any_of(items.begin(), items.end(),
                     [](const ExampleItem& item) { return item.outcome != Examples::nothing; });
}

void Examples::set_limits(const ExampleLimits& limits) {
  limits_ = limits;
  while (kept_.size() > limits_.max_examples)
    drop_oldest();
}

bool Examples::sampled(std::uint64_t id) const {
  // Other bits than those by which hash tables and tries go.
  return ((id * 0x9E3779B97F4A7C15U) >> 32 & ((std::uint64_t{1} << level_) - 1)) == 0;
}

bool Examples::wanted(std::uint64_t id) {
  if (limits_.max_examples == 0 || id == 0) return false;
  if (by_id_.contains(id)) return true;
  ++seen_;
  if (sampled(id)) return true;
  ++dropped_;
  return false;
}

const Example* Examples::find(std::uint64_t id) const {
  const auto at = by_id_.find(id);
  return at == by_id_.end() ? nullptr : kept_[at->second - first_number_].get();
}

std::uint64_t Examples::latest_of(std::uint64_t person) const {
  const auto at = by_person_.find(person);
  return at == by_person_.end() ? 0 : at->second;
}

void Examples::index(const Example& example, std::uint64_t number) {
  by_id_[example.id] = number;
  for (const std::uint64_t person : {example.shopper, example.visit}) {
    if (person != 0) by_person_[person] = example.id;
  }
}

void Examples::add(Example example) {
  const auto known = by_id_.find(example.id);
  if (known != by_id_.end()) {
    auto& kept = kept_[known->second - first_number_];
    auto grown = std::make_shared<Example>(*kept);
    for (const ExampleItem& item : example.items) {
      const bool there = std::any_of(grown->items.begin(), grown->items.end(),
                                     [&](const auto& i) { return i.product == item.product; });
      if (!there && grown->items.size() < kMostItems) grown->items.push_back(item);
    }
    kept = std::move(grown);
    return;
  }
  const std::int64_t now_us = example.at_us;
  if (example.items.size() > kMostItems) example.items.resize(kMostItems);
  kept_.push_back(std::make_shared<const Example>(std::move(example)));
  index(*kept_.back(), first_number_ + kept_.size() - 1);
  if (kept_.size() > limits_.max_examples) make_room(now_us);
}

void Examples::make_room(std::int64_t now_us) {
  while (kept_.size() > limits_.max_examples && level_ < kMostLevel &&
         now_us - kept_.front()->at_us < limits_.span_us) {
    ++level_;
    keep_if([this](const Example& example) { return sampled(example.id); });
  }
  while (kept_.size() > limits_.max_examples)
    drop_oldest();
  // Fewer searches than before: half as many are left out. What is there is old by then.
  if (level_ > 0 && !kept_.empty() && now_us - kept_.front()->at_us > 2 * limits_.span_us) --level_;
}

void Examples::drop_oldest() {
  const Example& oldest = *kept_.front();
  by_id_.erase(oldest.id);
  for (const std::uint64_t person : {oldest.shopper, oldest.visit}) {
    const auto at = by_person_.find(person);
    if (at != by_person_.end() && at->second == oldest.id) by_person_.erase(at);
  }
  taken_ -= oldest.taken() ? 1 : 0;
  ++dropped_;
  kept_.pop_front();
  ++first_number_;
}

template <class Keep>
void Examples::keep_if(Keep&& keep) {
  std::deque<std::shared_ptr<const Example>> kept;
  kept.swap(kept_);
  by_id_.clear();
  by_person_.clear();
  first_number_ = 0;
  taken_ = 0;
  for (auto& example : kept) {
    if (!keep(*example)) {
      ++dropped_;
      continue;
    }
    taken_ += example->taken() ? 1 : 0;
    kept_.push_back(std::move(example));
    index(*kept_.back(), kept_.size() - 1);
  }
}

void Examples::outcome(std::uint64_t id, std::uint64_t product, Outcome outcome) {
  const auto known = by_id_.find(id);
  if (known == by_id_.end()) return;
  auto& kept = kept_[known->second - first_number_];
  const auto at = std::find_if(kept->items.begin(), kept->items.end(),
                               [&](const ExampleItem& item) { return item.product == product; });
  if (at == kept->items.end() || at->outcome >= outcome) return;
  const bool before = kept->taken();
  // A job may be reading the old one.
  auto changed = std::make_shared<Example>(*kept);
  changed->items[static_cast<std::size_t>(at - kept->items.begin())].outcome = outcome;
  kept = std::move(changed);
  taken_ += before ? 0 : 1;
}

void Examples::forget(std::uint64_t person) {
  if (!by_person_.contains(person)) return;
  keep_if([person](const Example& example) {
    return example.shopper != person && example.visit != person;
  });
}

void Examples::rename(std::uint64_t from, std::uint64_t into) {
  if (from == 0 || into == 0 || !by_person_.contains(from)) return;
  for (auto& kept : kept_) {
    if (kept->shopper != from) continue;
    auto renamed = std::make_shared<Example>(*kept);
    renamed->shopper = into;
    kept = std::move(renamed);
  }
  by_person_.clear();
  for (std::size_t i = 0; i < kept_.size(); ++i)
    index(*kept_[i], first_number_ + i);
}

void Examples::save(souk::Writer& writer) const {
  writer.count(kept_.size());
  for (const auto& example : kept_) {
    writer.number(example->id);
    writer.number(example->query);
    writer.number(example->shopper);
    writer.number(example->visit);
    writer.number(example->at_us);
    writer.count(example->items.size());
    for (const ExampleItem& item : example->items) {
      writer.number(item.product);
      writer.number(item.position);
      writer.number(item.outcome);
      writer.number(item.present);
      for (const std::uint8_t byte : item.features)
        writer.number(byte);
    }
  }
  writer.number(level_);
  writer.number(seen_);
  writer.number(dropped_);
}

void Examples::load(souk::Reader& reader) {
  kept_.clear();
  by_id_.clear();
  by_person_.clear();
  first_number_ = 0;
  taken_ = 0;
  for (std::uint64_t left = reader.count(kMostExamplesRead); left > 0 && reader.ok(); --left) {
    auto example = std::make_shared<Example>();
    example->id = reader.number<std::uint64_t>();
    example->query = reader.number<std::uint64_t>();
    example->shopper = reader.number<std::uint64_t>();
    example->visit = reader.number<std::uint64_t>();
    example->at_us = reader.number<std::int64_t>();
    for (std::uint64_t items = reader.count(kMostItems); items > 0 && reader.ok(); --items) {
      ExampleItem& item = example->items.emplace_back();
      item.product = reader.number<std::uint64_t>();
      item.position = reader.number<std::uint16_t>();
      item.outcome = reader.number<std::uint8_t>();
      item.present = reader.number<std::uint8_t>();
      for (std::uint8_t& byte : item.features)
        byte = reader.number<std::uint8_t>();
    }
    taken_ += example->taken() ? 1 : 0;
    index(*example, kept_.size());
    kept_.push_back(std::move(example));
  }
  level_ = reader.number<unsigned>();
  seen_ = reader.number<std::uint64_t>();
  dropped_ = reader.number<std::uint64_t>();
  if (level_ > kMostLevel) level_ = kMostLevel;
}

}  // namespace souk::search
