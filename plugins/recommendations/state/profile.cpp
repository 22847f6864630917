#include "plugins/recommendations/state/profile.hpp"

#include <algorithm>
#include <bit>

namespace souk::recommendations {
namespace {
// The first cells: last_seen_s; sizes of the lists, 8 bits each; merged and flags.
constexpr std::size_t kHeadCells = 3;
constexpr std::uint32_t kIdentified = 1u << 8;
constexpr std::uint32_t kLastWasClick = 1u << 9;

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
  visits.clear();
  last_seen_s = merged = 0;
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

void Profile::buy(ItemId item, std::uint32_t now_s) {
  Bought purchase{item, now_s, 1};
  const auto found = find_item(bought, item);
  if (found != bought.end()) {
    purchase.last_s = std::max(now_s, found->last_s);
    purchase.times = found->times + 1;
    bought.erase(found);
  }
  bought.push_back(purchase);
  keep_newest(bought, kMostBought);
}

void Profile::unbuy(ItemId item) {
  const auto found = find_item(bought, item);
  if (found == bought.end()) return;
  if (--found->times == 0) bought.erase(found);
}

void Profile::absorb(const Profile& other) {
  viewed.insert(viewed.end(), other.viewed.begin(), other.viewed.end());
  std::stable_sort(viewed.begin(), viewed.end(),
                   [](const Viewed& a, const Viewed& b) { return a.at_s < b.at_s; });
  keep_newest(viewed, kMostViewed);
  for (const InCart& line : other.cart) {
    if (!in_cart(line.item)) put_in_cart(line.item, line.quantity);
  }
  for (const Bought& purchase : other.bought) {
    const auto found = find_item(bought, purchase.item);
    if (found == bought.end()) {
      bought.push_back(purchase);
    } else {
      found->times += purchase.times;
      found->last_s = std::max(found->last_s, purchase.last_s);
    }
  }
  std::stable_sort(bought.begin(), bought.end(),
                   [](const Bought& a, const Bought& b) { return a.last_s < b.last_s; });
  keep_newest(bought, kMostBought);
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
  out.push_back(static_cast<std::uint32_t>(viewed.size() | cart.size() << 8 | bought.size() << 16 |
                                           visits.size() << 24));
  out.push_back(merged | (identified ? kIdentified : 0) | (last_was_click ? kLastWasClick : 0));
  for (const VisitKey visit : visits) {
    out.push_back(static_cast<std::uint32_t>(visit));
    out.push_back(static_cast<std::uint32_t>(visit >> 32));
  }
  for (const Viewed& view : viewed)
    out.insert(out.end(), {view.item, view.at_s, view.visit});
  for (const InCart& line : cart)
    out.insert(out.end(), {line.item, std::bit_cast<std::uint32_t>(line.quantity)});
  for (const Bought& purchase : bought)
    out.insert(out.end(), {purchase.item, purchase.last_s, purchase.times});
}

bool Profile::decode(std::span<const std::uint32_t> cells) {
  clear();
  if (cells.size() < kHeadCells) return false;
  last_seen_s = cells[0];
  const std::uint32_t sizes = cells[1];
  const std::size_t views = sizes & 0xff, lines = sizes >> 8 & 0xff, purchases = sizes >> 16 & 0xff,
                    stays = sizes >> 24;
  merged = cells[2] & 0xff;
  identified = (cells[2] & kIdentified) != 0;
  last_was_click = (cells[2] & kLastWasClick) != 0;
  if (views > kMostViewed || lines > kMostInCart || purchases > kMostBought || stays > kMostVisits)
    return false;
  if (cells.size() != kHeadCells + 2 * stays + 3 * views + 2 * lines + 3 * purchases) return false;
  const std::uint32_t* at = cells.data() + kHeadCells;
  for (std::size_t i = 0; i < stays; ++i, at += 2)
    visits.push_back(at[0] | VisitKey{at[1]} << 32);
  for (std::size_t i = 0; i < views; ++i, at += 3)
    viewed.push_back({at[0], at[1], at[2]});
  for (std::size_t i = 0; i < lines; ++i, at += 2)
    cart.push_back({at[0], std::bit_cast<float>(at[1])});
  for (std::size_t i = 0; i < purchases; ++i, at += 3)
    bought.push_back({at[0], at[1], at[2]});
  return true;
}

}  // namespace souk::recommendations
