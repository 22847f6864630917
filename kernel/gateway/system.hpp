// System: what needs no store: health, readiness, metrics, the OpenAPI document.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "kernel/base/metrics.hpp"
#include "kernel/gateway/exchange.hpp"
#include "kernel/gateway/http_metrics.hpp"
#include "kernel/gateway/surface.hpp"
#include "kernel/gateway/work_pool.hpp"
#include "kernel/storage/database.hpp"

namespace souk::gateway {

/// Thread-safe.
class System {
 public:
  System(host::Host& host, storage::Database& database, base::Metrics& metrics,
         const HttpMetrics& http_metrics, WorkPool& pool, std::string version)
      : host_(host),
        database_(database),
        metrics_(metrics),
        http_metrics_(http_metrics),
        pool_(pool),
        version_(std::move(version)) {}

  void add_handlers(HandlerTable& table);
  /// Where metrics find the server's counters and readiness finds out about draining.
  void set_server(const HttpServer* server) noexcept { server_ = server; }

 private:
  static void live(Call& call);
  void ready(Call& call);
  void metrics(Call& call);
  void openapi(Call& call);

  host::Host& host_;
  storage::Database& database_;
  base::Metrics& metrics_;
  const HttpMetrics& http_metrics_;
  WorkPool& pool_;
  std::string version_;
  std::atomic<const HttpServer*> server_{nullptr};
  std::mutex openapi_mutex_;
  std::weak_ptr<const Surface> openapi_surface_;  // the surface that the text describes
  std::string openapi_text_;
};

/// The state as operators read it: souk.v1.PluginState.Value.
[[nodiscard]] int plugin_state_value(host::InstanceState state) noexcept;

}  // namespace souk::gateway
