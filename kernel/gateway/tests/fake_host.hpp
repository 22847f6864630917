// FakeHost: a host without plugins for tests of the gateway: calls are answered by a function.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "kernel/host/host.hpp"

namespace souk::gateway::testing {

class FakeHost final : public host::Host {
 public:
  using Answer = std::function<void(const host::CallRequest&, host::CallDone)>;

  void set_answer(Answer answer) { answer_ = std::move(answer); }
  void set_services(std::vector<host::ServedService> services) {
    const std::lock_guard lock(mutex_);
    services_ = std::move(services);
    ++version_;
  }
  void set_instances(std::vector<host::InstanceStatus> instances) {
    const std::lock_guard lock(mutex_);
    instances_ = std::move(instances);
  }
  [[nodiscard]] std::vector<std::string> actions() {
    const std::lock_guard lock(mutex_);
    return actions_;
  }

  void apply(const std::vector<config::StoreSettings>&) override {}
  void call(const host::CallRequest& request, host::CallDone done) override {
    if (answer_) return answer_(request, std::move(done));
    done(Code::unavailable, {}, "no plugin of this store serves it");
  }
  std::vector<host::InstanceStatus> instances(std::string_view store) override {
    const std::lock_guard lock(mutex_);
    std::vector<host::InstanceStatus> found;
    for (const auto& one : instances_) {
      if (store.empty() || one.key.store_id == store) found.push_back(one);
    }
    return found;
  }
  std::vector<host::ServedService> services() override {
    const std::lock_guard lock(mutex_);
    return services_;
  }
  [[nodiscard]] std::uint64_t services_version() const noexcept override { return version_; }
  Status enable(std::string_view store, std::string_view plugin) override {
    return act("enable", store, plugin);
  }
  Status disable(std::string_view store, std::string_view plugin) override {
    return act("disable", store, plugin);
  }
  Status restart(std::string_view store, std::string_view plugin) override {
    return act("restart", store, plugin);
  }
  Status replay_dead_letter(std::uint64_t id) override {
    return act("replay", {}, std::to_string(id));
  }
  Status forget_person(std::string_view store, const log::PersonTraces&) override {
    return act("forget", store, {});
  }
  std::uint64_t needed_from(std::string_view) override { return 1; }
  Status snapshot_now(std::string_view store) override { return act("snapshot", store, {}); }
  bool wait_folded(std::string_view, std::uint64_t, std::int64_t) override { return folds_; }
  void close() override {}

  std::atomic<bool> folds_{true};

 private:
  Status act(const char* what, std::string_view store, std::string_view plugin) {
    const std::lock_guard lock(mutex_);
    actions_.push_back(std::string(what) + " " + std::string(store) + " " + std::string(plugin));
    if (plugin == "missing") return Status(Code::not_found, "there is no plugin missing");
    return {};
  }
  std::mutex mutex_;
  std::vector<host::ServedService> services_;
  std::vector<host::InstanceStatus> instances_;
  std::vector<std::string> actions_;
  std::atomic<std::uint64_t> version_{1};
  Answer answer_;
};

}  // namespace souk::gateway::testing
