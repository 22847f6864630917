// JSONL: one event or one entity a line, in Protobuf's JSON mapping.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "kernel/base/status.hpp"
#include "kernel/schema/json_to_wire.hpp"
#include "tools/souk/import/lane_sink.hpp"
#include "tools/souk/import/mapper.hpp"

namespace souk::cli {

/// True when the file is JSONL: by its name (.jsonl, .ndjson, .json, each also .gz), else by its
/// first character.
Result<bool> is_json_lines(const std::string& path);

struct JsonLinesOptions {
  ImportKind kind = ImportKind::events;
  const schema::TypeFinder* types = nullptr;
  std::int64_t now_us = 0;  ///< the time of entity events, which carry none of their own
  std::function<void(double fraction, std::uint64_t lines)> progress;
};

/// Reads the file into the sink. Returns how many lines there were. INVALID_ARGUMENT for a kind
/// that is read from CSV only.
Result<std::uint64_t> read_json_lines(const std::string& path, const JsonLinesOptions& options,
                                      LaneSink& sink);

}  // namespace souk::cli
