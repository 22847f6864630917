#include <cstdio>
#include <memory>

#include "tools/souk/command.hpp"
#include "tools/souk/evaluate/evaluate_basket.hpp"
#include "tools/souk/evaluate/evaluate_clv.hpp"
#include "tools/souk/evaluate/evaluate_nextitem.hpp"
#include "tools/souk/evaluate/evaluate_policy.hpp"
#include "tools/souk/evaluate/evaluate_search.hpp"
#include "tools/souk/evaluate/evaluate_sessions.hpp"
#include "tools/souk/evaluate/evaluate_table.hpp"
#include "tools/souk/evaluate/evaluate_topn.hpp"

namespace souk::cli {
namespace {

void add_settings(CLI::App& command, EvaluationSettings& settings) {
  command.add_option("--out", settings.out, "Where the predictions go, as CSV")->required();
  command.add_option("--plugin", settings.plugin,
                     "The library to evaluate; without: the one installed");
  command.add_option("--settings", settings.settings, "The plugin's settings as JSON");
  command.add_option("--threads", settings.threads, "Without: one a core");
  command.add_flag("-q,--quiet", settings.quiet, "No progress on standard error");
}

int print(const char* task, const Result<std::string>& line) {
  if (!line) return fail(std::string("evaluate ") + task, line.status());
  std::printf("%s\n", line->c_str());
  return kDone;
}

void add_sessions(CLI::App& evaluate, int& exit_code) {
  CLI::App* command = evaluate.add_subcommand(
      "sessions", "The next item of a visit: predicts every position from the second on");
  const auto task = std::make_shared<SessionsTask>();
  command->add_option("--train", task->train, "CSV: session_id,item_id,timestamp")->required();
  command->add_option("--test", task->test, "CSV: session_id,item_id,timestamp")->required();
  command->add_option("--top", task->top, "Predictions a position")->check(CLI::Range(1, 100));
  add_settings(*command, task->settings);
  command->callback(
      [task, &exit_code] { exit_code = print("sessions", evaluate_sessions(*task)); });
}

void add_topn(CLI::App& evaluate, int& exit_code) {
  CLI::App* command =
      evaluate.add_subcommand("topn", "The best items for users of whom some are known");
  const auto task = std::make_shared<TopNTask>();
  command->add_option("--train", task->train, "CSV: user_id,item_id")->required();
  command->add_option("--fold-in", task->fold_in, "The same, for users not in train")->required();
  command->add_option("--truth", task->truth,
                      "CSV: user_id,item_id of what they took; adds nDCG and recall");
  command->add_option("--top", task->top, "Items a user")->check(CLI::Range(1, 100));
  add_settings(*command, task->settings);
  command->callback([task, &exit_code] { exit_code = print("topn", evaluate_topn(*task)); });
}

void add_nextitem(CLI::App& evaluate, int& exit_code) {
  CLI::App* command =
      evaluate.add_subcommand("nextitem", "The next item of users with a long history");
  const auto task = std::make_shared<NextItemTask>();
  command->add_option("--train", task->train, "CSV: user_id,item_id[,timestamp]")->required();
  command->add_option("--valid", task->valid, "The same; joins the history");
  command->add_option("--items", task->items, "CSV: item_id,attribute_id");
  command->add_option("--test", task->test, "CSV: user_id[,item_id]; who is predicted for")
      ->required();
  command->add_option("--top", task->top, "Items a user")->check(CLI::Range(1, 100));
  add_settings(*command, task->settings);
  command->callback(
      [task, &exit_code] { exit_code = print("nextitem", evaluate_nextitem(*task)); });
}

void add_basket(CLI::App& evaluate, int& exit_code) {
  CLI::App* command = evaluate.add_subcommand("basket", "The products of a shopper's next order");
  const auto task = std::make_shared<BasketTask>();
  command->add_option("--train", task->train, "CSV: user_id,order_number,item_id[,timestamp]")
      ->required();
  command->add_option("--truth", task->truth, "CSV: user_id,item_id of the next orders, to score");
  command->add_option("--top", task->top, "Items a user")->check(CLI::Range(1, 100));
  add_settings(*command, task->settings);
  command->callback([task, &exit_code] { exit_code = print("basket", evaluate_basket(*task)); });
}

void add_clv(CLI::App& evaluate, int& exit_code) {
  CLI::App* command = evaluate.add_subcommand("clv", "What customers will buy");
  const auto task = std::make_shared<ClvTask>();
  command->add_option("--transactions", task->transactions, "CSV: customer_id,date,amount")
      ->required();
  command
      ->add_option("--calibration-end", task->calibration_end,
                   "The last day that is known, as 1997-09-30")
      ->required();
  command->add_option("--horizon-days", task->horizon_days, "How far to look ahead")
      ->check(CLI::Range(1, 3650))
      ->required();
  command->add_option("--holdout", task->holdout, "CSV: customer_id,purchases, to score");
  add_settings(*command, task->settings);
  command->callback([task, &exit_code] { exit_code = print("clv", evaluate_clv(*task)); });
}

/// `uplift` or `churn`.
void add_table(CLI::App& evaluate, int& exit_code, const char* name, const char* what) {
  CLI::App* command = evaluate.add_subcommand(name, what);
  const auto task = std::make_shared<TableTask>();
  const bool uplift = std::string_view(name) == "uplift";
  command->add_option("--train", task->train, "CSV: the outcome and what is known before it")
      ->required();
  command->add_option("--test", task->test, "CSV: the same columns; scored where it has labels")
      ->required();
  task->outcome = uplift ? "outcome" : "churn";
  command->add_option("--outcome", task->outcome, "The column of what happened, 0 or 1");
  if (uplift) {
    task->treatment = "treatment";
    command->add_option("--treatment", task->treatment, "The column of who was treated, 0 or 1");
  }
  command->add_option("--ignore", task->ignored, "A column that is neither");
  add_settings(*command, task->settings);
  command->callback([task, uplift, name, &exit_code] {
    exit_code = print(name, uplift ? evaluate_uplift(*task) : evaluate_churn(*task));
  });
}

void add_policy(CLI::App& evaluate, int& exit_code) {
  CLI::App* command = evaluate.add_subcommand(
      "policy", "Whom to mail, and with what, against mailing as many at random");
  const auto task = std::make_shared<PolicyTask>();
  command->add_option("--table", task->table, "CSV of a randomised experiment")->required();
  command->add_option("--arm", task->arm, "The column that says what each got");
  command->add_option("--none", task->none, "Its value for those who got nothing");
  command->add_option("--learn", task->learn, "The outcome to learn from, 0 or 1");
  command->add_option("--value", task->values, "What is counted; several");
  command->add_option("--ignore", task->ignored, "A column that is none of these");
  command->add_option("--volume", task->volume, "The share that is mailed")
      ->check(CLI::Range(0.01, 1.0));
  command->add_option("--splits", task->splits, "Halves to learn from")->check(CLI::Range(1, 100));
  add_settings(*command, task->settings);
  command->callback([task, &exit_code] { exit_code = print("policy", evaluate_policy(*task)); });
}

/// "title=product_name": ours, then the file's.
CLI::Validator renaming() {
  return {[](std::string& text) -> std::string {
            const std::size_t at = text.find('=');
            const bool good = at != std::string::npos && at > 0 && at + 1 < text.size();
            return good ? "" : "'" + text + "' is not FIELD=COLUMN";
          },
          "FIELD=COLUMN"};
}

void add_search(CLI::App& evaluate, int& exit_code) {
  CLI::App* command = evaluate.add_subcommand("search", "The products that answer a question");
  const auto task = std::make_shared<SearchTask>();
  const auto map = std::make_shared<std::vector<std::string>>();
  command
      ->add_option("--products", task->products,
                   "CSV: product_id,title[,description,brand,category,mpn,price,attributes]")
      ->required();
  command->add_option("--map", *map, "A column of another name: title=product_name")
      ->check(renaming());
  command->add_option("--queries", task->queries, "CSV: query_id,query")->required();
  command->add_option("--judgments", task->judgments, "CSV: query_id,product_id,grade, to score");
  command->add_option("--top", task->top, "Products a question")->check(CLI::Range(1, 1000));
  add_settings(*command, task->settings);
  command->callback([task, map, &exit_code] {
    for (const std::string& one : *map) {
      const std::size_t at = one.find('=');
      task->columns[one.substr(0, at)] = one.substr(at + 1);
    }
    exit_code = print("search", evaluate_search(*task));
  });
}

}  // namespace

void add_evaluate(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("evaluate", "Offline evaluation through the plugin binaries that serve");
  command->require_subcommand(1);
  add_sessions(*command, exit_code);
  add_topn(*command, exit_code);
  add_nextitem(*command, exit_code);
  add_basket(*command, exit_code);
  add_clv(*command, exit_code);
  add_policy(*command, exit_code);
  add_table(*command, exit_code, "uplift", "What a treatment given at random changes, for whom");
  add_table(*command, exit_code, "churn", "Who leaves");
  add_search(*command, exit_code);
}

}  // namespace souk::cli
