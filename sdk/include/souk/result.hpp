// Result<T> and Status: how every function of Souk that can fail answers.
//
// Header-only, C++20, no dependency but abi.h. The kernel and the plugins use the same type; it
// never crosses the C boundary (there, souk_status and a text do).
#pragma once

#include <cassert>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "souk/abi.h"

namespace souk {
inline namespace abi1 {

/// What went wrong, for programs. The values are the contract of abi.h's souk_status.
enum class Code : std::int32_t {
  ok = SOUK_OK,
  invalid_argument = SOUK_E_INVALID_ARGUMENT,
  not_found = SOUK_E_NOT_FOUND,
  already_exists = SOUK_E_ALREADY_EXISTS,
  permission_denied = SOUK_E_PERMISSION_DENIED,
  unauthenticated = SOUK_E_UNAUTHENTICATED,
  failed_precondition = SOUK_E_FAILED_PRECONDITION,
  resource_exhausted = SOUK_E_RESOURCE_EXHAUSTED,
  unavailable = SOUK_E_UNAVAILABLE,
  deadline_exceeded = SOUK_E_DEADLINE_EXCEEDED,
  cancelled = SOUK_E_CANCELLED,
  data_loss = SOUK_E_DATA_LOSS,
  internal = SOUK_E_INTERNAL,
  unsupported = SOUK_E_UNSUPPORTED,
};

/// The code's name as it stands in logs and problem documents, e.g. "INVALID_ARGUMENT".
[[nodiscard]] constexpr std::string_view code_name(Code code) noexcept {
  switch (code) {
    case Code::ok:
      return "OK";
    case Code::invalid_argument:
      return "INVALID_ARGUMENT";
    case Code::not_found:
      return "NOT_FOUND";
    case Code::already_exists:
      return "ALREADY_EXISTS";
    case Code::permission_denied:
      return "PERMISSION_DENIED";
    case Code::unauthenticated:
      return "UNAUTHENTICATED";
    case Code::failed_precondition:
      return "FAILED_PRECONDITION";
    case Code::resource_exhausted:
      return "RESOURCE_EXHAUSTED";
    case Code::unavailable:
      return "UNAVAILABLE";
    case Code::deadline_exceeded:
      return "DEADLINE_EXCEEDED";
    case Code::cancelled:
      return "CANCELLED";
    case Code::data_loss:
      return "DATA_LOSS";
    case Code::internal:
      return "INTERNAL";
    case Code::unsupported:
      return "UNSUPPORTED";
  }
  return "UNKNOWN";
}

/// Success, or a code with one sentence that says what was wrong and what is allowed.
class [[nodiscard]] Status {
 public:
  Status() noexcept = default;
  Status(Code code, std::string message) : code_(code), message_(std::move(message)) {}
  /// `field` names the part of the input that is at fault, as its sender wrote it
  /// ("events[3].time").
  Status(Code code, std::string message, std::string field)
      : code_(code), message_(std::move(message)), field_(std::move(field)) {}

  [[nodiscard]] bool ok() const noexcept { return code_ == Code::ok; }
  explicit operator bool() const noexcept { return ok(); }
  [[nodiscard]] Code code() const noexcept { return code_; }
  [[nodiscard]] const std::string& message() const noexcept { return message_; }
  [[nodiscard]] const std::string& field() const noexcept { return field_; }

 private:
  Code code_ = Code::ok;
  std::string message_;
  std::string field_;
};

/// A value, or the Status that says why there is none.
template <class T>
class [[nodiscard]] Result {
  static_assert(!std::is_same_v<std::remove_cvref_t<T>, Status>, "use Status itself");

 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Status status) : state_(std::in_place_index<1>, std::move(status)) {
    assert(!std::get<1>(state_).ok() && "a Result without a value needs an error");
  }
  Result(Code code, std::string message) : Result(Status(code, std::move(message))) {}

  [[nodiscard]] bool ok() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }

  /// The value. Requires ok().
  [[nodiscard]] T& value() & noexcept { return *std::get_if<0>(&state_); }
  [[nodiscard]] const T& value() const& noexcept { return *std::get_if<0>(&state_); }
  [[nodiscard]] T&& value() && noexcept { return std::move(*std::get_if<0>(&state_)); }
  T& operator*() & noexcept { return value(); }
  const T& operator*() const& noexcept { return value(); }
  T&& operator*() && noexcept { return std::move(*this).value(); }
  T* operator->() noexcept { return &value(); }
  const T* operator->() const noexcept { return &value(); }

  /// The error; an OK status when there is a value.
  [[nodiscard]] Status status() const& { return ok() ? Status{} : *std::get_if<1>(&state_); }
  [[nodiscard]] Status status() && { return ok() ? Status{} : std::move(*std::get_if<1>(&state_)); }
  [[nodiscard]] Code code() const noexcept {
    return ok() ? Code::ok : std::get_if<1>(&state_)->code();
  }

 private:
  std::variant<T, Status> state_;
};

}  // namespace abi1
}  // namespace souk
