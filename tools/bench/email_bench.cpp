// What flows cost with a million people inside: memory of a person, entering, and steps a second
// when all of them come due. Through the library's function table, as the daemon calls it, with a
// host that keeps nothing. One thread, its CPU's clock.
//
//   email_bench [PEOPLE]     prints a line of JSON
#include <malloc.h>
#include <souk/abi.h>
#include <souk/ext/outbox.h>
#include <souk/ext/schema.h>
#include <souk/ext/timers.h>
#include <souk/testing/declaration.hpp>
#include <souk/testing/library.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "souk/bytes.hpp"
#include "souk/email/v1/settings.pb.h"
#include "souk/v1/event.pb.h"

namespace {

using souk::to_bytes;
using souk::to_view;

constexpr std::size_t kPeopleAtOnce = 500;
constexpr std::int64_t kSecondUs = 1'000'000;

double cpu_us() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

double heap_bytes() {
  const struct mallinfo2 info = mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd);
}

/// A host with one timer, an outbox that counts and a log that counts.
class CountingHost {
 public:
  explicit CountingHost(const std::string& settings) : library_(SOUK_PLUGIN_LIBRARY) {
    table_.struct_size = sizeof(table_);
    table_.abi_minor = SOUK_ABI_MINOR;
    table_.host_data = this;
    table_.get_extension = &extension;
    table_.log = [](const souk_host*, souk_log_level, souk_bytes) {};
    table_.now_us = [](const souk_host* host) { return of(host).now_us; };
    table_.set_error = [](const souk_host*, souk_bytes text) {
      std::fprintf(stderr, "%.*s\n", static_cast<int>(text.size), text.data);
    };
    table_.metric = [](const souk_host*, souk_metric_kind, souk_bytes, souk_bytes) {
      return std::uint32_t{0};
    };
    table_.metric_record = [](const souk_host*, std::uint32_t, double) {};
    table_.publish = [](const souk_host* host, const souk_publication*) {
      ++of(host).published;
      return SOUK_OK;
    };
    table_.call = [](const souk_host*, souk_bytes, souk_bytes, souk_bytes, std::int64_t,
                     souk_on_reply on_reply,
                     void* user) { on_reply(user, SOUK_E_UNAVAILABLE, {}, {}); };
    table_.reply = [](const souk_host*, std::uint64_t, souk_status, souk_bytes, souk_bytes) {};
    plugin_ = library_.entry().create(&table_);
    const auto* schema =
        static_cast<const souk_schema_v1*>(plugin_->get_extension(plugin_, SOUK_EXT_SCHEMA));
    declaration_ = souk::testing::read_declaration(to_view(library_.entry().manifest),
                                                   to_view(schema->descriptor_set));
    handler_ =
        static_cast<const souk_timer_handler_v1*>(plugin_->get_extension(plugin_, SOUK_EXT_TIMERS));
    if (plugin_->init(plugin_, to_bytes(settings)) != SOUK_OK ||
        plugin_->start(plugin_) != SOUK_OK) {
      std::exit(1);
    }
  }
  ~CountingHost() {
    plugin_->stop(plugin_);
    plugin_->destroy(plugin_);
  }
  CountingHost(const CountingHost&) = delete;
  CountingHost& operator=(const CountingHost&) = delete;

  struct Input {
    std::uint32_t subscription;
    std::string payload;
    std::string shopper;
  };
  void fold(const std::vector<Input>& inputs) {
    std::vector<souk_event> events(inputs.size());
    std::vector<const souk_event*> pointers(inputs.size());
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      souk_event& event = events[i];
      event.struct_size = sizeof(event);
      event.sequence = ++sequence_;
      event.time_us = event.received_us = ++now_us;
      event.subscription = inputs[i].subscription;
      event.payload = to_bytes(inputs[i].payload);
      event.shopper_id = to_bytes(inputs[i].shopper);
      pointers[i] = &event;
    }
    std::uint32_t done = 0;
    if (plugin_->events(plugin_, pointers.data(), static_cast<std::uint32_t>(pointers.size()),
                        &done) != SOUK_OK) {
      std::exit(1);
    }
  }

  /// Fires the timer until it is not due at this time any more; the longest took so many us.
  double fire_until(std::int64_t time_us) {
    double longest = 0;
    now_us = time_us;
    while (due_us != 0 && due_us <= time_us) {
      souk_event moment{};
      moment.struct_size = sizeof(moment);
      moment.sequence = ++sequence_;
      moment.time_us = moment.received_us = time_us;
      const std::int64_t due = due_us;
      due_us = 0;
      const double began = cpu_us();
      if (handler_->fire(plugin_, to_bytes(key_), due, {}, &moment) != SOUK_OK) std::exit(1);
      longest = std::max(longest, cpu_us() - began);
    }
    return longest;
  }

  std::uint32_t subscription(std::string_view type) const {
    return declaration_.subscription(type).value();
  }

  std::int64_t now_us = 1'800'000'000 * kSecondUs;
  std::int64_t due_us = 0;
  std::uint64_t published = 0;
  std::uint64_t enqueued = 0;

 private:
  static CountingHost& of(const souk_host* host) {
    return *static_cast<CountingHost*>(host->host_data);
  }
  static const void* extension(const souk_host*, const char* name) {
    static constexpr souk_timers_v1 kTimers{
        [](const souk_host* host, souk_bytes key, std::int64_t due, souk_bytes) {
          of(host).key_ = to_view(key);
          of(host).due_us = due;
          return SOUK_OK;
        },
        [](const souk_host*, souk_bytes) { return SOUK_OK; }};
    static constexpr souk_outbox_v1 kOutbox{
        [](const souk_host* host, souk_bytes, std::int64_t, souk_bytes) {
          ++of(host).enqueued;
          return SOUK_OK;
        },
        [](const souk_host*, std::uint64_t, souk_status, souk_bytes) {}};
    const std::string_view wanted(name);
    if (wanted == SOUK_EXT_TIMERS) return &kTimers;
    return wanted == SOUK_EXT_OUTBOX ? static_cast<const void*>(&kOutbox) : nullptr;
  }

  souk::testing::Library library_;
  souk::testing::Declaration declaration_;
  souk_host table_{};
  const souk_plugin* plugin_ = nullptr;
  const souk_timer_handler_v1* handler_ = nullptr;
  std::uint64_t sequence_ = 0;
  std::string key_;
};

std::string settings() {
  souk::email::v1::Settings settings;
  settings.set_max_people(20'000'000);
  settings.mutable_smtp()->set_url("smtp://127.0.0.1:1");
  settings.set_from("Bench <shop@bench.example>");
  settings.set_public_url("https://shop.example");
  settings.mutable_quiet_hours()->set_off(true);
  settings.set_secret("a secret of the bench");
  (*settings.mutable_flows())["abandoned_cart"];
  return settings.SerializeAsString();
}

CountingHost::Input product(const CountingHost& host, std::size_t number) {
  souk::v1::ProductUpserted event;
  event.mutable_product()->set_id("p" + std::to_string(number));
  event.mutable_product()->set_title("Trail shoe " + std::to_string(number));
  return {host.subscription("souk.v1.ProductUpserted"), event.SerializeAsString(), ""};
}

CountingHost::Input customer(const CountingHost& host, const std::string& id) {
  souk::v1::CustomerUpserted event;
  event.mutable_customer()->set_id(id);
  event.mutable_customer()->set_email(id + "@bench.example");
  auto* consent = event.mutable_customer()->add_consents();
  consent->set_channel(souk::v1::ChannelConsent::EMAIL);
  consent->set_status(souk::v1::ChannelConsent::GRANTED);
  return {host.subscription("souk.v1.CustomerUpserted"), event.SerializeAsString(), id};
}

CountingHost::Input cart(const CountingHost& host, const std::string& id, std::size_t number) {
  souk::v1::ProductAdded event;
  event.set_product_id("p" + std::to_string(number));
  return {host.subscription("souk.v1.ProductAdded"), event.SerializeAsString(), id};
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t people = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  constexpr std::size_t kProducts = 5'000;
  CountingHost host(settings());
  std::vector<CountingHost::Input> inputs;
  for (std::size_t i = 0; i < kProducts; ++i)
    inputs.push_back(product(host, i));
  host.fold(inputs);
  inputs.clear();
  const double before = heap_bytes();
  double entering = 0;
  for (std::size_t i = 0; i < people; ++i) {
    const std::string id = "shopper-" + std::to_string(i);
    inputs.push_back(customer(host, id));
    inputs.push_back(cart(host, id, i % kProducts));
    if (inputs.size() < 2 * kPeopleAtOnce && i + 1 < people) continue;
    const double began = cpu_us();
    host.fold(inputs);
    entering += cpu_us() - began;
    inputs.clear();
  }
  const double bytes = (heap_bytes() - before) / static_cast<double>(people);
  const double began = cpu_us();
  const double longest = host.fire_until(host.now_us + 61 * 60 * kSecondUs);
  const double due_s = (cpu_us() - began) / 1e6;
  // Each takes two steps: the message is decided, the flow ends.
  std::printf(
      "{\"people\": %zu, \"bytes\": %.1f, \"enter_us\": %.2f, \"decided\": %llu,"
      " \"steps_per_s\": %.0f, \"longest_turn_ms\": %.1f}\n",
      people, bytes, entering / static_cast<double>(people),
      static_cast<unsigned long long>(host.enqueued), 2.0 * static_cast<double>(people) / due_s,
      longest / 1e3);
  return host.enqueued == people ? 0 : 1;
}
