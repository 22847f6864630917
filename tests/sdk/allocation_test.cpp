// A warm plugin allocates nothing of the wrapper's own: not for an event, not for a call. The
// program's operator new is the library's too.
#include <gtest/gtest.h>
#include <souk/testing.hpp>

#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "probe/v1/probe.souk.hpp"

namespace {
std::size_t allocations = 0;
}

void* operator new(std::size_t size) {
  ++allocations;
  if (void* made = std::malloc(size)) return made;
  throw std::bad_alloc();
}
void operator delete(void* object) noexcept { std::free(object); }
void operator delete(void* object, std::size_t) noexcept { std::free(object); }

namespace {

/// A host that does nothing, and so allocates nothing.
souk_host idle_host() {
  souk_host host{};
  host.struct_size = sizeof(host);
  host.get_extension = [](const souk_host*, const char*) -> const void* { return nullptr; };
  host.log = [](const souk_host*, souk_log_level, souk_bytes) {};
  host.now_us = [](const souk_host*) -> std::int64_t { return 1; };
  host.set_error = [](const souk_host*, souk_bytes) {};
  host.metric = [](const souk_host*, souk_metric_kind, souk_bytes, souk_bytes) -> std::uint32_t {
    return 1;
  };
  host.metric_record = [](const souk_host*, std::uint32_t, double) {};
  host.reply = [](const souk_host*, std::uint64_t, souk_status, souk_bytes, souk_bytes) {};
  return host;
}

class Allocation : public ::testing::Test {
 protected:
  void SetUp() override {
    plugin = library.entry().create(&host);
    ASSERT_EQ(plugin->init(plugin, souk_bytes{}), SOUK_OK);
    ASSERT_EQ(plugin->start(plugin), SOUK_OK);
  }
  void TearDown() override { plugin->destroy(plugin); }

  souk::testing::Library library{SOUK_PLUGIN_LIBRARY};
  souk_host host = idle_host();
  const souk_plugin* plugin = nullptr;
};

TEST_F(Allocation, NoneForACallThatAnswersInPlace) {
  probe::v1::EchoMessage message;
  message.set_text(std::string(200, 'x'));
  const std::string request = message.SerializeAsString();
  souk_call call{};
  call.struct_size = sizeof(call);
  call.method = 1;
  call.request = {request.data(), request.size()};
  for (int i = 0; i < 10; ++i)
    plugin->call(plugin, &call);
  const std::size_t before = allocations;
  for (int i = 0; i < 1000; ++i)
    plugin->call(plugin, &call);
  EXPECT_EQ(allocations, before);
}

TEST_F(Allocation, NoneForAnEventInABatch) {
  probe::v1::Milestone milestone;
  milestone.set_product_id(std::string(100, 'p'));
  const std::string payload = milestone.SerializeAsString();
  souk_event event{};
  event.struct_size = sizeof(event);
  event.subscription = 1;
  event.payload = {payload.data(), payload.size()};
  const std::vector<const souk_event*> events(1000, &event);
  const auto fold = [&](std::uint32_t count) {
    std::uint32_t done = 0;
    EXPECT_EQ(plugin->events(plugin, events.data(), count, &done), SOUK_OK);
  };
  fold(10);
  const std::size_t before_one = allocations;
  fold(1);
  const std::size_t of_a_batch = allocations - before_one;  // what the probe's on_batch_end() takes
  const std::size_t before_many = allocations;
  fold(1000);
  EXPECT_EQ(allocations - before_many, of_a_batch);
}

}  // namespace
