#include "plugins/segmentation/model/deeds.hpp"

#include <algorithm>

namespace souk::segmentation {
namespace {

struct Names {
  std::string_view name;
  std::string_view phrase;
};

constexpr std::array<Names, kDeeds> kNames{{
    {"", ""},
    {"productViewed", "viewed a product"},
    {"productListViewed", "looked through a list"},
    {"productListFiltered", "filtered a list"},
    {"productsSearched", "searched"},
    {"productClicked", "clicked a product"},
    {"productAdded", "put a product into the cart"},
    {"productRemoved", "took a product out of the cart"},
    {"cartViewed", "looked at the cart"},
    {"productAddedToWishlist", "wished for a product"},
    {"checkoutStarted", "went to the checkout"},
    {"orderCompleted", "ordered"},
    {"orderCancelled", "cancelled an order"},
    {"orderRefunded", "was refunded"},
    {"productReturned", "returned a product"},
    {"couponApplied", "used a coupon"},
    {"productShared", "shared a product"},
    {"productReviewed", "reviewed a product"},
    {"reviewsRead", "read reviews"},
    {"promotionClicked", "clicked a promotion"},
    {"pageViewed", "viewed a page"},
    {"identified", "signed in"},
    {"messageSent", "was sent a message"},
    {"messageOpened", "opened a message"},
    {"messageClicked", "clicked in a message"},
    {"unsubscribed", "unsubscribed"},
    {"subscriptionStarted", "subscribed"},
    {"subscriptionRenewed", "was charged for a subscription"},
    {"subscriptionSkipped", "skipped a delivery"},
    {"subscriptionPaused", "paused a subscription"},
    {"subscriptionCancelled", "cancelled a subscription"},
    {"subscriptionPaymentFailed", "had a payment fail"},
    {"tracked", "did something else"},
}};

}  // namespace

std::string_view name_of(Deed deed) { return kNames[static_cast<std::size_t>(deed)].name; }

std::string_view phrase_of(Deed deed) { return kNames[static_cast<std::size_t>(deed)].phrase; }

std::optional<Deed> deed_named(std::string_view name) {
  if (name.empty()) return std::nullopt;
  const auto found =
      std::find_if(kNames.begin(), kNames.end(), [&](const Names& n) { return n.name == name; });
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Deed>(found - kNames.begin());
}

}  // namespace souk::segmentation
