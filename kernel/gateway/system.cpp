#include "kernel/gateway/system.hpp"

#include "kernel/gateway/algolia/credentials.hpp"
#include "kernel/schema/openapi.hpp"
#include "souk/v1/admin.pb.h"

namespace souk::gateway {
namespace {

// A plugin that follows the log is ready although a few events are always on their way.
constexpr std::int64_t kReadyLagUs = 10'000'000;

const schema::MessageTable& table(std::string_view name) {
  return *schema::DescriptorPool::builtin().message(name);
}

bool is_ready(const host::InstanceStatus& status) noexcept {
  return status.state == host::InstanceState::running && status.lag_us < kReadyLagUs;
}

}  // namespace

int plugin_state_value(host::InstanceState state) noexcept {
  using State = souk::v1::PluginState;
  switch (state) {
    case host::InstanceState::verified:
      return State::VERIFIED;
    case host::InstanceState::loaded:
      return State::LOADED;
    case host::InstanceState::created:
      return State::CREATED;
    case host::InstanceState::initialised:
      return State::INITIALISED;
    case host::InstanceState::replaying:
      return State::REPLAYING;
    case host::InstanceState::running:
      return State::RUNNING;
    case host::InstanceState::draining:
      return State::DRAINING;
    case host::InstanceState::stopped:
      return State::STOPPED;
    case host::InstanceState::disabled:
      return State::DISABLED;
    case host::InstanceState::failed_retry:
      return State::FAILED_RETRY;
    case host::InstanceState::failed_settings:
      return State::FAILED_SETTINGS;
    case host::InstanceState::failed_stop:
      return State::FAILED_STOP;
    case host::InstanceState::quarantined:
      return State::QUARANTINED;
  }
  return State::STATE_UNSPECIFIED;
}

void System::add_handlers(HandlerTable& handlers) {
  handlers.methods["souk.v1.Health/Live"] = [](Call& call) { live(call); };
  handlers.methods["souk.v1.Health/Ready"] = [this](Call& call) { ready(call); };
  handlers.plain.push_back({HttpMethod::get, "/metrics", kScopePublic, false, false,
                            [this](Call& call) { metrics(call); }});
  handlers.plain.push_back({HttpMethod::get, "/openapi.json", kScopePublic, false, false,
                            [this](Call& call) { openapi(call); }});
}

void System::live(Call& call) { call.exchange.send_json("{\"status\":\"ok\"}"); }

void System::ready(Call& call) {
  auto exchange = std::make_shared<Exchange>(std::move(call.exchange));
  const bool queued = pool_.post([this, exchange] {
    souk::v1::Readiness readiness;
    const HttpServer* server = server_.load();
    readiness.set_draining(server != nullptr && server->draining());
    readiness.set_storage(database_.ping().ok());
    if (!readiness.storage()) readiness.add_reasons("the database does not answer");
    if (readiness.draining()) readiness.add_reasons("the daemon is stopping");
    for (const host::InstanceStatus& status : host_.instances()) {
      auto* plugin = readiness.add_plugins();
      plugin->set_store(status.key.store_id);
      plugin->set_name(status.key.plugin);
      plugin->set_account(status.key.account_id);
      plugin->set_state(
          static_cast<souk::v1::PluginState::Value>(plugin_state_value(status.state)));
      plugin->set_lag(status.lag);
      plugin->set_progress(status.replay_progress);
      plugin->set_reason(status.reason);
      if (status.state == host::InstanceState::stopped ||
          status.state == host::InstanceState::disabled || is_ready(status))
        continue;
      std::string reason = status.key.store_id + ": " + status.key.plugin + " is ";
      reason += host::state_name(status.state);
      if (status.lag > 0) reason += ", " + std::to_string(status.lag) + " events behind";
      readiness.add_reasons(std::move(reason));
    }
    readiness.set_ready(readiness.reasons().empty());
    exchange->send_message(table("souk.v1.Readiness"), readiness.SerializeAsString(),
                           readiness.ready() ? 200 : 503);
  });
  if (!queued) exchange->fail(503, "too many requests wait for the database");
}

void System::metrics(Call& call) {
  if (!call.request.client_is_loopback) {
    return call.exchange.fail(403, "metrics are read from this machine only");
  }
  Response response;
  response.type = ContentType::prometheus;
  response.body = metrics_.expose();
  if (const HttpServer* server = server_.load()) {
    http_metrics_.expose(server->counters(), response.body);
  }
  for (const auto& store : call.surface.stores) {
    const auto line = [&](std::string_view name, std::uint64_t value) {
      response.body += "souk_ingest_events_";
      response.body += name;
      response.body += "_total{store=\"" + store->id + "\"} " + std::to_string(value) + "\n";
    };
    line("accepted", store->events_accepted);
    line("duplicate", store->events_duplicate);
    line("rejected", store->events_rejected);
  }
  call.exchange.send(std::move(response));
}

void System::openapi(Call& call) {
  std::string text;
  {
    const std::lock_guard lock(openapi_mutex_);
    if (openapi_surface_.lock().get() != &call.surface) {
      std::vector<schema::OpenApiService> services;
      const schema::DescriptorPool& kernel = schema::DescriptorPool::builtin();
      for (const char* name : {"Ingest", "Products", "Customers", "Accounts", "Orders", "Inventory",
                               "Admin", "Health"}) {
        if (const auto* service = kernel.service(std::string("souk.v1.") + name)) {
          services.push_back({&kernel, service, {}});
        }
      }
      std::vector<std::string> seen;
      for (const host::ServedService& served : call.surface.services) {
        if (std::find(seen.begin(), seen.end(), served.service) != seen.end()) continue;
        const schema::DescriptorPool* pool = served.plugin ? served.plugin->schema.get() : nullptr;
        const schema::Service* service = pool != nullptr ? pool->service(served.service) : nullptr;
        if (service == nullptr) {
          pool = &kernel;
          service = kernel.service(served.service);
        }
        if (service == nullptr) continue;
        seen.push_back(served.service);
        services.push_back({pool, service, {}});
      }
      schema::OpenApiInfo info;
      info.version = version_;
      info.description = "Everything that this daemon serves, third-party plugins included.";
      info.brief_errors_below = kAlgoliaRoot;
      openapi_text_ = schema::openapi(info, std::move(services));
      openapi_surface_ = call.worker.surface_origin;
    }
    text = openapi_text_;
  }
  call.exchange.send_json(std::move(text));
}

}  // namespace souk::gateway
