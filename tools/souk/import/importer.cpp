#include "tools/souk/import/importer.hpp"

#include <chrono>
#include <cstdio>

#include "kernel/base/clock.hpp"
#include "tools/souk/import/json_lines.hpp"
#include "tools/souk/import/lane_sink.hpp"
#include "tools/souk/import/reject_file.hpp"
#include "tools/souk/import/sender.hpp"
#include "tools/souk/progress.hpp"

namespace souk::cli {
namespace {

/// Tells the bar how much of what a mapper held back is out.
class CountingSink final : public EventSink {
 public:
  CountingSink(LaneSink& inner, ProgressBar& bar, std::uint64_t expected)
      : inner_(inner), bar_(bar), expected_(expected), begin_(inner.events()) {}
  void event(souk::v1::Event&& event, std::uint64_t line) override {
    inner_.event(std::move(event), line);
    const std::uint64_t done = inner_.events() - begin_;
    if (done % 256 == 0) {
      bar_.show(static_cast<double>(done) / static_cast<double>(expected_ + 1), done);
    }
  }
  void reject(std::uint64_t line, std::string_view reason, std::string_view text) override {
    inner_.reject(line, reason, text);
  }
  void note(std::string_view what, std::uint64_t count) override { inner_.note(what, count); }
  void barrier() override { inner_.barrier(); }

 private:
  LaneSink& inner_;
  ProgressBar& bar_;
  const std::uint64_t expected_;
  const std::uint64_t begin_;
};

Status import_csv(const std::string& path, const ImportSettings& settings, LaneSink& sink,
                  ImportReport& report) {
  auto reader = CsvReader::open(path);
  if (!reader) return reader.status();
  MapperSettings of_mapper = settings.mapper;
  if (of_mapper.now_us == 0) of_mapper.now_us = base::system_clock().now_us();
  auto mapper = make_mapper(settings.kind, (*reader)->header(), of_mapper);
  if (!mapper) return mapper.status();
  report.format = (*mapper)->format();
  {
    ProgressBar bar("reading " + path, "lines", settings.quiet);
    CsvRecord record;
    std::string reason;
    while (sink.alive()) {
      const auto outcome = (*reader)->next(record, reason);
      if (!outcome) return outcome.status();
      if (*outcome == CsvOutcome::end) break;
      ++report.read;
      if (*outcome == CsvOutcome::malformed) {
        sink.reject(record.line, reason, record.text);
      } else {
        (*mapper)->record(record, sink);
      }
      if (report.read % 512 == 0) bar.show((*reader)->fraction(), report.read);
    }
    bar.finish(report.read);
  }
  const std::uint64_t held = (*mapper)->held();
  if (held == 0 || !sink.alive()) {
    (*mapper)->finish(sink);
    return {};
  }
  ProgressBar bar("sending " + path, "events", settings.quiet);
  const std::uint64_t before = sink.events();
  CountingSink counting(sink, bar, held);
  (*mapper)->finish(counting);
  Status status = sink.finish();
  bar.finish(sink.events() - before);
  return status;
}

Status import_json(const std::string& path, const ImportSettings& settings, LaneSink& sink,
                   ImportReport& report) {
  report.format = std::string(kind_name(settings.kind)) + " as JSONL";
  ProgressBar bar("importing " + path, "lines", settings.quiet);
  JsonLinesOptions options;
  options.kind = settings.kind;
  options.types = settings.types;
  options.now_us = base::system_clock().now_us();
  options.progress = [&](double fraction, std::uint64_t lines) { bar.show(fraction, lines); };
  const auto read = read_json_lines(path, options, sink);
  if (!read) return read.status();
  report.read = *read;
  bar.finish(report.read);
  return {};
}

std::string row(const std::string& name, std::uint64_t count) {
  char text[200];
  std::snprintf(text, sizeof(text), "  %-16s %14s\n", name.c_str(), with_commas(count).c_str());
  return text;
}

std::string details(const std::map<std::string, std::uint64_t>& counts) {
  std::string text;
  for (const auto& [name, count] : counts) {
    char number[40];
    std::snprintf(number, sizeof(number), "  %16s  ", with_commas(count).c_str());
    text += number + name + "\n";
  }
  return text;
}

}  // namespace

Result<ImportReport> import_file(const std::string& path, const ImportSettings& settings) {
  const auto start = std::chrono::steady_clock::now();
  ImportReport report;
  report.file = path;
  const auto json = is_json_lines(path);
  if (!json) return json.status();
  RejectFile rejects(settings.rejects.empty() ? path + ".rejects.csv" : settings.rejects);
  const bool in_order = settings.kind == ImportKind::events;
  const unsigned lanes = settings.in_flight != 0 ? settings.in_flight : in_order ? 1 : 4;
  const std::size_t batch = settings.batch != 0 ? settings.batch : in_order ? 2'000 : 500;
  Sender sender(
      settings.address, settings.key, lanes,
      [&rejects](std::uint64_t line, std::string_view reason) { rejects.add(line, reason, {}); });
  LaneSink sink(sender, rejects, batch, settings.salt);
  Status status =
      *json ? import_json(path, settings, sink, report) : import_csv(path, settings, sink, report);
  if (const Status sent = sink.finish(); !sent.ok()) return sent;
  if (!status.ok()) return status;
  const SenderTotals totals = sender.totals();
  report.sent = totals.sent;
  report.accepted = totals.accepted;
  report.duplicates = totals.duplicates;
  report.retries = totals.retries;
  report.rejected = rejects.count();
  report.rejects_file = rejects.written_to();
  report.reasons = rejects.reasons();
  report.notes = sink.notes();
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

std::string to_text(const ImportReport& report) {
  std::string text = report.file + ": " + report.format + "\n";
  text += row("lines read", report.read) + row("events sent", report.sent) +
          row("accepted", report.accepted) + row("duplicates", report.duplicates) +
          row("rejected", report.rejected);
  text += details(report.reasons);
  if (!report.notes.empty()) text += "  besides:\n" + details(report.notes);
  if (report.retries > 0) text += row("retries", report.retries);
  if (!report.rejects_file.empty()) text += "  rejected lines: " + report.rejects_file + "\n";
  char time[120];
  std::snprintf(
      time, sizeof(time), "  %.1f s, %s lines/s\n", report.seconds,
      with_commas(report.seconds > 0 ? static_cast<std::uint64_t>(static_cast<double>(report.read) /
                                                                  report.seconds)
                                     : 0)
          .c_str());
  return text + time;
}

}  // namespace souk::cli
