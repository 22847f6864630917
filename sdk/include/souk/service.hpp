// Questions: what a plugin answers, now or later.
//
// A service is declared in a proto; the build generates `<Service>Service` beside it. A plugin
// lists it (`using Services = souk::Types<my::v1::QuotesService>;`) and answers each method by a
// member function named in snake_case, in one of three forms:
//
//   Result<Reply> create_quote(const Request&, const CallInfo&);          the usual one
//   Status        create_quote(const Request&, const CallInfo&, Reply&);  allocates nothing when
//   warm void          create_quote(const Request&, const CallInfo&, souk::Reply<Reply>);  answers
//   later
//
// They run on any worker thread, several at a time, while events are folded: read from a View, and
// don't wait for I/O. The request and CallInfo are borrowed until the function returns.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "souk/abi.h"
#include "souk/bytes.hpp"
#include "souk/host.hpp"
#include "souk/result.hpp"

namespace souk {
inline namespace abi1 {

/// What stands around a question. A view: valid until the member function returns.
class CallInfo {
 public:
  explicit CallInfo(const souk_call& call) noexcept : call_(&call) {}

  /// Host clock; an answer after it is dropped.
  [[nodiscard]] std::int64_t deadline_us() const noexcept { return call_->deadline_us; }
  /// Empty, or the account on whose behalf the question is asked.
  [[nodiscard]] std::string_view account_id() const noexcept { return to_view(call_->account_id); }
  /// Follows the question through logs and other plugins.
  [[nodiscard]] std::string_view request_id() const noexcept { return to_view(call_->request_id); }
  /// The plugin that asks; empty when the question came over HTTP.
  [[nodiscard]] std::string_view caller() const noexcept { return to_view(call_->caller); }

 private:
  const souk_call* call_;
};

namespace detail {

inline void send_error(const souk_host* host, std::uint64_t handle, const Status& status) noexcept {
  if (status.field().empty()) {
    host->reply(host, handle, static_cast<souk_status>(status.code()), souk_bytes{},
                to_bytes(status.message()));
    return;
  }
  const std::string text = status.field() + ": " + status.message();
  host->reply(host, handle, static_cast<souk_status>(status.code()), souk_bytes{}, to_bytes(text));
}

template <class M>
void send_reply(const souk_host* host, std::uint64_t handle, const M& message) {
  Lease<std::string> bytes;
  if (serialize(message, *bytes)) {
    host->reply(host, handle, SOUK_OK, to_bytes(*bytes), souk_bytes{});
  } else {
    send_error(host, handle, Status(Code::internal, "the reply does not serialize"));
  }
  if (bytes->capacity() > kKeepCapacityBelow) std::string().swap(*bytes);
}

}  // namespace detail

/// The right, and the duty, to answer one question. Move-only; any thread. One that is destroyed
/// unused answers SOUK_E_INTERNAL, so that no caller waits for nothing.
template <class M>
class Reply {
 public:
  Reply(const souk_host* host, std::uint64_t handle) noexcept : host_(host), handle_(handle) {}
  Reply(Reply&& other) noexcept
      : host_(std::exchange(other.host_, nullptr)), handle_(other.handle_) {}
  Reply& operator=(Reply&& other) noexcept {
    std::swap(host_, other.host_);
    std::swap(handle_, other.handle_);
    return *this;
  }
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;
  ~Reply() {
    if (host_ == nullptr) return;
    static constexpr std::string_view kDropped = "the plugin dropped the question unanswered";
    host_->reply(host_, handle_, SOUK_E_INTERNAL, souk_bytes{}, to_bytes(kDropped));
  }

  /// Answers. The first answer counts; this object can do no more afterwards.
  void send(const M& reply) && { detail::send_reply(take(), handle_, reply); }
  /// The same, of M's wire bytes, for answers that are put together from bytes that are there.
  void send_bytes(std::string_view bytes) && {
    const souk_host* host = take();
    host->reply(host, handle_, SOUK_OK, to_bytes(bytes), souk_bytes{});
  }
  void fail(const Status& status) && { detail::send_error(take(), handle_, status); }
  void finish(const Result<M>& result) && {
    if (result.ok()) {
      std::move(*this).send(result.value());
    } else {
      std::move(*this).fail(result.status());
    }
  }

 private:
  const souk_host* take() noexcept { return std::exchange(host_, nullptr); }

  const souk_host* host_;
  std::uint64_t handle_;
};

}  // namespace abi1
}  // namespace souk
