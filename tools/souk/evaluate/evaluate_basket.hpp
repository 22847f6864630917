// The evaluation `basket`: what a shopper's next order holds.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "tools/souk/evaluate/trail_evaluation.hpp"

namespace souk::cli {

struct BasketTask {
  std::string train;  ///< user_id,order_number,item_id and, when it is known, timestamp
  std::string truth;  ///< user_id,item_id of the next orders; empty: nothing is scored
  unsigned top = 20;
  EvaluationSettings settings;
};

/// Orders of one user, by number.
struct OrderTrail {
  struct Order {
    std::int64_t number = 0;
    std::int64_t time_us = 0;  ///< 0 when the file has no times
    std::vector<std::string> items;
  };
  std::string id;
  std::vector<Order> orders;
};

/// Reads them; users come in the order in which they first appear. INVALID_ARGUMENT names file,
/// line and what is wrong. `timed` tells whether there are times.
Result<std::vector<OrderTrail>> read_orders(const std::string& path, bool& timed);

/// Recall@10 and @20 (found / size of the order) and nDCG@10 (ideal: min(size, 10) items), as means
/// over users.
class BasketScore {
 public:
  void add(const std::vector<std::string>& ranked, const std::unordered_set<std::string>& order);
  /// `"users":…,"recall_at_10":…,"recall_at_20":…,"ndcg_at_10":…`
  [[nodiscard]] std::string json() const;

 private:
  std::size_t users_ = 0;
  double recall_10_ = 0, recall_20_ = 0, ndcg_10_ = 0;
};

/// Feeds the orders as OrderCompleted, then asks everybody for their whole next order (`buy_again`
/// with `include_seen`). Without times every user's last order is placed at the same moment, and
/// those before a fortnight apart, as the next one will be: what the file tells is that one is
/// being looked forward to. Writes `user_id,rank,item_id,score`. Returns the line of JSON.
Result<std::string> evaluate_basket(const BasketTask& task);

}  // namespace souk::cli
