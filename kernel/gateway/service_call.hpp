// ServiceCalls: a request that asks a plugin: path, query and body become the method's input, the
// plugin's answer becomes JSON or Protobuf.
#pragma once

#include "kernel/gateway/exchange.hpp"
#include "kernel/gateway/surface.hpp"
#include "kernel/host/host.hpp"

namespace souk::gateway {

/// Thread-safe.
class ServiceCalls {
 public:
  explicit ServiceCalls(host::Host& host) noexcept : host_(host) {}
  void add_handlers(HandlerTable& table);

 private:
  void ask(Call& call) const;
  host::Host& host_;
};

/// The bytes of the string field `number` of a message; empty when it is absent or malformed.
[[nodiscard]] std::string_view wire_string(std::string_view wire, std::uint32_t number) noexcept;

}  // namespace souk::gateway
