// Conditions between the fields of one message, checked on its wire bytes. Used inside this room
// only.
#pragma once

#include <string>
#include <string_view>

#include "kernel/schema/message_table.hpp"

namespace souk::schema {

/// Checks MessageRules::cross_checks on the well-formed bytes of the message. False: `error` says
/// which condition does not hold and what the values are.
[[nodiscard]] bool check_cross_fields(const MessageTable& table, std::string_view wire,
                                      std::string& error);

}  // namespace souk::schema
