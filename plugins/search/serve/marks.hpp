// What marks matched words in answers.
#pragma once

#include "plugins/search/model/highlight.hpp"
#include "plugins/search/settings.hpp"

namespace souk::search {

/// What marking writes on, for the languages of these settings. One a thread, kept between
/// requests.
HighlightScratch& highlight_scratch(const v1::Settings& settings);

}  // namespace souk::search
