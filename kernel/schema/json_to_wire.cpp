#include "kernel/schema/json_to_wire.hpp"

#include "kernel/schema/json_reader.hpp"

namespace souk::schema {

namespace {

/// What a thread keeps between texts, up to a size.
struct Scratch {
  JsonIndexer indexer;
  WireBuffer buffer;
  JsonReader reader{buffer};
};

Scratch& scratch() {
  thread_local Scratch instance;
  return instance;
}

constexpr std::size_t kKeptWireBytes = std::size_t{1} << 20;

template <class Read>
Status convert(std::string_view json, std::string& out, const JsonReadOptions& options, Read read) {
  if (json.size() > options.limits.max_bytes) {
    return {Code::invalid_argument, "has " + std::to_string(json.size()) + " bytes; at most " +
                                        std::to_string(options.limits.max_bytes) + " are allowed"};
  }
  Scratch& kept = scratch();
  JsonTokens tokens;
  if (const char* wrong = kept.indexer.index(json, tokens)) {
    return {Code::invalid_argument, std::string("is not valid JSON: ") + wrong};
  }
  kept.buffer.clear();
  JsonReader& reader = kept.reader;
  reader.start(tokens, options);
  bool good = read(reader);
  if (good && !reader.at_end()) good = reader.fail_syntax("expected the end");
  if (good && kept.buffer.size() > options.limits.max_bytes) {
    good = reader.fail("becomes too large; at most " + std::to_string(options.limits.max_bytes) +
                       " bytes are allowed");
  }
  if (good) out.append(kept.buffer.view());
  kept.buffer.shrink(kKeptWireBytes);
  kept.indexer.shrink(kKeptWireBytes);
  return good ? Status{} : reader.failure().status();
}

}  // namespace

Status json_to_wire(const MessageTable& table, std::string_view json, std::string& out,
                    const JsonReadOptions& options) {
  return convert(json, out, options,
                 [&](JsonReader& reader) { return reader.read_content(table, 1); });
}

Status json_to_field(const Field& field, std::string_view json, std::string& out,
                     const JsonReadOptions& options) {
  return convert(json, out, options, [&](JsonReader& reader) {
    if (reader.read_field(field, 1)) return true;
    reader.failure().prepend(field.json_name);
    return false;
  });
}

}  // namespace souk::schema
