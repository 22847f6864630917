// Whatever bytes a client sends, in whatever pieces: head, body, target, credentials, compression.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "kernel/gateway/credentials.hpp"
#include "kernel/gateway/http/inflate.hpp"
#include "kernel/gateway/http/request_parser.hpp"
#include "kernel/gateway/target.hpp"

namespace {

using souk::gateway::RequestParser;

void require(bool holds) {
  if (!holds) std::abort();
}

void look_at(const RequestParser& parser) {
  souk::gateway::Request request;
  parser.fill(request);
  require(request.body.size() <= 4'096);
  souk::gateway::Target target;
  if (target.parse(request.path, request.query).ok()) {
    for (const auto& segment : target.segments()) {
      require(segment.decoded != ".." && segment.decoded != ".");
      require(segment.decoded.size() <= segment.raw.size());
    }
  }
  const auto credentials =
      souk::gateway::credentials_of(request.header(souk::gateway::Header::authorization));
  require(credentials.form != souk::gateway::Credentials::Form::bearer || !credentials.key.empty());
  const auto coding =
      souk::gateway::coding_of(request.header(souk::gateway::Header::content_encoding));
  if (coding == souk::gateway::Coding::gzip || coding == souk::gateway::Coding::deflate) {
    std::string out;
    (void)souk::gateway::inflate_body(coding, request.body, {65'536, 300}, out);
    require(out.size() <= 65'537);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  // The first byte says how large the pieces are.
  const std::size_t piece = static_cast<std::size_t>(data[0]) + 1;
  const std::string_view all(reinterpret_cast<const char*>(data) + 1, size - 1);
  souk::gateway::ParserLimits limits;
  limits.max_header_bytes = 2'048;
  limits.max_body_bytes = 4'096;
  RequestParser parser(limits);
  std::string pending;
  for (std::size_t at = 0; at < all.size(); at += piece) {
    pending += all.substr(at, piece);
    for (;;) {
      const std::size_t used = parser.put(pending);
      require(used <= pending.size());
      pending.erase(0, used);
      if (parser.state() == RequestParser::State::failed) return 0;
      if (parser.state() == RequestParser::State::complete) {
        look_at(parser);
        parser.reset();
        continue;
      }
      if (used == 0) break;
    }
    require(pending.size() <= limits.max_header_bytes + piece + 64);
  }
  return 0;
}
