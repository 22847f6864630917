#include "plugins/search/algolia/body.hpp"

#include <utility>

namespace souk::search::algolia {

Result<simdjson::dom::object> parse(const souk::v1::HttpBody& body, simdjson::dom::parser& parser) {
  static const std::string kNothing = "{}";
  const std::string& data = body.data().empty() ? kNothing : body.data();
  simdjson::dom::object object;
  const auto error = parser.parse(data).get(object);
  if (error == simdjson::SUCCESS) return object;
  return Status(Code::invalid_argument,
                std::string("Invalid JSON body: ") + simdjson::error_message(error));
}

Result<std::vector<simdjson::dom::object>> parse_requests(const souk::v1::HttpBody& body,
                                                          simdjson::dom::parser& parser,
                                                          std::size_t most, std::string_view list,
                                                          std::string_view things) {
  const auto wrong = [](std::string what) {
    return Status(Code::invalid_argument, std::move(what));
  };
  const auto whole = parse(body, parser);
  if (!whole.ok()) return whole.status();
  simdjson::dom::array requests;
  if (whole.value()["requests"].get(requests) != simdjson::SUCCESS) {
    return wrong("requests must be " + std::string(list));
  }
  if (requests.size() > most) {
    return wrong("at most " + std::to_string(most) + " " + std::string(things) + " are allowed");
  }
  std::vector<simdjson::dom::object> all;
  for (const simdjson::dom::element element : requests) {
    simdjson::dom::object one;
    if (element.get(one) != simdjson::SUCCESS) return wrong("a request must be an object");
    all.push_back(one);
  }
  return all;
}

std::string text_member(const simdjson::dom::object& object, const char* name) {
  std::string_view text;
  return object[name].get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

void answer_json(std::string json, souk::v1::HttpBody& reply) {
  reply.set_content_type("application/json");
  reply.set_data(std::move(json));
}

}  // namespace souk::search::algolia
