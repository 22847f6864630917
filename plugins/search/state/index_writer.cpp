#include "plugins/search/state/index_writer.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <numeric>
#include <thread>

#include "plugins/search/state/keys.hpp"

namespace souk::search {
namespace {

constexpr std::size_t kOfOneSize = 4;   ///< segments of one size that become one
constexpr std::uint32_t kFew = 20'000;  ///< products that are merged anew without a thought
constexpr std::chrono::milliseconds kPause{500};
constexpr unsigned kMostPauses = 10;  ///< waited for: other jobs of the plugin wait too

/// Size classes a factor of four apart.
unsigned class_of(std::uint32_t living) {
  return static_cast<unsigned>(std::bit_width(living)) / 2;
}

bool same_reading(const IndexWriter::Options& a, const IndexWriter::Options& b) {
  return a.document == b.document && a.segment.text.languages == b.segment.text.languages &&
         a.segment.text.weights == b.segment.text.weights;
}

}  // namespace

IndexWriter::IndexWriter() { view_.publish(std::make_unique<Corpus>()); }

void IndexWriter::configure(const Options& options) {
  const std::lock_guard lock(mutex_);
  const bool again = !same_reading(options_, options);
  options_ = options;
  if (!again) return;
  ++reading_;
  if (const std::uint64_t others = count_read_otherwise(); others > 0 && others <= kInline)
    rebuild();
}

void IndexWriter::hold(bool held) {
  const std::lock_guard lock(mutex_);
  held_ = held;
}

std::uint64_t IndexWriter::products() const {
  const std::lock_guard lock(mutex_);
  return products_;
}

std::uint32_t IndexWriter::take_number() {
  if (!free_numbers_.empty()) {
    const std::uint32_t number = free_numbers_.back();
    free_numbers_.pop_back();
    return number;
  }
  return next_number_++;
}

std::uint32_t IndexWriter::number_locked(std::uint64_t product_key) const {
  const auto waiting = pending_.find(product_key);
  if (waiting != pending_.end()) return waiting->second.number;
  for (const Part& part : parts_) {
    const DocId doc = part.segment->find(product_key);
    if (doc != Segment::kNowhere && part.live->contains(doc)) return part.segment->number(doc);
  }
  return kNoNumber;
}

std::uint32_t IndexWriter::number_of(std::uint64_t product_key) const {
  const std::lock_guard lock(mutex_);
  return number_locked(product_key);
}

std::optional<ProductFacts> IndexWriter::read_facts(std::string_view source,
                                                    const StockState& stock) const {
  souk::v1::Product product;
  if (!product.ParseFromArray(source.data(), static_cast<int>(source.size()))) return std::nullopt;
  ProductEntry entry;
  read_product(product, {}, stock, options_.document, entry);
  return entry.facts;
}

std::optional<ProductFacts> IndexWriter::facts_of(std::uint64_t product_key) const {
  const std::lock_guard lock(mutex_);
  const auto waiting = pending_.find(product_key);
  if (waiting != pending_.end()) {
    return read_facts(waiting->second.source, stock_.state(product_key));
  }
  for (const Part& part : parts_) {
    const DocId doc = part.segment->find(product_key);
    if (doc == Segment::kNowhere || !part.live->contains(doc)) continue;
    if (part.reading == reading_) return part.segment->facts(doc);
    // Not read anew yet: the fold must not depend on when a job gets there.
    return read_facts(part.segment->source(doc), part.segment->stock(doc));
  }
  return std::nullopt;
}

std::optional<IndexWriter::BoughtSize> IndexWriter::size_of(std::uint64_t product_key,
                                                            std::string_view variant_id) const {
  if (variant_id.empty()) return std::nullopt;
  const auto facts = facts_of(product_key);
  if (!facts || !facts->sizes.any) return std::nullopt;
  const std::lock_guard lock(mutex_);
  souk::v1::Product product;
  std::string_view source;
  const auto waiting = pending_.find(product_key);
  if (waiting != pending_.end()) source = waiting->second.source;
  for (const Part& part : parts_) {
    const DocId doc = source.empty() ? part.segment->find(product_key) : Segment::kNowhere;
    if (doc != Segment::kNowhere && part.live->contains(doc)) source = part.segment->source(doc);
  }
  if (!product.ParseFromArray(source.data(), static_cast<int>(source.size()))) return std::nullopt;
  const std::uint16_t size = search::size_of(product, variant_id);
  if (size == 0) return std::nullopt;
  return BoughtSize{size_kind(*facts), size};
}

std::uint32_t IndexWriter::put(const souk::v1::Product& product) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t key = key_of(product.id());
  std::uint32_t number = number_locked(key);
  if (number == kNoNumber) {
    if (products_ >= options_.max_products) {
      dropped_.fetch_add(1, std::memory_order_relaxed);
      return kNoNumber;
    }
    number = take_number();
    ++products_;
  }
  puts_.fetch_add(1, std::memory_order_relaxed);
  const auto [at, added] = pending_.try_emplace(key);
  if (added) pending_order_.push_back(key);
  at->second.source = product_source(product);
  at->second.number = number;
  return number;
}

std::uint32_t IndexWriter::remove(std::string_view product_id) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t key = key_of(product_id);
  const std::uint32_t number = number_locked(key);
  if (number == kNoNumber) return kNoNumber;
  pending_.erase(key);
  kill(key);
  --products_;
  free_numbers_.push_back(number);
  return number;
}

/// Takes what is published of a product out of what is live.
bool IndexWriter::kill(std::uint64_t product_key) {
  for (Part& part : parts_) {
    const DocId doc = part.segment->find(product_key);
    if (doc == Segment::kNowhere || !part.live->contains(doc)) continue;
    if (part.shared) {
      part.live = std::make_shared<DocSet>(*part.live);
      part.shared = false;
    }
    part.live->remove(doc);
    --part.living;
    changed_ = true;
    return true;
  }
  return false;
}

/// Has a product indexed again, because what it is made of changed.
void IndexWriter::touch(std::uint64_t product_key) {
  if (pending_.contains(product_key)) return;
  for (const Part& part : parts_) {
    const DocId doc = part.segment->find(product_key);
    if (doc == Segment::kNowhere || !part.live->contains(doc)) continue;
    if (stock_.state(product_key) == part.segment->stock(doc)) return;
    pending_[product_key] = {std::string(part.segment->source(doc)), part.segment->number(doc)};
    pending_order_.push_back(product_key);
    return;
  }
}

void IndexWriter::set_level(std::uint64_t product, std::uint64_t level,
                            std::optional<double> available) {
  const std::lock_guard lock(mutex_);
  stock_.set(product, level, available);
  touch(product);
}

void IndexWriter::remove_level(std::uint64_t level) {
  const std::lock_guard lock(mutex_);
  if (const std::uint64_t product = stock_.remove(level); product != 0) touch(product);
}

Segment::Options IndexWriter::segment_options() const {
  Segment::Options options = options_.segment;
  // Scores of segments compare when all measure lengths alike.
  const Part* largest = nullptr;
  for (const Part& part : parts_) {
    if (part.reading != reading_) continue;
    if (largest == nullptr || part.living > largest->living) largest = &part;
  }
  if (largest != nullptr && largest->living >= 100) {
    options.text.pivots = largest->segment->text().pivots();
  }
  return options;
}

void IndexWriter::add_part(std::vector<ProductEntry>& entries) {
  if (entries.empty()) return;
  Part part;
  part.segment = Segment::build(entries, segment_options());
  part.living = part.segment->size();
  part.live = std::make_shared<DocSet>(part.living, true);
  part.reading = reading_;
  parts_.push_back(std::move(part));
  changed_ = true;
}

void IndexWriter::publish(std::uint64_t sequence) {
  const std::lock_guard lock(mutex_);
  sequence_ = sequence;
  if (held_) return;
  std::vector<ProductEntry> entries;
  entries.reserve(pending_.size());
  souk::v1::Product product;
  for (const std::uint64_t key : pending_order_) {
    const auto waiting = pending_.find(key);
    if (waiting == pending_.end()) continue;
    kill(key);
    if (product.ParseFromString(waiting->second.source)) {
      ProductEntry& entry = entries.emplace_back();
      read_product(product, std::move(waiting->second.source), stock_.state(key), options_.document,
                   entry);
      entry.number = waiting->second.number;
    }
    pending_.erase(waiting);
  }
  pending_.clear();
  pending_order_.clear();
  add_part(entries);
  if (!changed_) return;
  merge_small();
  publish_locked();
}

void IndexWriter::publish_locked() {
  if (held_) {
    changed_ = true;
    return;
  }
  std::erase_if(parts_, [](const Part& part) { return part.living == 0; });
  std::stable_sort(parts_.begin(), parts_.end(),
                   [](const Part& a, const Part& b) { return a.living > b.living; });
  auto corpus = std::make_unique<Corpus>();
  corpus->last_sequence = sequence_;
  for (Part& part : parts_) {
    part.shared = true;
    corpus->parts.push_back({part.segment, part.live, part.living});
    corpus->products += part.living;
  }
  view_.publish(std::move(corpus));
  changed_ = false;
}

/// The parts that should become one: four of a size, or one that is mostly dead. Empty: none.
std::vector<std::size_t> IndexWriter::plan(std::uint32_t least, std::uint32_t most) const {
  for (unsigned size = 0; size <= 16; ++size) {
    std::vector<std::size_t> chosen;
    std::uint64_t living = 0;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      if (class_of(parts_[i].living) != size) continue;
      chosen.push_back(i);
      living += parts_[i].living;
    }
    if (chosen.size() >= kOfOneSize && living >= least && living <= most) return chosen;
  }
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const Part& part = parts_[i];
    const bool dead = part.segment->size() > 64 && part.living < part.segment->size() / 2;
    if (dead && part.living >= least && part.living <= most) return {i};
  }
  return {};
}

void IndexWriter::collect(const Part& part, const DocumentOptions& options,
                          std::vector<ProductEntry>& entries) {
  souk::v1::Product product;
  part.live->for_each([&](DocId doc) {
    const std::string_view source = part.segment->source(doc);
    if (!product.ParseFromArray(source.data(), static_cast<int>(source.size()))) return;
    ProductEntry& entry = entries.emplace_back();
    read_product(product, std::string(source), part.segment->stock(doc), options, entry);
    entry.number = part.segment->number(doc);
  });
}

void IndexWriter::merge_small() {
  for (auto chosen = plan(0, kInline); !chosen.empty(); chosen = plan(0, kInline)) {
    std::vector<ProductEntry> entries;
    for (const std::size_t i : chosen)
      collect(parts_[i], options_.document, entries);
    for (auto i = chosen.rbegin(); i != chosen.rend(); ++i)
      parts_.erase(parts_.begin() + static_cast<std::ptrdiff_t>(*i));
    add_part(entries);
    merges_.fetch_add(1, std::memory_order_relaxed);
  }
}

bool IndexWriter::merge_due() const {
  const std::lock_guard lock(mutex_);
  return count_read_otherwise() > 0 || !plan(kInline + 1, kMostOfOne).empty();
}

std::uint32_t IndexWriter::merge(const std::function<bool()>& cancelled, bool rest) {
  std::uint32_t largest = 0;
  for (unsigned pauses = 0; !cancelled();) {
    if (rebuild_all(cancelled, largest)) continue;
    const std::uint32_t made = merge_once(false);
    largest = std::max(largest, made);
    if (made > 0 || is_read_otherwise()) continue;
    if (!rest || pauses++ >= kMostPauses) break;
    const std::uint64_t puts = this->puts();
    for (auto slept = kPause / 10; slept <= kPause && !cancelled(); slept += kPause / 10)
      std::this_thread::sleep_for(kPause / 10);
    if (puts != this->puts() || cancelled()) continue;
    largest = std::max(largest, merge_once(true));
    break;
  }
  return largest;
}

/// As many of the smallest as are worth it: a large one is written again only for what is a quarter
/// of it.
std::vector<std::size_t> IndexWriter::plan_rest() const {
  std::vector<std::size_t> order(parts_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [this](std::size_t a, std::size_t b) { return parts_[a].living < parts_[b].living; });
  std::uint64_t all = 0;
  for (const std::size_t i : order)
    all += parts_[i].living;
  for (; order.size() >= 2; order.pop_back()) {
    const std::uint64_t largest = parts_[order.back()].living;
    const std::uint64_t others = all - largest;
    if (all <= kMostOfOne && (largest <= kFew || others * 4 >= largest)) break;
    all = others;
  }
  if (order.size() < 2) return {};
  std::sort(order.begin(), order.end());
  return order;
}

/// The products of the segment made; 0 when there is nothing to merge, or it came to nothing.
std::uint32_t IndexWriter::merge_once(bool rest) {
  Parts chosen;
  DocumentOptions document;
  Segment::Options segment;
  std::uint32_t reading = 0;
  {
    const std::lock_guard lock(mutex_);
    for (const std::size_t i : rest ? plan_rest() : plan(kInline + 1, kMostOfOne)) {
      parts_[i].shared = true;  // whoever changes what is live makes a copy
      chosen.push_back(parts_[i]);
    }
    document = options_.document;
    segment = segment_options();
    reading = reading_;
  }
  if (chosen.empty()) return 0;
  std::vector<ProductEntry> entries;
  for (const Part& part : chosen)
    collect(part, document, entries);
  if (entries.empty()) return 0;
  Parts made(1);
  made.front().segment = Segment::build(entries, segment);
  const std::uint32_t products = made.front().segment->size();
  const std::lock_guard lock(mutex_);
  if (reading != reading_) return 0;
  replace_parts(chosen, made);
  return products;
}

void IndexWriter::save(souk::Writer& writer) const {
  const std::lock_guard lock(mutex_);
  struct Saved {
    std::uint64_t key = 0;
    std::uint32_t number = 0;
    std::string_view source;
  };
  std::vector<Saved> all;
  for (const Part& part : parts_) {
    part.live->for_each([&](DocId doc) {
      const std::uint64_t key = part.segment->key(doc);
      if (!pending_.contains(key)) {
        all.push_back({key, part.segment->number(doc), part.segment->source(doc)});
      }
    });
  }
  for (const auto& [key, pending] : pending_)
    all.push_back({key, pending.number, pending.source});
  std::sort(all.begin(), all.end(), [](const Saved& a, const Saved& b) { return a.key < b.key; });
  writer.count(all.size());
  for (const Saved& saved : all) {
    writer.number(saved.number);
    writer.text(saved.source);
  }
  stock_.save(writer);
  writer.number(next_number_);
  writer.numbers(free_numbers_);
}

void IndexWriter::load(souk::Reader& reader) {
  constexpr std::uint64_t kMost = 100'000'000;
  std::vector<std::pair<std::uint32_t, std::string>> products;
  for (std::uint64_t left = reader.count(kMost); left > 0 && reader.ok(); --left) {
    const auto number = reader.number<std::uint32_t>();
    products.emplace_back(number, reader.text());
  }
  const std::lock_guard lock(mutex_);
  stock_.load(reader);
  next_number_ = reader.number<std::uint32_t>();
  free_numbers_ = reader.numbers<std::uint32_t>(kMost);
  if (!reader.ok()) return;
  products_ = products.size();
  parts_.clear();
  pending_.clear();
  pending_order_.clear();
  std::vector<ProductEntry> entries;
  souk::v1::Product product;
  for (auto& [number, source] : products) {
    if (entries.size() == kMostOfOne / 2) {
      add_part(entries);
      entries.clear();
    }
    if (!product.ParseFromString(source)) return reader.fail("a product is malformed");
    ProductEntry& entry = entries.emplace_back();
    read_product(product, std::move(source), stock_.state(key_of(product.id())), options_.document,
                 entry);
    entry.number = number;
  }
  add_part(entries);
  publish_locked();
}

}  // namespace souk::search
