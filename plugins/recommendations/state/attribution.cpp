#include "plugins/recommendations/state/attribution.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace souk::recommendations {
namespace {

constexpr std::uint32_t kAttributionDayS = 86'400;
// A click without token, and a second one that is the page the first led to.
constexpr std::uint32_t kSameVisitS = 30 * 60;

std::uint16_t day_of(std::uint32_t seconds) {
  return static_cast<std::uint16_t>(seconds / kAttributionDayS);
}

// Events come out of order: what lies in the future happened now.
std::uint32_t age(std::uint32_t then_s, std::uint32_t now_s) {
  return then_s >= now_s ? 0 : now_s - then_s;
}

}  // namespace

Attribution::Attribution(const Limits& limits)
    : touches_(limits.max_touches), max_orders_(limits.max_orders) {}

bool Attribution::read(std::string_view text, AttributionToken& token) {
  if (!AttributionToken::is_ours(text)) return false;
  if (token.read(text)) return true;
  faulty_tokens_.fetch_add(1, std::memory_order_relaxed);
  return false;
}

AttributionReport::Cell Attribution::cell_of(const AttributionToken& token,
                                             std::string_view product_id) {
  const AttributionToken::Item* const item = token.find(product_id);
  return item == nullptr ? AttributionReport::kNoCell : report_.cell(token.placement, item->kind);
}

void Attribution::add(AttributionReport::Cell cell, std::uint32_t now_s,
                      const AttributionFigures& more) {
  report_.add({day_of(now_s), cell, 0}, more);
}

void Attribution::shown(const Who& who, AttributionReport::Cell cell, ItemId item) {
  if (cell == AttributionReport::kNoCell) return;
  add(cell, who.now_s, {.shown = 1});
  const Touch* const before = touches_.find(who.person, item);
  const bool clicked = before != nullptr && before->state == Touch::State::clicked &&
                       age(before->at_s, who.now_s) <= window_s_;
  if (clicked) return;  // it is still due to the click
  touches_.put(who.person, {.item = item, .at_s = who.now_s, .cell = cell});
}

void Attribution::clicked(const Who& who, const AttributionToken* token, ItemId item,
                          std::string_view product_id) {
  AttributionReport::Cell cell =
      token == nullptr ? AttributionReport::kNoCell : cell_of(*token, product_id);
  const Touch* const before = touches_.find(who.person, item);
  const bool recent = before != nullptr && age(before->at_s, who.now_s) <= kSameVisitS;
  if (token == nullptr && recent && before->state == Touch::State::shown) cell = before->cell;
  if (cell == AttributionReport::kNoCell) return;
  const bool again = recent && before->state == Touch::State::clicked && before->cell == cell;
  if (!again) add(cell, who.now_s, {.clicked = 1});
  touches_.put(who.person,
               {.item = item, .at_s = who.now_s, .cell = cell, .state = Touch::State::clicked});
}

void Attribution::added(const Who& who, const AttributionToken* token, ItemId item,
                        std::string_view product_id) {
  const AttributionReport::Cell by_token =
      token == nullptr ? AttributionReport::kNoCell : cell_of(*token, product_id);
  // Straight from the recommendation into the cart: a click all the same.
  if (by_token != AttributionReport::kNoCell) clicked(who, token, item, product_id);
  AttributionReport::Cell cell = by_token;
  const Touch* const touch = paying_click(who, item);
  if (cell == AttributionReport::kNoCell && touch != nullptr) cell = touch->cell;
  if (cell != AttributionReport::kNoCell) add(cell, who.now_s, {.added = 1});
}

Touch* Attribution::paying_click(const Who& who, ItemId item) {
  for (const PersonKey& key : {who.person, who.visitor}) {
    Touch* const touch = key.empty() ? nullptr : touches_.find(key, item);
    const bool pays = touch != nullptr && touch->state == Touch::State::clicked &&
                      age(touch->at_s, who.now_s) <= window_s_;
    if (pays) return touch;
  }
  return nullptr;
}

/// The cell to which a line is due, or kNoCell. The click that pays for it is used up.
AttributionReport::Cell Attribution::due_to(const Who& who, const AttributionToken* token,
                                            const Line& line) {
  if (const Touch* const touch = paying_click(who, line.item); touch != nullptr) {
    const AttributionReport::Cell cell = touch->cell;
    touches_.remove(who.person, line.item);
    touches_.remove(who.visitor, line.item);
    return cell;
  }
  const bool fresh = token != nullptr && age(token->issued_s, who.now_s) <= window_s_;
  return fresh ? cell_of(*token, line.product_id) : AttributionReport::kNoCell;
}

void Attribution::ordered(const Who& who, const AttributionToken* token, std::string_view order_id,
                          std::string_view currency, std::span<const Line> lines) {
  std::vector<Credit> credits;
  for (const Line& line : lines) {
    if (credits.size() >= kMostLines) break;
    const bool twice = std::any_of(credits.begin(), credits.end(),
                                   [&](const Credit& c) { return c.item == line.item; });
    if (twice) continue;
    const AttributionReport::Cell cell = due_to(who, token, line);
    if (cell == AttributionReport::kNoCell) continue;
    const bool first = std::none_of(credits.begin(), credits.end(),
                                    [&](const Credit& c) { return c.row.cell == cell; });
    Credit& credit = credits.emplace_back();
    credit.item = line.item;
    credit.row = {day_of(who.now_s), cell, report_.currency(currency)};
    credit.revenue = credit.left = line.revenue;
    credit.quantity = static_cast<float>(line.quantity);
    report_.add(credit.row, {.orders = first ? 1 : 0, .bought = 1, .revenue = credit.revenue});
  }
  if (credits.empty()) return;
  const std::uint64_t key = hash_of(order_id);
  if (!orders_.emplace(key, std::move(credits)).second) return;
  oldest_first_.push_back(key);
  if (oldest_first_.size() <= max_orders_) return;
  orders_.erase(oldest_first_.front());
  oldest_first_.pop_front();
}

std::vector<Attribution::Credit>* Attribution::credits_of(std::string_view order_id) {
  const auto found = orders_.find(hash_of(order_id));
  return found == orders_.end() ? nullptr : &found->second;
}

/// Never more than is left; a line of which nothing is left was not bought.
void Attribution::give_back(Credit& credit, std::int64_t amount) {
  const std::int64_t back = std::min(amount, credit.left);
  credit.left -= back;
  const bool gone = credit.counted && credit.left == 0;
  if (gone) credit.counted = false;
  report_.correct(credit.row, {.bought = gone ? -1 : 0, .revenue = -back});
}

void Attribution::take_back(std::string_view order_id, ItemId item, double quantity) {
  std::vector<Credit>* const credits = credits_of(order_id);
  if (credits == nullptr) return;
  for (Credit& credit : *credits) {
    if (credit.item != item) continue;
    const double whole = static_cast<double>(credit.quantity);
    const bool all = !(quantity > 0) || quantity >= whole;
    const double share = all ? 1 : quantity / whole;
    give_back(credit, std::llround(static_cast<double>(credit.revenue) * share));
  }
}

void Attribution::take_back_all(std::string_view order_id) {
  std::vector<Credit>* const credits = credits_of(order_id);
  if (credits == nullptr) return;
  for (Credit& credit : *credits)
    give_back(credit, credit.left);
}

void Attribution::take_back_amount(std::string_view order_id, std::int64_t amount) {
  std::vector<Credit>* const credits = credits_of(order_id);
  if (credits == nullptr) return;
  for (Credit& credit : *credits) {
    if (amount <= 0) return;
    const std::int64_t part = std::min(amount, credit.left);
    amount -= part;
    if (part > 0) give_back(credit, part);
  }
}

void Attribution::keep_only(std::string_view order_id, std::span<const ItemId> items) {
  std::vector<Credit>* const credits = credits_of(order_id);
  if (credits == nullptr) return;
  for (Credit& credit : *credits) {
    const bool kept = std::find(items.begin(), items.end(), credit.item) != items.end();
    if (!kept) give_back(credit, credit.left);
  }
}

void Attribution::move(PersonKey from, PersonKey into, ItemId item) {
  const Touch* const found = touches_.find(from, item);
  if (found == nullptr) return;
  const Touch touch = *found;
  touches_.remove(from, item);
  const Touch* const own = touches_.find(into, item);
  if (own == nullptr || own->at_s <= touch.at_s) touches_.put(into, touch);
}

Status Attribution::save(ByteSink& sink) const {
  if (Status status = touches_.save(sink); !status.ok()) return status;
  if (Status status = report_.save(sink); !status.ok()) return status;
  SnapshotWriter out(sink, "SKAT", 1);
  out.u64(faulty_tokens());
  out.u32(static_cast<std::uint32_t>(oldest_first_.size()));
  for (const std::uint64_t id : oldest_first_) {
    const std::vector<Credit>& credits = orders_.at(id);
    out.u64(id);
    out.u32(static_cast<std::uint32_t>(credits.size()));
    for (const Credit& credit : credits) {
      for (const std::uint32_t part :
           {credit.item, std::uint32_t{credit.row.cell}, std::uint32_t{credit.row.currency},
            std::uint32_t{credit.row.day}, credit.counted ? 1u : 0u,
            std::bit_cast<std::uint32_t>(credit.quantity)}) {
        out.u32(part);
      }
      out.i64(credit.revenue);
      out.i64(credit.left);
    }
  }
  return out.finish();
}

Status Attribution::load(ByteSource& source, std::uint32_t items) {
  if (Status status = touches_.load(source, items); !status.ok()) return status;
  if (Status status = report_.load(source); !status.ok()) return status;
  SnapshotReader in(source, "SKAT", 1);
  faulty_tokens_.store(in.u64(), std::memory_order_relaxed);
  const std::uint32_t count = in.u32();
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    const std::uint64_t id = in.u64();
    const std::uint32_t lines = in.count(kMostLines, "credited lines of an order");
    std::vector<Credit> credits;
    for (std::uint32_t line = 0; line < lines && in.ok(); ++line) {
      Credit& credit = credits.emplace_back();
      credit.item = in.u32();
      credit.row.cell = static_cast<AttributionReport::Cell>(in.count(0xffff, "a cell"));
      credit.row.currency = static_cast<std::uint16_t>(in.count(0xffff, "a currency"));
      credit.row.day = static_cast<std::uint16_t>(in.count(0xffff, "a day"));
      credit.counted = in.u32() != 0;
      credit.quantity = std::bit_cast<float>(in.u32());
      credit.revenue = in.i64();
      credit.left = in.i64();
    }
    // Limits may have become smaller: the oldest are left out.
    if (!in.ok() || count - i > max_orders_) continue;
    if (orders_.emplace(id, std::move(credits)).second) oldest_first_.push_back(id);
  }
  return in.finish();
}

}  // namespace souk::recommendations
