// From bytes to typed handlers: events into on(), questions into service methods.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "souk/bytes.hpp"
#include "souk/event.hpp"
#include "souk/host.hpp"
#include "souk/service.hpp"
#include "souk/types.hpp"

namespace souk {
inline namespace abi1 {
namespace detail {

/// Parses each event into the one message object of its type, kept from event to event so that a
/// warm fold allocates nothing. [event] only.
template <class P, class List>
class EventDispatcher;

template <class P, class... M>
class EventDispatcher<P, Types<M...>> {
 public:
  /// Folds one event. A subscription that the manifest does not have is ignored.
  souk_status fold(P& plugin, const souk_host* host, const souk_event& event) {
    if constexpr (sizeof...(M) > 0) {
      static constexpr std::array<Handler, sizeof...(M)> kHandlers{
          &EventDispatcher::template handle<M>...};
      if (event.subscription < kHandlers.size()) {
        return (this->*kHandlers[event.subscription])(plugin, host, event);
      }
    }
    return SOUK_OK;
  }

 private:
  using Handler = souk_status (EventDispatcher::*)(P&, const souk_host*, const souk_event&);

  template <class T>
  souk_status handle(P& plugin, const souk_host* host, const souk_event& event) {
    T& message = std::get<T>(messages_);
    const EventInfo info(event);
    if (!parse(message, event.payload)) {
      return report(host, SOUK_E_INVALID_ARGUMENT,
                    "event " + std::to_string(event.sequence) + ": malformed " +
                        std::string(MessageTraits<T>::name));
    }
    souk_status status = SOUK_OK;
    if constexpr (std::is_void_v<decltype(plugin.on(std::as_const(message), info))>) {
      plugin.on(std::as_const(message), info);
    } else {
      status = report(host, plugin.on(std::as_const(message), info));
    }
    if (event.payload.size > kKeepCapacityBelow) message = T();
    return status;
  }

  std::tuple<M...> messages_;
};

/// Sets a method's reply apart from its request, which may be of the same type.
struct ReplyRole;

/// How P answers `Method`: by which of the three forms of service.hpp.
template <class P, class Method>
concept AnswersByResult = requires(P& p, const typename Method::Request& request,
                                   const CallInfo& info) {
  { Method::invoke(p, request, info) } -> std::same_as<Result<typename Method::Reply>>;
};
template <class P, class Method>
concept AnswersInPlace = requires(P& p, const typename Method::Request& request,
                                  const CallInfo& info, typename Method::Reply& reply) {
  { Method::invoke(p, request, info, reply) } -> std::same_as<Status>;
};
template <class P, class Method>
concept AnswersLater = requires(P& p, const typename Method::Request& request, const CallInfo& info,
                                Reply<typename Method::Reply> reply) {
  { Method::invoke(p, request, info, std::move(reply)) } -> std::same_as<void>;
};

template <class P, class List>
struct CallDispatcher;

template <class P, class... Method>
struct CallDispatcher<P, Types<Method...>> {
  static_assert(
      ((AnswersByResult<P, Method> || AnswersInPlace<P, Method> || AnswersLater<P, Method>)&&...),
      "each method of `Services` needs a public member function of its snake_case name in "
      "one of the forms of souk/service.hpp");

  static void answer(P& plugin, const souk_host* host, const souk_call& call) noexcept {
    if constexpr (sizeof...(Method) > 0) {
      using Handler = void (*)(P&, const souk_host*, const souk_call&) noexcept;
      static constexpr std::array<Handler, sizeof...(Method)> kHandlers{&handle_guarded<Method>...};
      if (call.method < kHandlers.size()) {
        kHandlers[call.method](plugin, host, call);
        return;
      }
    }
    static constexpr std::string_view kUnknown = "this plugin has no such method";
    host->reply(host, call.handle, SOUK_E_UNSUPPORTED, souk_bytes{}, to_bytes(kUnknown));
  }

 private:
  template <class M>
  static void handle(P& plugin, const souk_host* host, const souk_call& call, bool& given_away) {
    // After the reply the call is gone: what is needed then is taken now.
    const bool giant = call.request.size > kKeepCapacityBelow;
    Lease<typename M::Request> request;
    if (!parse(*request, call.request)) {
      send_error(host, call.handle,
                 Status(Code::invalid_argument, "the request is not the method's message"));
      return;
    }
    const std::uint64_t handle_id = call.handle;
    const CallInfo info(call);
    if constexpr (AnswersInPlace<P, M>) {
      Lease<typename M::Reply, ReplyRole> reply;
      reply->Clear();
      const Status status = M::invoke(plugin, *request, info, *reply);
      if (status.ok()) {
        send_reply(host, handle_id, *reply);
      } else {
        send_error(host, handle_id, status);
      }
    } else if constexpr (AnswersByResult<P, M>) {
      const Result<typename M::Reply> result = M::invoke(plugin, *request, info);
      if (result.ok()) {
        send_reply(host, handle_id, result.value());
      } else {
        send_error(host, handle_id, result.status());
      }
    } else {
      given_away = true;
      M::invoke(plugin, *request, info, Reply<typename M::Reply>(host, handle_id));
    }
    if (giant) *request = typename M::Request();
  }

  static void refuse(const souk_host* host, std::uint64_t handle, std::string_view text) noexcept {
    host->reply(host, handle, SOUK_E_INTERNAL, souk_bytes{}, to_bytes(text));
  }

  /// As handle(); what is thrown becomes the answer. A Reply that was given away has answered by
  /// itself when the exception destroyed it: a second answer is dropped by the host, so none is
  /// sent.
  template <class M>
  static void handle_guarded(P& plugin, const souk_host* host, const souk_call& call) noexcept {
    bool given_away = false;
    const std::uint64_t handle_id = call.handle;
    try {
      handle<M>(plugin, host, call, given_away);
    } catch (const std::exception& error) {
      if (!given_away) refuse(host, handle_id, error.what());
    } catch (...) {
      if (!given_away) refuse(host, handle_id, "an exception that is not a std::exception");
    }
  }
};

}  // namespace detail
}  // namespace abi1
}  // namespace souk
