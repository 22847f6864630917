// Asking other plugins. No plugin names another: it asks a service, and whoever serves it in this
// store answers, or nobody does (SOUK_E_UNAVAILABLE) and the caller degrades.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "souk/abi.h"
#include "souk/bytes.hpp"
#include "souk/host.hpp"
#include "souk/result.hpp"

namespace souk {
inline namespace abi1 {

struct CallOptions {
  std::string_view account_id = {};  ///< on whose behalf; empty for nobody's
  std::int64_t timeout_us = 0;       ///< 0: one second
};

namespace detail {

/// A question on its way: holds the request's bytes, which the host borrows until the answer.
template <class ReplyMessage, class Callback>
struct PendingCall {
  const souk_host* host;
  std::string request;
  Callback callback;

  static void on_reply(void* user, souk_status status, souk_bytes reply,
                       souk_bytes error) noexcept {
    const std::unique_ptr<PendingCall> self(static_cast<PendingCall*>(user));
    guarded(self->host, [&] {
      self->deliver(status, reply, error);
      return SOUK_OK;
    });
  }

  void deliver(souk_status status, souk_bytes reply, souk_bytes error) {
    if (status != SOUK_OK) {
      callback(Result<ReplyMessage>(to_status(status, to_view(error))));
      return;
    }
    ReplyMessage message;
    if (parse(message, reply)) {
      callback(Result<ReplyMessage>(std::move(message)));
    } else {
      callback(Result<ReplyMessage>(Code::internal, "the answer is not the expected message"));
    }
  }
};

}  // namespace detail

/// Asks `Method` (generated: `my::v1::QuotesService::CreateQuote`). `callback` takes a
/// `Result<Method::Reply>` and is called exactly once: now, on this thread, or later on another.
template <class Method, class Callback>
void ask(const Host& host, const typename Method::Request& request, const CallOptions& options,
         Callback&& callback) {
  using Reply = typename Method::Reply;
  static_assert(std::is_invocable_v<Callback&, Result<Reply>>,
                "the callback takes a Result of the method's reply message");
  using Pending = detail::PendingCall<Reply, std::decay_t<Callback>>;
  auto pending = std::make_unique<Pending>(
      Pending{host.raw(), std::string(), std::forward<Callback>(callback)});
  if (!detail::serialize(request, pending->request)) {
    pending->callback(Result<Reply>(Code::invalid_argument, "the request does not serialize"));
    return;
  }
  Pending* raw = pending.release();
  host.raw()->call(host.raw(), to_bytes(Method::full_name), to_bytes(raw->request),
                   to_bytes(options.account_id), options.timeout_us, &Pending::on_reply, raw);
}

}  // namespace abi1
}  // namespace souk
