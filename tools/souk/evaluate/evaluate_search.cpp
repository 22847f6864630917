#include "tools/souk/evaluate/evaluate_search.hpp"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <unordered_map>

#include "souk/v1/event.pb.h"
#include "souk/v1/search.pb.h"
#include "tools/souk/import/columns.hpp"

namespace souk::cli {
namespace {

using SteadyClock = std::chrono::steady_clock;

double search_seconds_since(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

/// As a shop would write it: 6.0 is "6".
std::string text_of(const google::protobuf::Value& value) {
  switch (value.kind_case()) {
    case google::protobuf::Value::kStringValue:
      return value.string_value();
    case google::protobuf::Value::kNumberValue:
      return number_text(value.number_value());
    case google::protobuf::Value::kBoolValue:
      return value.bool_value() ? "true" : "false";
    case google::protobuf::Value::kListValue: {
      std::string text;
      for (const auto& one : value.list_value().values())
        text += (text.empty() ? "" : ", ") + text_of(one);
      return text;
    }
    default:
      return {};
  }
}

Status wrong(const std::string& path, const CsvRecord& record, const std::string& what) {
  return {Code::invalid_argument, path + ":" + std::to_string(record.line) + ": " + what};
}

/// Calls `take(record)` for every record of a file; columns must have been found before.
template <class Take>
Status read_all(const std::string& path, CsvReader& reader, const Take& take) {
  CsvRecord record;
  std::string reason;
  while (true) {
    const auto outcome = reader.next(record, reason);
    if (!outcome) return outcome.status();
    if (*outcome == CsvOutcome::end) return {};
    if (*outcome == CsvOutcome::malformed) return wrong(path, record, reason);
    if (Status status = take(record); !status.ok()) return status;
  }
}

Status add_attributes(std::string_view json, souk::v1::Product& product) {
  if (json.empty()) return {};
  google::protobuf::Struct attributes;
  const auto read = google::protobuf::util::JsonStringToMessage(std::string(json), &attributes);
  if (!read.ok()) {
    return {Code::invalid_argument,
            "the attributes are no JSON object: " + std::string(read.message())};
  }
  for (const auto& [name, value] : attributes.fields()) {
    std::string label = name;
    std::replace(label.begin(), label.end(), '_', ' ');
    (*product.mutable_attributes())[label] = text_of(value);
  }
  return {};
}

/// The columns of a file of products.
struct ProductColumns {
  ProductColumns(Columns& columns)
      : id(columns.need("product_id", {"id"})),
        title(columns.need("title", {"name", "product_title", "product_name"})),
        description(columns.find("description", {"product_description"})),
        brand(columns.find("brand", {"product_brand"})),
        category(columns.find("category", {"product_class", "categories"})),
        mpn(columns.find("mpn", {"sku"})),
        price(columns.find("price")),
        attributes(columns.find("attributes")) {}

  Column id, title, description, brand, category, mpn, price, attributes;
};

Result<souk::v1::Product> product_of(const ProductColumns& columns, const CsvRecord& record) {
  souk::v1::Product product;
  product.set_id(std::string(columns.id.of(record)));
  product.set_title(std::string(columns.title.of(record)));
  product.set_brand(std::string(columns.brand.of(record)));
  if (const auto text = columns.description.of(record); !text.empty())
    product.mutable_description()->set_plain(std::string(text));
  if (const auto text = columns.category.of(record); !text.empty())
    product.add_categories()->set_value(std::string(text));
  if (const auto text = columns.mpn.of(record); !text.empty()) {
    auto* variant = product.add_variants();
    variant->set_id(product.id());
    variant->set_sku(std::string(text));
  }
  if (const auto text = columns.price.of(record); !text.empty()) {
    std::int64_t cents = 0;
    std::from_chars(text.data(), text.data() + text.size(), cents);
    product.mutable_price_range()->mutable_min()->set_amount(cents);
    product.mutable_price_range()->mutable_min()->set_currency("EUR");
  }
  if (Status status = add_attributes(columns.attributes.of(record), product); !status.ok())
    return status;
  return product;
}

Result<std::vector<FedEvent>> read_products(const SearchTask& task) {
  auto reader = CsvReader::open(task.products);
  if (!reader) return reader.status();
  Columns columns((*reader)->header(), task.columns);
  const ProductColumns found(columns);
  if (Status status = columns.check(); !status.ok()) return status;
  std::vector<FedEvent> events;
  constexpr std::int64_t kFirst = 1'700'000'000'000'000;
  const Status status = read_all(task.products, **reader, [&](const CsvRecord& record) -> Status {
    auto product = product_of(found, record);
    if (!product) return wrong(task.products, record, product.status().message());
    souk::v1::ProductUpserted upserted;
    *upserted.mutable_product() = std::move(*product);
    FedEvent& event = events.emplace_back();
    event.payload_field = souk::v1::Event::kProductUpsertedFieldNumber;
    event.time_us = kFirst + static_cast<std::int64_t>(events.size());
    event.payload = upserted.SerializeAsString();
    return {};
  });
  if (!status.ok()) return status;
  return events;
}

struct Question {
  std::string id, text;
  std::unordered_map<std::string, int> grades;
};

Result<std::vector<Question>> read_queries(const SearchTask& task) {
  auto reader = CsvReader::open(task.queries);
  if (!reader) return reader.status();
  Columns columns((*reader)->header(), {});
  const Column id = columns.need("query_id");
  const Column text = columns.need("query");
  if (Status status = columns.check(); !status.ok()) return status;
  std::vector<Question> questions;
  const Status status = read_all(task.queries, **reader, [&](const CsvRecord& record) -> Status {
    questions.push_back({std::string(id.of(record)), std::string(text.of(record)), {}});
    return {};
  });
  if (!status.ok()) return status;
  return questions;
}

Status read_judgments(const std::string& path, std::vector<Question>& questions) {
  auto reader = CsvReader::open(path);
  if (!reader) return reader.status();
  Columns columns((*reader)->header(), {});
  const Column query = columns.need("query_id");
  const Column product = columns.need("product_id");
  const Column grade = columns.need("grade");
  if (Status status = columns.check(); !status.ok()) return status;
  std::unordered_map<std::string, Question*> by_id;
  for (Question& question : questions)
    by_id[question.id] = &question;
  return read_all(path, **reader, [&](const CsvRecord& record) -> Status {
    const auto found = by_id.find(std::string(query.of(record)));
    const std::string_view text = grade.of(record);
    int value = -1;
    std::from_chars(text.data(), text.data() + text.size(), value);
    if (value < 0 || value > 30) return wrong(path, record, "the grade is not a number 0 … 30");
    if (found != by_id.end()) found->second->grades[std::string(product.of(record))] = value;
    return {};
  });
}

double gain(int grade) { return std::exp2(grade) - 1; }
double discount(std::size_t rank) { return 1 / std::log2(static_cast<double>(rank) + 2); }

/// Sums over questions.
struct SearchScore {
  double ndcg = 0, recall = 0, reciprocal = 0;
  std::size_t graded = 0, answerable = 0;

  void add(const Question& question, const std::vector<std::string>& listed) {
    std::vector<int> ideal;
    std::size_t relevant = 0;
    for (const auto& [product, grade] : question.grades) {
      ideal.push_back(grade);
      relevant += grade >= 2 ? 1 : 0;
    }
    std::sort(ideal.rbegin(), ideal.rend());
    double best = 0;
    for (std::size_t rank = 0; rank < std::min<std::size_t>(ideal.size(), 10); ++rank)
      best += gain(ideal[rank]) * discount(rank);
    double sum = 0;
    std::size_t hits = 0;
    std::size_t first = 0;
    for (std::size_t rank = 0; rank < listed.size(); ++rank) {
      const auto found = question.grades.find(listed[rank]);
      const int grade = found == question.grades.end() ? 0 : found->second;
      if (rank < 10) sum += gain(grade) * discount(rank);
      if (grade >= 2) {
        hits += rank < 50 ? 1 : 0;
        first = first == 0 ? rank + 1 : first;
      }
    }
    if (best > 0) {
      ndcg += sum / best;
      ++graded;
    }
    if (relevant > 0) {
      recall += static_cast<double>(hits) / static_cast<double>(relevant);
      reciprocal += first > 0 ? 1 / static_cast<double>(first) : 0;
      ++answerable;
    }
  }

  [[nodiscard]] std::string json() const {
    const auto mean = [](double total, std::size_t count) {
      return number_text(total / static_cast<double>(std::max<std::size_t>(count, 1)));
    };
    return ",\"queries_scored\":" + std::to_string(graded) + ",\"ndcg@10\":" + mean(ndcg, graded) +
           ",\"recall@50\":" + mean(recall, answerable) +
           ",\"mrr\":" + mean(reciprocal, answerable);
  }
};

/// Asks; `piece` gets the lines of the answer, `listed` its products.
Status ask(PluginRunner& plugin, std::uint32_t method, const Question& question, unsigned top,
           std::string& piece, std::vector<std::string>& listed) {
  souk::v1::SearchRequest request;
  request.set_q(question.text);
  request.set_limit(top);
  request.set_impersonal(true);
  const auto answer = plugin.ask(method, request.SerializeAsString());
  if (!answer) return answer.status();
  souk::v1::SearchReply reply;
  if (!reply.ParseFromString(*answer))
    return {Code::internal, "the plugin's answer to '" + question.text + "' is no SearchReply"};
  for (const souk::v1::SearchHit& hit : reply.hits()) {
    listed.push_back(hit.product_id());
    piece += question.id + "," + std::to_string(listed.size()) + "," + hit.product_id() + "," +
             number_text(hit.score()) + "\n";
  }
  return {};
}

}  // namespace

Result<std::string> evaluate_search(const SearchTask& task) {
  const auto start = SteadyClock::now();
  const auto info = find_plugin(task.settings.plugin, "search");
  if (!info) return info.status();
  auto questions = read_queries(task);
  if (!questions) return questions.status();
  if (!task.judgments.empty()) {
    if (Status status = read_judgments(task.judgments, *questions); !status.ok()) return status;
  }
  auto products = read_products(task);
  if (!products) return products.status();
  auto plugin = PluginRunner::open(*info, task.settings.settings);
  if (!plugin) return plugin.status();
  const auto method = (*plugin)->method("souk.v1.Search/Find");
  if (!method) return method.status();
  const auto indexing = SteadyClock::now();
  // The last product comes live: what the plugin puts off, such as a training, it does now.
  std::vector<FedEvent> last;
  if (!products->empty()) last.push_back(std::move(products->back()));
  const std::size_t count = products->size();
  if (!products->empty()) products->pop_back();
  if (Status status = (*plugin)->feed(*products); !status.ok()) return status;
  if (Status status = (*plugin)->feed_live(last); !status.ok()) return status;
  const double index_seconds = search_seconds_since(indexing);
  std::vector<std::string> pieces(questions->size());
  std::vector<std::vector<std::string>> listed(questions->size());
  const auto asking = SteadyClock::now();
  const Status asked =
      for_all(questions->size(), task.settings.threads, "searching", task.settings.quiet,
              [&](std::size_t at) {
                return ask(**plugin, *method, (*questions)[at], task.top, pieces[at], listed[at]);
              });
  if (!asked.ok()) return asked;
  const double ask_seconds = search_seconds_since(asking);
  if (Status status =
          write_predictions(task.settings.out, "query_id,rank,product_id,score", pieces);
      !status.ok()) {
    return status;
  }
  SearchScore score;
  for (std::size_t at = 0; at < questions->size(); ++at)
    score.add((*questions)[at], listed[at]);
  return "{\"task\":\"search\",\"products\":" + std::to_string(count) +
         ",\"queries\":" + std::to_string(questions->size()) +
         (task.judgments.empty() ? "" : score.json()) +
         ",\"index_seconds\":" + number_text(index_seconds) +
         ",\"search_seconds\":" + number_text(ask_seconds) +
         ",\"wall_seconds\":" + number_text(search_seconds_since(start)) +
         ",\"peak_memory_mib\":" + number_text(peak_memory_mib()) + "}";
}

}  // namespace souk::cli
