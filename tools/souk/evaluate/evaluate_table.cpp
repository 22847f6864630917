#include "tools/souk/evaluate/evaluate_table.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <random>

#include "souk/v1/segmentation.pb.h"
#include "tools/souk/evaluate/csv_rows.hpp"
#include "tools/souk/evaluate/plugin_runner.hpp"

namespace souk::cli {
namespace {

using TableClock = std::chrono::steady_clock;
using Cells = std::map<std::string, std::vector<std::string>>;

constexpr std::int64_t kLearnMs = 600'000;
constexpr std::size_t kTableDraws = 200;

Result<Cells> read_cells(const std::string& path) {
  const auto header = CsvReader::open(path);
  if (!header) return header.status();
  auto rows = CsvRows::open(path);
  if (!rows) return rows.status();
  Cells cells;
  std::vector<std::pair<Column, std::vector<std::string>*>> columns;
  for (const std::string& name : (*header)->header())
    columns.emplace_back((*rows)->find(name), &cells[name]);
  const Status status = (*rows)->for_each([&](const CsvRecord& record) -> Status {
    for (auto& [column, values] : columns)
      values->emplace_back(column.of(record));
    return {};
  });
  if (!status.ok()) return status;
  return cells;
}

bool number_of(const std::string& text, double& out) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
  return read.ec == std::errc() && read.ptr == text.data() + text.size() && std::isfinite(out);
}

/// 0 or 1, as numbers or in words.
Result<std::vector<double>> labels_in(const Cells& cells, const std::string& name,
                                      const std::string& path) {
  const auto found = cells.find(name);
  if (found == cells.end()) {
    return Status(Code::invalid_argument, path + " has no column \"" + name + "\"");
  }
  std::vector<double> out;
  for (std::string text : found->second) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    double number = -1;
    if (text == "yes" || text == "true") number = 1;
    if (text == "no" || text == "false") number = 0;
    if (number < 0 && (!number_of(text, number) || (number != 0 && number != 1))) {
      return Status(Code::invalid_argument, path + ": row " + std::to_string(out.size()) +
                                                " of \"" + name + "\" is \"" + text +
                                                "\", not 0 or 1");
    }
    out.push_back(number);
  }
  return out;
}

/// Features of both tables; a column holds numbers where all of train's cells do.
void add_features(const Cells& train, const Cells& test, const TableTask& task,
                  souk::v1::ScoreTableRequest& request) {
  for (const auto& [name, cells] : train) {
    if (name == task.outcome || name == task.treatment ||
        std::find(task.ignored.begin(), task.ignored.end(), name) != task.ignored.end()) {
      continue;
    }
    double number = 0;
    const bool numbers = std::all_of(cells.begin(), cells.end(), [&](const std::string& cell) {
      return cell.empty() || number_of(cell, number);
    });
    const auto fill = [&, &title = name](const std::vector<std::string>& values,
                                         souk::v1::TableColumn& column) {
      column.set_name(title);
      for (const std::string& cell : values) {
        if (!numbers) {
          column.add_texts(cell);
        } else {
          column.add_numbers(number_of(cell, number) ? number
                                                     : std::numeric_limits<double>::quiet_NaN());
        }
      }
    };
    fill(cells, *request.add_train());
    if (const auto asked = test.find(name); asked != test.end())
      fill(asked->second, *request.add_rows());
  }
}

void add_labels(const std::string& name, const std::vector<double>& values,
                souk::v1::ScoreTableRequest& request) {
  auto* column = request.add_train();
  column->set_name(name);
  column->mutable_numbers()->Add(values.begin(), values.end());
}

struct Answer {
  Cells test;
  std::size_t learned = 0;
  std::size_t rows = 0;
  souk::v1::ScoreTableReply reply;
};

Result<Answer> ask_table(const TableTask& task) {
  const auto info = find_plugin(task.settings.plugin, "segmentation");
  if (!info) return info.status();
  const auto train = read_cells(task.train);
  if (!train) return train.status();
  auto test = read_cells(task.test);
  if (!test) return test.status();
  souk::v1::ScoreTableRequest request;
  request.set_task(task.treatment.empty() ? "churn" : "uplift");
  request.set_outcome(task.outcome);
  request.set_treatment(task.treatment);
  const auto outcome = labels_in(*train, task.outcome, task.train);
  if (!outcome) return outcome.status();
  add_labels(task.outcome, *outcome, request);
  if (!task.treatment.empty()) {
    const auto treated = labels_in(*train, task.treatment, task.train);
    if (!treated) return treated.status();
    add_labels(task.treatment, *treated, request);
  }
  add_features(*train, *test, task, request);
  auto plugin = PluginRunner::open(*info, task.settings.settings);
  if (!plugin) return plugin.status();
  const auto method = (*plugin)->method("souk.v1.Segmentation/ScoreTable");
  if (!method) return method.status();
  const auto bytes = (*plugin)->ask(*method, request.SerializeAsString(), kLearnMs);
  if (!bytes) return bytes.status();
  Answer out{.test = *std::move(test), .learned = outcome->size(), .rows = 0, .reply = {}};
  out.rows = out.test.begin()->second.size();
  if (!out.reply.ParseFromString(*bytes) || out.reply.scores_size() != static_cast<int>(out.rows)) {
    return Status(Code::internal, "the answer is malformed");
  }
  return out;
}

std::vector<std::size_t> order_of(const std::vector<double>& score) {
  std::vector<std::size_t> order(score.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return score[a] > score[b]; });
  return order;
}

double qini_in_order(const ScoredRows& rows, const std::vector<std::size_t>& order,
                     const std::vector<int>& times) {
  double outcomes[2] = {0, 0}, people[2] = {0, 0}, area = 0, height = 0, all = 0;
  for (std::size_t i = 0; i < order.size();) {
    double width = 0;
    const double here = rows.score[order[i]];
    for (; i < order.size() && rows.score[order[i]] == here; ++i) {
      const std::size_t row = order[i];
      const double weight = times.empty() ? 1 : times[row];
      const std::size_t arm = rows.treated[row] > 0.5 ? 1 : 0;
      outcomes[arm] += weight * rows.outcome[row];
      people[arm] += weight;
      width += weight;
    }
    const double next =
        people[0] > 0 ? outcomes[1] - outcomes[0] * people[1] / people[0] : outcomes[1];
    area += width * (height + next) / 2;
    height = next;
    all += width;
  }
  return all > 0 ? (area - height * all / 2) / (all * all) : 0;
}

/// ,"name":value,"name_low":…,"name_high":… of four fifths of the draws.
std::string range_json(const std::string& name, double value, std::vector<double> draws) {
  std::sort(draws.begin(), draws.end());
  return ",\"" + name + "\":" + number_text(value) + ",\"" + name +
         "_low\":" + number_text(draws[draws.size() / 10]) + ",\"" + name +
         "_high\":" + number_text(draws[draws.size() - 1 - draws.size() / 10]);
}

std::string uplift_scores(const ScoredRows& ours, const ScoredRows& plain) {
  const std::vector<std::size_t> order = order_of(ours.score);
  const std::vector<std::size_t> plain_order = order_of(plain.score);
  std::mt19937_64 random(1);
  std::poisson_distribution<int> often(1);
  std::vector<double> draws, plain_draws, differences;
  std::vector<int> times(ours.score.size());
  for (std::size_t draw = 0; draw < kTableDraws; ++draw) {
    for (int& one : times)
      one = often(random);
    draws.push_back(qini_in_order(ours, order, times));
    plain_draws.push_back(qini_in_order(plain, plain_order, times));
    differences.push_back(draws.back() - plain_draws.back());
  }
  const double qini = qini_in_order(ours, order, {});
  const double plain_qini = qini_in_order(plain, plain_order, {});
  return range_json("qini", qini, draws) + ",\"auuc\":" + number_text(auuc_of(ours)) +
         range_json("two_model_qini", plain_qini, plain_draws) +
         ",\"two_model_auuc\":" + number_text(auuc_of(plain)) +
         range_json("qini_difference", qini - plain_qini, differences);
}

std::string end_of_line(const TableClock::time_point start) {
  const std::chrono::duration<double> wall = TableClock::now() - start;
  return ",\"wall_seconds\":" + number_text(wall.count()) +
         ",\"peak_memory_mib\":" + number_text(peak_memory_mib()) + "}";
}

std::string churn_scores(const std::vector<double>& said, const std::vector<double>& left) {
  std::vector<std::size_t> order = order_of(said);
  std::reverse(order.begin(), order.end());
  const auto n = static_cast<double>(said.size());
  double leavers = 0, ranks = 0, brier = 0, error = 0;
  for (std::size_t i = 0; i < order.size();) {
    std::size_t end = i;
    double here = 0;
    while (end < order.size() && said[order[end]] == said[order[i]])
      here += left[order[end++]];
    ranks += here * static_cast<double>(i + end + 1) / 2;
    leavers += here;
    i = end;
  }
  for (std::size_t i = 0; i < said.size(); ++i)
    brier += (said[i] - left[i]) * (said[i] - left[i]) / n;
  constexpr std::size_t kGroups = 10;
  for (std::size_t group = 0; group < kGroups; ++group) {
    double difference = 0;
    for (std::size_t i = group * said.size() / kGroups; i < (group + 1) * said.size() / kGroups;
         ++i)
      difference += said[order[i]] - left[order[i]];
    error += std::abs(difference) / n;
  }
  const double stayed = n - leavers;
  const double area =
      leavers > 0 && stayed > 0 ? (ranks - leavers * (leavers + 1) / 2) / (leavers * stayed) : 0.5;
  return ",\"roc_auc\":" + number_text(area) + ",\"brier\":" + number_text(brier) +
         ",\"calibration_error\":" + number_text(error);
}

}  // namespace

double qini_of(const ScoredRows& rows, const std::vector<int>& times) {
  return qini_in_order(rows, order_of(rows.score), times);
}

double auuc_of(const ScoredRows& rows) {
  double outcomes[2] = {0, 0}, people[2] = {0, 0}, area = 0;
  const std::vector<std::size_t> order = order_of(rows.score);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::size_t arm = rows.treated[order[i]] > 0.5 ? 1 : 0;
    outcomes[arm] += rows.outcome[order[i]];
    people[arm] += 1;
    if (people[0] == 0 || people[1] == 0) continue;
    area += (outcomes[1] / people[1] - outcomes[0] / people[0]) * static_cast<double>(i + 1);
  }
  const auto n = static_cast<double>(order.size());
  return n > 0 ? area / (n * n) : 0;
}

Result<std::string> evaluate_uplift(const TableTask& task) {
  const auto start = TableClock::now();
  const auto answer = ask_table(task);
  if (!answer) return answer.status();
  const auto& reply = answer->reply;
  std::vector<std::string> lines;
  for (int row = 0; row < reply.scores_size(); ++row)
    lines.push_back(std::to_string(row) + "," + number_text(reply.scores(row)) + "\n");
  Status status = write_predictions(task.settings.out, "row,uplift", lines);
  if (!status.ok()) return status;
  std::string scores;
  if (answer->test.contains(task.outcome) && answer->test.contains(task.treatment)) {
    const auto outcome = labels_in(answer->test, task.outcome, task.test);
    if (!outcome) return outcome.status();
    const auto treated = labels_in(answer->test, task.treatment, task.test);
    if (!treated) return treated.status();
    const ScoredRows ours{{reply.scores().begin(), reply.scores().end()}, *outcome, *treated};
    const ScoredRows plain{{reply.baseline().begin(), reply.baseline().end()}, *outcome, *treated};
    scores = uplift_scores(ours, plain);
  }
  return "{\"task\":\"uplift\",\"learned_from\":" + std::to_string(answer->learned) +
         ",\"rows\":" + std::to_string(answer->rows) + scores + end_of_line(start);
}

Result<std::string> evaluate_churn(const TableTask& task) {
  const auto start = TableClock::now();
  const auto answer = ask_table(task);
  if (!answer) return answer.status();
  const auto& reply = answer->reply;
  std::vector<std::string> lines;
  for (int row = 0; row < reply.scores_size(); ++row) {
    lines.push_back(std::to_string(row) + "," + number_text(reply.scores(row)) + "," +
                    number_text(reply.low(row)) + "," + number_text(reply.high(row)) + ",\"" +
                    reply.reasons(row) + "\"\n");
  }
  Status status = write_predictions(task.settings.out, "row,churn,low,high,reasons", lines);
  if (!status.ok()) return status;
  std::string scores;
  if (answer->test.contains(task.outcome)) {
    const auto left = labels_in(answer->test, task.outcome, task.test);
    if (!left) return left.status();
    scores = churn_scores({reply.scores().begin(), reply.scores().end()}, *left);
  }
  return "{\"task\":\"churn\",\"learned_from\":" + std::to_string(answer->learned) +
         ",\"rows\":" + std::to_string(answer->rows) + scores + end_of_line(start);
}

}  // namespace souk::cli
