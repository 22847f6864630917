#include "kernel/gateway/admin.hpp"

#include <unistd.h>

#include <charconv>
#include <fstream>

#include "kernel/gateway/credentials.hpp"
#include "kernel/gateway/entity_kinds.hpp"
#include "kernel/gateway/system.hpp"
#include "kernel/schema/pool.hpp"
#include "souk/v1/admin.pb.h"

namespace souk::gateway {
namespace {

constexpr std::size_t kPage = 1'000;
// Counting walks the table; beyond this an operator needs no exact figure.
constexpr std::uint64_t kCountedAtMost = 1'000'000;

const schema::MessageTable& admin_table(std::string_view name) {
  return *schema::DescriptorPool::builtin().message(name);
}

void set_time(google::protobuf::Timestamp* timestamp, std::int64_t time_us) {
  timestamp->set_seconds(time_us / 1'000'000);
  timestamp->set_nanos(static_cast<std::int32_t>(time_us % 1'000'000) * 1'000);
}

std::uint64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t pages = 0;
  std::uint64_t resident = 0;
  statm >> pages >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::optional<std::uint64_t> number_of(std::string_view text) noexcept {
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

void fill(const host::InstanceStatus& from, souk::v1::PluginStatus& to) {
  to.set_name(from.key.plugin);
  to.set_store(from.key.store_id);
  to.set_account(from.key.account_id);
  to.set_version(from.version);
  to.set_state(static_cast<souk::v1::PluginState::Value>(plugin_state_value(from.state)));
  to.set_reason(from.reason);
  to.set_sequence(from.position);
  to.set_lag(from.lag);
  to.set_progress(from.replay_progress);
  to.set_events(from.events_handled);
  to.set_calls(from.calls);
  to.set_failed_calls(from.failed_calls);
  to.set_dead_letters(from.dead_letters);
  to.set_description(from.description);
  for (const host::JobStatus& job : from.jobs) {
    auto* out = to.add_jobs();
    out->set_name(job.name);
    out->set_progress(job.progress);
    if (job.started_us != 0) set_time(out->mutable_started_at(), job.started_us);
  }
  if (!from.health.empty()) {
    souk::v1::PluginHealth health;
    if (health.ParseFromString(from.health)) *to.mutable_health() = health.notes();
  }
  to.set_snapshot_sequence(from.snapshot_sequence);
  if (from.snapshot_us != 0) set_time(to.mutable_snapshot_at(), from.snapshot_us);
}

}  // namespace

Admin::Admin(const GatewayParts& parts, WorkPool& pool, const HttpMetrics& metrics,
             const GatewayOptions& options)
    : parts_(parts),
      pool_(pool),
      metrics_(metrics),
      options_(options),
      started_us_(parts.clock.now_us()) {}

void Admin::add(HandlerTable& handlers, const char* method, Task task) {
  handlers.methods[method] = [this, task](Call& call) {
    Result<std::string> message = call.message();
    if (!message.ok()) return call.exchange.fail(message.status());
    auto exchange = std::make_shared<Exchange>(std::move(call.exchange));
    const bool queued = pool_.post([this, task, exchange, request = std::move(message).value()] {
      (this->*task)(*exchange, request);
    });
    if (!queued) exchange->fail(503, "too many requests wait");
  };
}

void Admin::add_action(HandlerTable& handlers, const char* method, Action action) {
  handlers.methods[method] = [this, action](Call& call) {
    Result<std::string> message = call.message();
    if (!message.ok()) return call.exchange.fail(message.status());
    auto exchange = std::make_shared<Exchange>(std::move(call.exchange));
    const bool queued = pool_.post([this, action, exchange, bytes = std::move(message).value()] {
      souk::v1::PluginActionRequest request;
      request.ParseFromString(bytes);
      const std::string& store = exchange->store->id;
      const Status status = (this->*action)(store, request.name());
      if (!status.ok()) return exchange->fail(status);
      souk::v1::PluginStatus reply;
      reply.set_name(request.name());
      reply.set_store(store);
      reply.set_state(souk::v1::PluginState::DISABLED);
      for (const host::InstanceStatus& instance : parts_.host.instances(store)) {
        if (instance.key.plugin != request.name() || instance.key.account_id != request.account()) {
          continue;
        }
        fill(instance, reply);
      }
      exchange->send_message(admin_table("souk.v1.PluginStatus"), reply.SerializeAsString());
    });
    if (!queued) exchange->fail(503, "too many requests wait");
  };
}

void Admin::add_handlers(HandlerTable& handlers) {
  add(handlers, "souk.v1.Admin/ListPlugins", &Admin::list_plugins);
  add(handlers, "souk.v1.Admin/GetStats", &Admin::stats);
  add(handlers, "souk.v1.Admin/ListDeadLetters", &Admin::dead_letters);
  add(handlers, "souk.v1.Admin/ReplayDeadLetter", &Admin::replay_dead_letter);
  add_action(handlers, "souk.v1.Admin/EnablePlugin", &Admin::enable);
  add_action(handlers, "souk.v1.Admin/DisablePlugin", &Admin::disable);
  add_action(handlers, "souk.v1.Admin/ReloadPlugin", &Admin::reload);
}

Status Admin::enable(const std::string& store, const std::string& plugin) {
  return parts_.host.enable(store, plugin);
}

Status Admin::disable(const std::string& store, const std::string& plugin) {
  return parts_.host.disable(store, plugin);
}

Status Admin::reload(const std::string& store, const std::string& plugin) {
  const auto instances = parts_.host.instances(store);
  const bool known = std::any_of(instances.begin(), instances.end(), [&](const auto& instance) {
    return instance.key.plugin == plugin;
  });
  if (!known) return Status(Code::not_found, "this store has no plugin " + plugin);
  if (!options_.reload_config) {
    return Status(Code::unsupported, "this daemon was started without a file to read again");
  }
  return options_.reload_config();
}

void Admin::list_plugins(Exchange& exchange, const std::string&) {
  souk::v1::ListPluginsReply reply;
  auto instances = parts_.host.instances(exchange.store->id);
  std::sort(instances.begin(), instances.end(), [](const auto& a, const auto& b) {
    return std::pair(a.key.account_id, a.key.plugin) < std::pair(b.key.account_id, b.key.plugin);
  });
  for (const auto& instance : instances)
    fill(instance, *reply.add_plugins());
  exchange.send_message(admin_table("souk.v1.ListPluginsReply"), reply.SerializeAsString());
}

Result<std::uint64_t> Admin::count_entities(const std::string& store, std::string_view kind) {
  std::uint64_t count = 0;
  std::string after;
  for (;;) {
    const auto rows = parts_.database.entities(store, kind, after, kPage);
    if (!rows.ok()) return rows.status();
    count += rows->size();
    if (rows->size() < kPage || count >= kCountedAtMost) return count;
    after = rows->back().id;
  }
}

void Admin::stats(Exchange& exchange, const std::string&) {
  const Store& store = *exchange.store;
  souk::v1::Stats stats;
  stats.set_store(store.id);
  set_time(stats.mutable_started_at(), started_us_);
  stats.set_last_sequence(parts_.log.last_sequence(store.id));
  stats.set_first_sequence(parts_.log.first_sequence(store.id));
  const auto bounds = parts_.database.log_bounds(store.id);
  if (!bounds.ok()) return exchange.fail(bounds.status());
  stats.set_log_bytes(bounds->stored_bytes);
  stats.set_events_accepted(store.events_accepted);
  stats.set_events_duplicate(store.events_duplicate);
  stats.set_events_rejected(store.events_rejected);
  stats.set_pending_events(store.events_waiting);
  stats.set_requests(metrics_.requests());
  stats.set_failed_requests(metrics_.failed_requests());
  for (const EntityKind& kind : entity_kinds()) {
    const auto count = count_entities(store.id, kind.kind);
    if (!count.ok()) return exchange.fail(count.status());
    const std::string name = kind.kind == "inventory" ? "inventory" : std::string(kind.kind) + "s";
    (*stats.mutable_entities())[name] = count.value();
  }
  stats.set_resident_bytes(resident_bytes());
  stats.set_version(options_.version);
  for (const Rejection& one : store.rejections.list()) {
    auto* out = stats.add_recent_rejections();
    out->set_type(one.type);
    out->set_field(one.field);
    out->set_reason(one.reason);
    out->set_count(one.count);
    set_time(out->mutable_first_at(), one.first_us);
    set_time(out->mutable_last_at(), one.last_us);
  }
  exchange.send_message(admin_table("souk.v1.Stats"), stats.SerializeAsString());
}

void Admin::dead_letters(Exchange& exchange, const std::string& bytes) {
  souk::v1::ListDeadLettersRequest request;
  request.ParseFromString(bytes);
  const std::string& store = exchange.store->id;
  std::uint64_t before = 0;
  if (!request.cursor().empty()) {
    const auto cursor = number_of(request.cursor());
    if (!cursor) {
      return exchange.fail(
          Status(Code::invalid_argument, "is not a cursor of an earlier answer", "cursor"));
    }
    before = *cursor;
  }
  souk::v1::ListDeadLettersReply reply;
  // The plugin's letters are found among all: pages are read until there are enough.
  while (static_cast<std::uint32_t>(reply.dead_letters_size()) < request.limit()) {
    const auto rows = parts_.database.dead_letters(store, before, request.limit());
    if (!rows.ok()) return exchange.fail(rows.status());
    for (const storage::DeadLetterRow& row : rows.value()) {
      before = row.id;
      if (!request.plugin().empty() && row.instance.plugin != request.plugin()) continue;
      auto* letter = reply.add_dead_letters();
      letter->set_id(std::to_string(row.id));
      letter->set_plugin(row.instance.plugin);
      letter->set_account(row.instance.account_id);
      letter->set_sequence(row.sequence);
      letter->set_reason(row.kind == "event" ? row.reason : row.kind + ": " + row.reason);
      set_time(letter->mutable_failed_at(), row.time_us);
      const auto batches = parts_.log.read(store, row.sequence, 1);
      if (row.kind == "event" && batches.ok()) {
        for (const auto& batch : batches.value()) {
          for (const auto& event : batch->events()) {
            if (event.sequence != row.sequence) continue;
            letter->mutable_event()->ParseFromArray(event.wire.data(),
                                                    static_cast<int>(event.wire.size()));
          }
        }
      }
      if (static_cast<std::uint32_t>(reply.dead_letters_size()) == request.limit()) break;
    }
    if (rows->size() < request.limit()) {
      return exchange.send_message(admin_table("souk.v1.ListDeadLettersReply"),
                                   reply.SerializeAsString());
    }
  }
  reply.set_next_cursor(std::to_string(before));
  exchange.send_message(admin_table("souk.v1.ListDeadLettersReply"), reply.SerializeAsString());
}

void Admin::replay_dead_letter(Exchange& exchange, const std::string& bytes) {
  souk::v1::ReplayDeadLetterRequest request;
  request.ParseFromString(bytes);
  const auto id = number_of(request.id());
  const auto letter =
      id ? parts_.database.dead_letter(*id) : Result<storage::DeadLetterRow>(Code::not_found, "");
  // A letter of another store is as good as none.
  if (!letter.ok() || letter->instance.store_id != exchange.store->id) {
    if (!letter.ok() && letter.code() != Code::not_found) return exchange.fail(letter.status());
    return exchange.fail(Status(Code::not_found, "there is no dead letter with this id"));
  }
  const Status status = parts_.host.replay_dead_letter(*id);
  souk::v1::ReplayDeadLetterReply reply;
  reply.set_handled(status.ok());
  if (!status.ok()) reply.set_reason(status.message());
  exchange.send_message(admin_table("souk.v1.ReplayDeadLetterReply"), reply.SerializeAsString());
}

}  // namespace souk::gateway
