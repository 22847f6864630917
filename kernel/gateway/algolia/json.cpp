#include "kernel/gateway/algolia/json.hpp"

#include <cstdio>
#include <ctime>

#include "kernel/gateway/problem.hpp"

namespace souk::gateway {

Result<simdjson::dom::element> parse_algolia(simdjson::dom::parser& parser, std::string_view body) {
  simdjson::dom::element root;
  const auto failure = parser.parse(body.data(), body.size()).get(root);
  if (failure != simdjson::SUCCESS) {
    return algolia_invalid(std::string("Invalid JSON body: ") + simdjson::error_message(failure));
  }
  return root;
}

Status algolia_invalid(std::string what) { return Status(Code::invalid_argument, std::move(what)); }

std::string algolia_time(std::int64_t time_us) {
  const std::time_t seconds = time_us / 1'000'000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  const std::size_t size = std::strftime(text, sizeof text, "\"%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text + size, sizeof text - size, ".%03dZ\"",
                static_cast<int>(time_us / 1'000 % 1'000));
  return text;
}

std::string algolia_text(std::string_view text) {
  std::string json;
  append_json_string(json, text);
  return json;
}

}  // namespace souk::gateway
