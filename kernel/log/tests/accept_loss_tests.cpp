// Rows that do not verify: given up by an operator, and then passed by everybody.
#include "kernel/log/accept_loss.hpp"

#include "kernel/log/tests/log_fixture.hpp"

namespace souk::log {
namespace {

class AcceptLossTest : public OpenLog {
 protected:
  void SetUp() override {
    OpenLog::SetUp();
    if (!database_) return;
    for (int i = 0; i < 5; ++i)
      ASSERT_TRUE(append_views(*log_, "e", i * 10, i * 10 + 10));
    *test_database_->session() << "UPDATE souk_events SET data = 'x' WHERE first_sequence = 31";
    restart();
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, AcceptLossTest,
                         ::testing::Values(storage::Engine::sqlite, storage::Engine::mysql),
                         storage::engine_name);

TEST_P(AcceptLossTest, WhatVerifiesOrIsNotThereStaysAsItIs) {
  EXPECT_EQ(accept_loss(*database_, "demo", 30, 7).code(), Code::failed_precondition);
  EXPECT_EQ(accept_loss(*database_, "demo", 51, 7).code(), Code::not_found);
  EXPECT_EQ(accept_loss(*database_, "nobody", 1, 7).code(), Code::not_found);
  EXPECT_EQ(log_->read("demo", 31, 1).code(), Code::data_loss);
  EXPECT_TRUE(accepted_losses(*database_, "demo")->empty());
}

TEST_P(AcceptLossTest, ARowThatDoesNotFitItsNeighboursNeedsABackup) {
  *test_database_->session() << "UPDATE souk_events SET event_count = 7 WHERE first_sequence = 31";
  EXPECT_EQ(accept_loss(*database_, "demo", 33, 7).code(), Code::failed_precondition);
}

TEST_P(AcceptLossTest, LookingChangesNothing) {
  const auto row = find_damage(*database_, "demo", 35);
  ASSERT_TRUE(row) << row.status().message();
  EXPECT_EQ(row->first_sequence, 31U);
  EXPECT_EQ(row->last_sequence, 40U);
  EXPECT_EQ(row->damage, "the checksum differs");
  EXPECT_EQ(row->given_up_us, 0);
  EXPECT_EQ(log_->read("demo", 31, 1).code(), Code::data_loss);
}

TEST_P(AcceptLossTest, TheRestIsReadAndTheLossIsRemembered) {
  log_.reset();
  const auto row = accept_loss(*database_, "demo", 35, 1'234);
  ASSERT_TRUE(row) << row.status().message();
  EXPECT_EQ(row->given_up_us, 1'234);
  restart();
  std::uint64_t next = 1;
  for (auto batches = log_->read("demo", next, 1); batches && !batches->empty();
       batches = log_->read("demo", next, 1)) {
    for (const LoggedEvent& event : batches->front()->events()) {
      EXPECT_EQ(event.sequence, next++);
      EXPECT_EQ(event.wire.empty(), event.sequence >= 31 && event.sequence <= 40);
    }
  }
  EXPECT_EQ(next, 51U) << "no gap";
  EXPECT_TRUE(log_->verify("demo", {})->faults.empty());
  const auto again = append_views(*log_, "e", 20, 50);
  EXPECT_EQ(again->accepted, 10U) << "whoever still has the lost ones may send them again";
  const auto losses = accepted_losses(*database_, "demo");
  ASSERT_TRUE(losses);
  ASSERT_EQ(losses->size(), 1U);
  EXPECT_EQ(losses->front().first_sequence, 31U);
  EXPECT_EQ(losses->front().last_sequence, 40U);
  EXPECT_EQ(losses->front().given_up_us, 1'234);
  EXPECT_EQ(losses->front().damage, "the checksum differs");
  EXPECT_EQ(accept_loss(*database_, "demo", 35, 7).code(), Code::failed_precondition)
      << "it verifies now";
}

}  // namespace
}  // namespace souk::log
