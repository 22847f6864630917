// The rules that schemas keep beyond compiling. Each function returns what is wrong, one sentence
// for each fault that begins with the full name of the culprit; none when all is well.
#pragma once

#include <string>
#include <vector>

#include "tests/schemas/schema_set.hpp"

namespace souk::schemas_test {

using Faults = std::vector<std::string>;

/// Every file, message, field, enum, value, service and method says what it is, in sentences: the
/// comments are the reference documentation.
Faults lint_comments(const SchemaSet& schemas);

/// Fields are snake_case and their JSON name follows; types are CamelCase; enums are nested, begin
/// with an "unspecified" zero; instants are Timestamps called `time`, `…_at`, `…_by`, `valid_…`; no
/// lite or other optimisation is asked for.
Faults lint_names(const SchemaSet& schemas);

/// (souk.v1.field) and (souk.v1.message) fit the fields they stand on: limits on numbers, lengths
/// on strings, defaults among what is allowed, expressions that compile, checks of fields that
/// exist.
Faults lint_rules(const SchemaSet& schemas);

/// (souk.v1.http): a known scope, a path whose variables are string fields of the request, a body
/// where one may be, query parameters that fit into a URL, no route twice, a summary.
Faults lint_routes(const SchemaSet& schemas);

/// The oneof `payload` of an envelope message: each type once, the field named after it, its number
/// in the block of the file that defines the type.
Faults lint_payloads(const google::protobuf::Descriptor& envelope);

/// Every field of `part` stands in `whole` with the same name, number, type and label.
Faults lint_same_fields(const google::protobuf::Descriptor& part,
                        const google::protobuf::Descriptor& whole);

}  // namespace souk::schemas_test
