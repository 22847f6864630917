#include "tools/souk/log_export.hpp"

#include <algorithm>
#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "kernel/log/batch.hpp"
#include "kernel/schema/event_scanner.hpp"
#include "kernel/schema/pool.hpp"
#include "kernel/schema/wire_to_json.hpp"

namespace souk::cli {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{4} << 20U;  // compressed: some 100,000 events

/// What became of one row.
struct RowText {
  Status status;
  std::string lines;
  std::uint64_t events = 0;
};

class Exporter {
 public:
  Exporter(storage::Database& database, std::string_view store_id, const ExportOptions& options)
      : database_(database),
        store_id_(store_id),
        options_(options),
        table_(*schema::DescriptorPool::builtin().message("souk.v1.Event")),
        threads_(options.threads != 0 ? options.threads
                                      : std::max(1U, std::thread::hardware_concurrency())) {
    json_.types = options.types;
  }

  Result<std::uint64_t> run(const LineSink& sink) {
    const auto bounds = database_.log_bounds(store_id_);
    if (!bounds) return bounds.status();
    if (bounds->rows == 0) return std::uint64_t{0};
    from_ = std::max(options_.range.from, bounds->first_sequence);
    to_ = options_.range.to == 0 ? bounds->last_sequence
                                 : std::min(options_.range.to, bounds->last_sequence);
    const std::uint64_t first = from_;
    auto next = read();
    while (from_ <= to_) {
      Result<std::vector<storage::EventRow>> rows = next.get();
      if (!rows) return rows.status();
      if (rows->empty()) break;
      // The first row may begin before it: rows are merged while we read.
      const std::uint64_t begin = from_;
      from_ = rows->back().first_sequence + rows->back().count;
      if (from_ <= to_) next = read();
      for (const RowText& text : convert(*rows, begin)) {
        if (!text.lines.empty() && !sink(text.lines)) {
          return Status(Code::unavailable, "the output can't be written");
        }
        written_ += text.events;
        if (!text.status.ok()) return text.status;
      }
      if (options_.progress) {
        options_.progress(static_cast<double>(std::min(from_, to_ + 1) - first) /
                              static_cast<double>(to_ - first + 1),
                          written_);
      }
    }
    return written_;
  }

 private:
  std::future<Result<std::vector<storage::EventRow>>> read() {
    return std::async(std::launch::async, [this, from = from_] {
      return database_.read_events(store_id_, from, kChunkBytes);
    });
  }

  /// The events from sequence `begin` on.
  std::vector<RowText> convert(const std::vector<storage::EventRow>& rows,
                               std::uint64_t begin) const {
    std::vector<RowText> texts(rows.size());
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
      for (std::size_t at = next++; at < rows.size(); at = next++)
        texts[at] = text_of(rows[at], begin);
    };
    std::vector<std::thread> helpers;
    const std::size_t wanted = std::min<std::size_t>(threads_, rows.size());
    for (std::size_t i = 1; i < wanted; ++i)
      helpers.emplace_back(work);
    work();
    for (std::thread& helper : helpers)
      helper.join();
    return texts;
  }

  RowText text_of(const storage::EventRow& row, std::uint64_t begin) const {
    RowText text;
    const auto batch = log::Batch::from_row(row);
    if (!batch) {
      text.status = batch.status();
      return text;
    }
    std::string wire;
    text.lines.reserve((*batch)->raw().size() * 3);
    for (const log::LoggedEvent& event : (*batch)->events()) {
      if (event.sequence < begin || event.sequence > to_) continue;
      wire.assign(event.wire);
      schema::append_event_received(wire, event.received_us);
      schema::append_event_sequence(wire, event.sequence);
      schema::append_event_store(wire, store_id_);
      text.status = schema::wire_to_json(table_, wire, text.lines, json_);
      if (!text.status.ok()) return text;
      text.lines.push_back('\n');
      ++text.events;
    }
    return text;
  }

  storage::Database& database_;
  const std::string store_id_;
  const ExportOptions& options_;
  const schema::MessageTable& table_;
  const unsigned threads_;
  schema::JsonWriteOptions json_;
  std::uint64_t from_ = 0;
  std::uint64_t to_ = 0;
  std::uint64_t written_ = 0;
};

}  // namespace

Result<std::uint64_t> export_log(storage::Database& database, std::string_view store_id,
                                 const ExportOptions& options, const LineSink& sink) {
  return Exporter(database, store_id, options).run(sink);
}

}  // namespace souk::cli
