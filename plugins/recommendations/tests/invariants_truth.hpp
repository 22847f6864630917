// What a shop of random events truly is, kept by hand beside the plugin: what may be shown to whom.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace souk::recommendations::testing {

struct TrueProduct {
  bool known = false;
  bool deleted = false;
  bool hidden = false;
  std::map<std::string, double> levels;  ///< by variant; "" is the whole
  std::vector<std::string> variants;
  std::int64_t price = -1;
  std::string brand;
  std::vector<std::string> categories;
  std::vector<std::string> only, excluded;

  [[nodiscard]] bool sold_out() const {
    const auto gone = [&](const std::string& id) {
      const auto level = levels.find(id);
      return level != levels.end() && level->second <= 0;
    };
    if (gone("")) return true;
    return !variants.empty() && std::all_of(variants.begin(), variants.end(), gone);
  }
  [[nodiscard]] bool is_in(std::string_view category) const {
    return std::any_of(categories.begin(), categories.end(), [&](const std::string& own) {
      return own == category || own.starts_with(std::string(category) + " > ");
    });
  }
  [[nodiscard]] bool is_for(const std::string& account) const {
    const auto holds = [&](const std::vector<std::string>& list) {
      return std::find(list.begin(), list.end(), account) != list.end();
    };
    return (only.empty() || holds(only)) && !(!account.empty() && holds(excluded));
  }
};

struct TruePerson {
  std::map<std::string, double> cart;
  std::map<std::string, int> bought;  ///< how often, less what came back
  std::set<std::string> returned;
  bool identified = false;
  int merged = 0;
};

struct TrueOrder {
  std::string person;
  std::vector<std::string> items;
  bool cancelled = false;
};

/// What the plugin must know after the same events.
class Truth {
 public:
  std::map<std::string, TrueProduct> products;
  std::map<std::string, TruePerson> people;
  std::map<std::string, TrueOrder> orders;

  void order(const std::string& id, const std::string& who, const std::vector<std::string>& items) {
    orders[id] = {who, items, false};
    TruePerson& person = people[who];
    for (const std::string& item : items) {
      ++person.bought[item];
      person.returned.erase(item);
      person.cart.erase(item);
    }
  }
  void cancel(const std::string& id) {
    TrueOrder& order = orders.at(id);
    if (order.cancelled) return;
    order.cancelled = true;
    TruePerson& person = people[order.person];
    for (const std::string& item : order.items)
      if (!person.returned.contains(item)) forget_purchase(person, item);
  }
  void give_back(const std::string& id, const std::string& item) {
    const TrueOrder& order = orders.at(id);
    TruePerson& person = people[order.person];
    if (!person.returned.insert(item).second) return;
    if (!order.cancelled) forget_purchase(person, item);
  }
  void remove(const std::string& who, const std::string& item, double quantity) {
    auto& cart = people[who].cart;
    const auto line = cart.find(item);
    if (line == cart.end()) return;
    if (quantity > 0 && line->second > quantity) {
      line->second -= quantity;
    } else {
      cart.erase(line);
    }
  }
  void merge(const std::string& from, const std::string& into) {
    const auto found = people.find(from);
    if (found == people.end() || from == into || found->second.identified) return;
    const TruePerson other = found->second;
    TruePerson& person = people[into];
    if (person.merged + other.merged >= 32) return;  // more ids than a person has
    people.erase(from);
    person.merged += 1 + other.merged;
    person.cart.insert(other.cart.begin(), other.cart.end());
    for (const auto& [item, times] : other.bought)
      person.bought[item] += times;
    person.returned.insert(other.returned.begin(), other.returned.end());
    for (auto& [id, order] : orders)
      if (order.person == from) order.person = into;
  }
  void erase(const std::string& who) {
    people.erase(who);
    std::erase_if(orders, [&](const auto& order) { return order.second.person == who; });
  }

 private:
  static void forget_purchase(TruePerson& person, const std::string& item) {
    const auto found = person.bought.find(item);
    if (found != person.bought.end() && --found->second <= 0) person.bought.erase(found);
  }
};

}  // namespace souk::recommendations::testing
