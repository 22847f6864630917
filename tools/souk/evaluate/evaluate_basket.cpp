#include "tools/souk/evaluate/evaluate_basket.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>

#include "souk/v1/event.pb.h"
#include "tools/souk/evaluate/csv_rows.hpp"
#include "tools/souk/import/values.hpp"
#include "tools/souk/progress.hpp"

namespace souk::cli {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::uint32_t kOrderCompleted = souk::v1::Event::kOrderCompletedFieldNumber;
constexpr std::int64_t kEndUs = 1'704'067'200LL * 1'000'000;  // 2024-01-01: the next orders
constexpr std::int64_t kStepUs = 14LL * 86'400 * 1'000'000;
constexpr std::size_t kFeedPiece = 4'096;

double seconds_since(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

struct PlacedOrder {
  std::int64_t time_us = 0;
  std::uint32_t user = 0;
  std::uint32_t at = 0;
};

std::vector<PlacedOrder> place(const std::vector<OrderTrail>& users, bool timed) {
  std::vector<PlacedOrder> placed;
  for (std::uint32_t user = 0; user < users.size(); ++user) {
    const auto& orders = users[user].orders;
    for (std::uint32_t at = 0; at < orders.size(); ++at) {
      const auto left = static_cast<std::int64_t>(orders.size() - at);
      placed.push_back({timed ? orders[at].time_us : kEndUs - left * kStepUs, user, at});
    }
  }
  std::stable_sort(placed.begin(), placed.end(), [](const PlacedOrder& a, const PlacedOrder& b) {
    return a.time_us < b.time_us;
  });
  return placed;
}

Status feed_orders(PluginRunner& plugin, const std::vector<OrderTrail>& users,
                   const std::vector<PlacedOrder>& placed, bool quiet) {
  ProgressBar bar("learning", "orders", quiet);
  std::vector<FedEvent> events;
  souk::v1::OrderCompleted completed;
  for (std::size_t begin = 0; begin < placed.size(); begin += kFeedPiece) {
    const std::size_t end = std::min(begin + kFeedPiece, placed.size());
    events.resize(end - begin);
    for (std::size_t at = begin; at < end; ++at) {
      const OrderTrail& user = users[placed[at].user];
      FedEvent& event = events[at - begin];
      event.payload_field = kOrderCompleted;
      event.time_us = placed[at].time_us;
      event.shopper_id = user.id;
      completed.Clear();
      completed.set_order_id(user.id + "#" + std::to_string(placed[at].at));
      for (const std::string& item : user.orders[placed[at].at].items)
        completed.add_products()->set_product_id(item);
      completed.SerializeToString(&event.payload);
    }
    if (Status status = plugin.feed(events); !status.ok()) return status;
    bar.show(static_cast<double>(end) / static_cast<double>(placed.size()), end);
  }
  bar.finish(placed.size());
  return {};
}

Status predict(PluginRunner& plugin, std::uint32_t method, const std::string& user, unsigned top,
               std::vector<std::string>& ranked, std::string& out) {
  souk::v1::RecommendRequest request;
  request.set_kind("buy_again");
  request.set_include_seen(true);
  request.set_shopper_id(user);
  request.set_limit(top);
  const auto reply = recommend(plugin, method, request);
  if (!reply) return reply.status();
  for (const souk::v1::RecommendedItem& item : reply->items()) {
    ranked.push_back(item.product_id());
    out += user + "," + std::to_string(ranked.size()) + "," + item.product_id() + "," +
           number_text(item.score()) + "\n";
  }
  return {};
}

Result<std::string> score(const std::string& truth, const std::vector<OrderTrail>& users,
                          const std::vector<std::vector<std::string>>& ranked) {
  if (truth.empty()) return std::string();
  const auto orders = read_trails(truth, "user_id");
  if (!orders) return orders.status();
  std::unordered_map<std::string_view, std::size_t> place_of;
  for (std::size_t at = 0; at < users.size(); ++at)
    place_of.emplace(users[at].id, at);
  BasketScore total;
  for (const Trail& order : *orders) {
    const auto found = place_of.find(order.id);
    if (found == place_of.end()) {
      return Status(Code::invalid_argument, truth + ": user " + order.id + " is not in train");
    }
    total.add(ranked[found->second], {order.items.begin(), order.items.end()});
  }
  return "," + total.json();
}

}  // namespace

void BasketScore::add(const std::vector<std::string>& ranked,
                      const std::unordered_set<std::string>& order) {
  if (order.empty()) return;
  double found_10 = 0, found_20 = 0, gain = 0, ideal = 0;
  for (std::size_t rank = 0; rank < 20; ++rank) {
    const double discount = 1 / std::log2(static_cast<double>(rank) + 2);
    if (rank < 10 && rank < order.size()) ideal += discount;
    if (rank >= ranked.size() || !order.contains(ranked[rank])) continue;
    found_20 += 1;
    if (rank >= 10) continue;
    found_10 += 1;
    gain += discount;
  }
  ++users_;
  recall_10_ += found_10 / static_cast<double>(order.size());
  recall_20_ += found_20 / static_cast<double>(order.size());
  ndcg_10_ += gain / ideal;
}

std::string BasketScore::json() const {
  const double users = std::max<double>(1, static_cast<double>(users_));
  return "\"users_scored\":" + std::to_string(users_) +
         ",\"recall_at_10\":" + number_text(recall_10_ / users) +
         ",\"recall_at_20\":" + number_text(recall_20_ / users) +
         ",\"ndcg_at_10\":" + number_text(ndcg_10_ / users);
}

Result<std::vector<OrderTrail>> read_orders(const std::string& path, bool& timed) {
  auto rows = CsvRows::open(path);
  if (!rows) return rows.status();
  const Column user_column = (*rows)->need("user_id");
  const Column number_column = (*rows)->need("order_number");
  const Column item_column = (*rows)->need("item_id");
  const Column time_column = (*rows)->find("timestamp");
  timed = time_column.present();
  std::vector<OrderTrail> users;
  std::unordered_map<std::string, std::size_t> index;
  const Status status = (*rows)->for_each([&](const CsvRecord& record) -> Status {
    const auto wrong = [](const char* what) { return Status(Code::invalid_argument, what); };
    std::string id(user_column.of(record));
    if (id.empty()) return wrong("user_id is empty");
    if (item_column.of(record).empty()) return wrong("item_id is empty");
    const std::string_view text = number_column.of(record);
    OrderTrail::Order order;
    const auto [rest, error] =
        std::from_chars(text.data(), text.data() + text.size(), order.number);
    if (error != std::errc() || rest != text.data() + text.size()) {
      return wrong("order_number is not a whole number");
    }
    if (timed) {
      const auto time_us = parse_time(time_column.of(record));
      if (!time_us) return wrong("timestamp is not a time");
      order.time_us = *time_us;
    }
    const auto [at, added] = index.try_emplace(id, users.size());
    if (added) users.emplace_back().id = std::move(id);
    auto& orders = users[at->second].orders;
    if (orders.empty() || orders.back().number != order.number) orders.push_back(order);
    orders.back().items.emplace_back(item_column.of(record));
    return {};
  });
  if (!status.ok()) return status;
  for (OrderTrail& user : users) {
    std::stable_sort(
        user.orders.begin(), user.orders.end(),
        [](const OrderTrail::Order& a, const OrderTrail::Order& b) { return a.number < b.number; });
  }
  return users;
}

Result<std::string> evaluate_basket(const BasketTask& task) {
  const auto start = SteadyClock::now();
  const auto info = find_plugin(task.settings.plugin, "recommendations");
  if (!info) return info.status();
  bool timed = false;
  const auto users = read_orders(task.train, timed);
  if (!users) return users.status();
  auto plugin = PluginRunner::open(*info, task.settings.settings);
  if (!plugin) return plugin.status();
  const auto method = (*plugin)->method("souk.v1.Recommendations/Recommend");
  if (!method) return method.status();
  const auto learning = SteadyClock::now();
  const std::vector<PlacedOrder> placed = place(*users, timed);
  Status status = feed_orders(**plugin, *users, placed, task.settings.quiet);
  if (!status.ok()) return status;
  (*plugin)->pass_time_to(timed ? placed.back().time_us : kEndUs);
  const double train_seconds = seconds_since(learning);
  std::vector<std::string> pieces(users->size());
  std::vector<std::vector<std::string>> ranked(users->size());
  const auto predicting = SteadyClock::now();
  status = for_all(
      users->size(), task.settings.threads, "predicting", task.settings.quiet, [&](std::size_t at) {
        return predict(**plugin, *method, (*users)[at].id, task.top, ranked[at], pieces[at]);
      });
  if (!status.ok()) return status;
  const double predict_seconds = seconds_since(predicting);
  const auto scores = score(task.truth, *users, ranked);
  if (!scores) return scores.status();
  status = write_predictions(task.settings.out, "user_id,rank,item_id,score", pieces);
  if (!status.ok()) return status;
  return "{\"task\":\"basket\",\"orders\":" + std::to_string(placed.size()) +
         ",\"users\":" + std::to_string(users->size()) + *scores +
         ",\"train_seconds\":" + number_text(train_seconds) +
         ",\"predict_seconds\":" + number_text(predict_seconds) +
         ",\"wall_seconds\":" + number_text(seconds_since(start)) +
         ",\"peak_memory_mib\":" + number_text(peak_memory_mib()) + "}";
}

}  // namespace souk::cli
