// URL query parameters and path variables → wire bytes of a request message.
#pragma once

#include <string>

#include "kernel/base/status.hpp"
#include "kernel/schema/limits.hpp"
#include "kernel/schema/message_table.hpp"
#include "kernel/schema/routes.hpp"

namespace souk::schema {

/// Appends the parameters to `out`. A name is a field's JSON or .proto name, or a path of them with
/// dots
/// ("filter.minPrice"); a list is given by repeating the parameter, and except for strings by
/// commas too; an empty value of anything but a string means absent. INVALID_ARGUMENT names the
/// parameter: unknown (with "did you mean"), given twice, of the wrong type, or against a rule.
/// Required fields are not looked for here (make_request does). Any thread.
Status query_to_wire(const MessageTable& table, const Parameters& parameters, std::string& out,
                     const Limits& limits = {});

}  // namespace souk::schema
