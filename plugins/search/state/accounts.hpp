// What B2B accounts may see and what they pay. Immutable once published.
#pragma once

#include <souk/snapshot.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "souk/v1/entities.souk.hpp"

namespace souk::search {

struct AccountFacts {
  std::string price_list;
  std::vector<std::string> only_categories;
  std::vector<std::string> excluded_categories;
  std::vector<std::string> only_products;
  std::vector<std::string> excluded_products;
};

/// A price list by product key: the lowest price of one unit, in major units.
struct PriceListFacts {
  std::map<std::uint64_t, double> prices;
  double discount = 0;  ///< share taken off all other prices
  std::int64_t from_us = 0;
  std::int64_t until_us = 0;  ///< 0: for ever
  [[nodiscard]] bool holds(std::int64_t now_us) const {
    return now_us >= from_us && (until_us == 0 || now_us < until_us);
  }
};

class Accounts {
 public:
  static constexpr std::size_t kMost = 100'000;  ///< accounts, and lists

  void put(const souk::v1::Account& account);
  void remove(std::string_view account_id);
  void put(const souk::v1::PriceList& list, std::string_view currency);
  void remove_list(std::string_view list_id);

  /// Null: nothing is known, and everything that others see may be seen.
  [[nodiscard]] const AccountFacts* find(std::string_view account_id) const;
  /// The account's prices; null when it pays what the shop asks.
  [[nodiscard]] const PriceListFacts* prices(std::string_view account_id,
                                             std::int64_t now_us) const;
  [[nodiscard]] std::size_t accounts() const { return accounts_.size(); }
  [[nodiscard]] std::size_t lists() const { return lists_.size(); }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

  void save(souk::Writer& writer) const;
  void load(souk::Reader& reader);

 private:
  std::map<std::string, std::shared_ptr<const AccountFacts>, std::less<>> accounts_;
  std::map<std::string, std::shared_ptr<const PriceListFacts>, std::less<>> lists_;
  std::uint64_t dropped_ = 0;
};

}  // namespace souk::search
