// Pages that recipients see: plain, small, without anything from elsewhere.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "souk/v1/http_body.pb.h"

namespace souk::email {

/// For HTML's text and attributes.
[[nodiscard]] std::string html_escaped(std::string_view text);
/// A whole page as the answer, never kept by caches. `inside` is HTML.
void answer_page(souk::v1::HttpBody& reply, const std::string& shop, const std::string& inside);
/// The values of `name` in a form's body (application/x-www-form-urlencoded), decoded; 200 at most.
[[nodiscard]] std::vector<std::string> form_values(std::string_view body, std::string_view name);

}  // namespace souk::email
