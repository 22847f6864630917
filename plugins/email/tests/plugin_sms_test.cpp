// Text messages through an HTTP server that answers as Twilio does, and what comes back from it.
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "plugins/email/send/sms_form.hpp"
#include "plugins/email/send/sms_text.hpp"
#include "plugins/email/tests/email_shop.hpp"

namespace souk::email::testing {
namespace {

using namespace std::chrono_literals;

TEST(SmsText, LengthsAreThoseOfNetworks) {
  const auto is = [](std::string_view text, bool unicode, std::size_t units, std::size_t segments) {
    const SmsLength length = sms_length(text);
    return length.unicode == unicode && length.units == units && length.segments == segments;
  };
  EXPECT_TRUE(is("", false, 0, 1));
  EXPECT_TRUE(is(std::string(160, 'a'), false, 160, 1));
  EXPECT_TRUE(is(std::string(161, 'a'), false, 161, 2));
  EXPECT_TRUE(is(std::string(306, 'a'), false, 306, 2));
  EXPECT_TRUE(is(std::string(307, 'a'), false, 307, 3));
  EXPECT_TRUE(is("5 \xe2\x82\xac [\xc3\xa4]", false, 10, 1)) << "the euro and brackets take two";
  EXPECT_TRUE(is("\xc3\xa7", true, 1, 1)) << "GSM has \xc3\x87 and no \xc3\xa7";
  // Two septets are not cut in half: 152 and one of two leave a septet empty.
  EXPECT_EQ(sms_length(std::string(152, 'a') + "\xe2\x82\xac" + std::string(152, 'b')).segments,
            3U);
  std::string emoji;
  for (int i = 0; i < 35; ++i)
    emoji += "\xf0\x9f\x8e\x81";
  EXPECT_TRUE(is(emoji, true, 70, 1));
  EXPECT_TRUE(is(emoji + "!", true, 71, 2));
  EXPECT_EQ(sms_length("\xff\xc3").segments, 1U) << "what is no UTF-8 is borne";
}

TEST(SmsText, NumbersAndWordsAreReadStrictly) {
  EXPECT_EQ(international_number("+43 (664) 123-45 67"), "+436641234567");
  for (const char* bad :
       {"", "0664 1234567", "+43x6641234567", "+0123456789", "+12", "++4366412345"})
    EXPECT_EQ(international_number(bad), "") << bad;
  EXPECT_EQ(sms_word_of(" Stop! "), SmsWord::stop);
  EXPECT_EQ(sms_word_of("unstop"), SmsWord::start);
  EXPECT_EQ(sms_word_of("help"), SmsWord::help);
  EXPECT_EQ(sms_word_of("stop sending so little"), SmsWord::none);
  EXPECT_EQ(sms_word_of(""), SmsWord::none);
}

TEST(SmsText, SignaturesAreTwilios) {
  // The example of Twilio's documentation.
  const auto fields = form_fields(
      "CallSid=CA1234567890ABCDE&Caller=%2B14158675310&Digits=1234&From=%2B14158675310&"
      "To=%2B18005551212");
  EXPECT_EQ(twilio_signature("12345", "https://example.com/myapp.php?foo=1&bar=2", fields),
            "L/OH5YylLD5NRKLltdqwSvS0BnU=");
  EXPECT_TRUE(form_fields("&=&%zz=1&a").size() <= 4) << "nonsense is borne";
}

TEST(EmailSmsSettings, SettingsThatCannotSendAreRefused) {
  Settings settings = settings_with("");
  const auto refusal = [&] {
    souk::testing::Bench bench(plugin_entry());
    return bench.init(settings).message();
  };
  auto* sms = settings.mutable_sms();
  EXPECT_NE(refusal().find("either an account_sid or a webhook"), std::string::npos);
  sms->set_account_sid("AC0123");
  EXPECT_NE(refusal().find("sms.auth_token"), std::string::npos);
  sms->set_auth_token("secret");
  EXPECT_NE(refusal().find("messaging_service"), std::string::npos);
  sms->set_from("+43660123456");
  EXPECT_EQ(refusal(), "");
  sms->set_webhook("https://messenger.example");
  EXPECT_NE(refusal().find("either"), std::string::npos);
  sms->clear_webhook();
  auto& flow = (*settings.mutable_flows())["mine"];
  flow.mutable_trigger()->set_event("subscribed");
  flow.add_steps()->mutable_message()->set_template_("hero");
  flow.add_channels("sms");
  EXPECT_NE(refusal().find("\"hero.sms.txt\""), std::string::npos) << refusal();
}

class EmailSms : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "souk-sms-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    sink_ = ::popen(("echo $$; exec /usr/bin/python3 " EMAIL_TESTS "/twilio_sink.py " + folder_ +
                     "/got 2>/dev/null")
                        .c_str(),
                    "r");
    char line[64] = {};
    ASSERT_NE(std::fgets(line, sizeof line, sink_), nullptr);
    sink_pid_ = std::atoi(line);
    ASSERT_NE(std::fgets(line, sizeof line, sink_), nullptr);
    url_ = "http://127.0.0.1:" + std::to_string(std::atoi(line));
  }
  void TearDown() override {
    if (sink_pid_ > 0) ::kill(sink_pid_, SIGKILL);
    if (sink_ != nullptr) ::pclose(sink_);
    std::filesystem::remove_all(folder_);
  }

  [[nodiscard]] Settings settings(const std::string& flow = "abandoned_cart") const {
    Settings made = settings_with(flow);
    auto* sms = made.mutable_sms();
    sms->set_url(url_);
    sms->set_account_sid("AC0123");
    sms->set_auth_token("secret");
    sms->set_from("+43660123456");
    (*made.mutable_flows())[flow].add_channels("sms");
    return made;
  }
  /// Somebody with a telephone whose cart is left.
  static void leave_cart(Shop& shop, const std::string& id, const std::string& phone,
                         bool consent = true) {
    v1::CustomerUpserted event;
    event.mutable_customer()->set_id(id);
    event.mutable_customer()->set_phone(phone);
    event.mutable_customer()->set_email(id + "@example.org");
    if (consent) {
      auto* word = event.mutable_customer()->add_consents();
      word->set_channel(v1::ChannelConsent::SMS);
      word->set_status(v1::ChannelConsent::GRANTED);
    }
    shop.send(event, {.shopper_id = id});
    shop.add(id, "p1");
  }
  /// One attempt at everything that waits; waits until all have ended.
  static void attempt(Shop& shop) {
    const auto ended = [&] {
      const auto& host = shop.bench.host();
      return host.metric_value("messages_sent") + host.metric_value("attempts_failed") +
             host.metric_value("messages_bounced");
    };
    double wanted = ended();
    for (const auto& effect : shop.bench.host().effects_enqueued())
      wanted += effect.finished ? 0 : 1;
    ASSERT_TRUE(shop.bench.perform_effects().ok());
    const auto until = std::chrono::steady_clock::now() + 30s;
    while (ended() < wanted && std::chrono::steady_clock::now() < until)
      std::this_thread::yield();
    ASSERT_TRUE(shop.bench.deliver_published().ok());
  }
  [[nodiscard]] std::vector<std::string> got() const {
    std::ifstream file(folder_ + "/got");
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);)
      lines.push_back(line);
    return lines;
  }
  static v1::ReceiveSmsRequest posted(const std::string& kind, const std::string& token,
                                      const std::string& form) {
    v1::ReceiveSmsRequest request;
    request.set_kind(kind);
    request.set_token(token);
    request.mutable_body()->set_data(form);
    auto* header = request.mutable_body()->add_headers();
    header->set_name("X-Twilio-Signature");
    header->set_value(twilio_signature(
        "secret",
        "https://shop.example/v1/messages/sms/" + kind + (token.empty() ? "" : "?token=" + token),
        form_fields(form)));
    return request;
  }

  std::string folder_;
  std::string url_;
  FILE* sink_ = nullptr;
  pid_t sink_pid_ = 0;
};

TEST_F(EmailSms, WhatTheServiceRefusesComesAgainOrNeverAndWhoSaidStopIsLeftAlone) {
  Shop shop(settings());
  shop.product("p1", 1990);
  for (const char* phone : {"+15005550001", "+15005550004", "+15005550429", "+15005550500",
                            "+15005550099", "+15005551000"})
    leave_cart(shop, std::string(phone).substr(8), phone);
  leave_cart(shop, "none", "0664 123");
  leave_cart(shop, "silent", "+15005552000", false);
  shop.pass(1h);
  EXPECT_EQ(shop.suppressed(), (std::vector<std::string>{"no-address", "no-consent"}));
  for (int i = 0; i < 3; ++i)
    attempt(shop);
  EXPECT_EQ(got().size(), 4U);
  for (const auto& effect : shop.bench.host().effects_enqueued())
    EXPECT_TRUE(effect.finished) << effect.key;
  EXPECT_EQ(shop.bench.published<v1::MessageSent>().size(), 4U);
  const auto bounced = shop.bench.published<v1::MessageBounced>();
  ASSERT_EQ(bounced.size(), 2U);
  EXPECT_NE((bounced[0].reason() + bounced[1].reason()).find("21211: The 'To' number"),
            std::string::npos);
  EXPECT_EQ(shop.bench.published<v1::Unsubscribed>().size(), 1U);
  for (const auto& event : shop.bench.host().published()) {
    if (event.type == "souk.v1.MessageSent" || event.type == "souk.v1.Unsubscribed") {
      EXPECT_EQ(event.channel, static_cast<std::uint32_t>(v1::Event::SMS));
    }
  }
  EXPECT_EQ(shop.bench.host().metric_value("sms_segments"), 4);
  const std::string one = got().back();
  EXPECT_NE(one.find("\"From\": \"+43660123456\""), std::string::npos) << one;
  EXPECT_NE(one.find("https://shop.example/v1/messages/sms/status?token=m-"), std::string::npos);
  // The one who said STOP to the service, and the number that is none, get no second one.
  shop.pass(25h);
  shop.add("0004", "p1");
  shop.add("0001", "p1");
  shop.pass(1h);
  const auto reasons = shop.suppressed();
  ASSERT_EQ(reasons.size(), 4U);
  EXPECT_EQ(reasons[2] + reasons[3], "bouncedbounced");
}

TEST_F(EmailSms, AnAnswerCountsOnlyWithItsSignature) {
  Shop shop(settings());
  shop.product("p1", 1990);
  leave_cart(shop, "c1", "+1 500 555 1000");
  const auto stop = posted("inbound", "", "From=%2B15005551000&Body=Stop");
  auto forged = stop;
  forged.mutable_body()->set_data("From=%2B15005551001&Body=Stop");
  EXPECT_FALSE(shop.bench.ask<Service::ReceiveSms>(forged).ok());
  forged.mutable_body()->clear_headers();
  EXPECT_FALSE(shop.bench.ask<Service::ReceiveSms>(forged).ok());
  forged = stop;
  forged.set_kind("status");
  EXPECT_FALSE(shop.bench.ask<Service::ReceiveSms>(forged).ok());
  const auto help =
      shop.bench.ask<Service::ReceiveSms>(posted("inbound", "", "From=%2B15005551000&Body=HELP"));
  ASSERT_TRUE(help.ok());
  EXPECT_NE(help->data().find("<Message>Demo shop: "), std::string::npos) << help->data();
  ASSERT_TRUE(shop.bench.ask<Service::ReceiveSms>(stop).ok());
  ASSERT_TRUE(shop.bench.deliver_published().ok());
  shop.pass(1h);
  EXPECT_EQ(shop.suppressed(), std::vector<std::string>{"unsubscribed"});
  ASSERT_TRUE(
      shop.bench.ask<Service::ReceiveSms>(posted("inbound", "", "From=%2B15005551000&Body=start"))
          .ok());
  ASSERT_TRUE(shop.bench.deliver_published().ok());
  shop.pass(25h);
  shop.add("c1", "p1");
  shop.pass(1h);
  ASSERT_EQ(shop.decided().size(), 1U);
  const std::string id = shop.decided()[0].message_id();
  ASSERT_TRUE(shop.bench
                  .ask<Service::ReceiveSms>(
                      posted("status", id, "MessageStatus=undelivered&ErrorCode=30005"))
                  .ok());
  ASSERT_TRUE(shop.bench.deliver_published().ok());
  const auto messages = shop.bench.ask<Service::ListMessages>({});
  EXPECT_EQ(messages->messages(0).status(), "bounced");
  EXPECT_EQ(messages->messages(0).channel(), "sms");
}

TEST_F(EmailSms, AMessengerOfTheShopsOwnGetsJson) {
  Settings made = settings();
  made.mutable_sms()->Clear();
  made.mutable_sms()->set_webhook(url_ + "/messenger");
  Shop shop(made);
  shop.product("p1", 1990);
  leave_cart(shop, "c1", "+15005551000");
  shop.pass(1h);
  attempt(shop);
  ASSERT_EQ(got().size(), 1U);
  EXPECT_NE(got()[0].find("\"key\": \"m-"), std::string::npos);
  EXPECT_NE(got()[0].find("\"to\": \"+15005551000\""), std::string::npos) << got()[0];
}

TEST_F(EmailSms, TheChannelIsOneThatWasAllowedAndThatBringsTheShopperBack) {
  Settings made = settings();
  auto& flow = (*made.mutable_flows())["abandoned_cart"];
  flow.clear_channels();
  flow.add_channels("email");
  flow.add_channels("sms");
  made.mutable_frequency_cap()->set_off(true);
  Shop shop(made);
  shop.product("p1", 1990);
  // Consent for text messages is none for e-mail.
  leave_cart(shop, "c1", "+15005551000");
  shop.pass(1h);
  ASSERT_EQ(shop.decided().size(), 1U);
  EXPECT_EQ(shop.decided()[0].channel(), static_cast<std::uint32_t>(v1::Event::SMS));
  // With both, the one that is answered: here only text messages bring c1 back.
  shop.customer("c1");
  leave_cart(shop, "c1", "+15005551000");
  int texts = 0;
  for (int day = 0; day < 60; ++day) {
    shop.pass(1h);
    const bool text = shop.decided().back().channel() == static_cast<std::uint32_t>(v1::Event::SMS);
    texts += text && day >= 30 ? 1 : 0;
    shop.pass(3h);
    if (text) shop.view("c1", "p1");
    shop.pass(44h);
    shop.add("c1", "p1");
  }
  EXPECT_GE(texts, 24) << "of the last thirty";
}

TEST_F(EmailSms, CapsHoldByChannelAndForBothTogether) {
  Settings made = settings();
  auto& flow = (*made.mutable_flows())["abandoned_cart"];
  flow.clear_channels();
  flow.add_channels("email");
  flow.add_channels("sms");
  made.mutable_frequency_cap()->mutable_sms()->set_max(1);
  made.mutable_frequency_cap()->mutable_email()->set_max(2);
  made.mutable_frequency_cap()->mutable_all()->set_max(9);
  const auto week = [](const Settings& given) {
    Shop shop(given);
    shop.product("p1", 1990);
    shop.customer("c1");
    leave_cart(shop, "c1", "+15005551000");
    for (int day = 0; day < 6; ++day) {
      shop.pass(25h);
      shop.add("c1", "p1");
    }
    int texts = 0;
    for (const auto& out : shop.decided())
      texts += out.channel() == static_cast<std::uint32_t>(v1::Event::SMS) ? 1 : 0;
    return std::pair(shop.decided().size(), texts);
  };
  EXPECT_EQ(week(made), std::pair(std::size_t{3}, 1)) << "two mails and a text";
  made.mutable_frequency_cap()->mutable_all()->set_max(2);
  EXPECT_EQ(week(made).first, 2U);
  // The old form: so many of each channel.
  made.clear_frequency_cap();
  made.mutable_frequency_cap()->set_max(1);
  EXPECT_EQ(week(made), std::pair(std::size_t{2}, 1));
}

}  // namespace
}  // namespace souk::email::testing
