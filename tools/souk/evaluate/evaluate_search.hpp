// The evaluation `search`: which products answer a question.
#pragma once

#include <map>
#include <string>

#include "tools/souk/evaluate/trail_evaluation.hpp"

namespace souk::cli {

struct SearchTask {
  /// product_id,title and what there is of description,brand,category,mpn,price (cents),attributes
  /// (a JSON object)
  std::string products;
  std::map<std::string, std::string> columns;  ///< ours → the file's, where they differ
  std::string queries;                         ///< query_id,query
  std::string judgments;  ///< optional: query_id,product_id,grade (0 … 3); adds the metrics
  unsigned top = 50;
  EvaluationSettings settings;
};

/// Feeds the products as ProductUpserted, lets the plugin train, asks each question as an anonymous
/// shopper. Writes `query_id,rank,product_id,score`. Returns the line of JSON: times, memory and,
/// with judgments, nDCG@10 (gain 2^grade − 1, the ideal over all judged; what is not judged is 0;
/// means over the queries that have anything to find), recall@50 and MRR on grades 2 and 3.
Result<std::string> evaluate_search(const SearchTask& task);

}  // namespace souk::cli
