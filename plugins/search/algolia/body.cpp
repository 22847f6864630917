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

void answer_json(std::string json, souk::v1::HttpBody& reply) {
  reply.set_content_type("application/json");
  reply.set_data(std::move(json));
}

}  // namespace souk::search::algolia
