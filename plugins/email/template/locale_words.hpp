// The words of a language's calendar.
#pragma once

#include <string_view>

#include "plugins/email/template/locale_format.hpp"

namespace souk::email::liquid {

/// Of a locale ("de-AT"), else of its language, else English.
[[nodiscard]] const CalendarWords& calendar_words(std::string_view tag) noexcept;

}  // namespace souk::email::liquid
