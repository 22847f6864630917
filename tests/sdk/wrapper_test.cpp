// The C++ wrapper, seen from the host's side: the probe plugin on the fake host.
#include <gtest/gtest.h>
#include <souk/testing.hpp>
#include <souk/v1/admin.souk.hpp>

#include <chrono>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "probe/v1/probe.souk.hpp"

namespace {

using namespace std::chrono_literals;
using probe::v1::EchoMessage;
using probe::v1::Milestone;
using probe::v1::ProbeService;
using probe::v1::Settings;
using probe::v1::TopRequest;
using souk::Code;
using souk::v1::ProductViewed;

const souk_entry& entry() {
  static const souk::testing::Library library(SOUK_PLUGIN_LIBRARY);
  return library.entry();
}

ProductViewed viewed(const std::string& product) {
  ProductViewed event;
  event.set_product_id(product);
  return event;
}

EchoMessage text(const std::string& content) {
  EchoMessage message;
  message.set_text(content);
  return message;
}

class Wrapper : public ::testing::Test {
 protected:
  void SetUp() override {
    Settings settings;
    settings.set_limit(5);
    ASSERT_TRUE(bench.begin_life(settings).ok());
  }
  souk::testing::Bench bench{entry()};
};

TEST(WrapperEntry, SaysWhatTheClassSays) {
  EXPECT_EQ(entry().abi_major, SOUK_ABI_MAJOR);
  const souk::testing::Bench bench(entry());
  const auto& declared = bench.declaration();
  EXPECT_EQ(declared.id, "sdk-probe");
  EXPECT_EQ(declared.version, "1.0.0");
  EXPECT_EQ(declared.reads,
            (std::vector<std::string>{"souk.v1.ProductViewed", "probe.v1.Milestone"}));
  EXPECT_EQ(declared.publishes, (std::vector<std::string>{"probe.v1.Milestone"}));
  EXPECT_EQ(declared.settings_message, "probe.v1.Settings");
  EXPECT_EQ(declared.extensions_required,
            (std::vector<std::string>{"souk.timers/1", "souk.outbox/1"}));
  EXPECT_EQ(declared.extensions_optional, (std::vector<std::string>{"souk.jobs/1"}));
  EXPECT_EQ(declared.methods,
            (std::vector<std::string>{"probe.v1.Probe/Top", "probe.v1.Probe/Echo",
                                      "probe.v1.Probe/EchoLater", "probe.v1.Probe/Relay",
                                      "probe.v1.Probe/Page"}));
}

TEST(WrapperInit, RefusesWrongSettingsWithASentence) {
  souk::testing::Bench bench(entry());
  EXPECT_EQ(bench.RawBench::init("\xff\xff").code(), Code::invalid_argument);
  souk::testing::Bench other(entry());
  Settings settings;
  settings.set_limit(1000);
  const souk::Status status = other.init(settings);
  EXPECT_EQ(status.code(), Code::invalid_argument);
  EXPECT_EQ(status.message(), "limit: at most 100");
}

TEST_F(Wrapper, MalformedPayloadNamesTheEventAndTheNextOneIsFolded) {
  const souk::testing::RawEvent bad{"souk.v1.ProductViewed", "\x0a\xff", {}, 20};
  const souk::Status status = bench.fold({bench.event(viewed("p1")), bad});
  EXPECT_EQ(status.code(), Code::invalid_argument);
  EXPECT_EQ(status.message(), "event 2: malformed souk.v1.ProductViewed");
  EXPECT_EQ(bench.folded(), 1u);
  EXPECT_TRUE(bench.send(viewed("p1")).ok());
}

TEST_F(Wrapper, WhatAHandlerThrowsBecomesInternalWithItsText) {
  const souk::Status status = bench.fold({bench.event(viewed("a")), bench.event(viewed("throw"))});
  EXPECT_EQ(status.code(), Code::internal);
  EXPECT_EQ(status.message(), "told to throw");
  EXPECT_EQ(bench.folded(), 1u);
}

TEST_F(Wrapper, UnknownEventsAndMethodsAreNoDefect) {
  EXPECT_TRUE(bench.fold({{"souk.v1.OrderCompleted", "", {}, 28}}).ok());
  const auto answer = bench.RawBench::ask(99, "");
  EXPECT_EQ(answer.status, SOUK_E_UNSUPPORTED);
  EXPECT_EQ(bench.plugin()->get_extension(bench.plugin(), "souk.nothing/1"), nullptr);
}

TEST_F(Wrapper, FoldsAndAnswers) {
  for (const char* product : {"p1", "p2", "p2"})
    ASSERT_TRUE(bench.send(viewed(product)).ok());
  const auto reply = bench.ask<ProbeService::Top>(TopRequest());
  ASSERT_TRUE(reply.ok()) << reply.status().message();
  ASSERT_EQ(reply->items_size(), 2);
  EXPECT_EQ(reply->items(0).product_id(), "p2");
  EXPECT_EQ(reply->items(0).views(), 2u);
  EXPECT_EQ(bench.host().metric_value("views"), 3.0);
}

TEST_F(Wrapper, TheThreeFormsOfAnswer) {
  EXPECT_EQ(bench.ask<ProbeService::Echo>(text("a"))->text(), "a");
  EXPECT_EQ(bench.ask<ProbeService::EchoLater>(text("b"))->text(), "b");
  bench.serve<ProbeService::Echo>([](const EchoMessage& request) {
    return souk::Result<EchoMessage>(text(request.text() + "!"));
  });
  EXPECT_EQ(bench.ask<ProbeService::Relay>(text("c"))->text(), "c!");
}

TEST_F(Wrapper, BodiesOfHttpReachTheClassAsTheyCame) {
  probe::v1::PageRequest request;
  request.set_name("sentence");
  EXPECT_EQ(bench.ask<ProbeService::Page>(request).status().message(), "line 1: no such word");
  request.set_name("created");
  request.mutable_body()->set_content_type("text/csv");
  request.mutable_body()->set_data(std::string("a;b\0\xff", 5));
  const auto page = bench.ask<ProbeService::Page>(request);
  ASSERT_TRUE(page.ok()) << page.status().message();
  EXPECT_EQ(page->content_type(), "text/csv");
  EXPECT_EQ(page->data(), request.body().data());
  EXPECT_EQ(page->status(), 201u);
  ASSERT_EQ(page->headers_size(), 1);
  EXPECT_EQ(page->headers(0).name(), "Location");
}

TEST_F(Wrapper, AnswersThatGoWrongComeOnceAndTyped) {
  EXPECT_EQ(bench.ask<ProbeService::Relay>(text("c")).code(), Code::unavailable);
  const auto thrown = bench.ask<ProbeService::Echo>(text("throw"));
  EXPECT_EQ(thrown.code(), Code::internal);
  EXPECT_EQ(thrown.status().message(), "told to throw");
  EXPECT_EQ(bench.ask<ProbeService::EchoLater>(text("drop")).code(), Code::internal);
  EXPECT_EQ(bench.ask<ProbeService::EchoLater>(text("throw")).code(), Code::internal);
  EXPECT_EQ(bench.RawBench::ask(1, "\xff").status, SOUK_E_INVALID_ARGUMENT);
  EXPECT_EQ(bench.host().misuse().replies_to_nothing, 0u);
}

TEST_F(Wrapper, PublishesAndReadsItBack) {
  for (int i = 0; i < 20; ++i)
    ASSERT_TRUE(bench.send(viewed("p"), {.shopper_id = "s"}).ok());
  const auto published = bench.published<Milestone>();
  ASSERT_EQ(published.size(), 2u);
  EXPECT_EQ(published[1].views(), 20u);
  EXPECT_EQ(bench.host().published()[0].shopper_id, "s");
  EXPECT_EQ(bench.ask<ProbeService::Top>(TopRequest())->milestones(), 2u);
}

TEST_F(Wrapper, ARefusedPublicationFailsTheEvent) {
  bench.host().set_publish_status(SOUK_E_RESOURCE_EXHAUSTED);
  for (int i = 0; i < 9; ++i)
    ASSERT_TRUE(bench.send(viewed("p")).ok());
  EXPECT_EQ(bench.send(viewed("p")).code(), Code::resource_exhausted);
}

TEST_F(Wrapper, APublicationThatBreaksItsRulesIsRefusedAsTheDaemonDoes) {
  const auto tenth = [this](const std::string& product) {
    for (int i = 0; i < 9; ++i)
      EXPECT_TRUE(bench.send(viewed(product)).ok());
    return bench.send(viewed(product));
  };
  EXPECT_EQ(tenth("").code(), Code::invalid_argument);
  EXPECT_EQ(bench.host().last_refusal(),
            "the payload of probe.v1.Milestone: \"product_id\" is required");
  EXPECT_EQ(tenth(std::string(257, 'x')).code(), Code::invalid_argument);
  EXPECT_EQ(bench.host().last_refusal(),
            "the payload of probe.v1.Milestone: \"product_id\" is 257 bytes long; at most 256 are "
            "allowed");
  EXPECT_EQ(bench.host().misuse().refused_publications, 2u);
  EXPECT_TRUE(bench.host().published().empty());
  EXPECT_TRUE(tenth("p").ok());
  EXPECT_EQ(bench.host().published().size(), 1u);
}

TEST_F(Wrapper, TimersFireInOrderAndEffectsAreRetried) {
  ASSERT_TRUE(bench.send(viewed("p1"), {.shopper_id = "s1"}).ok());
  ASSERT_TRUE(bench.advance(30s).ok());
  ASSERT_TRUE(bench.send(viewed("p2"), {.shopper_id = "s2"}).ok());
  ASSERT_TRUE(bench.advance(59s).ok());
  ASSERT_EQ(bench.host().effects_enqueued().size(), 1u);
  ASSERT_TRUE(bench.advance(1s).ok());
  auto effects = bench.host().effects_enqueued();
  ASSERT_EQ(effects.size(), 2u);
  EXPECT_EQ(effects[0].payload, "s1:p1");
  EXPECT_EQ(effects[1].payload, "s2:p2");
  ASSERT_TRUE(bench.perform_effects().ok());
  EXPECT_FALSE(bench.host().effects_enqueued()[0].finished);
  ASSERT_TRUE(bench.perform_effects().ok());
  EXPECT_TRUE(bench.host().effects_enqueued()[0].finished);
  EXPECT_EQ(bench.host().effects_enqueued()[0].status, SOUK_OK);
}

TEST_F(Wrapper, ReplayPublishesAndEnqueuesNothing) {
  bench.set_replaying(true);
  for (int i = 0; i < 10; ++i)
    ASSERT_TRUE(bench.send(viewed("p"), {.shopper_id = "s"}).ok());
  ASSERT_TRUE(bench.advance(90s).ok());
  EXPECT_TRUE(bench.host().published().empty());
  EXPECT_TRUE(bench.host().effects_enqueued().empty());
}

TEST_F(Wrapper, SettingsReloadAndAccountsOverride) {
  for (const char* product : {"p1", "p2", "p3"})
    ASSERT_TRUE(bench.send(viewed(product)).ok());
  Settings narrow;
  narrow.set_limit(1);
  ASSERT_TRUE(bench.set_account("northwind", narrow).ok());
  EXPECT_EQ(bench.ask<ProbeService::Top>(TopRequest(), "northwind")->items_size(), 1);
  EXPECT_EQ(bench.ask<ProbeService::Top>(TopRequest(), "other")->items_size(), 3);

  Settings wrong;
  wrong.set_limit(1000);
  EXPECT_EQ(bench.reload(wrong).code(), Code::invalid_argument);
  EXPECT_EQ(bench.ask<ProbeService::Top>(TopRequest())->items_size(), 3) << "the old ones stay";
  Settings two;
  two.set_limit(2);
  ASSERT_TRUE(bench.reload(two).ok());
  EXPECT_EQ(bench.ask<ProbeService::Top>(TopRequest())->items_size(), 2);
  ASSERT_TRUE(bench.RawBench::set_account("northwind", "").ok());
  EXPECT_EQ(bench.ask<ProbeService::Top>(TopRequest(), "northwind")->items_size(), 2);
}

TEST_F(Wrapper, StateSurvivesARestartAndDamageIsRefused) {
  for (int i = 0; i < 12; ++i)
    ASSERT_TRUE(bench.send(viewed("p"), {.shopper_id = "s"}).ok());
  const auto before = bench.snapshot();
  ASSERT_TRUE(before.ok());
  ASSERT_TRUE(bench.restart().ok());
  EXPECT_EQ(bench.snapshot().value(), before.value());
  ASSERT_TRUE(bench.send(viewed("p")).ok());
  const auto top = bench.ask<ProbeService::Top>(TopRequest());
  EXPECT_EQ(top->items(0).views(), 13u);
  EXPECT_EQ(top->milestones(), 1u);

  souk::testing::Bench longer(entry());
  ASSERT_TRUE(longer.init(Settings()).ok());
  EXPECT_EQ(longer.restore(before.value() + "x").code(), Code::data_loss);
  souk::testing::Bench shorter(entry());
  ASSERT_TRUE(shorter.init(Settings()).ok());
  EXPECT_EQ(shorter.restore(before->substr(0, before->size() - 1)).code(), Code::data_loss);
}

TEST_F(Wrapper, ReportsHealth) {
  ASSERT_TRUE(bench.send(viewed("p")).ok());
  souk::v1::PluginHealth health;
  ASSERT_TRUE(health.ParseFromString(bench.health().value()));
  ASSERT_EQ(health.notes_size(), 1);
  EXPECT_EQ(health.notes(0).text(), "1 products");
}

TEST_F(Wrapper, CallsRunBesideTheFold) {
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&] {
      for (int n = 0; n < 200; ++n) {
        ASSERT_TRUE(bench.ask<ProbeService::Top>(TopRequest()).ok());
        ASSERT_EQ(bench.ask<ProbeService::Echo>(text("x"))->text(), "x");
      }
    });
  }
  for (int i = 0; i < 500; ++i)
    ASSERT_TRUE(bench.send(viewed("p" + std::to_string(i % 7))).ok());
  for (auto& caller : callers)
    caller.join();
}

}  // namespace
