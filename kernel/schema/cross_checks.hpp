// Conditions between the fields of one message, and bounds on money, checked on wire bytes. Used
// inside this room only.
#pragma once

#include <string>
#include <string_view>

#include "kernel/schema/message_table.hpp"

namespace souk::schema {

/// Checks MessageRules::cross_checks on the well-formed bytes of the message. False: `error` says
/// which condition does not hold and what the values are.
[[nodiscard]] bool check_cross_fields(const MessageTable& table, std::string_view wire,
                                      std::string& error);

/// The name of the field that bounds on a field of type souk.v1.Money are about.
inline constexpr std::string_view kMoneyAmount = "amount";

/// Checks the bounds of a field of type souk.v1.Money on the well-formed bytes of its value; an
/// amount that is not there is 0. False: `error` says what it is and what is allowed.
[[nodiscard]] bool check_money(const Field& field, std::string_view wire, std::string& error);

}  // namespace souk::schema
