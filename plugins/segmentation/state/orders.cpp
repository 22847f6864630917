#include "plugins/segmentation/state/orders.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <utility>

namespace souk::segmentation {
namespace {

std::uint64_t key_of(std::string_view id) { return XXH3_64bits(id.data(), id.size()); }

}  // namespace

OrderBook::Order* OrderBook::find(std::string_view id) {
  const std::uint64_t key = key_of(id);
  if (const auto found = newer_.find(key); found != newer_.end()) return &found->second;
  const auto found = older_.find(key);
  return found == older_.end() ? nullptr : &found->second;
}

OrderBook::Order& OrderBook::add(std::string_view id) {
  if (newer_.size() >= kMost / 2) {
    older_ = std::move(newer_);
    newer_.clear();
  }
  return newer_[key_of(id)];
}

void OrderBook::save(souk::Writer& writer) const {
  for (const Orders* orders : {&newer_, &older_}) {
    writer.map(*orders, [](souk::Writer& out, std::uint64_t key, const Order& order) {
      out.number(key);
      out.number(order.amount);
      out.number(order.listed);
      out.number(order.discount);
      out.count(order.items);
      out.count(order.products);
      out.number(order.at_s);
      out.boolean(order.cancelled);
    });
  }
}

void OrderBook::load(souk::Reader& reader) {
  for (Orders* orders : {&newer_, &older_}) {
    orders->clear();
    reader.map(kMost, [&](souk::Reader& in) {
      Order& order = (*orders)[in.number<std::uint64_t>()];
      order.amount = in.number<double>();
      order.listed = in.number<double>();
      order.discount = in.number<double>();
      order.items = static_cast<std::uint32_t>(in.count(UINT32_MAX));
      order.products = static_cast<std::uint32_t>(in.count(UINT32_MAX));
      order.at_s = in.number<std::uint32_t>();
      order.cancelled = in.boolean();
    });
  }
}

}  // namespace souk::segmentation
