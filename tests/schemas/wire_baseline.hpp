// The wire baseline: what was once promised about bytes and names, one line each, and the
// comparison of a schema with it.
//
//   enum      souk.v1.Event.Channel.WEB 1
//   extension souk.v1.http 51001 google.protobuf.MethodOptions souk.v1.HttpRoute
//   field     souk.v1.Event.id 1 string singular id
//   field     souk.v1.Event.product_viewed 20 souk.v1.ProductViewed oneof:payload productViewed
//   route     GET:/v1/recommendations decide souk.v1.Recommendations.Recommend
//   rpc       souk.v1.Recommendations.Recommend souk.v1.RecommendRequest souk.v1.RecommendReply
//
// (a field: full name, number, type, label, JSON name). The kind and the name are the key; all
// after it may never change. Lines are sorted; `#` begins a comment line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/schemas/schema_set.hpp"

namespace souk::schemas_test {

/// Lines of a baseline, sorted, without comments.
using Baseline = std::vector<std::string>;

/// What the schemas promise today.
Baseline baseline_of(const SchemaSet& schemas);

/// Reads a baseline file's text. What is wrong with the file itself (a line without a value, a key
/// given twice, lines out of order) is appended to `faults`, with the line number.
Baseline parse_baseline(std::string_view text, std::vector<std::string>& faults);

/// A file's text for a baseline, with the comment that says what it is.
std::string format_baseline(const Baseline& baseline);

/// How `current` differs from what was promised.
struct BaselineDifference {
  std::vector<std::string> breaks;     // promises that are broken, in words
  std::vector<std::string> additions;  // lines that are new
};
BaselineDifference compare(const Baseline& promised, const Baseline& current);

/// Path of the committed file.
std::string baseline_path();

}  // namespace souk::schemas_test
