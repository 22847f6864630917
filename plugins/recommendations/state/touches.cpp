#include "plugins/recommendations/state/touches.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace souk::recommendations {

Touches::Touches(std::uint32_t most)
    : most_buckets_(std::max(kFirstBuckets, std::bit_ceil(most / kWays))),
      touches_(std::size_t{buckets_} * kWays) {}

Touch* Touches::bucket(std::uint64_t person, ItemId item) {
  std::uint64_t mixed = (person ^ (std::uint64_t{item} << 32 | item)) * 0x9e3779b97f4a7c15ull;
  mixed ^= mixed >> 32;
  return &touches_[(mixed & (buckets_ - 1)) * kWays];
}

Touch* Touches::find(PersonKey person, ItemId item) {
  Touch* const first = bucket(person.low, item);
  Touch* const last = first + kWays;
  Touch* const found = std::find_if(first, last, [&](const Touch& touch) {
    return touch.person == person.low && touch.item == item;
  });
  return found == last ? nullptr : found;
}

/// Its own place, a free one, or the oldest's.
Touch& Touches::place_for(const Touch& touch) {
  Touch* const first = bucket(touch.person, touch.item);
  Touch* best = first;
  for (Touch* each = first; each != first + kWays; ++each) {
    if (each->person == touch.person && each->item == touch.item) return *each;
    const auto worth = [](const Touch& t) {
      return t.person == 0 ? 0u : std::uint64_t{t.at_s} + 1;
    };
    if (worth(*each) < worth(*best)) best = each;
  }
  return *best;
}

void Touches::put(PersonKey person, const Touch& touch) {
  if (person.low == 0 || touch.item == kNoItem) return;
  Touch wanted = touch;
  wanted.person = person.low;
  Touch& place = place_for(wanted);
  const bool same = place.person == wanted.person && place.item == wanted.item;
  if (place.person == 0) ++size_;
  if (place.person != 0 && !same) ++dropped_;
  place = wanted;
  if (size_ > buckets_ * kWays / 2 && buckets_ < most_buckets_) grow();
}

void Touches::grow() {
  std::vector<Touch> old(std::size_t{buckets_} * 2 * kWays);
  std::swap(old, touches_);
  buckets_ *= 2;
  size_ = 0;
  for (const Touch& touch : old) {
    if (touch.person == 0) continue;
    Touch& place = place_for(touch);
    if (place.person == 0) ++size_;
    place = touch;
  }
}

void Touches::remove(PersonKey person, ItemId item) {
  Touch* const found = find(person, item);
  if (found == nullptr) return;
  *found = Touch();
  --size_;
}

void Touches::forget(PersonKey person) {
  for (Touch& touch : touches_) {
    if (person.low == 0 || touch.person != person.low) continue;
    touch = Touch();
    --size_;
  }
}

Status Touches::save(ByteSink& sink) const {
  SnapshotWriter out(sink, "SKTO", 1);
  out.u64(dropped_);
  out.u32(buckets_);
  out.u32(size_);
  for (std::size_t place = 0; place < touches_.size(); ++place) {
    const Touch& touch = touches_[place];
    if (touch.person == 0) continue;
    out.u32(static_cast<std::uint32_t>(place));
    out.u64(touch.person);
    out.u32(touch.item);
    out.u32(touch.at_s);
    out.u32(touch.cell);
    out.u32(static_cast<std::uint32_t>(touch.state));
  }
  return out.finish();
}

Status Touches::load(ByteSource& source, std::uint32_t items) {
  SnapshotReader in(source, "SKTO", 1);
  dropped_ = in.u64();
  const std::uint32_t saved_buckets = in.u32();
  if (!std::has_single_bit(saved_buckets) || saved_buckets < kFirstBuckets) {
    in.fail("the number of buckets is no power of two");
  }
  const bool same_places = saved_buckets <= most_buckets_;
  if (in.ok()) {
    buckets_ = std::min(saved_buckets, most_buckets_);
    touches_.assign(std::size_t{buckets_} * kWays, Touch());
  }
  const std::uint32_t count = in.u32();
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    const std::uint32_t place = in.u32();
    Touch touch;
    touch.person = in.u64();
    touch.item = in.u32();
    touch.at_s = in.u32();
    touch.cell = static_cast<std::uint16_t>(in.count(0xffff, "a cell of a touch"));
    const std::uint32_t state = in.count(1, "the state of a touch");
    if (!in.ok()) break;
    touch.state = static_cast<Touch::State>(state);
    if (touch.item >= items || touch.person == 0) {
      in.fail("a touch of a product that is not there");
      break;
    }
    // In its own place within the bucket: the order decides who gives way later.
    Touch* const home = bucket(touch.person, touch.item);
    const bool at_home =
        same_places && place < touches_.size() && home == &touches_[place / kWays * kWays];
    Touch& at = at_home ? touches_[place] : place_for(touch);
    if (at.person == 0) ++size_;
    at = touch;
  }
  return in.finish();
}

}  // namespace souk::recommendations
