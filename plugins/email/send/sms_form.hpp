// Forms as Twilio posts them, and its signature of them.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace souk::email {

/// The fields of a form (application/x-www-form-urlencoded), decoded; of two of one name the first.
[[nodiscard]] std::map<std::string, std::string> form_fields(std::string_view body);
/// X-Twilio-Signature of a form posted to `url`: HMAC-SHA1 of the url and the fields in order of
/// their names.
[[nodiscard]] std::string twilio_signature(std::string_view secret, std::string_view url,
                                           const std::map<std::string, std::string>& fields);

}  // namespace souk::email
