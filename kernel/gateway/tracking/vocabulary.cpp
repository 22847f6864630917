#include "kernel/gateway/tracking/vocabulary.hpp"

#include <cctype>
#include <chrono>
#include <map>

#include "kernel/schema/event_scanner.hpp"

namespace souk::gateway {
namespace {

// Commerce and message payloads; MessageSent (60) is a plugin's own statement.
constexpr std::uint32_t kFirstPayload = 20;
constexpr std::uint32_t kLastPayload = 67;
constexpr std::uint32_t kMessageSent = 60;

using Names = std::map<std::string, std::uint32_t, std::less<>>;

void add_aliases(Names& names) {
  static constexpr std::pair<std::string_view, std::string_view> kAliases[] = {
      {"viewedproduct", "ProductViewed"},
      {"viewedproductcategory", "ProductListViewed"},
      {"viewedproductlist", "ProductListViewed"},
      {"filteredproductlist", "ProductListFiltered"},
      {"searchedproducts", "ProductsSearched"},
      {"productsearched", "ProductsSearched"},
      {"clickedproduct", "ProductClicked"},
      {"addedproduct", "ProductAdded"},
      {"addedtocart", "ProductAdded"},
      {"productaddedtocart", "ProductAdded"},
      {"removedproduct", "ProductRemoved"},
      {"removedfromcart", "ProductRemoved"},
      {"productremovedfromcart", "ProductRemoved"},
      {"viewedcart", "CartViewed"},
      {"viewedpromotion", "PromotionViewed"},
      {"clickedpromotion", "PromotionClicked"},
      {"startedorder", "CheckoutStarted"},
      {"startedcheckout", "CheckoutStarted"},
      {"viewedcheckoutstep", "CheckoutStepViewed"},
      {"completedcheckoutstep", "CheckoutStepCompleted"},
      {"enteredpaymentinfo", "PaymentInfoEntered"},
      {"completedorder", "OrderCompleted"},
      {"updatedorder", "OrderUpdated"},
      {"cancelledorder", "OrderCancelled"},
      {"canceledorder", "OrderCancelled"},
      {"ordercanceled", "OrderCancelled"},
      {"refundedorder", "OrderRefunded"},
      {"enteredcoupon", "CouponEntered"},
      {"appliedcoupon", "CouponApplied"},
      {"deniedcoupon", "CouponDenied"},
      {"removedcoupon", "CouponRemoved"},
      {"addedproducttowishlist", "ProductAddedToWishlist"},
      {"removedproductfromwishlist", "ProductRemovedFromWishlist"},
      {"addedwishlistproducttocart", "WishlistProductAddedToCart"},
      {"sharedproduct", "ProductShared"},
      {"sharedcart", "CartShared"},
      {"reviewedproduct", "ProductReviewed"},
      {"emaildelivered", "MessageDelivered"},
      {"emailopened", "MessageOpened"},
      {"emaillinkclicked", "MessageClicked"},
      {"emailbounced", "MessageBounced"},
      {"emailmarkedasspam", "MessageMarkedAsSpam"},
  };
  for (const auto& [alias, type] : kAliases) {
    names.emplace(alias, schema::payload_field("souk.v1." + std::string(type)));
  }
}

Names make_names() {
  Names names;
  for (std::uint32_t field = kFirstPayload; field <= kLastPayload; ++field) {
    const std::string_view type = schema::payload_type(field);
    if (type.empty() || field == kMessageSent) continue;
    names.emplace(normalised(type.substr(type.rfind('.') + 1)), field);
  }
  add_aliases(names);
  return names;
}

/// Reads `count` digits.
bool digits(std::string_view& text, std::size_t count, int& value) noexcept {
  if (text.size() < count) return false;
  value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return true;
}

bool literal(std::string_view& text, std::string_view any_of) noexcept {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

/// "Z", "+01:00", "+0100", "" (UTC); `seconds` east of Greenwich.
bool offset(std::string_view text, int& seconds) noexcept {
  seconds = 0;
  while (text.starts_with(' '))
    text.remove_prefix(1);
  if (text.empty() || text == "Z" || text == "z") return true;
  const int sign = text.front() == '-' ? -1 : 1;
  int hours = 0;
  int minutes = 0;
  if (!literal(text, "+-") || !digits(text, 2, hours)) return false;
  if (text.starts_with(':')) text.remove_prefix(1);
  if (!text.empty() && !digits(text, 2, minutes)) return false;
  seconds = sign * (hours * 3'600 + minutes * 60);
  return text.empty() && hours < 24 && minutes < 60;
}

}  // namespace

std::string normalised(std::string_view name) {
  std::string out;
  out.reserve(name.size());
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0) out += static_cast<char>(std::tolower(byte));
  }
  return out;
}

std::uint32_t payload_of_event(std::string_view name) {
  static const Names kNames = make_names();
  if (name.size() > 64) return 0;
  const auto it = kNames.find(normalised(name));
  return it == kNames.end() ? 0 : it->second;
}

bool is_email_event(std::string_view name) { return normalised(name).starts_with("email"); }

bool parse_tracker_time(std::string_view text, std::int64_t& time_us) noexcept {
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (!digits(text, 4, year) || !literal(text, "-") || !digits(text, 2, month) ||
      !literal(text, "-") || !digits(text, 2, day)) {
    return false;
  }
  std::int64_t fraction_us = 0;
  if (!text.empty()) {
    if (!literal(text, "Tt ") || !digits(text, 2, hour) || !literal(text, ":") ||
        !digits(text, 2, minute)) {
      return false;
    }
    if (literal(text, ":") && !digits(text, 2, second)) return false;
    if (literal(text, ".,")) {
      std::int64_t unit = 100'000;
      if (text.empty() || text.front() < '0' || text.front() > '9') return false;
      for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1)) {
        fraction_us += unit * (text.front() - '0');
        unit /= 10;
      }
    }
  }
  int east = 0;
  if (!offset(text, east)) return false;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 24 || minute > 59 || second > 60) return false;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const std::int64_t seconds = days * 86'400 + hour * 3'600 + minute * 60 + second - east;
  time_us = seconds * 1'000'000 + fraction_us;
  return true;
}

}  // namespace souk::gateway
