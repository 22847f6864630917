#include "tools/bench/load/response_reader.hpp"

#include <strings.h>

#include <charconv>
#include <cstring>

namespace souk::bench {
namespace {

/// The value of a header, or nothing. `head` ends before the empty line.
std::string_view header(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos;
       at = head.find("\r\n", at + 2)) {
    const std::string_view line = head.substr(at + 2);
    if (line.size() <= name.size() || line[name.size()] != ':') continue;
    if (strncasecmp(line.data(), name.data(), name.size()) != 0) continue;
    std::string_view value = line.substr(name.size() + 1);
    value = value.substr(0, value.find("\r\n"));
    while (!value.empty() && value.front() == ' ')
      value.remove_prefix(1);
    return value;
  }
  return {};
}

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::uint64_t json_number(std::string_view body, std::string_view name) {
  const std::size_t at = body.find(name);
  if (at == std::string_view::npos) return 0;
  std::string_view rest = body.substr(at + name.size());
  while (!rest.empty() && (rest.front() == ':' || rest.front() == ' ' || rest.front() == '"'))
    rest.remove_prefix(1);
  return number(rest);
}

/// Fields 1 and 2 come first on the wire and are varints.
EventCounts read_wire_counts(std::string_view body) {
  EventCounts counts;
  std::size_t at = 0;
  while (at < body.size() && (body[at] == 0x08 || body[at] == 0x10)) {
    std::uint64_t& field = body[at++] == 0x08 ? counts.accepted : counts.duplicates;
    for (unsigned shift = 0; at < body.size() && shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(body[at++]);
      field |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) break;
    }
  }
  return counts;
}

}  // namespace

char* ResponseReader::prepare(std::size_t room) {
  if (begin_ == end_) begin_ = end_ = 0;
  if (buffer_.size() - end_ < room) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    if (buffer_.size() - end_ < room) buffer_.resize(end_ + room);
  }
  return buffer_.data() + end_;
}

std::optional<Response> ResponseReader::next() {
  const std::string_view bytes(buffer_.data() + begin_, end_ - begin_);
  const std::size_t head_end = bytes.find("\r\n\r\n");
  if (head_end == std::string_view::npos) return std::nullopt;
  const std::string_view head = bytes.substr(0, head_end);
  constexpr std::string_view kStart = "HTTP/1.1 ";
  const std::string_view length = header(head, "content-length");
  if (!head.starts_with(kStart) || length.empty()) {
    failed_ = true;
    return std::nullopt;
  }
  const std::size_t whole = head_end + 4 + number(length);
  if (bytes.size() < whole) return std::nullopt;
  begin_ += whole;
  return Response{static_cast<int>(number(head.substr(kStart.size(), 3))),
                  bytes.substr(head_end + 4, whole - head_end - 4),
                  header(head, "connection") == "close"};
}

EventCounts read_event_counts(std::string_view body) {
  if (body.empty() || body.front() != '{') return read_wire_counts(body);
  return {json_number(body, "\"accepted\""), json_number(body, "\"duplicates\"")};
}

}  // namespace souk::bench
