#include "plugins/recommendations/state/orders.hpp"

#include <cmath>
#include <utility>

namespace souk::recommendations {
namespace {
constexpr std::uint64_t kOrderSalt = 0x6f72646572730000;
std::uint64_t id_of(std::string_view order_id) { return hash_of(order_id, kOrderSalt); }
}  // namespace

Orders::Order& Orders::open(std::string_view order_id, bool& is_new) {
  const std::uint64_t id = id_of(order_id);
  const auto found = orders_.find(id);
  is_new = found == orders_.end();
  return is_new ? add(id) : found->second;
}

Orders::Order& Orders::add(std::uint64_t id) {
  if (oldest_first_.size() >= max_orders_) {
    orders_.erase(oldest_first_.front());
    oldest_first_.pop_front();
    ++forgotten_;
  }
  oldest_first_.push_back(id);
  return orders_[id];
}

Orders::Order* Orders::find(std::string_view order_id) {
  const auto found = orders_.find(id_of(order_id));
  return found == orders_.end() ? nullptr : &found->second;
}

void Orders::forget(PersonKey person) {
  for (auto& entry : orders_) {
    if (entry.second.person == person) entry.second.person = {};
  }
}

void Orders::adopt(PersonKey from, PersonKey into, std::uint32_t count) {
  // Newest first: who orders as a guest and then signs in has mostly just done so.
  for (auto id = oldest_first_.rbegin(); id != oldest_first_.rend() && count > 0; ++id) {
    Order& order = orders_.at(*id);
    if (order.person != from) continue;
    order.person = into;
    --count;
  }
}

Status Orders::save(ByteSink& sink) const {
  SnapshotWriter out(sink, "SKOR", 2);
  out.u64(forgotten_);
  out.u32(static_cast<std::uint32_t>(oldest_first_.size()));
  for (const std::uint64_t id : oldest_first_) {
    const Order& order = orders_.at(id);
    out.u64(id);
    out.u64(order.person.low);
    out.u64(order.person.high);
    out.u8(static_cast<std::uint8_t>((order.cancelled ? 1 : 0) | (order.counted ? 2 : 0)));
    out.u32(order.at_s);
    out.u32(static_cast<std::uint32_t>(order.items.size()));
    for (const ItemId item : order.items)
      out.u32(item);
    out.u32(static_cast<std::uint32_t>(order.sizes.size()));
    for (const Sized& sized : order.sizes) {
      out.u32(sized.item);
      out.u32(sized.variant);
      for (const SizeEvidence& part : sized.message.parts) {
        out.f64(static_cast<double>(part.weight));
        out.f64(static_cast<double>(part.pull));
      }
    }
  }
  return out.finish();
}

void Orders::load_sizes(SnapshotReader& in, std::uint32_t items, Order& order) {
  const std::uint32_t sizes = in.count(kMostSizes, "the number of sizes of an order");
  for (std::uint32_t i = 0; in.ok() && i < sizes; ++i) {
    Sized sized;
    sized.item = in.u32();
    sized.variant = in.u32();
    bool finite = true;
    for (SizeEvidence& part : sized.message.parts) {
      part.weight = static_cast<float>(in.f64());
      part.pull = static_cast<float>(in.f64());
      finite = finite && std::isfinite(part.weight) && std::isfinite(part.pull);
    }
    if (in.ok() && (sized.item >= items || !finite)) in.fail("a size of an unknown product");
    order.sizes.push_back(sized);
  }
}

Status Orders::load(ByteSource& source, std::uint32_t items) {
  SnapshotReader in(source, "SKOR", 2);
  forgotten_ = in.u64();
  const std::uint32_t count = in.count(0x7fffffff, "the number of orders");
  for (std::uint32_t i = 0; in.ok() && i < count; ++i) {
    const std::uint64_t id = in.u64();
    Order order;
    order.person.low = in.u64();
    order.person.high = in.u64();
    const std::uint8_t flags = in.u8();
    order.cancelled = (flags & 1) != 0;
    order.counted = (flags & 2) != 0;
    order.at_s = in.u32();
    const std::uint32_t lines = in.count(kMostItems, "the number of lines of an order");
    for (std::uint32_t line = 0; in.ok() && line < lines; ++line) {
      order.items.push_back(in.u32());
      if (in.ok() && order.items.back() >= items) in.fail("an order of an unknown product");
    }
    load_sizes(in, items, order);
    if (in.ok() && orders_.contains(id)) in.fail("an order stands there twice");
    if (in.ok()) add(id) = std::move(order);
  }
  return in.finish();
}

std::size_t Orders::memory_bytes() const {
  constexpr std::size_t kNode = 2 * sizeof(void*);  // of a hash table, beside its value
  std::size_t bytes = orders_.bucket_count() * sizeof(void*) +
                      orders_.size() * (kNode + sizeof(std::uint64_t) + sizeof(Order)) +
                      oldest_first_.size() * sizeof(std::uint64_t);
  for (const auto& [id, order] : orders_)
    bytes += order.items.capacity() * sizeof(ItemId) + order.sizes.capacity() * sizeof(Sized);
  return bytes;
}

}  // namespace souk::recommendations
