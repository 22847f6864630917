#include "tools/souk/evaluate/evaluate_nextitem.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <unordered_map>
#include <unordered_set>

#include "souk/v1/event.pb.h"
#include "tools/souk/import/columns.hpp"
#include "tools/souk/import/csv_reader.hpp"
#include "tools/souk/progress.hpp"

namespace souk::cli {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::int64_t kStartUs = 1'704'067'200LL * 1'000'000;  // 2024-01-01
constexpr std::int64_t kSecondUs = 1'000'000;
constexpr std::size_t kFeedEvents = 16'384;
constexpr std::size_t kMostExcluded = 1'000;  // of a request
constexpr unsigned kMostAsked = 100;          // of a request
constexpr unsigned kScoredRanks = 10;

double seconds_passed_since(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

/// A user to predict for.
struct Target {
  std::string user;
  std::string item;  ///< empty: not told
};

/// Pairs of a column and another, line by line; `second` may be empty where it is not `needed`.
Result<std::vector<std::pair<std::string, std::string>>> read_pairs(const std::string& path,
                                                                    const std::string& first,
                                                                    const std::string& second,
                                                                    bool needed) {
  auto reader = CsvReader::open(path);
  if (!reader) return reader.status();
  Columns columns((*reader)->header(), {});
  const Column first_column = columns.need(first);
  const Column second_column = needed ? columns.need(second) : columns.find(second);
  if (Status status = columns.check(); !status.ok()) {
    return Status(status.code(), path + ": " + status.message());
  }
  std::vector<std::pair<std::string, std::string>> pairs;
  CsvRecord record;
  std::string reason;
  for (;;) {
    const auto outcome = (*reader)->next(record, reason);
    if (!outcome) return outcome.status();
    if (*outcome == CsvOutcome::end) break;
    const auto wrong = [&](const std::string& what) {
      return Status(Code::invalid_argument, path + ":" + std::to_string(record.line) + ": " + what);
    };
    if (*outcome == CsvOutcome::malformed) return wrong(reason);
    auto& pair = pairs.emplace_back(first_column.of(record), std::string());
    if (pair.first.empty()) return wrong(first + " is empty");
    if (second_column.present()) pair.second = second_column.of(record);
    if (needed && pair.second.empty()) return wrong(second + " is empty");
  }
  if (pairs.empty()) return Status(Code::invalid_argument, path + " has a header and no line");
  return pairs;
}

/// Gives each item as a product whose attributes are tags.
Status feed_items(PluginRunner& plugin, const std::string& path, std::int64_t time_us) {
  const auto pairs = read_pairs(path, "item_id", "attribute_id", true);
  if (!pairs) return pairs.status();
  std::vector<souk::v1::ProductUpserted> products;
  std::unordered_map<std::string, std::size_t> index;
  for (const auto& [item, attribute] : *pairs) {
    const auto [at, added] = index.try_emplace(item, products.size());
    if (added) products.emplace_back().mutable_product()->set_id(item);
    products[at->second].mutable_product()->add_tags(attribute);
  }
  std::vector<FedEvent> events(products.size());
  for (std::size_t at = 0; at < products.size(); ++at) {
    events[at].payload_field = souk::v1::Event::kProductUpsertedFieldNumber;
    events[at].time_us = time_us;
    products[at].SerializeToString(&events[at].payload);
  }
  return plugin.feed(events);
}

/// What one user took at one time: an order.
struct Purchase {
  std::int64_t time_us = 0;
  std::uint32_t trail = 0;
  std::uint32_t begin = 0;  ///< first of its items
  std::uint32_t end = 0;
};

std::vector<Purchase> purchases_of(const std::vector<Trail>& trails) {
  std::vector<Purchase> purchases;
  std::int64_t untimed = 0;
  for (std::size_t at = 0; at < trails.size(); ++at) {
    const Trail& trail = trails[at];
    const bool timed = trail.time_us.size() == trail.items.size();
    for (std::uint32_t item = 0; item < trail.items.size(); ++item) {
      const std::int64_t time_us = timed ? trail.time_us[item] : kStartUs + untimed++ * kSecondUs;
      const bool joins = item > 0 && timed && time_us == purchases.back().time_us;
      if (!joins) purchases.push_back({time_us, static_cast<std::uint32_t>(at), item, item});
      purchases.back().end = item + 1;
    }
  }
  std::stable_sort(purchases.begin(), purchases.end(),
                   [](const Purchase& a, const Purchase& b) { return a.time_us < b.time_us; });
  return purchases;
}

/// Gives what every user had as orders, in the order of their times: what was rated was bought.
Status feed_orders(PluginRunner& plugin, const std::vector<Trail>& trails,
                   const std::vector<Purchase>& purchases, bool quiet) {
  ProgressBar bar("learning", "orders", quiet);
  std::vector<FedEvent> events;
  for (std::size_t begin = 0; begin < purchases.size(); begin += kFeedEvents) {
    const std::size_t end = std::min(begin + kFeedEvents, purchases.size());
    events.assign(end - begin, {});
    for (std::size_t at = begin; at < end; ++at) {
      const Purchase& purchase = purchases[at];
      const Trail& trail = trails[purchase.trail];
      souk::v1::OrderCompleted order;
      order.set_order_id("o" + std::to_string(at));
      for (std::uint32_t item = purchase.begin; item < purchase.end; ++item)
        order.add_products()->set_product_id(trail.items[item]);
      FedEvent& event = events[at - begin];
      event.payload_field = souk::v1::Event::kOrderCompletedFieldNumber;
      event.time_us = purchase.time_us;
      event.shopper_id = trail.id;
      order.SerializeToString(&event.payload);
    }
    if (Status status = plugin.feed(events); !status.ok()) return status;
    bar.show(static_cast<double>(end) / static_cast<double>(purchases.size()), end);
  }
  bar.finish(purchases.size());
  return {};
}

/// Something that happens after all history and says nothing of anybody: the plugin trains.
Status let_it_train(PluginRunner& plugin) {
  FedEvent event;
  event.payload_field = souk::v1::Event::kCartViewedFieldNumber;
  event.time_us = plugin.newest_us() + 1;
  return plugin.feed_live({event});
}

/// Brings the lines of `later` behind those of `trails`, user by user.
void append(std::vector<Trail>& trails, std::vector<Trail> later) {
  std::unordered_map<std::string, std::size_t> index;
  for (std::size_t at = 0; at < trails.size(); ++at)
    index.emplace(trails[at].id, at);
  for (Trail& from : later) {
    const auto found = index.find(from.id);
    if (found == index.end()) {
      trails.push_back(std::move(from));
      continue;
    }
    Trail& to = trails[found->second];
    to.items.insert(to.items.end(), from.items.begin(), from.items.end());
    to.time_us.insert(to.time_us.end(), from.time_us.begin(), from.time_us.end());
  }
}

/// What the answers for one user gave.
struct UserScore {
  bool scored = false;  ///< the item was told
  unsigned rank = 0;    ///< of that item, from 1; 0: not among those shown
  double seconds = 0;   ///< spent in the plugin
};

class NextItems {
 public:
  NextItems(const NextItemTask& task, PluginRunner& plugin, std::uint32_t method,
            const std::vector<Trail>& trails, std::vector<Target> targets)
      : task_(task),
        plugin_(plugin),
        method_(method),
        trails_(trails),
        targets_(std::move(targets)) {
    for (std::size_t at = 0; at < trails.size(); ++at)
      index_.emplace(trails[at].id, at);
    scores_.resize(targets_.size());
    pieces_.resize(targets_.size());
  }

  Status run() {
    return for_all(targets_.size(), task_.settings.threads, "predicting", task_.settings.quiet,
                   [this](std::size_t at) { return predict(at); });
  }

  [[nodiscard]] const std::vector<std::string>& pieces() const { return pieces_; }

  /// The figures as members of a JSON object, each with a comma before it.
  [[nodiscard]] std::string figures() const {
    double scored = 0, hits = 0, gain = 0, seconds = 0;
    for (const UserScore& score : scores_) {
      seconds += score.seconds;
      if (!score.scored) continue;
      ++scored;
      if (score.rank == 0 || score.rank > kScoredRanks) continue;
      ++hits;
      gain += 1 / std::log2(score.rank + 1.0);
    }
    std::string text = ",\"users\":" + std::to_string(targets_.size());
    if (scored > 0) {
      text +=
          ",\"hr@10\":" + number_text(hits / scored) + ",\"ndcg@10\":" + number_text(gain / scored);
    }
    const double users = std::max<double>(1, static_cast<double>(targets_.size()));
    return text + ",\"prediction_us\":" + number_text(seconds / users * 1e6);
  }

 private:
  Status predict(std::size_t at) {
    const Target& target = targets_[at];
    souk::v1::RecommendRequest request;
    request.set_kind("for_you");
    request.set_shopper_id(target.user);
    request.set_limit(task_.top);
    std::unordered_set<std::string_view> had;
    if (const auto found = index_.find(target.user); found != index_.end()) {
      const auto& items = trails_[found->second].items;
      for (auto item = items.rbegin(); item != items.rend(); ++item) {
        if (had.insert(*item).second && had.size() <= kMostExcluded) request.add_exclude(*item);
      }
      // Those beyond what a request may name are taken out here, so more is asked for.
      if (had.size() > kMostExcluded) request.set_limit(kMostAsked);
    }
    UserScore& score = scores_[at];
    score.scored = !target.item.empty();
    const auto start = SteadyClock::now();
    const auto reply = recommend(plugin_, method_, request);
    score.seconds = seconds_passed_since(start);
    if (!reply) return reply.status();
    unsigned rank = 0;
    for (const souk::v1::RecommendedItem& item : reply->items()) {
      if (rank == task_.top || had.contains(item.product_id())) continue;
      ++rank;
      if (score.scored && item.product_id() == target.item) score.rank = rank;
      pieces_[at] += target.user + "," + std::to_string(rank) + "," + item.product_id() + "," +
                     number_text(item.score()) + "\n";
    }
    return {};
  }

  const NextItemTask& task_;
  PluginRunner& plugin_;
  const std::uint32_t method_;
  const std::vector<Trail>& trails_;
  const std::vector<Target> targets_;
  std::unordered_map<std::string_view, std::size_t> index_;
  std::vector<UserScore> scores_;
  std::vector<std::string> pieces_;
};

Result<std::vector<Trail>> read_histories(const NextItemTask& task) {
  auto trails = read_trails(task.train, "user_id");
  if (!trails || task.valid.empty()) return trails;
  auto valid = read_trails(task.valid, "user_id");
  if (!valid) return valid.status();
  append(*trails, std::move(*valid));
  return trails;
}

Result<std::vector<Target>> read_targets(const std::string& path) {
  auto pairs = read_pairs(path, "user_id", "item_id", false);
  if (!pairs) return pairs.status();
  std::vector<Target> targets;
  targets.reserve(pairs->size());
  for (auto& [user, item] : *pairs)
    targets.push_back({std::move(user), std::move(item)});
  return targets;
}

}  // namespace

Result<std::string> evaluate_nextitem(const NextItemTask& task) {
  const auto start = SteadyClock::now();
  const auto info = find_plugin(task.settings.plugin, "recommendations");
  if (!info) return info.status();
  const auto trails = read_histories(task);
  if (!trails) return trails.status();
  auto targets = read_targets(task.test);
  if (!targets) return targets.status();
  auto plugin = PluginRunner::open(*info, task.settings.settings);
  if (!plugin) return plugin.status();
  const auto method = (*plugin)->method("souk.v1.Recommendations/Recommend");
  if (!method) return method.status();
  const auto learning = SteadyClock::now();
  const std::vector<Purchase> purchases = purchases_of(*trails);
  if (!task.items.empty()) {
    const Status status = feed_items(**plugin, task.items, purchases.front().time_us);
    if (!status.ok()) return status;
  }
  if (Status status = feed_orders(**plugin, *trails, purchases, task.settings.quiet);
      !status.ok()) {
    return status;
  }
  if (Status status = let_it_train(**plugin); !status.ok()) return status;
  const double train_seconds = seconds_passed_since(learning);
  NextItems predictions(task, **plugin, *method, *trails, std::move(*targets));
  const auto predicting = SteadyClock::now();
  if (Status status = predictions.run(); !status.ok()) return status;
  const double predict_seconds = seconds_passed_since(predicting);
  if (Status status =
          write_predictions(task.settings.out, "user_id,rank,item_id,score", predictions.pieces());
      !status.ok()) {
    return status;
  }
  return "{\"task\":\"nextitem\",\"train_orders\":" + std::to_string(purchases.size()) +
         predictions.figures() + ",\"train_seconds\":" + number_text(train_seconds) +
         ",\"predict_seconds\":" + number_text(predict_seconds) +
         ",\"wall_seconds\":" + number_text(seconds_passed_since(start)) +
         ",\"peak_memory_mib\":" + number_text(peak_memory_mib()) + "}";
}

}  // namespace souk::cli
