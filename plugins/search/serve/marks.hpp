// Texts that stand in HTML.
#pragma once

#include <string>
#include <string_view>

#include "plugins/search/model/highlight.hpp"
#include "plugins/search/settings.hpp"

namespace souk::search {

/// & < > " ' as entities.
void append_escaped(std::string_view text, std::string& out);

/// What marking writes on, for the languages of these settings. One a thread, kept between
/// requests.
HighlightScratch& highlight_scratch(const v1::Settings& settings);

}  // namespace souk::search
