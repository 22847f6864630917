// Admin: what operators see and do about the store of their key.
#pragma once

#include <string>

#include "kernel/gateway/gateway.hpp"
#include "kernel/gateway/http_metrics.hpp"
#include "kernel/gateway/surface.hpp"
#include "kernel/gateway/work_pool.hpp"

namespace souk::gateway {

/// Thread-safe. Everything runs on the pool: plugins start and stop at their own pace.
class Admin {
 public:
  Admin(const GatewayParts& parts, WorkPool& pool, const HttpMetrics& metrics,
        const GatewayOptions& options);
  void add_handlers(HandlerTable& table);

 private:
  using Task = void (Admin::*)(Exchange& exchange, const std::string& request);
  using Action = Status (Admin::*)(const std::string& store, const std::string& plugin);

  void add(HandlerTable& table, const char* method, Task task);
  void add_action(HandlerTable& table, const char* method, Action action);
  void list_plugins(Exchange& exchange, const std::string& request);
  void stats(Exchange& exchange, const std::string& request);
  void dead_letters(Exchange& exchange, const std::string& request);
  void replay_dead_letter(Exchange& exchange, const std::string& request);
  Status enable(const std::string& store, const std::string& plugin);
  Status disable(const std::string& store, const std::string& plugin);
  Status reload(const std::string& store, const std::string& plugin);
  Result<std::uint64_t> count_entities(const std::string& store, std::string_view kind);

  GatewayParts parts_;
  WorkPool& pool_;
  const HttpMetrics& metrics_;
  GatewayOptions options_;
  std::int64_t started_us_;
};

}  // namespace souk::gateway
