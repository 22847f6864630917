#include "plugins/recommendations/model/interactions.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace souk::recommendations {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr unsigned kInterestShift = 28;
constexpr std::uint64_t kInteractionsPerAlias = 8;
constexpr int kMostHops = 16;  // of aliases of aliases; a loop ends here
constexpr std::uint64_t kMostPossible = std::uint64_t{1} << 40;

std::uint64_t who_of(std::uint32_t low, std::uint32_t high) {
  return std::uint64_t{high} << 32 | low;
}

using AliasMap = std::unordered_map<std::uint64_t, std::uint64_t>;

std::uint64_t resolve(const AliasMap& aliases, std::uint64_t who) {
  for (int hop = 0; hop < kMostHops; ++hop) {
    const auto next = aliases.find(who);
    if (next == aliases.end()) break;
    who = next->second;
  }
  return who;
}

}  // namespace

Interactions::Interactions(std::uint64_t max_interactions)
    : max_(std::max<std::uint64_t>(max_interactions, 1)),
      max_aliases_(std::max<std::uint64_t>(max_ / kInteractionsPerAlias, 1)),
      records_(max_),
      aliases_(max_aliases_) {}

void Interactions::put(std::uint64_t at, std::uint64_t who, std::uint32_t item_and_interest) {
  Record& record = records_[at % max_];
  // A copier that sees any of these sees what `writing_` was before, too.
  record.who_low.store(static_cast<std::uint32_t>(who), std::memory_order_release);
  record.who_high.store(static_cast<std::uint32_t>(who >> 32), std::memory_order_release);
  record.item_and_interest.store(item_and_interest, std::memory_order_release);
}

bool Interactions::observe(std::uint64_t who, ItemId item, Interest interest) {
  const std::uint64_t at = end_.load(kRelaxed);
  if (item >= kMostItems || !records_.ensure(at % max_)) {
    refused_.fetch_add(1, kRelaxed);
    return false;
  }
  writing_.store(at + 1, kRelaxed);
  put(at, who, item | static_cast<std::uint32_t>(interest) << kInterestShift);
  end_.store(at + 1, std::memory_order_release);
  return true;
}

void Interactions::add_alias(std::uint64_t from, std::uint64_t into) {
  const std::uint64_t at = aliases_end_.load(kRelaxed);
  if (!aliases_.ensure(at % max_aliases_)) return;
  aliases_writing_.store(at + 1, kRelaxed);
  Alias& alias = aliases_[at % max_aliases_];
  alias.from.store(from, std::memory_order_release);
  alias.into.store(into, std::memory_order_release);
  aliases_end_.store(at + 1, std::memory_order_release);
}

void Interactions::alias(std::uint64_t from, std::uint64_t into) {
  if (from != into) add_alias(from, into);
}

void Interactions::forget(std::span<const std::uint64_t> who) {
  std::unordered_set<std::uint64_t> gone(who.begin(), who.end());
  const std::uint64_t aliases_end = aliases_end_.load(kRelaxed);
  const std::uint64_t aliases_begin = first_kept(aliases_end, max_aliases_);
  for (bool grown = true; grown;) {
    grown = false;
    for (std::uint64_t at = aliases_begin; at < aliases_end; ++at) {
      const Alias& alias = aliases_[at % max_aliases_];
      if (gone.contains(alias.into.load(kRelaxed))) {
        grown = gone.insert(alias.from.load(kRelaxed)).second || grown;
      }
    }
  }
  for (std::uint64_t at = aliases_begin; at < aliases_end; ++at) {
    Alias& alias = aliases_[at % max_aliases_];
    if (!gone.contains(alias.from.load(kRelaxed))) continue;
    alias.from.store(0, kRelaxed);
    alias.into.store(0, kRelaxed);
  }
  const std::uint64_t end = end_.load(kRelaxed);
  for (std::uint64_t at = first_kept(end, max_); at < end; ++at) {
    const Record& record = records_[at % max_];
    const std::uint64_t person =
        who_of(record.who_low.load(kRelaxed), record.who_high.load(kRelaxed));
    if (gone.contains(person)) put(at, 0, kForgotten);
  }
}

void Interactions::copy(std::vector<Interaction>& out) const {
  out.clear();
  AliasMap aliases;
  const std::uint64_t aliases_end = aliases_end_.load(std::memory_order_acquire);
  std::vector<std::pair<std::uint64_t, std::uint64_t>> pairs;
  const std::uint64_t aliases_begin = first_kept(aliases_end, max_aliases_);
  for (std::uint64_t at = aliases_begin; at < aliases_end; ++at) {
    const Alias& alias = aliases_[at % max_aliases_];
    pairs.emplace_back(alias.from.load(std::memory_order_acquire),
                       alias.into.load(std::memory_order_acquire));
  }
  const std::uint64_t aliases_intact = first_kept(aliases_writing_.load(kRelaxed), max_aliases_);
  for (std::uint64_t at = aliases_begin; at < aliases_end; ++at) {
    const auto& [from, into] = pairs[at - aliases_begin];
    if (at >= aliases_intact && from != into) aliases[from] = into;
  }

  const std::uint64_t end = end_.load(std::memory_order_acquire);
  const std::uint64_t begin = first_kept(end, max_);
  out.reserve(end - begin);
  for (std::uint64_t at = begin; at < end; ++at) {
    const Record& record = records_[at % max_];
    const std::uint32_t cell = record.item_and_interest.load(std::memory_order_acquire);
    const std::uint64_t who = who_of(record.who_low.load(std::memory_order_acquire),
                                     record.who_high.load(std::memory_order_acquire));
    const bool kept = cell != kForgotten;
    out.push_back({aliases.empty() ? who : resolve(aliases, who),
                   kept ? cell & (kMostItems - 1) : kNoItem,
                   static_cast<Interest>(kept ? cell >> kInterestShift : 0)});
  }
  const std::uint64_t intact = first_kept(writing_.load(kRelaxed), max_);
  if (intact > begin) {
    out.erase(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(
                                             std::min<std::uint64_t>(intact - begin, out.size())));
  }
  std::erase_if(out, [](const Interaction& one) { return one.item == kNoItem; });
}

std::uint64_t Interactions::size() const { return std::min(observed(), max_); }

std::uint64_t Interactions::dropped() const {
  return first_kept(observed(), max_) + refused_.load(kRelaxed);
}

std::size_t Interactions::memory_bytes() const {
  return records_.memory_bytes() + aliases_.memory_bytes();
}

Status Interactions::save(ByteSink& sink) const {
  SnapshotWriter out(sink, "SKIN", 1);
  const std::uint64_t end = end_.load(kRelaxed);
  out.u64(end);
  out.u64(refused_.load(kRelaxed));
  out.u64(size());
  for (std::uint64_t at = first_kept(end, max_); at < end; ++at) {
    const Record& record = records_[at % max_];
    out.u64(who_of(record.who_low.load(kRelaxed), record.who_high.load(kRelaxed)));
    out.u32(record.item_and_interest.load(kRelaxed));
  }
  const std::uint64_t aliases_end = aliases_end_.load(kRelaxed);
  const std::uint64_t aliases_begin = first_kept(aliases_end, max_aliases_);
  out.u64(aliases_end);
  out.u64(aliases_end - aliases_begin);
  for (std::uint64_t at = aliases_begin; at < aliases_end; ++at) {
    const Alias& alias = aliases_[at % max_aliases_];
    out.u64(alias.from.load(kRelaxed));
    out.u64(alias.into.load(kRelaxed));
  }
  return out.finish();
}

Status Interactions::load(ByteSource& source, std::uint32_t items) {
  SnapshotReader in(source, "SKIN", 1);
  const std::uint64_t end = in.u64();
  refused_.store(in.u64(), kRelaxed);
  const std::uint64_t kept = in.u64();
  if (in.ok() && (kept > end || end > kMostPossible)) in.fail("interactions are miscounted");
  for (std::uint64_t at = end - (in.ok() ? kept : end); in.ok() && at < end; ++at) {
    const std::uint64_t who = in.u64();
    std::uint32_t cell = in.u32();
    const bool known = cell >> kInterestShift <= static_cast<std::uint32_t>(Interest::order);
    if (in.ok() && cell != kForgotten && !known) in.fail("an unknown kind of interaction");
    if ((cell & (kMostItems - 1)) >= items) cell = kForgotten;  // had no room among the items
    if (!in.ok() || at < first_kept(end, max_)) continue;
    if (!records_.ensure(at % max_)) in.fail("no memory for the interactions");
    if (in.ok()) put(at, who, cell);
  }
  const std::uint64_t aliases = in.u64();
  const std::uint64_t aliases_kept = in.u64();
  if (in.ok() && (aliases_kept > aliases || aliases > kMostPossible)) {
    in.fail("aliases are miscounted");
  }
  if (in.ok()) {
    aliases_end_.store(aliases - aliases_kept, kRelaxed);
    for (std::uint64_t at = 0; in.ok() && at < aliases_kept; ++at) {
      const std::uint64_t from = in.u64();
      add_alias(from, in.u64());
    }
  }
  if (Status status = in.finish(); !status.ok()) return status;
  writing_.store(end, kRelaxed);
  end_.store(end, std::memory_order_release);
  return {};
}

}  // namespace souk::recommendations
