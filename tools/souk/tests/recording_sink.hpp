// What a mapper gives, kept for tests.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "tools/souk/import/csv_reader.hpp"
#include "tools/souk/import/mapper.hpp"

namespace souk::cli {

struct RecordedReject {
  std::uint64_t line;
  std::string reason;
  std::string text;
};

class RecordingSink final : public EventSink {
 public:
  void event(souk::v1::Event&& event, std::uint64_t line) override {
    events.push_back(std::move(event));
    lines.push_back(line);
  }
  void reject(std::uint64_t line, std::string_view reason, std::string_view text) override {
    rejects.push_back({line, std::string(reason), std::string(text)});
  }
  void note(std::string_view what, std::uint64_t count) override {
    notes[std::string(what)] += count;
  }
  void barrier() override { barriers.push_back(events.size()); }

  std::vector<souk::v1::Event> events;
  std::vector<std::uint64_t> lines;
  std::vector<RecordedReject> rejects;
  std::map<std::string, std::uint64_t> notes;
  std::vector<std::size_t> barriers;
};

/// A folder that is removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string path = (std::filesystem::temp_directory_path() / "souk-cli-XXXXXX").string();
    path_ = mkdtemp(path.data());
  }
  ~TemporaryFolder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] std::string file(const std::string& name, const std::string& text) const {
    const std::string path = path_ + "/" + name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// Runs a whole file through the mapper that its header asks for.
inline Status map_text(ImportKind kind, const std::string& text, RecordingSink& sink,
                       std::map<std::string, std::string> map = {},
                       const std::string& currency = "EUR", std::int64_t now_us = 0) {
  const TemporaryFolder folder;
  auto reader = CsvReader::open(folder.file("data.csv", text));
  if (!reader) return reader.status();
  auto mapper = make_mapper(kind, (*reader)->header(), {currency, std::move(map), now_us});
  if (!mapper) return mapper.status();
  CsvRecord record;
  std::string reason;
  for (;;) {
    const auto outcome = (*reader)->next(record, reason);
    if (!outcome) return outcome.status();
    if (*outcome == CsvOutcome::end) break;
    if (*outcome == CsvOutcome::malformed) {
      sink.reject(record.line, reason, record.text);
    } else {
      (*mapper)->record(record, sink);
    }
  }
  (*mapper)->finish(sink);
  return {};
}

}  // namespace souk::cli
