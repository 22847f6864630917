// Tables from elsewhere, scored by the models that shoppers are scored by.
#include <algorithm>

#include "plugins/segmentation/model/churn.hpp"
#include "plugins/segmentation/model/feature_table.hpp"
#include "plugins/segmentation/model/uplift.hpp"
#include "plugins/segmentation/segmentation.hpp"

namespace souk::segmentation {
namespace {

using TableColumns = google::protobuf::RepeatedPtrField<souk::v1::TableColumn>;

/// A table taken apart: what is learned from, what happened and who was treated.
struct LabelledTable {
  std::vector<FeatureColumn> features;
  Eigen::VectorXd outcome;
  Eigen::VectorXd treated;
};

Status column_fault(const souk::v1::TableColumn& column, const std::string& what,
                    const char* table = "train") {
  return {Code::invalid_argument, "column \"" + column.name() + "\" " + what, table};
}

/// Of two lengths neither would be the column's.
Status one_kind(const TableColumns& columns, const char* table) {
  for (const auto& column : columns)
    if (column.numbers_size() > 0 && column.texts_size() > 0)
      return column_fault(column, "holds numbers and texts; a column holds one of them", table);
  return {};
}

/// Numbers that are all 0 or 1.
Status labels_of(const souk::v1::TableColumn& column, Eigen::VectorXd& out) {
  out.resize(column.numbers_size());
  for (int i = 0; i < column.numbers_size(); ++i) {
    out[i] = column.numbers(i);
    if (out[i] != 0 && out[i] != 1) return column_fault(column, "holds only 0 and 1");
  }
  if (out.size() == 0) return column_fault(column, "holds numbers, one a row");
  return {};
}

FeatureColumn feature_of(const souk::v1::TableColumn& column) {
  return {column.name(),
          {column.numbers().begin(), column.numbers().end()},
          {column.texts().begin(), column.texts().end()}};
}

Result<LabelledTable> labelled(const souk::v1::ScoreTableRequest& request) {
  if (Status status = one_kind(request.train(), "train"); !status.ok()) return status;
  LabelledTable out;
  int rows = -1;
  for (const auto& column : request.train()) {
    const int size = std::max(column.numbers_size(), column.texts_size());
    if (rows >= 0 && size != rows) {
      return column_fault(
          column, "has " + std::to_string(size) + " rows, others have " + std::to_string(rows));
    }
    rows = size;
    Status status;
    if (column.name() == request.outcome()) {
      status = labels_of(column, out.outcome);
    } else if (column.name() == request.treatment()) {
      status = labels_of(column, out.treated);
    } else {
      out.features.push_back(feature_of(column));
    }
    if (!status.ok()) return status;
  }
  if (out.outcome.size() == 0) {
    return Status(Code::invalid_argument, "train has no column \"" + request.outcome() + "\"",
                  "outcome");
  }
  if (out.features.empty())
    return Status(Code::invalid_argument, "train has no column to learn from", "train");
  return out;
}

std::vector<FeatureColumn> asked_of(const TableColumns& columns) {
  std::vector<FeatureColumn> out;
  out.reserve(static_cast<std::size_t>(columns.size()));
  for (const auto& column : columns)
    out.push_back(feature_of(column));
  return out;
}

void add_coefficients(souk::v1::FittedModel& model, const FeatureEncoder& encoder,
                      const Eigen::VectorXd& coefficients, const Eigen::MatrixXd& covariance,
                      Eigen::Index from) {
  for (Eigen::Index i = 0; i < encoder.columns(); ++i) {
    auto* added = model.add_parameters();
    added->set_name(encoder.names()[static_cast<std::size_t>(i)]);
    added->set_value(coefficients[from + i]);
    added->set_standard_error(std::sqrt(std::max(0.0, covariance(from + i, from + i))));
  }
}

void score_uplift(const LabelledTable& table, const std::vector<FeatureColumn>& rows,
                  souk::v1::ScoreTableReply& reply) {
  const FeatureEncoder encoder(table.features);
  const Eigen::MatrixXd learned = encoder.encode(table.features);
  const Eigen::MatrixXd asked = encoder.encode(rows);
  const UpliftModel model = UpliftModel::fit(learned, table.outcome, table.treated);
  const Eigen::VectorXd plain = two_model_uplift(learned, table.outcome, table.treated, asked);
  for (Eigen::Index i = 0; i < asked.rows(); ++i) {
    const Change change = model.change(asked.row(i));
    reply.add_scores(change.value);
    reply.add_low(change.low);
    reply.add_high(change.high);
    reply.add_baseline(plain[i]);
  }
  auto* fitted = reply.add_models();
  fitted->set_name("uplift_logistic");
  fitted->set_customers(static_cast<std::uint64_t>(learned.rows()));
  fitted->set_regular(model.regular);
  add_coefficients(*fitted, encoder, model.coefficients, model.covariance, encoder.columns());
}

void score_churn(const LabelledTable& table, const std::vector<FeatureColumn>& rows,
                 souk::v1::ScoreTableReply& reply) {
  const FeatureEncoder encoder(table.features);
  const Eigen::MatrixXd learned = encoder.encode(table.features);
  const Eigen::MatrixXd asked = encoder.encode(rows);
  const ChurnModel model = ChurnModel::fit(learned, {}, table.outcome);
  for (Eigen::Index i = 0; i < asked.rows(); ++i) {
    const ChurnModel::Risk risk = model.risk(asked.row(i), 0);
    reply.add_scores(risk.value);
    reply.add_low(risk.low);
    reply.add_high(risk.high);
    std::string text;
    for (const auto& [column, part] : model.reasons(asked.row(i), 3)) {
      text += (text.empty() ? "" : "; ") + encoder.names()[static_cast<std::size_t>(column)] +
              (part > 0 ? " (+)" : " (-)");
    }
    reply.add_reasons(text);
  }
  auto* fitted = reply.add_models();
  fitted->set_name("churn_logistic");
  fitted->set_customers(model.people);
  fitted->set_regular(model.regular);
  fitted->set_log_likelihood(-model.log_loss * static_cast<double>(model.people));
  add_coefficients(*fitted, encoder, model.coefficients, model.covariance, 0);
}

}  // namespace

Status Segmentation::score_table(const souk::v1::ScoreTableRequest& request, const CallInfo&,
                                 souk::v1::ScoreTableReply& reply) {
  const auto table = labelled(request);
  if (!table.ok()) return table.status();
  if (Status status = one_kind(request.rows(), "rows"); !status.ok()) return status;
  const double happened = table->outcome.sum();
  if (happened == 0 || happened == static_cast<double>(table->outcome.size())) {
    return {Code::failed_precondition, "the outcome is the same in all rows of train", "outcome"};
  }
  const std::vector<FeatureColumn> rows = asked_of(request.rows());
  if (request.task() == "churn") {
    score_churn(*table, rows, reply);
    return {};
  }
  if (table->treated.size() == 0) {
    return {Code::invalid_argument, "train has no column \"" + request.treatment() + "\"",
            "treatment"};
  }
  const double treated = table->treated.sum();
  if (treated == 0 || treated == static_cast<double>(table->treated.size())) {
    return {Code::failed_precondition, "all rows of train have one treatment", "treatment"};
  }
  score_uplift(*table, rows, reply);
  return {};
}

}  // namespace souk::segmentation
