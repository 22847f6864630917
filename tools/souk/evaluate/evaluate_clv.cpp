#include "tools/souk/evaluate/evaluate_clv.hpp"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <unordered_map>
#include <vector>

#include "souk/v1/event.pb.h"
#include "souk/v1/segmentation.pb.h"
#include "tools/souk/evaluate/csv_rows.hpp"
#include "tools/souk/evaluate/plugin_runner.hpp"
#include "tools/souk/import/values.hpp"
#include "tools/souk/progress.hpp"

namespace souk::cli {
namespace {

constexpr std::int64_t kDayUs = 86'400LL * 1'000'000;
constexpr std::size_t kPiece = 10'000;

struct Transaction {
  std::int64_t time_us = 0;
  std::uint32_t customer = 0;
  double amount = 0;
};

struct Transactions {
  std::vector<std::string> customers;  ///< in order of appearance
  std::vector<Transaction> rows;       ///< in order of time
};

bool read_number(std::string_view text, double& out) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
  return read.ec == std::errc() && read.ptr == text.data() + text.size() && std::isfinite(out);
}

Result<Transactions> read_transactions(const std::string& path, std::int64_t until_us) {
  auto rows = CsvRows::open(path);
  if (!rows) return rows.status();
  const Column customer_column = (*rows)->need("customer_id");
  const Column date_column = (*rows)->need("date");
  const Column amount_column = (*rows)->need("amount");
  Transactions out;
  std::unordered_map<std::string, std::uint32_t> numbers;
  const Status status = (*rows)->for_each([&](const CsvRecord& record) -> Status {
    const auto wrong = [](const char* what) { return Status(Code::invalid_argument, what); };
    std::string id(customer_column.of(record));
    if (id.empty()) return wrong("customer_id is empty");
    const auto time_us = parse_time(date_column.of(record));
    if (!time_us) return wrong("date is not a date");
    Transaction row{.time_us = *time_us, .customer = 0, .amount = 0};
    if (!read_number(amount_column.of(record), row.amount)) return wrong("amount is not a number");
    if (row.time_us >= until_us) return {};
    const auto [at, added] =
        numbers.try_emplace(id, static_cast<std::uint32_t>(out.customers.size()));
    if (added) out.customers.push_back(std::move(id));
    row.customer = at->second;
    out.rows.push_back(row);
    return {};
  });
  if (!status.ok()) return status;
  if (out.rows.empty()) {
    return Status(Code::invalid_argument, path + ": no transaction up to --calibration-end");
  }
  std::stable_sort(
      out.rows.begin(), out.rows.end(),
      [](const Transaction& a, const Transaction& b) { return a.time_us < b.time_us; });
  return out;
}

Status feed(PluginRunner& plugin, const Transactions& all, bool quiet) {
  ProgressBar bar("learning", "transactions", quiet);
  std::vector<FedEvent> events;
  souk::v1::OrderCompleted order;
  for (std::size_t begin = 0; begin < all.rows.size(); begin += kPiece) {
    const std::size_t end = std::min(begin + kPiece, all.rows.size());
    events.resize(end - begin);
    for (std::size_t at = begin; at < end; ++at) {
      FedEvent& event = events[at - begin];
      event.payload_field = souk::v1::Event::kOrderCompletedFieldNumber;
      event.time_us = all.rows[at].time_us;
      event.shopper_id = all.customers[all.rows[at].customer];
      order.Clear();
      order.set_order_id(std::to_string(at));
      order.set_subtotal(all.rows[at].amount);
      order.SerializeToString(&event.payload);
    }
    if (Status status = plugin.feed(events); !status.ok()) return status;
    bar.show(static_cast<double>(end) / static_cast<double>(all.rows.size()), end);
  }
  bar.finish(all.rows.size());
  return {};
}

struct Expected {
  double alive = 0;
  double purchases = 0;
  double value = 0;
};

Result<std::vector<Expected>> ask(PluginRunner& plugin, const Transactions& all,
                                  std::int64_t as_of_us, unsigned horizon_days) {
  const auto method = plugin.method("souk.v1.Segmentation/PredictValue");
  if (!method) return method.status();
  // All at once: each question fits the models anew.
  souk::v1::PredictValueRequest request;
  for (const std::string& customer : all.customers)
    request.add_ids(customer);
  request.set_horizon_days(horizon_days);
  request.mutable_time()->set_seconds(as_of_us / 1'000'000);
  request.set_fit(true);
  const auto bytes = plugin.ask(*method, request.SerializeAsString(), 600'000);
  if (!bytes) return bytes.status();
  souk::v1::PredictValueReply reply;
  if (!reply.ParseFromString(*bytes)) return Status(Code::internal, "the answer is malformed");
  std::vector<Expected> out;
  for (const auto& customer : reply.customers()) {
    const auto& prediction = customer.prediction();
    out.push_back(
        {prediction.alive().value(), prediction.likely_orders(), prediction.value().value()});
  }
  for (const auto& model : reply.models()) {
    std::string json;
    if (google::protobuf::util::MessageToJsonString(model, &json).ok()) {
      std::fprintf(stderr, "%s\n", json.c_str());
    }
  }
  return out;
}

/// Mean absolute error of purchases and the error of their sum.
Result<std::string> score(const std::string& path, const Transactions& all,
                          const std::vector<Expected>& expected) {
  if (path.empty()) return std::string();
  auto rows = CsvRows::open(path);
  if (!rows) return rows.status();
  const Column customer_column = (*rows)->need("customer_id");
  const Column purchases_column = (*rows)->need("purchases");
  std::unordered_map<std::string_view, std::size_t> places;
  for (std::size_t at = 0; at < all.customers.size(); ++at)
    places.emplace(all.customers[at], at);
  double error = 0, sum = 0, truth = 0;
  std::size_t scored = 0;
  const Status status = (*rows)->for_each([&](const CsvRecord& record) -> Status {
    const auto found = places.find(customer_column.of(record));
    if (found == places.end()) {
      return {Code::invalid_argument, "the customer has no transaction up to --calibration-end"};
    }
    double purchases = 0;
    if (!read_number(purchases_column.of(record), purchases)) {
      return {Code::invalid_argument, "purchases is not a number"};
    }
    error += std::abs(expected[found->second].purchases - purchases);
    sum += expected[found->second].purchases;
    truth += purchases;
    ++scored;
    return {};
  });
  if (!status.ok()) return status;
  return ",\"customers_scored\":" + std::to_string(scored) + ",\"mean_absolute_error\":" +
         number_text(error / static_cast<double>(std::max<std::size_t>(1, scored))) +
         ",\"total_error\":" + number_text(truth > 0 ? sum / truth - 1 : 0);
}

}  // namespace

Result<std::string> evaluate_clv(const ClvTask& task) {
  const auto start = std::chrono::steady_clock::now();
  const auto info = find_plugin(task.settings.plugin, "segmentation");
  if (!info) return info.status();
  const auto end_us = parse_time(task.calibration_end);
  if (!end_us) {
    return Status(Code::invalid_argument,
                  "--calibration-end: \"" + task.calibration_end + "\" is no date like 1997-09-30");
  }
  const auto all = read_transactions(task.transactions, *end_us + kDayUs);
  if (!all) return all.status();
  auto plugin = PluginRunner::open(*info, task.settings.settings);
  if (!plugin) return plugin.status();
  if (Status status = feed(**plugin, *all, task.settings.quiet); !status.ok()) return status;
  (*plugin)->pass_time_to(*end_us);
  const auto expected = ask(**plugin, *all, *end_us, task.horizon_days);
  if (!expected) return expected.status();
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < all->customers.size(); ++at) {
    const Expected& one = (*expected)[at];
    lines.push_back(all->customers[at] + "," + number_text(one.alive) + "," +
                    number_text(one.purchases) + "," + number_text(one.value) + "\n");
  }
  const auto scores = score(task.holdout, *all, *expected);
  if (!scores) return scores.status();
  const Status status = write_predictions(
      task.settings.out, "customer_id,p_alive,expected_purchases,expected_value", lines);
  if (!status.ok()) return status;
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  return "{\"task\":\"clv\",\"transactions\":" + std::to_string(all->rows.size()) +
         ",\"customers\":" + std::to_string(all->customers.size()) + *scores +
         ",\"wall_seconds\":" + number_text(wall.count()) +
         ",\"peak_memory_mib\":" + number_text(peak_memory_mib()) + "}";
}

}  // namespace souk::cli
