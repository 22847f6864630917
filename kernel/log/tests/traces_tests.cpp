#include "kernel/log/traces.hpp"

#include "kernel/log/tests/make_event.hpp"
#include "kernel/storage/tests/test_database.hpp"

namespace souk::log {
namespace {

using namespace std::string_view_literals;

PersonTraces traces_of(std::set<std::string, std::less<>> ids,
                       std::set<std::string, std::less<>> contacts = {}) {
  return {std::move(ids), std::move(contacts), {}};
}

TEST(SpeaksOf, an_id_must_stand_by_itself) {
  const PersonTraces seven = traces_of({"7"});
  for (const std::string_view other : {""sv, "17"sv, "70"sv, "7a"sv, "x-7"sv, "7_b"sv,
                                       "\xc3\xbc"
                                       "7"sv})
    EXPECT_FALSE(speaks_of(other, seven)) << other;
  for (const std::string_view own : {"7"sv, "{\"id\":\"7\"}"sv, "id=7,8"sv, "70 7"sv, "\0007\0"sv})
    EXPECT_TRUE(speaks_of(own, seven)) << own;
}

TEST(SpeaksOf, a_length_before_it_is_enough_whatever_follows) {
  // Field 1 holds the id; field 6, whose tag is the letter '2', follows.
  EXPECT_TRUE(speaks_of("\x0a\x04jane2\x01x"sv, traces_of({"jane"})));
  EXPECT_FALSE(speaks_of("\x0a\x05janet"sv, traces_of({"jane"})));
  const std::string long_id(200, 'j');
  EXPECT_TRUE(speaks_of("\x0a\xc8\x01" + long_id + "2", traces_of({long_id})));
  EXPECT_FALSE(speaks_of("\x0a\xc9\x01" + long_id + "2", traces_of({long_id})));
}

TEST(SpeaksOf, addresses_are_found_in_any_case) {
  const PersonTraces jane = traces_of({"c-1"}, {"jane@example.org"});
  EXPECT_FALSE(speaks_of("bob@example.org", jane));
  EXPECT_TRUE(speaks_of("To: <Jane@Example.ORG>", jane));
}

class FindTracesTest : public storage::OnBothEngines {};
INSTANTIATE_TEST_SUITE_P(Engines, FindTracesTest,
                         ::testing::Values(storage::Engine::sqlite, storage::Engine::mysql),
                         storage::engine_name);

TEST_P(FindTracesTest, ids_and_addresses_from_every_kind_of_event_and_nobody_elses) {
  base::ManualClock clock(1'000'000);
  base::Metrics metrics;
  auto log = EventLog::open(*database_, {}, clock, metrics);
  ASSERT_TRUE((*log)->add_store("demo"));
  EXPECT_EQ(find_traces(*database_, "demo", "").code(), Code::invalid_argument);
#ifdef SOUK_SANITIZE_thread
  GTEST_SKIP() << "Protobuf's maps have another layout here than in the system's library";
#endif
  EncodedEvents events;
  souk::v1::Event event = view_event("e1", "jane");
  event.set_anonymous_id("cookie");
  add(events, event);
  event = view_event("e2", "bob");  // on the same device
  event.set_anonymous_id("cookie");
  add(events, event);
  add(events, view_event("e3", "cookie"));  // before she signed in
  event = view_event("e4", "jane");
  event.mutable_aliased()->set_previous_id("jane-old");
  add(events, event);
  add(events, view_event("e5", "jane-old"));
  event = view_event("e6", "");
  event.mutable_customer_upserted()->mutable_customer()->set_id("jane");
  event.mutable_customer_upserted()->mutable_customer()->set_email("Jane@Example.org");
  add(events, event);
  event = view_event("e7", "jane");
  auto& traits = *event.mutable_identified()->mutable_traits()->mutable_fields();
  traits["email"].set_string_value("jane@work.example");
  traits["phone"].set_number_value(7);
  add(events, event);
  event = view_event("e8", "");
  event.mutable_customer_upserted()->mutable_customer()->set_id("jane");
  event.mutable_customer_upserted()->mutable_customer()->set_phone("+491234");
  add(events, event);
  ASSERT_TRUE(append(**log, "demo", std::move(events)));

  auto traces = find_traces(*database_, "demo", "jane");
  ASSERT_TRUE(traces) << traces.status().message();
  EXPECT_EQ(traces->ids, (std::set<std::string, std::less<>>{"jane", "cookie", "jane-old"}));
  EXPECT_EQ(traces->contacts, (std::set<std::string, std::less<>>{"jane@example.org",
                                                                  "jane@work.example", "+491234"}));
  EXPECT_EQ(traces->sequences, (std::vector<std::uint64_t>{1, 3, 4, 5, 6, 7, 8}));
  EXPECT_EQ(*(*log)->erase_person("demo", "jane"), 7U);
  auto left = (*log)->read("demo", 2, 1);
  EXPECT_EQ(left->front()->events()[1].fields.shopper_id, "bob") << "a device may be shared";
}

}  // namespace
}  // namespace souk::log
