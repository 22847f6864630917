#include "kernel/gateway/http/request_parser.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <new>

namespace souk::gateway {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using BeastView = boost::beast::string_view;

constexpr std::size_t kKeptBodyCapacity = 256U << 10U;

std::string_view to_view(BeastView text) noexcept { return {text.data(), text.size()}; }

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return boost::beast::iequals({a.data(), a.size()}, {b.data(), b.size()});
}

/// count_ for headers that nobody reads.
Header known_header(http::field field, std::string_view name) noexcept {
  switch (field) {
    case http::field::accept:
      return Header::accept;
    case http::field::access_control_request_headers:
      return Header::access_control_request_headers;
    case http::field::access_control_request_method:
      return Header::access_control_request_method;
    case http::field::authorization:
      return Header::authorization;
    case http::field::connection:
      return Header::connection;
    case http::field::content_encoding:
      return Header::content_encoding;
    case http::field::content_type:
      return Header::content_type;
    case http::field::expect:
      return Header::expect;
    case http::field::forwarded:
      return Header::forwarded;
    case http::field::host:
      return Header::host;
    case http::field::origin:
      return Header::origin;
    case http::field::transfer_encoding:
      return Header::transfer_encoding;
    case http::field::user_agent:
      return Header::user_agent;
    case http::field::unknown:
      break;
    default:
      return Header::count_;
  }
  if (equals_ignoring_case(name, "x-request-id")) return Header::request_id;
  if (equals_ignoring_case(name, "x-algolia-api-key")) return Header::algolia_api_key;
  if (equals_ignoring_case(name, "anonymousid")) return Header::anonymous_id;
  if (equals_ignoring_case(name, "x-forwarded-for")) return Header::forwarded_for;
  if (equals_ignoring_case(name, "x-forwarded-proto")) return Header::forwarded_proto;
  if (equals_ignoring_case(name, "x-twilio-signature")) return Header::twilio_signature;
  return Header::count_;
}

HttpMethod known_method(http::verb verb) noexcept {
  switch (verb) {
    case http::verb::get:
      return HttpMethod::get;
    case http::verb::head:
      return HttpMethod::head;
    case http::verb::post:
      return HttpMethod::post;
    case http::verb::put:
      return HttpMethod::put;
    case http::verb::delete_:
      return HttpMethod::del;
    case http::verb::patch:
      return HttpMethod::patch;
    case http::verb::options:
      return HttpMethod::options;
    default:
      return HttpMethod::other;
  }
}

/// The path and query of a target in origin-form or absolute-form (RFC 9112 section 3.2).
std::string_view origin_form(std::string_view target) noexcept {
  if (target.empty() || target.front() == '/') return target;
  const std::size_t scheme = target.find("://");
  if (scheme == std::string_view::npos) return target == "*" ? target : std::string_view{};
  const std::size_t path = target.find_first_of("/?", scheme + 3);
  if (path == std::string_view::npos) return "/";
  return target[path] == '/' ? target.substr(path) : std::string_view{};
}

}  // namespace

/// Beast's grammar, reporting to the parser.
class RequestParser::Grammar final : public http::basic_parser<true> {
 public:
  explicit Grammar(RequestParser& owner) : owner_(owner) {
    eager(true);
    header_limit(owner.limits_.max_header_bytes);
    body_limit(owner.limits_.max_body_bytes);
  }

 private:
  static void stop(error_code& ec) { ec = http::error::bad_field; }

  void on_request_impl(http::verb verb, BeastView, BeastView target, int version,
                       error_code& ec) override {
    owner_.method_ = known_method(verb);
    owner_.http11_ = version >= 11;
    const std::string_view form = origin_form(to_view(target));
    if (form.empty() || (form == "*" && owner_.method_ != HttpMethod::options)) {
      owner_.fail(400, "the request target must begin with a slash");
      return stop(ec);
    }
    const std::size_t question = form.find('?');
    owner_.path_ = owner_.keep(form.substr(0, question));
    if (question != std::string_view::npos) owner_.query_ = owner_.keep(form.substr(question + 1));
  }

  void on_response_impl(int, BeastView, int, error_code&) override {}

  void on_field_impl(http::field field, BeastView name, BeastView value, error_code& ec) override {
    if (++owner_.fields_ > owner_.limits_.max_fields) {
      owner_.fail(431, "too many header fields");
      return stop(ec);
    }
    const Header known = known_header(field, to_view(name));
    if (known == Header::count_) return;
    if (known == Header::host) {
      if (owner_.has_host_) {
        owner_.fail(400, "more than one Host header");
        return stop(ec);
      }
      owner_.has_host_ = true;
    }
    auto& piece = owner_.headers_[static_cast<std::size_t>(known)];
    if (piece.size == 0) piece = owner_.keep(to_view(value));
  }

  void on_header_impl(error_code& ec) override {
    owner_.keep_alive_ = keep_alive();
    owner_.on_head_complete();
    if (owner_.state_ == State::failed) stop(ec);
  }

  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
    // What a client announces is only believed up to a point before it comes.
    if (length) owner_.body_.reserve(std::min<std::size_t>(*length, 1U << 20U));
  }

  std::size_t on_body_impl(BeastView body, error_code&) override {
    owner_.body_.append(body.data(), body.size());
    return body.size();
  }

  void on_chunk_header_impl(std::uint64_t, BeastView, error_code&) override {}

  std::size_t on_chunk_body_impl(std::uint64_t, BeastView body, error_code& ec) override {
    if (owner_.body_.size() + body.size() > owner_.limits_.max_body_bytes) {
      ec = http::error::body_limit;
      return 0;
    }
    owner_.body_.append(body.data(), body.size());
    return body.size();
  }

  void on_finish_impl(error_code&) override { owner_.state_ = State::complete; }

  RequestParser& owner_;
};

RequestParser::RequestParser(const ParserLimits& limits) : limits_(limits) { reset(); }

RequestParser::~RequestParser() {
  static_assert(sizeof(Grammar) <= sizeof place_ && alignof(Grammar) <= 16);
  if (grammar_ != nullptr) grammar_->~Grammar();
}

void RequestParser::reset() {
  if (grammar_ != nullptr) grammar_->~Grammar();
  grammar_ = new (place_) Grammar(*this);
  state_ = State::idle;
  fault_ = {};
  method_ = HttpMethod::other;
  expects_continue_ = keep_alive_ = http11_ = has_host_ = false;
  fields_ = 0;
  header_bytes_ = 0;
  head_.clear();
  body_.clear();
  if (body_.capacity() > kKeptBodyCapacity) body_.shrink_to_fit();
  path_ = query_ = {};
  headers_.fill({});
}

RequestParser::Piece RequestParser::keep(std::string_view text) {
  const Piece piece{static_cast<std::uint32_t>(head_.size()),
                    static_cast<std::uint32_t>(text.size())};
  head_.append(text);
  return piece;
}

void RequestParser::fail(int status, std::string_view detail) noexcept {
  state_ = State::failed;
  fault_ = {status, detail};
}

void RequestParser::on_head_complete() {
  if (http11_ && !has_host_) return fail(400, "an HTTP/1.1 request needs a Host header");
  const std::string_view coding =
      view(headers_[static_cast<std::size_t>(Header::transfer_encoding)]);
  if (!coding.empty() && !equals_ignoring_case(coding, "chunked")) {
    return fail(501, "the only transfer coding is chunked");
  }
  const std::string_view expect = view(headers_[static_cast<std::size_t>(Header::expect)]);
  if (!expect.empty()) {
    if (!equals_ignoring_case(expect, "100-continue")) {
      return fail(417, "the only expectation is 100-continue");
    }
    expects_continue_ = http11_;
  }
  state_ = State::body;
}

std::size_t RequestParser::put(std::string_view bytes) {
  if (bytes.empty() || state_ == State::complete || state_ == State::failed) return 0;
  if (state_ == State::idle) {
    // Empty lines before a request are tolerated (RFC 9112 section 2.2).
    std::size_t blank = 0;
    while (blank + 1 < bytes.size() && bytes[blank] == '\r' && bytes[blank + 1] == '\n')
      blank += 2;
    if (blank > 0) return blank;
    state_ = State::head;
  }
  std::size_t used = 0;
  while (used < bytes.size() && state_ != State::complete) {
    error_code ec;
    const std::size_t taken = grammar_->put({bytes.data() + used, bytes.size() - used}, ec);
    used += taken;
    if (state_ == State::head) header_bytes_ += taken;
    if (state_ == State::failed) return used;
    if (ec == http::error::need_more) break;
    if (ec == http::error::header_limit || ec == http::error::buffer_overflow) {
      fail(431, "the request line and header fields are too large");
    } else if (ec == http::error::body_limit) {
      fail(413, "the body is larger than this server accepts");
    } else if (ec == http::error::bad_version) {
      fail(505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
    } else if (ec) {
      fail(400, "the request is not well-formed HTTP");
    } else if (taken == 0) {
      break;
    }
    if (state_ == State::failed) return used;
  }
  if (state_ == State::head && header_bytes_ > limits_.max_header_bytes) {
    fail(431, "the request line and header fields are too large");
  }
  return used;
}

void RequestParser::fill(Request& request) const {
  request.method = method_;
  request.path = view(path_);
  request.query = view(query_);
  for (std::size_t i = 0; i < kHeaderCount; ++i)
    request.headers[i] = view(headers_[i]);
  request.body = body_;
}

}  // namespace souk::gateway
