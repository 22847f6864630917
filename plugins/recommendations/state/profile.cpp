#include "plugins/recommendations/state/profile.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace souk::recommendations {
namespace {
// The first cells: last_seen_s; two with the sizes of the lists; merged and flags; orders, lines,
// repeats.
constexpr std::size_t kHeadCells = 7;
constexpr std::size_t kPurchaseCells = 7;
constexpr std::uint32_t kIdentified = 1u << 8;
constexpr std::uint32_t kLastWasClick = 1u << 9;
constexpr unsigned kSegmentsShift = 12;        // four bits: how many segments
constexpr std::uint32_t kMostOrders = 0xffff;  // what Purchase can number

std::uint16_t order_number(std::uint32_t orders) {
  return static_cast<std::uint16_t>(std::min(orders, kMostOrders));
}

template <class T>
void keep_newest(std::vector<T>& list, std::size_t most) {
  if (list.size() > most) {
    list.erase(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(list.size() - most));
  }
}

template <class T>
auto find_item(T& list, ItemId item) {
  return std::find_if(list.begin(), list.end(), [&](const auto& e) { return e.item == item; });
}

std::uint32_t tag_of(VisitKey visit) { return static_cast<std::uint32_t>(visit); }
}  // namespace

void Profile::clear() {
  viewed.clear();
  cart.clear();
  bought.clear();
  returned.clear();
  fits.clear();
  visits.clear();
  segments.clear();
  last_seen_s = merged = orders = lines = repeats = 0;
  identified = last_was_click = false;
}

void Profile::enter(VisitKey visit) {
  if (!visits.empty() && visits.back() == visit) return;
  std::erase(visits, visit);
  visits.push_back(visit);
  keep_newest(visits, kMostVisits);
}

void Profile::view(ItemId item, std::uint32_t now_s) {
  const std::uint32_t visit = visits.empty() ? 0 : tag_of(visits.back());
  if (!viewed.empty() && viewed.back().item == item && viewed.back().visit == visit) {
    viewed.back().at_s = now_s;
    return;
  }
  viewed.push_back({item, now_s, visit});
  keep_newest(viewed, kMostViewed);
}

void Profile::put_in_cart(ItemId item, float quantity) {
  if (!(quantity > 0)) quantity = 1;
  const auto found = find_item(cart, item);
  if (found != cart.end()) {
    found->quantity += quantity;
    return;
  }
  cart.push_back({item, quantity});
  keep_newest(cart, kMostInCart);
}

void Profile::take_from_cart(ItemId item, float quantity) {
  const auto found = find_item(cart, item);
  if (found == cart.end()) return;
  if (quantity > 0 && found->quantity > quantity) {
    found->quantity -= quantity;
  } else {
    cart.erase(found);
  }
}

void Profile::buy(ItemId item, std::uint32_t now_s, std::uint32_t variant) {
  orders = std::max(orders, 1u);
  const std::uint16_t order = order_number(orders);
  Bought purchase{item, now_s, 1, now_s, order, order, variant, 1};
  ++lines;
  const auto found = find_item(bought, item);
  if (found != bought.end()) {
    ++repeats;
    purchase.last_s = std::max(now_s, found->last_s);
    purchase.first_s = std::min(now_s, found->first_s);
    purchase.times = found->times + 1;
    purchase.first_order = found->first_order;
    if (variant == kNoItem) purchase.variant = found->variant;
    const int gap = std::max(0, order - found->last_order);
    purchase.recent += found->recent * static_cast<float>(std::pow(Bought::kRecentDecay, gap));
    bought.erase(found);
  }
  bought.push_back(purchase);
  keep_newest(bought, kMostBought);
  std::erase(returned, item);
}

void Profile::unbuy(ItemId item) {
  const auto found = find_item(bought, item);
  if (found == bought.end()) return;
  if (lines > 0) --lines;
  if (--found->times == 0) {
    bought.erase(found);
    return;
  }
  if (repeats > 0) --repeats;
  found->recent = std::max(0.0F, found->recent - 1);
}

void Profile::give_back(ItemId item) {
  std::erase(returned, item);
  returned.push_back(item);
  keep_newest(returned, kMostReturned);
}

bool Profile::has_returned(ItemId item) const {
  return std::find(returned.begin(), returned.end(), item) != returned.end();
}

const Profile::Fit* Profile::fit(std::uint32_t system) const {
  const auto found =
      std::find_if(fits.begin(), fits.end(), [&](const Fit& fit) { return fit.system == system; });
  return found == fits.end() ? nullptr : &*found;
}

void Profile::set_fit(const Fit& fit) {
  std::erase_if(fits, [&](const Fit& known) { return known.system == fit.system; });
  fits.push_back(fit);
  keep_newest(fits, kMostFits);
}

void Profile::join(std::uint32_t segment) {
  std::erase(segments, segment);
  segments.push_back(segment);
  keep_newest(segments, kMostSegments);
}

void Profile::leave(std::uint32_t segment) { std::erase(segments, segment); }

void Profile::join_by_tags(std::span<const std::uint32_t> tags) {
  std::erase_if(segments, [](std::uint32_t segment) { return (segment & kByTag) != 0; });
  for (const std::uint32_t tag : tags)
    join(tag | kByTag);
}

void Profile::absorb_purchases(const Profile& other) {
  // The numbers of orders of two histories can't be told apart: the shopper's own go on, and those
  // of the other come before.
  for (const Bought& purchase : other.bought) {
    const auto found = find_item(bought, purchase.item);
    if (found == bought.end()) {
      bought.push_back(purchase);
      bought.back().last_order =
          order_number(orders + std::min<std::uint32_t>(purchase.last_order, other.orders));
    } else {
      found->times += purchase.times;
      found->recent += purchase.recent;
      found->last_s = std::max(found->last_s, purchase.last_s);
      found->first_s = std::min(found->first_s, purchase.first_s);
    }
  }
  orders += other.orders;
  lines += other.lines;
  repeats += other.repeats;
  std::stable_sort(bought.begin(), bought.end(),
                   [](const Bought& a, const Bought& b) { return a.last_s < b.last_s; });
  keep_newest(bought, kMostBought);
  returned.insert(returned.end(), other.returned.begin(), other.returned.end());
  keep_newest(returned, kMostReturned);
  for (const Fit& theirs : other.fits) {
    const Fit* own = fit(theirs.system);
    if (own == nullptr || own->evidence.weight < theirs.evidence.weight) set_fit(theirs);
  }
}

void Profile::absorb(const Profile& other) {
  viewed.insert(viewed.end(), other.viewed.begin(), other.viewed.end());
  std::stable_sort(viewed.begin(), viewed.end(),
                   [](const Viewed& a, const Viewed& b) { return a.at_s < b.at_s; });
  keep_newest(viewed, kMostViewed);
  for (const InCart& line : other.cart) {
    if (!in_cart(line.item)) put_in_cart(line.item, line.quantity);
  }
  absorb_purchases(other);
  // Who was seen last is in the present visit.
  const bool theirs_is_newer = other.last_seen_s >= last_seen_s;
  std::vector<VisitKey> all = theirs_is_newer ? visits : other.visits;
  const std::vector<VisitKey>& newer = theirs_is_newer ? other.visits : visits;
  for (const VisitKey visit : newer) {
    std::erase(all, visit);
    all.push_back(visit);
  }
  keep_newest(all, kMostVisits);
  visits = std::move(all);
  if (theirs_is_newer) last_was_click = other.last_was_click;
  last_seen_s = std::max(last_seen_s, other.last_seen_s);
  for (const std::uint32_t segment : other.segments) {
    if (std::find(segments.begin(), segments.end(), segment) == segments.end()) join(segment);
  }
  merged = std::min(merged + 1 + other.merged, kMostMerged);
}

const Profile::Bought* Profile::purchase(ItemId item) const {
  const auto found = find_item(bought, item);
  return found == bought.end() ? nullptr : &*found;
}

bool Profile::in_cart(ItemId item) const { return find_item(cart, item) != cart.end(); }

void Profile::items_of(VisitKey visit, std::vector<ItemId>& out) const {
  for (const Viewed& view : viewed) {
    if (view.visit == tag_of(visit)) out.push_back(view.item);
  }
}

void Profile::encode(std::vector<std::uint32_t>& out) const {
  out.push_back(last_seen_s);
  out.push_back(static_cast<std::uint32_t>(viewed.size() | cart.size() << 8 | visits.size() << 16));
  out.push_back(
      static_cast<std::uint32_t>(bought.size() | returned.size() << 16 | fits.size() << 24));
  out.push_back(merged | (identified ? kIdentified : 0) | (last_was_click ? kLastWasClick : 0) |
                static_cast<std::uint32_t>(segments.size()) << kSegmentsShift);
  out.insert(out.end(), {orders, lines, repeats});
  for (const VisitKey visit : visits) {
    out.push_back(static_cast<std::uint32_t>(visit));
    out.push_back(static_cast<std::uint32_t>(visit >> 32));
  }
  for (const Viewed& view : viewed)
    out.insert(out.end(), {view.item, view.at_s, view.visit});
  for (const InCart& line : cart)
    out.insert(out.end(), {line.item, std::bit_cast<std::uint32_t>(line.quantity)});
  for (const Bought& purchase : bought) {
    out.insert(out.end(), {purchase.item, purchase.last_s, purchase.times, purchase.first_s,
                           purchase.last_order | std::uint32_t{purchase.first_order} << 16,
                           purchase.variant, std::bit_cast<std::uint32_t>(purchase.recent)});
  }
  out.insert(out.end(), returned.begin(), returned.end());
  for (const Fit& fit : fits) {
    out.insert(out.end(), {fit.system, std::bit_cast<std::uint32_t>(fit.evidence.weight),
                           std::bit_cast<std::uint32_t>(fit.evidence.pull)});
  }
  out.insert(out.end(), segments.begin(), segments.end());
}

bool Profile::decode(std::span<const std::uint32_t> cells) {
  clear();
  if (cells.size() < kHeadCells) return false;
  last_seen_s = cells[0];
  const std::size_t views = cells[1] & 0xff, carted = cells[1] >> 8 & 0xff,
                    stays = cells[1] >> 16 & 0xff, purchases = cells[2] & 0xffff,
                    given_back = cells[2] >> 16 & 0xff, sizes = cells[2] >> 24,
                    joined = cells[3] >> kSegmentsShift & 0xf;
  merged = cells[3] & 0xff;
  identified = (cells[3] & kIdentified) != 0;
  last_was_click = (cells[3] & kLastWasClick) != 0;
  orders = cells[4];
  lines = cells[5];
  repeats = cells[6];
  if (views > kMostViewed || carted > kMostInCart || purchases > kMostBought ||
      stays > kMostVisits || given_back > kMostReturned || sizes > kMostFits ||
      joined > kMostSegments) {
    return false;
  }
  if (cells.size() != kHeadCells + 2 * stays + 3 * views + 2 * carted + kPurchaseCells * purchases +
                          given_back + 3 * sizes + joined) {
    return false;
  }
  const std::uint32_t* at = cells.data() + kHeadCells;
  for (std::size_t i = 0; i < stays; ++i, at += 2)
    visits.push_back(at[0] | VisitKey{at[1]} << 32);
  for (std::size_t i = 0; i < views; ++i, at += 3)
    viewed.push_back({at[0], at[1], at[2]});
  for (std::size_t i = 0; i < carted; ++i, at += 2)
    cart.push_back({at[0], std::bit_cast<float>(at[1])});
  for (std::size_t i = 0; i < purchases; ++i, at += kPurchaseCells) {
    bought.push_back({at[0], at[1], at[2], at[3], static_cast<std::uint16_t>(at[4] & 0xffff),
                      static_cast<std::uint16_t>(at[4] >> 16), at[5], std::bit_cast<float>(at[6])});
  }
  returned.assign(at, at + given_back);
  at += given_back;
  for (std::size_t i = 0; i < sizes; ++i, at += 3)
    fits.push_back({at[0], {std::bit_cast<float>(at[1]), std::bit_cast<float>(at[2])}});
  segments.assign(at, at + joined);
  return true;
}

}  // namespace souk::recommendations
