#include "kernel/schema/json_tokens.hpp"

#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wpedantic"
#endif
#include <simdjson.h>
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

namespace souk::schema {

bool valid_utf8_long(std::string_view text) noexcept {
  return simdjson::validate_utf8(text.data(), text.size());
}

struct JsonIndexer::State {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
};

JsonIndexer::JsonIndexer() : state_(std::make_unique<State>()) {}
JsonIndexer::~JsonIndexer() = default;

void JsonIndexer::shrink(std::size_t bytes) {
  if (state_->parser != nullptr && state_->parser->capacity() > bytes) state_->parser.reset();
}

// Only stage 1 is used: it is the vectorised one, checks UTF-8 and that strings end, and reads no
// byte past the text. Stage 2 would build a tree or decode values that are then copied again; here
// the tables write values where they belong.
const char* JsonIndexer::index(std::string_view text, JsonTokens& tokens) {
  constexpr std::size_t kMinCapacity = 16 << 10;
  auto& parser = state_->parser;
  if (parser == nullptr || parser->capacity() <= text.size()) {
    std::size_t capacity = kMinCapacity;
    while (capacity <= text.size())
      capacity *= 2;
    parser.reset();
    const auto error = simdjson::get_active_implementation()->create_dom_parser_implementation(
        capacity, 64, parser);
    if (error != simdjson::SUCCESS) return "it is too large";
  }
  const auto error = parser->stage1(reinterpret_cast<const std::uint8_t*>(text.data()), text.size(),
                                    simdjson::stage1_mode::regular);
  switch (error) {
    case simdjson::SUCCESS:
      break;
    case simdjson::EMPTY:
      return "it is empty";
    case simdjson::UTF8_ERROR:
      return "it is not UTF-8";
    case simdjson::UNCLOSED_STRING:
      return "a string does not end";
    case simdjson::UNESCAPED_CHARS:
      return "a control character in a string must be escaped";
    default:
      return simdjson::error_message(error);
  }
  tokens.text = text.data();
  tokens.size = text.size();
  tokens.begin = parser->structural_indexes.get();
  tokens.end = tokens.begin + parser->n_structural_indexes;
  return nullptr;
}

}  // namespace souk::schema
