// The gateway put together: the server's handler, the surface in force, the parts that answer.
// Internal to the room.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "kernel/gateway/admin.hpp"
#include "kernel/gateway/algolia/indexing.hpp"
#include "kernel/gateway/algolia/insights.hpp"
#include "kernel/gateway/algolia/search_records.hpp"
#include "kernel/gateway/door.hpp"
#include "kernel/gateway/entities.hpp"
#include "kernel/gateway/gateway.hpp"
#include "kernel/gateway/http/server.hpp"
#include "kernel/gateway/http_metrics.hpp"
#include "kernel/gateway/ingest.hpp"
#include "kernel/gateway/people.hpp"
#include "kernel/gateway/service_call.hpp"
#include "kernel/gateway/surface.hpp"
#include "kernel/gateway/system.hpp"
#include "kernel/gateway/tracking/tracking.hpp"
#include "kernel/gateway/work_pool.hpp"

namespace souk::gateway {

class GatewayImpl final : public Gateway, public RequestHandler {
 public:
  GatewayImpl(const config::ServerSettings& settings, const GatewayParts& parts,
              const GatewayOptions& options, std::size_t workers);
  ~GatewayImpl() override;
  Status start(const std::vector<config::StoreSettings>& stores);

  void apply(const std::vector<config::StoreSettings>& stores) override;
  [[nodiscard]] std::uint16_t port() const noexcept override;
  bool drain() override;
  void close() override;

  void handle(const Request& request, Reply reply) override;
  [[nodiscard]] bool appends_only(const Request& request) const noexcept override;
  Response refuse(int status, std::string_view detail) override;
  void finished(std::size_t worker, const RequestOutcome& outcome) noexcept override;

 private:
  void refresh(WorkerState& worker);
  void rebuild();
  void name_request(const Request& request, WorkerState& worker, Exchange& exchange) const;
  void route(const Request& request, WorkerState& worker, Exchange exchange);

  config::ServerSettings settings_;
  GatewayParts parts_;
  HttpMetrics http_metrics_;
  WorkPool pool_;
  Door door_;
  Ingest ingest_;
  ServiceCalls services_;
  Entities entities_;
  People people_;
  Admin admin_;
  Tracking tracking_;
  AlgoliaIndexing algolia_indexing_;
  AlgoliaSearchRecords algolia_records_;
  AlgoliaInsights algolia_insights_;
  System system_;
  HandlerTable handlers_;
  std::mutex surface_mutex_;  // one build at a time
  std::vector<config::StoreSettings> stores_;
  std::shared_ptr<const Surface> surface_;  // behind surface_mutex_
  std::atomic<std::uint64_t> surface_version_{0};
  std::atomic<std::uint64_t> services_version_{0};
  std::vector<std::unique_ptr<WorkerState>> workers_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace souk::gateway
