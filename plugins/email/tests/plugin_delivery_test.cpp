// Messages through a real SMTP server with TLS and AUTH on loopback, read by another's MIME parser.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <thread>

#include "plugins/email/tests/email_shop.hpp"

namespace souk::email::testing {
namespace {

using namespace std::chrono_literals;

std::string output_of(const std::string& command) {
  std::string text;
  FILE* pipe = ::popen(command.c_str(), "r");
  char buffer[4096];
  while (const std::size_t size = std::fread(buffer, 1, sizeof buffer, pipe))
    text.append(buffer, size);
  ::pclose(pipe);
  return text;
}

/// The sink, in a folder of its own with a certificate and keys.
class EmailDelivery : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "souk-mail-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    output_of("cd " + folder_ +
              " && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
              "-keyout tls.key -out tls.pem -subj /CN=127.0.0.1 -addext "
              "subjectAltName=IP:127.0.0.1 2>&1 && openssl genpkey -algorithm ed25519 -out "
              "ed.key 2>&1 && openssl pkey -in ed.key -pubout -out ed.pub 2>&1 && openssl genrsa "
              "-out rsa.key 2048 2>&1 && openssl pkey -in rsa.key -pubout -out rsa.pub 2>&1");
  }
  void TearDown() override {
    if (sink_ != nullptr) {
      ::kill(sink_pid_, SIGKILL);
      ::pclose(sink_);
    }
    std::filesystem::remove_all(folder_);
  }

  /// Starts it; its port.
  std::string start_sink(const std::string& options) {
    sink_ = ::popen(("echo $$; exec /usr/bin/python3 " EMAIL_TESTS "/smtp_sink.py " + folder_ +
                     "/in " + options + " 2>/dev/null")
                        .c_str(),
                    "r");
    char line[64] = {};
    EXPECT_NE(std::fgets(line, sizeof line, sink_), nullptr);
    sink_pid_ = std::atoi(line);
    EXPECT_NE(std::fgets(line, sizeof line, sink_), nullptr);
    return std::to_string(std::atoi(line));
  }
  [[nodiscard]] std::string secure_sink() {
    return start_sink("--certificate " + folder_ + "/tls.pem --key " + folder_ +
                      "/tls.key --user shop --password 'p:w'");
  }

  /// One attempt at everything that waits; waits until all attempts have ended.
  void attempt(Shop& shop) {
    const auto begun = [&] {
      std::uint32_t sum = 0;
      for (const auto& effect : shop.bench.host().effects_enqueued())
        sum += effect.finished ? 0 : 1;
      return sum;
    };
    if (begun() == 0) return;
    const double before = answers(shop);
    const auto wanted = before + begun();
    ASSERT_TRUE(shop.bench.perform_effects().ok());
    const auto until = std::chrono::steady_clock::now() + 30s;
    while (answers(shop) < wanted && std::chrono::steady_clock::now() < until)
      std::this_thread::yield();
    ASSERT_TRUE(shop.bench.deliver_published().ok());
  }
  static double answers(Shop& shop) {
    const auto& host = shop.bench.host();
    return host.metric_value("messages_sent") + host.metric_value("attempts_failed") +
           host.metric_value("messages_bounced");
  }
  [[nodiscard]] std::vector<std::string> mails() const {
    std::vector<std::string> files;
    if (!std::filesystem::exists(folder_ + "/in")) return files;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ + "/in")) {
      if (entry.path().extension() == ".eml") files.push_back(entry.path().string());
    }
    std::sort(files.begin(), files.end());
    return files;
  }
  [[nodiscard]] std::string read(const std::string& file, const std::string& key = {}) const {
    return output_of("/usr/bin/python3 " EMAIL_TESTS "/read_mail.py " + file + " " +
                     (key.empty() ? "" : folder_ + "/" + key) + " 2>&1");
  }
  static std::string line_of(const std::string& text, const std::string& begin) {
    const std::size_t at = text.find(begin);
    if (at == std::string::npos) return {};
    const std::size_t from = at + begin.size();
    return text.substr(from, text.find('\n', from) - from);
  }

  /// Of the link that mail programs press.
  static std::string unsubscribe_token(const std::string& mail) {
    const std::string list = line_of(mail, "header List-Unsubscribe ");
    const std::size_t begin = list.find("token=") + 6;
    return list.substr(begin, list.find('>') - begin);
  }

  std::string folder_;
  FILE* sink_ = nullptr;
  pid_t sink_pid_ = 0;
};

/// Somebody whose cart is spoken of in an hour.
void leave_cart(Shop& shop, const std::string& id, const std::string& email,
                const std::string& name) {
  v1::CustomerUpserted event;
  event.mutable_customer()->set_id(id);
  event.mutable_customer()->set_email(email);
  event.mutable_customer()->set_name(name);
  auto* word = event.mutable_customer()->add_consents();
  word->set_channel(v1::ChannelConsent::EMAIL);
  word->set_status(v1::ChannelConsent::GRANTED);
  shop.send(event, {.shopper_id = id});
  shop.add(id, "p1");
}

TEST_F(EmailDelivery, a_message_is_whole_signed_and_leads_where_it_should) {
  for (const char* key : {"ed", "rsa"}) {
    Settings settings = settings_with("abandoned_cart");
    settings.mutable_smtp()->set_url("smtp://shop:p%3Aw@127.0.0.1:" + secure_sink());
    settings.mutable_smtp()->set_ca_file(folder_ + "/tls.pem");
    auto* dkim = settings.mutable_smtp()->mutable_dkim();
    dkim->set_domain("demo.example");
    dkim->set_selector("souk");
    dkim->set_key(folder_ + "/" + key + ".key");
    Shop shop(settings);
    shop.product("p1", 1990);
    leave_cart(shop, "c1", "\"ada.l\"@shop.example",
               "Ada \"L\xc3\xb6v\"\r\nBcc: everybody@shop.example");
    shop.pass(1h);
    attempt(shop);
    ASSERT_EQ(mails().size(), 1U);
    const std::string mail = read(mails()[0], std::string(key) + ".pub");
    EXPECT_NE(mail.find("dkim good"), std::string::npos) << mail;
    EXPECT_EQ(mail.find("defect"), std::string::npos) << mail;
    EXPECT_EQ(mail.find("header Bcc"), std::string::npos) << mail;
    EXPECT_EQ(line_of(mail, "header List-Unsubscribe-Post "), "List-Unsubscribe=One-Click");
    EXPECT_NE(mail.find("part text/plain"), std::string::npos);
    EXPECT_NE(mail.find("part text/html"), std::string::npos);
    std::ifstream envelope(mails()[0].substr(0, mails()[0].size() - 4) + ".json");
    const std::string said((std::istreambuf_iterator<char>(envelope)), {});
    EXPECT_NE(said.find("\"tls\": true"), std::string::npos) << said;
    EXPECT_NE(said.find("\"user\": \"shop\""), std::string::npos) << said;
    EXPECT_EQ(shop.flow("abandoned_cart").sent(), 1U);
    ::kill(sink_pid_, SIGKILL);
    ::pclose(sink_);
    sink_ = nullptr;
    std::filesystem::remove_all(folder_ + "/in");
  }
}

TEST_F(EmailDelivery, what_servers_refuse_comes_again_or_bounces_and_nothing_gets_another_id) {
  Settings settings = settings_with("abandoned_cart");
  settings.mutable_smtp()->set_url("smtp://127.0.0.1:" + start_sink(""));
  Shop shop(settings);
  shop.product("p1", 1990);
  for (const char* one : {"unknown@a.example", "busy2.x@a.example", "vanish1.x@a.example",
                          "poison@a.example", "fine@a.example"})
    leave_cart(shop, std::string(one).substr(0, 4), one, "Ada");
  shop.pass(1h);
  for (int i = 0; i < 3; ++i)
    attempt(shop);
  std::map<std::string, int> to;
  std::set<std::string> ids;
  for (const std::string& file : mails()) {
    const std::string mail = read(file);
    ++to[line_of(mail, "header To ")];
    ids.insert(line_of(mail, "header Message-ID "));
  }
  EXPECT_EQ(to.size(), 3U);
  EXPECT_EQ(ids.size(), 3U) << "the one that was taken without a word has the same id again";
  EXPECT_EQ(to["Ada <vanish1.x@a.example>"], 2);
  EXPECT_EQ(to["Ada <busy2.x@a.example>"], 1);
  const auto bounced = shop.bench.published<v1::MessageBounced>();
  ASSERT_EQ(bounced.size(), 2U);
  EXPECT_TRUE(bounced[0].permanent());
  EXPECT_EQ(shop.bench.published<v1::MessageSent>().size(), 3U);
  for (const auto& effect : shop.bench.host().effects_enqueued())
    EXPECT_TRUE(effect.finished) << effect.key;
}

TEST_F(EmailDelivery, links_do_what_they_say_and_nothing_else) {
  Settings settings = settings_with("abandoned_cart");
  settings.mutable_smtp()->set_url("smtp://127.0.0.1:" + start_sink(""));
  Shop shop(settings);
  shop.product("p1", 1990);
  leave_cart(shop, "c1", "fine@a.example", "Ada");
  shop.pass(1h);
  attempt(shop);
  ASSERT_EQ(mails().size(), 1U);
  const std::string mail = read(mails()[0]);
  v1::TrackRequest track;
  track.set_token(line_of(mail, "link https://shop.example/v1/c/"));
  shop.pass(1min);  // people take longer than scanners
  const auto led = shop.bench.ask<Service::TrackClick>(track);
  ASSERT_TRUE(led.ok()) << led.status().message() << mail;
  EXPECT_EQ(led->status(), 302U);
  EXPECT_EQ(led->headers(0).value().rfind("https://shop.example", 0), 0U);
  v1::UnsubscribeRequest no;
  no.set_token(unsubscribe_token(mail));
  v1::UnsubscribePageRequest page;
  page.set_token(no.token());
  EXPECT_TRUE(shop.bench.ask<Service::ShowUnsubscribe>(page).ok());
  EXPECT_TRUE(shop.bench.published<v1::Unsubscribed>().empty()) << "a link scanner comes by";
  EXPECT_FALSE(shop.bench.ask<Service::Unsubscribe>(no).ok()) << "an empty body says nothing";
  no.mutable_body()->set_data("List-Unsubscribe=One-Click");
  v1::UnsubscribeRequest forged = no;
  forged.mutable_token()->at(3) = forged.token()[3] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(shop.bench.ask<Service::Unsubscribe>(forged).ok());
  track.set_token(no.token());
  EXPECT_FALSE(shop.bench.ask<Service::TrackClick>(track).ok()) << "another kind of link";
  EXPECT_TRUE(shop.bench.ask<Service::Unsubscribe>(no).ok());
  ASSERT_TRUE(shop.bench.deliver_published().ok());
  EXPECT_EQ(shop.bench.published<v1::Unsubscribed>().size(), 1U);
  EXPECT_EQ(shop.flow("abandoned_cart").clicked(), 1U);
  EXPECT_EQ(shop.flow("abandoned_cart").unsubscribed(), 1U);
  shop.pass(24h);
  shop.add("c1", "p1");
  shop.pass(1h);
  EXPECT_EQ(shop.suppressed(), std::vector<std::string>{"unsubscribed"});
}

TEST_F(EmailDelivery, odd_names_and_addresses_arrive_whole_or_never_reach_the_server) {
  Settings settings = settings_with("abandoned_cart");
  settings.set_feedback_token("0123456789abcdef");
  settings.mutable_smtp()->set_url("smtp://127.0.0.1:" + start_sink(""));
  Shop shop(settings);
  shop.product("p1", 1990);
  std::string long_name = "A";
  for (int i = 0; i < 1'500; ++i)
    long_name += "\xc3\xb6";  // more than a header takes, and a cut that meets half of one
  leave_cart(shop, "blank", "\"ada, l.\"@shop.example", "Ada <x@evil.example>");
  leave_cart(shop, "long", "long@shop.example", long_name);
  leave_cart(shop, "accent", "j\xc3\xbcrgen@shop.example", "J\xc3\xbcrgen");
  leave_cart(shop, "line", "line@shop.example", "Dave\r\nBcc: evil@evil.example");
  leave_cart(shop, "list", "list@shop.example", std::string(250, 'x') + ", evil@evil.example");
  leave_cart(shop, "umlaut", "umlaut@shop.example", "Ada");
  for (const char* wrong :
       {"a@shop.example,b@evil.example", "a@shop.example>\r\nRCPT TO:<b@evil.example",
        "\"a\" b\"@shop.example", "a@shop .example", "\"a\"@shop.example, b"})
    leave_cart(shop, std::string("wrong ") + wrong, wrong, "Eve");
  shop.pass(1h);
  ASSERT_EQ(shop.decided().size(), 6U);
  attempt(shop);
  std::multiset<std::string> to;
  for (const std::string& file : mails()) {
    const std::string mail = read(file);
    EXPECT_EQ(mail.find("defect"), std::string::npos) << mail;
    EXPECT_EQ(mail.find("\xef\xbf\xbd"), std::string::npos) << "half a character: " << mail;
    to.insert(line_of(mail, "\nto "));
    EXPECT_EQ(mail.find("\nto "), mail.rfind("\nto ")) << "one name made two addresses: " << mail;
  }
  EXPECT_EQ(to, (std::multiset<std::string>{"\"ada, l.\"@shop.example", "line@shop.example",
                                            "list@shop.example", "long@shop.example",
                                            "j\xc3\xbcrgen@shop.example"}));
  EXPECT_EQ(shop.flow("abandoned_cart").bounced(), 1U);
  const auto bounced = shop.bench.published<v1::MessageBounced>();
  ASSERT_EQ(bounced.size(), 1U);
  EXPECT_EQ(bounced[0].reason(), "550 5.1.1 unbekannter Empf?nger");
  v1::FeedbackRequest report;
  report.set_provider("souk");
  report.set_token("0123456789abcdef");
  report.mutable_body()->set_data("{\"type\":\"hard\",\"messageId\":\"" +
                                  shop.decided()[0].message_id() + "\",\"reason\":\"voll \xe4\"}");
  EXPECT_TRUE(shop.bench.ask<Service::ReceiveFeedback>(report).ok());
  ASSERT_TRUE(shop.bench.deliver_published().ok());
  EXPECT_EQ(shop.flow("abandoned_cart").bounced(), 2U) << "Latin-1 in a report loses none";
}

TEST_F(EmailDelivery, who_refuses_every_topic_of_the_page_is_one_person) {
  Settings settings = settings_with("abandoned_cart");
  (*settings.mutable_flows())["welcome"];
  (*settings.mutable_flows())["price_drop"];
  settings.mutable_smtp()->set_url("smtp://127.0.0.1:" + start_sink(""));
  Shop shop(settings);
  shop.product("p1", 1990);
  leave_cart(shop, "c1", "fine@a.example", "Ada");
  shop.pass(1h);
  attempt(shop);
  ASSERT_EQ(mails().size(), 1U);
  v1::UnsubscribeRequest no;
  no.set_token(unsubscribe_token(read(mails()[0])));
  for (const char* said : {"scope=choose", "List-Unsubscribe=One-Click"}) {
    no.mutable_body()->set_data(said);
    EXPECT_TRUE(shop.bench.ask<Service::Unsubscribe>(no).ok());
    ASSERT_TRUE(shop.bench.deliver_published().ok());
  }
  EXPECT_EQ(shop.bench.published<v1::Unsubscribed>().size(), 4U);
  EXPECT_EQ(shop.flow("abandoned_cart").unsubscribed(), 1U);
  no.mutable_body()->set_data("scope=choose&topic=cart");
  EXPECT_TRUE(shop.bench.ask<Service::Unsubscribe>(no).ok());
  ASSERT_TRUE(shop.bench.deliver_published().ok());
  v1::UnsubscribePageRequest page;
  page.set_token(no.token());
  const auto shown = shop.bench.ask<Service::ShowUnsubscribe>(page);
  ASSERT_TRUE(shown.ok());
  EXPECT_NE(shown->data().find("value=\"cart\" checked"), std::string::npos) << shown->data();
  EXPECT_EQ(shown->data().find("value=\"prices\" checked"), std::string::npos);
  page.mutable_token()->resize(20);
  const auto broken = shop.bench.ask<Service::ShowUnsubscribe>(page);
  ASSERT_TRUE(broken.ok());
  EXPECT_EQ(broken->status(), 400U);
  EXPECT_NE(broken->data().find("cut off"), std::string::npos) << "people read it";
}

TEST_F(EmailDelivery, a_confirmation_is_a_press_of_the_button_within_a_month) {
  Settings settings = settings_with("welcome");
  settings.set_double_opt_in(true);
  settings.mutable_smtp()->set_url("smtp://127.0.0.1:" + start_sink(""));
  Shop shop(settings);
  shop.customer("c1", false);
  v1::Subscribed wish;
  wish.set_source("footer");
  shop.send(wish, {.shopper_id = "c1"});
  attempt(shop);
  ASSERT_EQ(mails().size(), 1U);
  v1::UnsubscribePageRequest page;
  page.set_token(line_of(read(mails()[0]), "link https://shop.example/v1/confirm?token="));
  const auto shown = shop.bench.ask<Service::ShowConfirmation>(page);
  ASSERT_TRUE(shown.ok());
  EXPECT_NE(shown->data().find("<button"), std::string::npos);
  EXPECT_TRUE(shop.bench.published<v1::Subscribed>().empty()) << "a link scanner comes by";
  v1::UnsubscribeRequest press;
  press.set_token(page.token());
  EXPECT_FALSE(shop.bench.ask<Service::Confirm>(press).ok()) << "no button";
  press.mutable_body()->set_data("confirm=yes");
  v1::UnsubscribeRequest forged = press;
  forged.mutable_token()->at(3) = forged.token()[3] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(shop.bench.ask<Service::Confirm>(forged).ok());
  EXPECT_TRUE(shop.bench.ask<Service::Confirm>(press).ok());
  const auto said = shop.bench.published<v1::Subscribed>();
  ASSERT_EQ(said.size(), 1U);
  EXPECT_TRUE(said[0].confirmed());
  EXPECT_EQ(said[0].source().rfind("footer, confirmed from m-", 0), 0U) << said[0].source();
  shop.pass(31 * 24h);
  EXPECT_FALSE(shop.bench.ask<Service::Confirm>(press).ok()) << "a mailbox of last year";
  EXPECT_EQ(shop.bench.published<v1::Subscribed>().size(), 1U);
}

}  // namespace
}  // namespace souk::email::testing
