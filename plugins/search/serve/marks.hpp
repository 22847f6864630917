// Marks the words of a query in a text, with the rest made safe to stand in HTML.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace souk::search {

/// `words` are folded; the last of a query also matches as a beginning. The marks are written as
/// they are. `marked` says whether there was any.
std::string mark_words(std::string_view text, const std::vector<std::string>& words,
                       std::string_view before, std::string_view after, bool& marked);

/// & < > " ' as entities.
void append_escaped(std::string_view text, std::string& out);

}  // namespace souk::search
