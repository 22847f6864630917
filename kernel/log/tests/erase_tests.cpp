#include "kernel/log/tests/make_event.hpp"
#include "kernel/storage/tests/test_database.hpp"

namespace souk::log {
namespace {

using EraseTest = storage::OnBothEngines;
INSTANTIATE_TEST_SUITE_P(Engines, EraseTest,
                         ::testing::Values(storage::Engine::sqlite, storage::Engine::mysql),
                         storage::engine_name);

TEST_P(EraseTest, nothing_of_the_person_is_left_and_everyone_else_stays) {
  base::ManualClock clock(1'000'000);
  base::Metrics metrics;
  auto log = EventLog::open(*database_, {}, clock, metrics);
  ASSERT_TRUE(log);
  ASSERT_TRUE((*log)->add_store("demo"));
  EXPECT_EQ((*log)->erase_person("demo", "").code(), Code::invalid_argument);

  for (int batch = 0; batch < 4; ++batch) {
    EncodedEvents events;
    for (int i = 0; i < 30; ++i) {
      const std::string n = std::to_string(batch * 100 + i);
      souk::v1::Event event = view_event("e" + n, i % 3 == 0 ? "jane" : "bob");
      if (batch == 1 && i == 0) event.set_anonymous_id("cookie-17");
      add(events, event);
    }
    // Before she signed in, and as an entity.
    souk::v1::Event anonymous = view_event("anon" + std::to_string(batch), "cookie-17");
    add(events, anonymous);
    souk::v1::Event customer = view_event("cust" + std::to_string(batch), "");
    customer.mutable_customer_upserted()->mutable_customer()->set_id("jane");
    customer.mutable_customer_upserted()->mutable_customer()->set_email("jane@example.org");
    add(events, customer);
    ASSERT_TRUE(append(**log, "demo", std::move(events)));
  }

  auto erased = (*log)->erase_person("demo", "jane");
  ASSERT_TRUE(erased) << erased.status().message();
  EXPECT_EQ(*erased, 4U * 12U);
  EXPECT_EQ(*(*log)->erase_person("demo", "jane"), 0U);

  std::uint64_t left = 0;
  auto batches = (*log)->read("demo", 1, SIZE_MAX);
  ASSERT_TRUE(batches);
  for (const BatchPtr& batch : *batches) {
    EXPECT_EQ(batch->raw().find("jane"), std::string::npos);
    EXPECT_EQ(batch->raw().find("cookie-17"), std::string::npos);
    for (const LoggedEvent& event : batch->events()) {
      left += event.fields.shopper_id == "bob" ? 1 : 0;
    }
  }
  EXPECT_EQ(left, 80U);
  auto report = (*log)->verify("demo", {});
  EXPECT_TRUE(report->faults.empty());
  EXPECT_EQ(report->events, 4U * 32U) << "the sequence stays whole";
}

}  // namespace
}  // namespace souk::log
