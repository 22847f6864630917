#include "tools/souk/import/json_lines.hpp"

#include "kernel/gateway/entity_events.hpp"
#include "kernel/schema/event_scanner.hpp"
#include "kernel/schema/pool.hpp"
#include "tools/souk/import/text_source.hpp"
#include "tools/souk/import/values.hpp"

namespace souk::cli {
namespace {

const gateway::EntityKind* entity_of(ImportKind kind) {
  std::string_view name;
  if (kind == ImportKind::products) name = "product";
  if (kind == ImportKind::customers) name = "customer";
  if (kind == ImportKind::orders) name = "order";
  if (kind == ImportKind::inventory) name = "inventory";
  for (const gateway::EntityKind& entity : gateway::entity_kinds()) {
    if (entity.kind == name) return &entity;
  }
  return nullptr;
}

class Reader {
 public:
  Reader(const JsonLinesOptions& options, LaneSink& sink)
      : options_(options),
        sink_(sink),
        entity_(entity_of(options.kind)),
        table_(*schema::DescriptorPool::builtin().message(entity_ != nullptr ? entity_->message
                                                                             : "souk.v1.Event")) {
    json_.types = options.types;
  }

  void take(std::uint64_t line, std::string_view text) {
    wire_.clear();
    if (const Status status = schema::json_to_wire(table_, text, wire_, json_); !status.ok()) {
      const std::string field = status.field().empty() ? "" : status.field() + ": ";
      return sink_.reject(line, field + status.message(), text);
    }
    if (entity_ == nullptr) {
      take_event(line, text);
    } else {
      take_entity(line, text);
    }
  }

 private:
  void take_event(std::uint64_t line, std::string_view text) {
    schema::EventFields fields;
    if (!schema::scan_event(wire_, fields)) return sink_.reject(line, "not an event", text);
    const std::string key(!fields.session_id.empty()   ? fields.session_id
                          : !fields.shopper_id.empty() ? fields.shopper_id
                                                       : fields.payload);
    if (fields.id.empty()) schema::append_event_id(wire_, sink_.id_of(text));
    sink_.wire(wire_, key, line);
  }

  void take_entity(std::uint64_t line, std::string_view text) {
    const auto id = gateway::entity_id(*entity_, wire_);
    if (!id) return sink_.reject(line, id.status().message(), text);
    const auto events = gateway::upsert_events(*entity_, wire_, {}, options_.now_us);
    if (!events) return sink_.reject(line, events.status().message(), text);
    const std::string event_id = sink_.id_of(text);
    for (std::size_t at = 0; at < events->size(); ++at) {
      std::string event = (*events)[at];
      schema::append_event_id(event, at == 0 ? event_id : event_id + "-" + std::to_string(at));
      sink_.wire(event, *id, line);
    }
  }

  const JsonLinesOptions& options_;
  LaneSink& sink_;
  const gateway::EntityKind* entity_;
  const schema::MessageTable& table_;
  schema::JsonReadOptions json_;
  std::string wire_;
};

}  // namespace

Result<bool> is_json_lines(const std::string& path) {
  std::string name = to_lower(path);
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  if (name.ends_with(".jsonl") || name.ends_with(".ndjson") || name.ends_with(".json")) return true;
  if (name.ends_with(".csv") || name.ends_with(".tsv") || name.ends_with(".txt")) return false;
  auto source = TextSource::open(path);
  if (!source) return source.status();
  std::string_view first;
  const auto more = (*source)->line(first);
  if (!more) return more.status();
  return *more && trim(first).starts_with('{');
}

Result<std::uint64_t> read_json_lines(const std::string& path, const JsonLinesOptions& options,
                                      LaneSink& sink) {
  if (options.kind == ImportKind::interactions) {
    return Status(Code::invalid_argument,
                  "interactions are read from CSV; JSONL is read as events, products, customers, "
                  "orders or inventory");
  }
  auto source = TextSource::open(path);
  if (!source) return source.status();
  Reader reader(options, sink);
  std::uint64_t lines = 0;
  std::uint64_t read = 0;
  std::string_view text;
  while (sink.alive()) {
    const auto more = (*source)->line(text);
    if (!more) return more.status();
    if (!*more) break;
    ++lines;
    const std::string_view trimmed = trim(text);
    if (trimmed.empty()) continue;
    ++read;
    reader.take(lines, trimmed);
    if (options.progress && lines % 512 == 0) options.progress((*source)->fraction(), lines);
  }
  return read;
}

}  // namespace souk::cli
