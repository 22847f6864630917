// Audiences for ad networks: refusals first, then who is exported, as what, and what changed since.
#include "plugins/segmentation/tests/segmentation_shop.hpp"

namespace souk::segmentation::testing {
namespace {

// Of ada@shop.example and +4930123456, by Python's hashlib; see identifiers_test.cpp.
constexpr const char* kAdaMail = "a4c14f1b068bf2c602e289b5dfcd89085692c73c63daf5a90a0b481b7328ee35";
constexpr const char* kAdaPlus = "a909469fabf3f43d0b7b6c42a85a6e7e8ceb36c7a2f0f1b9c15b80dc16384cb7";
constexpr const char* kAdaPhone =
    "ac75546db905289f50bd750fd5648fec0719074ce391521b2372abeae9110668";

v1::Customer ada(v1::ChannelConsent::Status ads = v1::ChannelConsent::GRANTED) {
  v1::Customer customer;
  customer.set_id("c-1");
  customer.set_email(" Ada@Shop.example");
  customer.set_phone("+49 30 123456");
  customer.set_name("Ada Lovelace");
  customer.set_country("DE");
  auto* consent = customer.add_consents();
  consent->set_channel(v1::ChannelConsent::ADS);
  consent->set_status(ads);
  consent->mutable_time()->set_seconds(Shop::kStart / 1'000'000);
  return customer;
}

void upsert(Shop& shop, const v1::Customer& customer) {
  v1::CustomerUpserted event;
  *event.mutable_customer() = customer;
  shop.send(event, {});
}

v1::AudienceRequest request_of(const std::string& format, const std::string& since = {}) {
  v1::AudienceRequest request;
  request.set_segment_id("buyer");
  request.set_format(format);
  request.set_since(since);
  return request;
}

v1::AudienceReply audience(Shop& shop, const v1::AudienceRequest& request) {
  auto answer = shop.bench.ask<Service::Audience>(request);
  EXPECT_TRUE(answer.ok()) << answer.status().message();
  return answer.ok() ? *answer : v1::AudienceReply();
}

/// A shop with one buyer who allowed ads, one who said nothing and one who never bought.
struct AudienceShop : Shop {
  explicit AudienceShop(const Settings& settings = with_segment("buyer", "orders >= 1"))
      : Shop(untrained(settings)) {
    upsert(*this, ada());
    order("c-1", "o-1", 20);
    v1::Customer silent;
    silent.set_id("c-2");
    silent.set_email("grace@shop.example");
    upsert(*this, silent);
    order("c-2", "o-2", 20);
    v1::Customer looker = ada();
    looker.set_id("c-3");
    upsert(*this, looker);
  }
};

TEST(Audience, RefusalsSayWhatIsWrong) {
  Settings settings = with_segment("buyer", "orders >= 1");
  (*settings.mutable_segments())["firms"].set_when("orders >= 1");
  (*settings.mutable_segments())["firms"].set_of("account");
  AudienceShop shop(settings);
  const auto code = [&](auto change) {
    v1::AudienceRequest request = request_of("meta");
    change(request);
    return shop.bench.ask<Service::Audience>(request).status().code();
  };
  EXPECT_EQ(code([](auto& r) { r.set_segment_id("nobody"); }), Code::not_found);
  EXPECT_EQ(code([](auto& r) { r.set_segment_id("firms"); }), Code::invalid_argument);
  EXPECT_EQ(code([](auto& r) { r.set_cursor("x"); }), Code::invalid_argument);
  EXPECT_EQ(code([](auto& r) { r.set_cursor("1-9-1"); }), Code::invalid_argument);
  EXPECT_EQ(code([](auto& r) { r.set_since("yesterday"); }), Code::invalid_argument);
  EXPECT_EQ(code([](auto& r) { r.set_since("99-1"); }), Code::invalid_argument);
  EXPECT_EQ(code([](auto& r) { r.set_since("0-4000000000"); }), Code::invalid_argument);
  const std::string token = audience(shop, request_of("meta")).token();
  shop.days_pass(40);
  shop.view("s-1");
  EXPECT_EQ(code([&](auto& r) { r.set_since(token); }), Code::failed_precondition);
  v1::AudienceFileRequest file;
  file.set_segment_id("buyer");
  file.set_format("meta");
  file.set_removed(true);
  EXPECT_EQ(shop.bench.ask<Service::AudienceFile>(file).status().code(), Code::invalid_argument);
}

TEST(Audience, OnlyWhoAllowedItAndNeverAnAddress) {
  AudienceShop shop;
  const auto meta = audience(shop, request_of("meta"));
  ASSERT_EQ(meta.added_size(), 1);
  EXPECT_EQ(meta.size(), 2U);
  EXPECT_EQ(meta.withheld(), 1U);
  EXPECT_EQ(meta.columns(0), "EMAIL");
  EXPECT_EQ(meta.added(0).values(0), kAdaMail);
  EXPECT_EQ(meta.added(0).values(1), kAdaPhone);
  const auto google = audience(shop, request_of("google"));
  EXPECT_EQ(google.added(0).values(1), kAdaPlus);
  EXPECT_EQ(google.added(0).values(4), "DE") << "Google takes the country as it is";
  EXPECT_EQ(audience(shop, request_of("tiktok")).added(0).values_size(), 2);
  const auto snapshot = shop.bench.snapshot();
  ASSERT_TRUE(snapshot.ok());
  for (const char* address : {"ada@", "Ada@", "123456", "Lovelace", "lovelace"}) {
    EXPECT_EQ(snapshot->find(address), std::string::npos) << "kept: " << address;
    EXPECT_EQ(meta.SerializeAsString().find(address), std::string::npos);
  }
  EXPECT_TRUE(shop.profile("c-1").in_ad_audiences());
  EXPECT_FALSE(shop.profile("c-2").in_ad_audiences());
}

TEST(Audience, WithdrawnRefusedOnThePageOrErasedIsTakenOffAndStaysOff) {
  const auto gone_by = [](auto act) {
    AudienceShop shop;
    const std::string token = audience(shop, request_of("meta")).token();
    act(shop);
    EXPECT_EQ(audience(shop, request_of("meta")).added_size(), 0);
    const auto changed = audience(shop, request_of("meta", token));
    EXPECT_EQ(changed.added_size(), 0);
    ASSERT_EQ(changed.removed_size(), 1) << "the network is to be told";
    EXPECT_EQ(changed.removed(0).values(0), kAdaMail);
    ASSERT_TRUE(shop.bench.restart().ok());
    EXPECT_EQ(audience(shop, request_of("meta", token)).removed_size(), 1);
    // Nothing is kept for ever.
    shop.days_pass(31);
    shop.view("s-1");
    const auto snapshot = shop.bench.snapshot();
    ASSERT_TRUE(snapshot.ok());
    EXPECT_EQ(shop.bench.ask<Service::Audience>(request_of("meta", token)).status().code(),
              Code::failed_precondition);
  };
  gone_by([](Shop& shop) { upsert(shop, ada(v1::ChannelConsent::WITHDRAWN)); });
  gone_by([](Shop& shop) {
    v1::CustomerErased erased;
    erased.set_customer_id("c-1");
    shop.send(erased, {});
  });
  gone_by([](Shop& shop) {
    v1::ProductViewed view;
    view.set_product_id("p");
    shop.send(view, {.shopper_id = "c-1", .flags = SOUK_EVENT_NO_MARKETING});
    // The record still says what was granted before; the refusal is younger.
    upsert(shop, ada());
  });
}

TEST(Audience, WhoRefusedAsAVisitorIsTakenOffOnSigningIn) {
  AudienceShop shop;
  const std::string token = audience(shop, request_of("meta")).token();
  v1::ProductViewed view;
  view.set_product_id("p");
  shop.send(view, {.shopper_id = "visitor", .flags = SOUK_EVENT_NO_MARKETING});
  v1::Aliased alias;
  alias.set_previous_id("visitor");
  shop.send(alias, {.shopper_id = "c-1"});
  EXPECT_EQ(audience(shop, request_of("meta")).added_size(), 0);
  EXPECT_EQ(audience(shop, request_of("meta", token)).removed_size(), 1);
}

TEST(Consent, IsWhatTheRecordSaysLastOfTheWholeChannel) {
  Shop shop(untrained(with_segment("mailable", "consent(\"email\")")));
  v1::Customer customer;
  customer.set_id("c-1");
  const auto says = [&](v1::ChannelConsent::Status status, int at_s, const char* topic) {
    auto* word = customer.add_consents();
    word->set_channel(v1::ChannelConsent::EMAIL);
    word->set_status(status);
    word->mutable_time()->set_seconds(at_s);
    word->set_topic(topic);
    upsert(shop, customer);
    return shop.in("c-1", "mailable");
  };
  (*customer.mutable_attributes())["consent.email"] = "granted";
  for (int i = 0; i < 40; ++i)
    (*customer.mutable_attributes())["a" + std::to_string(i)] = "x";
  EXPECT_FALSE(says(v1::ChannelConsent::GRANTED, 10, "news")) << "a property is no consent";
  EXPECT_TRUE(says(v1::ChannelConsent::GRANTED, 20, ""));
  EXPECT_TRUE(says(v1::ChannelConsent::WITHDRAWN, 15, "")) << "older";
  EXPECT_TRUE(says(v1::ChannelConsent::WITHDRAWN, 30, "news")) << "of one topic alone";
  EXPECT_FALSE(says(v1::ChannelConsent::WITHDRAWN, 40, ""));
}

TEST(Audience, DifferencesAreThoseSinceTheToken) {
  AudienceShop shop(with_segment("buyer", "count(orderCompleted, 7d) >= 1"));
  const auto first = audience(shop, request_of("meta"));
  ASSERT_EQ(first.added_size(), 1);
  shop.days_pass(1);
  shop.view("c-1");
  const auto nothing = audience(shop, request_of("meta", first.token()));
  shop.days_pass(1);
  shop.view("c-1");
  const auto still = audience(shop, request_of("meta", nothing.token()));
  EXPECT_EQ(still.added_size() + still.removed_size(), 0);

  shop.days_pass(1);
  shop.order("c-3", "o-3", 20);
  shop.days_pass(1);
  shop.view("c-1");
  const auto came = audience(shop, request_of("meta", still.token()));
  EXPECT_EQ(came.added_size(), 1);
  EXPECT_EQ(came.removed_size(), 0);

  v1::Customer moved = ada();
  moved.set_email("grace@shop.example");
  shop.days_pass(1);
  upsert(shop, moved);
  shop.days_pass(1);
  shop.view("c-1");
  const auto changed = audience(shop, request_of("meta", came.token()));
  EXPECT_EQ(changed.removed(0).values(0), kAdaMail);
  EXPECT_EQ(changed.added(changed.added_size() - 1).values(0),
            "7f6bbb013166b4e2ab8f710300de401a34f4d3480e2d7b9a543dadda9d26dfed");

  shop.days_pass(8);
  const auto left = audience(shop, request_of("meta", changed.token()));
  EXPECT_EQ(left.added_size(), 0);
  EXPECT_EQ(left.removed_size(), 2) << "their week is over";
}

TEST(Audience, PagesHoldEverybodyOnce) {
  Shop shop(untrained(with_segment("buyer", "orders >= 1")));
  for (int i = 0; i < 25; ++i) {
    v1::Customer customer = ada();
    customer.set_id("c" + std::to_string(i));
    customer.set_email("someone" + std::to_string(i) + "@shop.example");
    upsert(shop, customer);
    shop.order(customer.id(), "o" + std::to_string(i), 10);
  }
  v1::AudienceRequest request = request_of("tiktok");
  request.set_limit(7);
  std::set<std::string> seen;
  std::string token;
  do {
    const auto page = audience(shop, request);
    EXPECT_LE(page.added_size(), 7);
    for (const auto& row : page.added())
      EXPECT_TRUE(seen.insert(row.values(0)).second);
    if (token.empty()) token = page.token();
    EXPECT_EQ(page.token(), token);
    request.set_cursor(page.next_cursor());
    shop.days_pass(1);
    shop.view("somebody");
  } while (!request.cursor().empty());
  EXPECT_EQ(seen.size(), 25U);
}

TEST(Audience, FilesHaveTheNetworksColumns) {
  AudienceShop shop;
  v1::AudienceFileRequest file;
  file.set_segment_id("buyer");
  file.set_format("google");
  const auto answer = shop.bench.ask<Service::AudienceFile>(file);
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->content_type(), "text/csv; charset=utf-8");
  EXPECT_EQ(answer->data().substr(0, 48),
            "Email,Phone,First Name,Last Name,Country,Zip\n" + std::string(kAdaMail).substr(0, 3));
  EXPECT_EQ(std::count(answer->data().begin(), answer->data().end(), '\n'), 2);
}

}  // namespace
}  // namespace souk::segmentation::testing
