#include "plugins/recommendations/model/attribute_pairs.hpp"

#include <cmath>

#include <algorithm>
#include <string>

namespace souk::recommendations {
namespace {
constexpr double kShrinkage = 5;
constexpr double kSignificant = 3;  // deviations of a Poisson count
constexpr std::uint32_t kLongestText = 512;

void raise(std::atomic<std::uint32_t>& counter, std::uint32_t by) {
  counter.store(counter.load(std::memory_order_relaxed) + by, std::memory_order_release);
}

// How many values of the attribute at the front there are.
std::size_t run_of(std::span<const AttributePairs::Value> values) {
  std::size_t size = 0;
  while (size < values.size() && values[size].name == values[0].name)
    ++size;
  return size;
}
}  // namespace

AttributePairs::AttributePairs(std::uint32_t max_words) : words_(max_words) {}

bool AttributePairs::add_name(std::string_view text, std::uint16_t& at) {
  for (at = 0; at < used_; ++at) {
    if (owned_[at]->text == text) return true;
  }
  if (used_ == kNames) return false;
  owned_[at] = std::make_unique<Name>();
  owned_[at]->text = std::string(text);
  names_[at].store(owned_[at].get(), std::memory_order_release);
  ++used_;
  return true;
}

void AttributePairs::learn(std::uint32_t word, std::string_view text) {
  if (!words_.ensure(word) || words_[word].load(std::memory_order_relaxed) != 0) return;
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return;
  Value made;
  bool room = add_name(text.substr(0, equals), made.name);
  if (room) {
    auto& values = owned_[made.name]->values;
    const std::string_view value = text.substr(equals + 1);
    const auto found = std::find(values.begin(), values.end(), value);
    made.value = static_cast<std::uint16_t>(found - values.begin());
    room = found != values.end() || values.size() < kValues;
    if (room && found == values.end()) values.emplace_back(value);
  }
  if (!room) {
    dropped_.store(dropped_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    return;
  }
  words_[word].store(pack(made), std::memory_order_release);
  words_end_ = std::max(words_end_, word + 1);
}

void AttributePairs::count(Name& name, std::uint16_t a, std::uint16_t b, std::uint32_t by) {
  raise(name.pairs[a * kValues + b], by);
  raise(name.rows[a], by);
  raise(name.all, by);
}

void AttributePairs::observe(std::span<const Value> a, std::span<const Value> b) {
  while (!a.empty() && !b.empty()) {
    const std::size_t of_a = run_of(a);
    const std::size_t of_b = run_of(b);
    if (a[0].name < b[0].name) {
      a = a.subspan(of_a);
    } else if (b[0].name < a[0].name) {
      b = b.subspan(of_b);
    } else {
      if (of_a <= kMostOfAName && of_b <= kMostOfAName) {
        Name& name = *owned_[a[0].name];
        for (const Value& x : a.first(of_a)) {
          for (const Value& y : b.first(of_b)) {
            count(name, x.value, y.value, 1);
            count(name, y.value, x.value, 1);
          }
        }
      }
      a = a.subspan(of_a);
      b = b.subspan(of_b);
    }
  }
}

bool AttributePairs::value_of(std::uint32_t word, Value& out) const {
  if (!words_.has(word)) return false;
  const std::uint32_t packed = words_[word].load(std::memory_order_acquire);
  if (packed == 0) return false;
  out.name = static_cast<std::uint16_t>((packed - 1) >> 16);
  out.value = static_cast<std::uint16_t>(packed - 1);
  return true;
}

bool AttributePairs::knows(std::uint16_t name) const {
  const Name* known = name < kNames ? names_[name].load(std::memory_order_acquire) : nullptr;
  return known != nullptr && known->all.load(std::memory_order_acquire) >= 2 * kEnough;
}

double AttributePairs::lift(Value a, Value b) const {
  if (a.name != b.name || a.name >= kNames || a.value >= kValues || b.value >= kValues) return 1;
  const Name* name = names_[a.name].load(std::memory_order_acquire);
  if (name == nullptr) return 1;
  const auto get = [](const auto& cell) {
    return static_cast<double>(cell.load(std::memory_order_acquire));
  };
  const double all = get(name->all);
  if (!(all > 0)) return 1;
  const double expected = get(name->rows[a.value]) * get(name->rows[b.value]) / all;
  const double met = get(name->pairs[std::size_t{a.value} * kValues + b.value]);
  if (std::abs(met - expected) < kSignificant * std::sqrt(expected + 1)) return 1;
  return (met + kShrinkage) / (expected + kShrinkage);
}

std::size_t AttributePairs::memory_bytes() const {
  return words_.memory_bytes() + used_ * sizeof(Name);
}

Status AttributePairs::save(ByteSink& sink) const {
  SnapshotWriter out(sink, "SKAP", 1);
  out.u64(dropped());
  out.u32(used_);
  std::uint32_t pairs = 0;
  for (std::uint16_t n = 0; n < used_; ++n) {
    const Name& name = *owned_[n];
    out.text(name.text);
    out.u32(static_cast<std::uint32_t>(name.values.size()));
    for (const std::string& value : name.values)
      out.text(value);
    for (const auto& cell : name.pairs)
      pairs += cell.load(std::memory_order_relaxed) > 0 ? 1 : 0;
  }
  out.u32(words_end_);
  for (std::uint32_t word = 0; word < words_end_; ++word)
    out.u32(words_.has(word) ? words_[word].load(std::memory_order_relaxed) : 0);
  out.u32(pairs);
  for (std::uint16_t n = 0; n < used_; ++n) {
    for (std::uint32_t at = 0; at < kValues * kValues; ++at) {
      const std::uint32_t met = owned_[n]->pairs[at].load(std::memory_order_relaxed);
      if (met == 0) continue;
      out.u32(pack({n, static_cast<std::uint16_t>(at / kValues)}));
      out.u32(at % kValues);
      out.u32(met);
    }
  }
  return out.finish();
}

bool AttributePairs::valid(std::uint32_t packed) const {
  const std::uint32_t name = (packed - 1) >> 16;
  return name < used_ && ((packed - 1) & 0xffff) < owned_[name]->values.size();
}

bool AttributePairs::load_names(SnapshotReader& in) {
  const std::uint32_t names = in.count(kNames, "the attributes");
  for (std::uint32_t n = 0; in.ok() && n < names; ++n) {
    std::uint16_t at = 0;
    if (!add_name(in.text(kLongestText), at) || at != n) return false;
    const std::uint32_t values = in.count(kValues, "an attribute's values");
    for (std::uint32_t v = 0; in.ok() && v < values; ++v)
      owned_[n]->values.push_back(in.text(kLongestText));
  }
  return true;
}

Status AttributePairs::load(ByteSource& source) {
  SnapshotReader in(source, "SKAP", 1);
  dropped_.store(in.u64(), std::memory_order_relaxed);
  if (!load_names(in)) in.fail("an attribute stands there twice");
  const auto most =
      static_cast<std::uint32_t>(std::min<std::size_t>(words_.max_size(), 0xffffffffu));
  const std::uint32_t words = in.count(most, "the number of words");
  for (std::uint32_t word = 0; in.ok() && word < words; ++word) {
    const std::uint32_t packed = in.u32();
    if (packed == 0) continue;
    if (!valid(packed) || !words_.ensure(word)) {
      in.fail("a word has no such value");
      break;
    }
    words_[word].store(packed, std::memory_order_release);
    words_end_ = word + 1;
  }
  const std::uint32_t pairs = in.count(kNames * kValues * kValues, "the pairs of values");
  for (std::uint32_t p = 0; in.ok() && p < pairs; ++p) {
    const std::uint32_t packed = in.u32();
    const std::uint32_t other = in.count(kValues - 1, "a value");
    const std::uint32_t met = in.u32();
    if (!in.ok() || packed == 0 || !valid(packed)) {
      in.fail("a pair has no such value");
      break;
    }
    count(*owned_[(packed - 1) >> 16], static_cast<std::uint16_t>(packed - 1),
          static_cast<std::uint16_t>(other), met);
  }
  return in.finish();
}

}  // namespace souk::recommendations
