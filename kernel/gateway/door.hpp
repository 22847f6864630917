// Door: whether a request may come in: its key, its scope, its rate, its origin.
#pragma once

#include <string_view>

#include "kernel/base/clock.hpp"
#include "kernel/gateway/exchange.hpp"

namespace souk::gateway {

/// Stateless but for the clock; any thread (each with its own Call).
class Door {
 public:
  explicit Door(const base::Clock& clock) noexcept : clock_(clock) {}

  /// Judges by the key in the Authorization header. False: the request has been answered (401, 403,
  /// 429). On success key, store and the headers of the answer are set. Public routes let everybody
  /// in.
  bool admit(Call& call) const;
  /// The same with a key that the caller found elsewhere (a tracker's write key).
  bool admit_key(Call& call, std::string_view presented, Scope scope) const;
  /// Adds the CORS headers of an answer that is given without a key.
  static void add_cors(Call& call);

 private:
  bool enter(Call& call, const ApiKey* key, Scope scope) const;
  static void enter_public(Call& call, const ApiKey* key);
  const base::Clock& clock_;
};

}  // namespace souk::gateway
