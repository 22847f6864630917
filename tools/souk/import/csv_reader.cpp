#include "tools/souk/import/csv_reader.hpp"

#include <algorithm>
#include <set>

namespace souk::cli {
namespace {

/// A record that goes on over more lines than this has lost a quote.
constexpr int kMaxLinesOfRecord = 10'000;

bool has_even_quotes(std::string_view text) {
  return std::count(text.begin(), text.end(), '"') % 2 == 0;
}

std::string trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return std::string(text);
}

/// The candidate that occurs most often outside quotes; of equals the one that is rarer in names.
char find_separator(std::string_view header) {
  constexpr std::string_view kCandidates = "\t;,";
  char best = ',';
  int most = 0;
  for (const char candidate : kCandidates) {
    bool quoted = false;
    int count = 0;
    for (const char c : header) {
      if (c == '"') quoted = !quoted;
      if (c == candidate && !quoted) ++count;
    }
    if (count > most) {
      most = count;
      best = candidate;
    }
  }
  return best;
}

}  // namespace

Result<std::unique_ptr<CsvReader>> CsvReader::open(const std::string& path) {
  auto source = TextSource::open(path);
  if (!source) return source.status();
  std::unique_ptr<CsvReader> reader(new CsvReader(std::move(*source)));
  if (Status status = reader->read_header(path); !status.ok()) return status;
  return reader;
}

Status CsvReader::read_header(const std::string& path) {
  CsvRecord record;
  std::string reason;
  std::uint64_t line = 0;
  bool balanced = true;
  const auto more = read_record(line, balanced);
  if (!more) return more.status();
  if (!*more) return {Code::invalid_argument, path + " is empty; the first line names the columns"};
  if (!balanced) return {Code::invalid_argument, path + ":1: a quote is not closed"};
  separator_ = find_separator(text_);
  record.line = line;
  if (!split(record, reason)) return {Code::invalid_argument, path + ":1: " + reason};
  std::set<std::string> seen;
  for (const std::string_view field : record.fields) {
    header_.push_back(trimmed(field));
    if (!header_.back().empty() && !seen.insert(header_.back()).second) {
      return {Code::invalid_argument,
              path + ":1: the column \"" + header_.back() + "\" stands there twice"};
    }
  }
  return {};
}

Result<CsvOutcome> CsvReader::next(CsvRecord& record, std::string& reason) {
  bool balanced = true;
  const auto more = read_record(record.line, balanced);
  if (!more) return more.status();
  record.fields.clear();
  record.text = text_;
  if (!*more) return CsvOutcome::end;
  if (!balanced) {
    reason = "a quote is not closed";
    return CsvOutcome::malformed;
  }
  if (!split(record, reason)) return CsvOutcome::malformed;
  if (record.fields.size() != header_.size()) {
    reason = std::to_string(record.fields.size()) + " fields, the header has " +
             std::to_string(header_.size());
    return CsvOutcome::malformed;
  }
  return CsvOutcome::record;
}

Result<bool> CsvReader::read_record(std::uint64_t& line, bool& balanced) {
  std::string_view text;
  do {
    const auto more = source_->line(text);
    if (!more) return more.status();
    if (!*more) return false;
    ++line_;
  } while (text.empty());
  line = line_;
  text_.assign(text);
  balanced = has_even_quotes(text);
  for (int lines = 1; !balanced && lines < kMaxLinesOfRecord; ++lines) {
    const auto more = source_->line(text);
    if (!more) return more.status();
    if (!*more) return true;
    ++line_;
    text_.push_back('\n');
    text_.append(text);
    balanced = has_even_quotes(text) == balanced;
  }
  return true;
}

bool CsvReader::split(CsvRecord& record, std::string& reason) {
  record.text = text_;
  record.fields.clear();
  const std::string_view text = text_;
  unquoted_.clear();
  unquoted_.reserve(text.size());  // so that views into it stay valid
  std::size_t at = 0;
  for (;;) {
    if (at < text.size() && text[at] == '"') {
      const std::size_t begin = unquoted_.size();
      for (++at; at < text.size(); ++at) {
        if (text[at] == '"') {
          if (at + 1 >= text.size() || text[at + 1] != '"') break;
          ++at;
        }
        unquoted_.push_back(text[at]);
      }
      ++at;
      record.fields.push_back(std::string_view(unquoted_).substr(begin));
      if (at < text.size() && text[at] != separator_) {
        reason = "text after the closing quote of field " + std::to_string(record.fields.size());
        return false;
      }
    } else {
      const std::size_t end = std::min(text.find(separator_, at), text.size());
      record.fields.push_back(text.substr(at, end - at));
      at = end;
    }
    if (at >= text.size()) return true;
    ++at;
    if (at == text.size()) {  // the last field is empty
      record.fields.emplace_back();
      return true;
    }
  }
}

}  // namespace souk::cli
