#include "tools/souk/evaluate/evaluate_policy.hpp"

#include <algorithm>
#include <charconv>
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

using Rows = std::vector<std::size_t>;

constexpr std::int64_t kPolicyLearnMs = 600'000;
constexpr double kTwoSided95 = 1.959963984540054;

/// A table of an experiment. Arms by number; 0 is that of no message.
struct Experiment {
  std::map<std::string, std::vector<std::string>> features;
  std::map<std::string, std::vector<double>> values;
  std::vector<std::size_t> arm;
  std::vector<std::string> arms;
};

bool policy_number(std::string_view text, double& out) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
  return read.ec == std::errc() && read.ptr == text.data() + text.size() && std::isfinite(out);
}

std::size_t arm_number(Experiment& table, std::string_view name) {
  const auto found = std::find(table.arms.begin(), table.arms.end(), name);
  if (found == table.arms.end()) table.arms.emplace_back(name);
  return static_cast<std::size_t>(std::find(table.arms.begin(), table.arms.end(), name) -
                                  table.arms.begin());
}

Result<Experiment> read_experiment(const PolicyTask& task) {
  const auto header = CsvReader::open(task.table);
  if (!header) return header.status();
  auto rows = CsvRows::open(task.table);
  if (!rows) return rows.status();
  Experiment table;
  table.arms.push_back(task.none);
  std::vector<std::string> wanted = task.values;
  wanted.push_back(task.learn);
  std::vector<std::pair<Column, std::vector<std::string>*>> texts;
  std::vector<std::pair<Column, std::vector<double>*>> numbers;
  const Column arm = (*rows)->need(task.arm);
  for (const std::string& name : wanted) {
    if (!table.values.contains(name))
      numbers.emplace_back((*rows)->need(name), &table.values[name]);
  }
  for (const std::string& name : (*header)->header()) {
    const bool taken =
        name == task.arm || table.values.contains(name) ||
        std::find(task.ignored.begin(), task.ignored.end(), name) != task.ignored.end();
    if (!taken) texts.emplace_back((*rows)->find(name), &table.features[name]);
  }
  Status status = (*rows)->for_each([&](const CsvRecord& record) -> Status {
    for (auto& [column, cells] : texts)
      cells->emplace_back(column.of(record));
    for (auto& [column, cells] : numbers) {
      double number = 0;
      if (!policy_number(column.of(record), number))
        return {Code::invalid_argument, "\"" + std::string(column.of(record)) + "\" is no number"};
      cells->push_back(number);
    }
    table.arm.push_back(arm_number(table, arm.of(record)));
    return {};
  });
  if (!status.ok()) return status;
  if (table.arms.size() < 2)
    return Status(Code::invalid_argument, task.table + ": everybody got the same");
  return table;
}

/// One column for the rows to learn from and one for those to score.
void add_feature(const std::string& name, const std::vector<std::string>& cells, const Rows& learn,
                 const Rows& judge, souk::v1::ScoreTableRequest& request) {
  double number = 0;
  const bool numbers = std::all_of(cells.begin(), cells.end(), [&](const std::string& cell) {
    return cell.empty() || policy_number(cell, number);
  });
  const auto fill = [&](const Rows& rows, souk::v1::TableColumn& column) {
    column.set_name(name);
    for (const std::size_t row : rows) {
      if (!numbers) {
        column.add_texts(cells[row]);
      } else {
        column.add_numbers(
            policy_number(cells[row], number) ? number : std::numeric_limits<double>::quiet_NaN());
      }
    }
  };
  fill(learn, *request.add_train());
  fill(judge, *request.add_rows());
}

/// What the plugin expects one message to change, for each row to judge.
Result<std::vector<double>> uplift_of(PluginRunner& plugin, std::uint32_t method,
                                      const Experiment& table, const PolicyTask& task,
                                      std::size_t arm, const Rows& learn, const Rows& judge) {
  Rows rows;
  for (const std::size_t row : learn) {
    if (table.arm[row] == 0 || table.arm[row] == arm) rows.push_back(row);
  }
  souk::v1::ScoreTableRequest request;
  request.set_task("uplift");
  request.set_outcome("outcome");
  request.set_treatment("treatment");
  for (const auto& [name, cells] : table.features)
    add_feature(name, cells, rows, judge, request);
  auto* outcome = request.add_train();
  auto* treatment = request.add_train();
  outcome->set_name("outcome");
  treatment->set_name("treatment");
  for (const std::size_t row : rows) {
    outcome->add_numbers(table.values.at(task.learn)[row]);
    treatment->add_numbers(table.arm[row] == arm ? 1 : 0);
  }
  const auto bytes = plugin.ask(method, request.SerializeAsString(), kPolicyLearnMs);
  if (!bytes) return bytes.status();
  souk::v1::ScoreTableReply reply;
  if (!reply.ParseFromString(*bytes) || reply.scores_size() != static_cast<int>(judge.size()))
    return Status(Code::internal, "the answer is malformed");
  return std::vector<double>(reply.scores().begin(), reply.scores().end());
}

double mean_in_arm(const Experiment& table, const std::vector<double>& value, const Rows& rows,
                   std::size_t arm) {
  double sum = 0;
  double count = 0;
  for (const std::size_t row : rows) {
    sum += table.arm[row] == arm ? value[row] : 0;
    count += table.arm[row] == arm ? 1 : 0;
  }
  return count > 0 ? sum / count : 0;
}

struct Estimate {
  double policy = 0;
  double random = 0;
  double error = 0;  ///< standard error of the difference
  [[nodiscard]] double difference() const { return policy - random; }
};

/// Doubly robust: the arm's mean among the learned, and where a row really got that arm what is
/// left over, weighed by one over the arm's share.
Estimate value_of(const Experiment& table, const std::vector<double>& value, const Rows& learn,
                  const Rows& judge, const Rows& choice, std::size_t best, double volume) {
  std::vector<double> means;
  std::vector<double> shares(table.arms.size(), 0);
  for (std::size_t arm = 0; arm < table.arms.size(); ++arm)
    means.push_back(mean_in_arm(table, value, learn, arm));
  for (const std::size_t row : judge)
    shares[table.arm[row]] += 1 / static_cast<double>(judge.size());
  const auto worth = [&](std::size_t row, std::size_t arm) {
    return means[arm] + (table.arm[row] == arm ? (value[row] - means[arm]) / shares[arm] : 0);
  };
  Estimate found;
  double squares = 0;
  const auto n = static_cast<double>(judge.size());
  for (std::size_t i = 0; i < judge.size(); ++i) {
    const double chosen = worth(judge[i], choice[i]);
    const double lot = volume * worth(judge[i], best) + (1 - volume) * worth(judge[i], 0);
    found.policy += chosen / n;
    found.random += lot / n;
    squares += (chosen - lot) * (chosen - lot);
  }
  const double difference = found.difference();
  found.error = std::sqrt(std::max(squares / n - difference * difference, 0.0) / (n - 1));
  return found;
}

/// The arm of each row to judge: the best `volume` of them get the message of the larger uplift.
Rows choose_arms(const std::vector<std::vector<double>>& uplift, double volume) {
  const std::size_t rows = uplift.front().size();
  std::vector<double> most(rows, -std::numeric_limits<double>::infinity());
  Rows arm(rows, 0);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t a = 0; a < uplift.size(); ++a) {
      if (uplift[a][i] <= most[i]) continue;
      most[i] = uplift[a][i];
      arm[i] = a + 1;
    }
  }
  Rows order(rows);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return most[a] > most[b]; });
  for (auto i = static_cast<std::size_t>(volume * static_cast<double>(rows)); i < rows; ++i)
    arm[order[i]] = 0;
  return arm;
}

/// By what is counted, in the order of the task.
Result<std::vector<Estimate>> judge_half(PluginRunner& plugin, std::uint32_t method,
                                         const Experiment& table, const PolicyTask& task,
                                         const Rows& learn, const Rows& judge) {
  std::vector<std::vector<double>> uplift;
  std::size_t best = 1;
  const std::vector<double>& learned = table.values.at(task.learn);
  for (std::size_t arm = 1; arm < table.arms.size(); ++arm) {
    auto scores = uplift_of(plugin, method, table, task, arm, learn, judge);
    if (!scores) return scores.status();
    uplift.push_back(*std::move(scores));
    if (mean_in_arm(table, learned, learn, arm) > mean_in_arm(table, learned, learn, best))
      best = arm;
  }
  const Rows choice = choose_arms(uplift, task.volume);
  std::vector<Estimate> found;
  for (const std::string& name : task.values) {
    found.push_back(
        value_of(table, table.values.at(name), learn, judge, choice, best, task.volume));
  }
  return found;
}

/// Each half teaches once and judges once, so that everybody is judged by a model that has not seen
/// them.
Result<std::vector<Estimate>> judge_split(PluginRunner& plugin, std::uint32_t method,
                                          const Experiment& table, const PolicyTask& task,
                                          unsigned split) {
  Rows rows(table.arm.size());
  std::iota(rows.begin(), rows.end(), 0);
  std::mt19937_64 random(split + 1);
  for (std::size_t i = rows.size(); i > 1; --i)
    std::swap(rows[i - 1], rows[random() % i]);
  const auto half = static_cast<std::ptrdiff_t>(rows.size() / 2);
  const Rows one(rows.begin(), rows.begin() + half);
  const Rows other(rows.begin() + half, rows.end());
  auto found = judge_half(plugin, method, table, task, one, other);
  if (!found) return found;
  const auto turned = judge_half(plugin, method, table, task, other, one);
  if (!turned) return turned.status();
  for (std::size_t v = 0; v < found->size(); ++v) {
    Estimate& both = (*found)[v];
    const Estimate& second = (*turned)[v];
    both.policy = (both.policy + second.policy) / 2;
    both.random = (both.random + second.random) / 2;
    both.error = std::hypot(both.error, second.error) / 2;
  }
  return found;
}

std::string summary(const PolicyTask& task, const std::vector<std::vector<Estimate>>& splits) {
  std::string out = "{\"task\":\"policy\",\"volume\":" + number_text(task.volume) +
                    ",\"splits\":" + std::to_string(splits.size()) + ",\"values\":{";
  const auto n = static_cast<double>(splits.size());
  for (std::size_t v = 0; v < task.values.size(); ++v) {
    double policy = 0;
    double random = 0;
    double error = 0;
    unsigned better = 0;
    for (const auto& split : splits) {
      policy += split[v].policy / n;
      random += split[v].random / n;
      // The splits share their people: their mean is no surer than one of them.
      error += split[v].error / n;
      better += split[v].difference() > 0 ? 1 : 0;
    }
    const double difference = policy - random;
    out += (v == 0 ? "\"" : ",\"") + task.values[v] + "\":{\"policy\":" + number_text(policy) +
           ",\"random\":" + number_text(random) + ",\"difference\":" + number_text(difference) +
           ",\"low\":" + number_text(difference - kTwoSided95 * error) +
           ",\"high\":" + number_text(difference + kTwoSided95 * error) +
           ",\"better_in\":" + std::to_string(better) + "}";
  }
  return out + "}}";
}

}  // namespace

Result<std::string> evaluate_policy(const PolicyTask& task) {
  const auto info = find_plugin(task.settings.plugin, "segmentation");
  if (!info) return info.status();
  const auto table = read_experiment(task);
  if (!table) return table.status();
  auto plugin = PluginRunner::open(*info, task.settings.settings, task.settings.threads);
  if (!plugin) return plugin.status();
  const auto method = (*plugin)->method("souk.v1.Segmentation/ScoreTable");
  if (!method) return method.status();
  std::vector<std::vector<Estimate>> splits;
  std::vector<std::string> lines;
  for (unsigned split = 0; split < task.splits; ++split) {
    auto found = judge_split(**plugin, *method, *table, task, split);
    if (!found) return found.status();
    for (std::size_t v = 0; v < task.values.size(); ++v) {
      const Estimate& one = (*found)[v];
      lines.push_back(std::to_string(split) + "," + task.values[v] + "," + number_text(one.policy) +
                      "," + number_text(one.random) + "," + number_text(one.difference()) + "," +
                      number_text(one.difference() - kTwoSided95 * one.error) + "," +
                      number_text(one.difference() + kTwoSided95 * one.error) + "\n");
    }
    splits.push_back(*std::move(found));
  }
  Status status =
      write_predictions(task.settings.out, "split,value,policy,random,difference,low,high", lines);
  if (!status.ok()) return status;
  return summary(task, splits);
}

}  // namespace souk::cli
