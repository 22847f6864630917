#include "kernel/gateway/gateway.hpp"

#include <algorithm>
#include <thread>

#include "kernel/base/ids.hpp"
#include "kernel/base/logging.hpp"
#include "kernel/gateway/algolia/credentials.hpp"
#include "kernel/gateway/cors.hpp"
#include "kernel/gateway/gateway_impl.hpp"
#include "kernel/gateway/http/memory_pool.hpp"
#include "kernel/gateway/problem.hpp"

namespace souk::gateway {
namespace {

constexpr std::size_t kPoolThreads = 4;
constexpr std::size_t kPoolWaiting = 4'096;

/// Ids that a client may choose: short, and harmless in a header and a log line.
bool is_request_id(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
           c == '_' || c == '.' || c == ':' || c == '/' || c == '+' || c == '=';
  });
}

void append_hex(std::string& out, std::uint64_t number) {
  static constexpr char kDigits[] = "0123456789abcdef";
  for (int shift = 60; shift >= 0; shift -= 4)
    out += kDigits[(number >> static_cast<unsigned>(shift)) & 15U];
}

}  // namespace

GatewayImpl::GatewayImpl(const config::ServerSettings& settings, const GatewayParts& parts,
                         const GatewayOptions& options, std::size_t workers)
    : settings_(settings),
      parts_(parts),
      http_metrics_(workers),
      pool_(kPoolThreads, kPoolWaiting),
      door_(parts.clock),
      ingest_(parts.log, parts.clock),
      services_(parts.host),
      entities_(parts.database, ingest_, pool_),
      people_(parts, ingest_, pool_),
      admin_(parts, pool_, http_metrics_, options),
      tracking_(door_, ingest_),
      algolia_indexing_(parts.database, parts.host, ingest_, pool_),
      algolia_records_(ingest_),
      algolia_insights_(ingest_),
      system_(parts.host, parts.database, parts.metrics, http_metrics_, pool_, options.version) {
  for (std::size_t i = 0; i < workers; ++i) {
    workers_.push_back(std::make_unique<WorkerState>());
    workers_.back()->request_prefix = base::random_u64();
  }
  ingest_.add_handlers(handlers_);
  services_.add_handlers(handlers_);
  entities_.add_handlers(handlers_);
  people_.add_handlers(handlers_);
  admin_.add_handlers(handlers_);
  tracking_.add_handlers(handlers_);
  algolia_indexing_.add_handlers(handlers_);
  algolia_records_.add_handlers(handlers_);
  algolia_insights_.add_handlers(handlers_);
  system_.add_handlers(handlers_);
}

GatewayImpl::~GatewayImpl() { close(); }

Status GatewayImpl::start(const std::vector<config::StoreSettings>& stores) {
  stores_ = stores;
  rebuild();
  HttpServerSettings http;
  http.host = settings_.host;
  http.port = settings_.port;
  http.threads = static_cast<unsigned>(workers_.size());
  if (settings_.tls) {
    http.tls_certificate = settings_.tls->certificate;
    http.tls_key = settings_.tls->key;
  }
  http.parser.max_header_bytes = settings_.max_header_bytes;
  http.parser.max_body_bytes = settings_.max_body_bytes;
  http.inflate.max_bytes = settings_.max_body_bytes;
  http.max_connections = settings_.max_connections;
  http.idle_timeout_ms = settings_.idle_timeout_ms;
  http.request_timeout_ms = settings_.request_timeout_ms;
  auto server = HttpServer::open(http, *this, parts_.clock);
  if (!server.ok()) return server.status();
  server_ = std::move(server).value();
  system_.set_server(server_.get());
  return {};
}

void GatewayImpl::apply(const std::vector<config::StoreSettings>& stores) {
  {
    const std::lock_guard lock(surface_mutex_);
    stores_ = stores;
  }
  rebuild();
}

void GatewayImpl::rebuild() {
  const std::lock_guard lock(surface_mutex_);
  surface_ = build_surface(stores_, parts_.host, handlers_, http_metrics_, surface_.get());
  services_version_ = surface_->services_version;
  ++surface_version_;
}

void GatewayImpl::refresh(WorkerState& worker) {
  if (parts_.host.services_version() != services_version_.load(std::memory_order_relaxed))
    rebuild();
  if (worker.surface_version == surface_version_.load(std::memory_order_acquire)) return;
  const std::lock_guard lock(surface_mutex_);
  worker.surface_origin = surface_;
  auto own_count = std::make_shared<std::shared_ptr<const Surface>>(surface_);
  worker.surface = std::shared_ptr<const Surface>(own_count, surface_.get());
  worker.surface_version = surface_version_;
  worker.keys.clear();
}

std::uint16_t GatewayImpl::port() const noexcept { return server_ ? server_->port() : 0; }

bool GatewayImpl::drain() { return !server_ || server_->drain(settings_.drain_timeout_ms); }

void GatewayImpl::close() {
  if (server_) server_->close();
  pool_.close();
}

void GatewayImpl::name_request(const Request& request, WorkerState& worker,
                               Exchange& exchange) const {
  const std::string_view given = request.header(Header::request_id);
  exchange.request_id = TextPool::take();
  if (is_request_id(given)) {
    exchange.request_id = given;
  } else {
    // Unique over threads and restarts by the random prefix, over requests by the count.
    append_hex(exchange.request_id, worker.request_prefix + ++worker.request_count);
  }
  exchange.headers = TextPool::take();
  exchange.headers.reserve(192);
  exchange.headers += "X-Request-Id: ";
  exchange.headers += exchange.request_id;
  exchange.headers += "\r\n";
}

void GatewayImpl::handle(const Request& request, Reply reply) {
  WorkerState& worker = *workers_[request.worker];
  refresh(worker);
  Exchange exchange;
  exchange.reply = std::move(reply);
  exchange.surface = worker.surface;
  exchange.types = &worker.surface->types;
  exchange.wants_protobuf = names_protobuf(request.header(Header::accept));
  exchange.brief_errors = is_algolia_path(request.path);
  name_request(request, worker, exchange);
  route(request, worker, std::move(exchange));
}

void GatewayImpl::route(const Request& request, WorkerState& worker, Exchange exchange) {
  const Surface& surface = *worker.surface;
  const auto refuse = [&](int status, std::string_view detail, std::string_view more) {
    append_cors_headers(surface.keys, nullptr, request.header(Header::origin), exchange.headers);
    exchange.fail(status, detail, more);
  };
  if (request.method == HttpMethod::options && request.path == "*") {
    return exchange.send(options_response(surface.keys, request, "GET, HEAD, POST, PUT, DELETE"));
  }
  if (const Status status = worker.target.parse(request.path, request.query); !status.ok()) {
    return refuse(400, status.message(), {});
  }
  const Router::Match match = surface.router.match(request.method, worker.target, worker.variables);
  if (request.method == HttpMethod::options) {
    return exchange.send(options_response(surface.keys, request, match.allow));
  }
  if (match.targets == nullptr) {
    if (match.allow.empty()) return refuse(404, "there is nothing at this path", {});
    return refuse(405, "this path does not answer this method",
                  "Allow: " + match.allow + ", OPTIONS\r\n");
  }
  Call call{request, *match.targets->front(), surface, worker, nullptr, std::move(exchange)};
  call.exchange.route = call.target.label_id;
  if (call.target.own_auth) return call.target.handler(call);
  if (!door_.admit(call)) return;
  // Several services may claim the path for different stores.
  for (const auto& target : *match.targets) {
    if (target.get() == &call.target && target->serves(call.exchange.store->id)) break;
    if (!target->serves(call.exchange.store->id)) continue;
    Call chosen{request, *target, surface, worker, call.key, std::move(call.exchange)};
    chosen.exchange.route = target->label_id;
    if (chosen.key != nullptr && !chosen.key->may(target->scope)) {
      return chosen.exchange.fail(403, "the API key lacks the scope of this service");
    }
    return target->handler(chosen);
  }
  call.target.handler(call);
}

bool GatewayImpl::appends_only(const Request& request) const noexcept {
  return request.method == HttpMethod::post && request.path == "/v1/events";
}

Response GatewayImpl::refuse(int status, std::string_view detail) {
  Problem problem;
  problem.status = status;
  problem.code = code_of_status(status);
  problem.detail = detail;
  return problem_response(problem);
}

void GatewayImpl::finished(std::size_t worker, const RequestOutcome& outcome) noexcept {
  http_metrics_.record(worker, outcome);
}

Result<std::unique_ptr<Gateway>> Gateway::open(const config::ServerSettings& settings,
                                               const std::vector<config::StoreSettings>& stores,
                                               const GatewayParts& parts,
                                               const GatewayOptions& options) {
  std::size_t workers = settings.threads;
  if (workers == 0) workers = std::max(1U, std::thread::hardware_concurrency());
  auto gateway = std::make_unique<GatewayImpl>(settings, parts, options, workers);
  if (Status status = gateway->start(stores); !status.ok()) return status;
  return std::unique_ptr<Gateway>(std::move(gateway));
}

}  // namespace souk::gateway
