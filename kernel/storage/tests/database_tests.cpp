// The same suite on SQLite and on MySQL/MariaDB.
#include "kernel/storage/database.hpp"

#include "kernel/storage/tests/test_database.hpp"

namespace souk::storage {
namespace {

using DatabaseTest = OnBothEngines;
INSTANTIATE_TEST_SUITE_P(Engines, DatabaseTest, ::testing::Values(Engine::sqlite, Engine::mysql),
                         engine_name);

std::string every_byte() {
  std::string bytes;
  for (int i = 0; i < 1'024; ++i)
    bytes.push_back(static_cast<char>(i & 0xff));
  return bytes;
}

EventRow row(std::uint64_t first, std::uint32_t count, std::string data = every_byte()) {
  EventRow result;
  result.store_id = "demo";
  result.first_sequence = first;
  result.count = count;
  result.committed_us = 1'000 + static_cast<std::int64_t>(first);
  result.raw_size = 77;
  result.checksum = 0xfedcba9876543210U;
  result.people = std::string("\0\1\2\3", 4);
  result.data = std::move(data);
  return result;
}

Status append(Database& database, const std::vector<EventRow>& rows) {
  auto transaction = database.begin();
  if (!transaction) return transaction.status();
  for (const EventRow& each : rows) {
    if (Status status = (*transaction)->append(each); !status) return status;
  }
  return (*transaction)->commit();
}

Status end_effects(Database& database, const std::vector<OutboxEnd>& ends) {
  auto transaction = database.begin();
  if (!transaction) return transaction.status();
  if (Status status = (*transaction)->end_outbox(ends); !status) return status;
  return (*transaction)->commit();
}

TEST_P(DatabaseTest, a_second_daemon_is_refused_with_a_sentence) {
  auto second = Database::open({.url = test_database_->url()});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.code(), Code::failed_precondition);
  EXPECT_NE(second.status().message().find("another daemon"), std::string::npos);
  // A tool that only reads may look on.
  EXPECT_TRUE(Database::open({.url = test_database_->url(), .exclusive = false}));
}

TEST_P(DatabaseTest, a_reader_can_not_begin_a_transaction) {
  auto reader = Database::open({.url = test_database_->url(), .exclusive = false});
  ASSERT_TRUE(reader);
  EXPECT_EQ((*reader)->begin().code(), Code::failed_precondition);
}

TEST_P(DatabaseTest, a_newer_schema_is_refused) {
  *test_database_->session() << "INSERT INTO souk_schema (version) VALUES (9999)";
  database_.reset();
  auto opened = Database::open({.url = test_database_->url()});
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.status().message().find("9999"), std::string::npos);
}

TEST_P(DatabaseTest, a_transaction_that_is_not_committed_leaves_nothing) {
  {
    auto transaction = database_->begin();
    ASSERT_TRUE(transaction);
    ASSERT_TRUE((*transaction)->append(row(1, 10)));
  }
  EXPECT_EQ(database_->log_bounds("demo")->rows, 0U);
}

TEST_P(DatabaseTest, a_row_can_not_be_stored_twice) {
  ASSERT_TRUE(append(*database_, {row(1, 10)}));
  EXPECT_FALSE(append(*database_, {row(1, 10)}));
  EXPECT_TRUE(append(*database_, {row(11, 1)})) << "a failed write must not spoil the next";
}

TEST_P(DatabaseTest, many_different_rows_come_back_as_they_went_in) {
  // More rows than one prepared statement would take at once, all different: the MySQL backend of
  // SOCI repeats the first batch when a statement with vectors is executed again.
  std::vector<EventRow> rows;
  for (std::uint64_t i = 0; i < 200; ++i)
    rows.push_back(row(1 + i * 3, 3, "data " + std::to_string(i)));
  ASSERT_TRUE(append(*database_, rows));
  auto read = database_->read_events("demo", 1, SIZE_MAX);
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 200U);
  for (std::size_t i = 0; i < 200; ++i)
    EXPECT_EQ((*read)[i].data, "data " + std::to_string(i));
}

TEST_P(DatabaseTest, reading_starts_in_the_row_that_holds_the_sequence) {
  ASSERT_TRUE(append(*database_, {row(1, 10), row(11, 5), row(16, 5)}));
  auto read = database_->read_events("demo", 12, 1);
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 1U);
  const EventRow expected = row(11, 5);
  EXPECT_EQ(read->front().first_sequence, 11U);
  EXPECT_EQ(read->front().checksum, expected.checksum);
  EXPECT_EQ(read->front().people, expected.people);
  EXPECT_EQ(read->front().data, expected.data);
  EXPECT_TRUE(database_->read_events("demo", 21, 1)->empty());
  EXPECT_TRUE(database_->read_events("other", 1, 1)->empty());
  const LogBounds bounds = *database_->log_bounds("demo");
  EXPECT_EQ(bounds.first_sequence, 1U);
  EXPECT_EQ(bounds.last_sequence, 20U);
  EXPECT_EQ(bounds.rows, 3U);
  EXPECT_EQ(bounds.last_committed_us, 1'016);
}

TEST_P(DatabaseTest, rows_are_rewritten_and_deleted_whole) {
  ASSERT_TRUE(append(*database_, {row(1, 10), row(11, 5), row(16, 5)}));
  const std::vector<EventRow> changed{row(11, 5, "eleven"), row(16, 5, "sixteen")};
  ASSERT_TRUE(database_->rewrite_events(changed));
  EXPECT_EQ(database_->read_events("demo", 11, 1)->front().data, "eleven");
  EXPECT_EQ(database_->read_events("demo", 16, 1)->front().data, "sixteen");
  EXPECT_EQ(*database_->delete_events_before("demo", 15), 1U);
  EXPECT_EQ(database_->log_bounds("demo")->first_sequence, 11U);
}

TEST_P(DatabaseTest, rows_are_merged_only_as_they_were_read) {
  const std::vector<EventRow> rows{row(1, 10), row(11, 5), row(16, 5), row(21, 1)};
  ASSERT_TRUE(append(*database_, rows));
  const auto replace = [&](std::vector<EventRow> old, const EventRow& merged) {
    return database_->replace_events(old, merged).code();
  };
  const EventRow merged = row(11, 10, "merged");
  EXPECT_EQ(replace({}, merged), Code::invalid_argument);
  EXPECT_EQ(replace({rows[1]}, merged), Code::invalid_argument) << "it covers more";
  EventRow changed = rows[2];
  changed.checksum ^= 1;
  EXPECT_EQ(replace({rows[1], changed}, merged), Code::failed_precondition);
  EXPECT_EQ(replace({row(11, 6), row(17, 4)}, merged), Code::failed_precondition);
  EXPECT_EQ(replace({row(11, 10)}, merged), Code::failed_precondition) << "there are two";
  EXPECT_EQ(replace({row(21, 1), row(22, 1)}, row(21, 2)), Code::failed_precondition);
  EXPECT_EQ(database_->log_bounds("demo")->rows, 4U) << "nothing has changed";

  EXPECT_EQ(replace({rows[1], rows[2]}, merged), Code::ok);
  auto read = database_->read_events("demo", 1, SIZE_MAX);
  ASSERT_EQ(read->size(), 3U);
  EXPECT_EQ((*read)[1].data, "merged");
  EXPECT_EQ((*read)[2].first_sequence, 21U);
  EXPECT_EQ(replace({rows[1], rows[2]}, merged), Code::failed_precondition) << "done already";
  EXPECT_EQ(database_->read_events("demo", 20, 1)->front().first_sequence, 11U);
  EXPECT_EQ(database_->read_event_heads("demo", 20, 1)->front().first_sequence, 11U);
}

TEST_P(DatabaseTest, entities_follow_the_newest_event) {
  const auto put = [&](std::vector<EntityRow> rows) {
    auto transaction = database_->begin();
    ASSERT_TRUE(transaction);
    ASSERT_TRUE((*transaction)->upsert_entities(rows));
    ASSERT_TRUE((*transaction)->commit());
  };
  std::vector<EntityRow> many;
  for (int i = 0; i < 300; ++i) {
    const std::string id = "p" + std::to_string(1'000 + i);
    many.push_back({"demo", "product", id, 10, 5, false, "first of " + id});
  }
  put(many);
  put({{"demo", "product", "p1001", 12, 6, false, "newer"},
       {"demo", "product", "p1002", 9, 6, false, "older"},
       {"demo", "product", "p1003", 13, 7, true, ""}});
  EXPECT_EQ(database_->entity("demo", "product", "p1001")->data, "newer");
  EXPECT_EQ(database_->entity("demo", "product", "p1002")->data, "first of p1002");
  EXPECT_EQ(database_->entity("demo", "product", "p1003").code(), Code::not_found);
  EXPECT_EQ(database_->entity("demo", "product", "P1001").code(), Code::not_found);
  EXPECT_EQ(database_->entity("demo", "product", "p1001 ").code(), Code::not_found);
  EXPECT_EQ(database_->entity("other", "product", "p1001").code(), Code::not_found);
  auto page = database_->entities("demo", "product", "p1001", 2);
  ASSERT_TRUE(page);
  ASSERT_EQ(page->size(), 2U);
  EXPECT_EQ((*page)[0].id, "p1002");
  EXPECT_EQ((*page)[1].id, "p1004");
  ASSERT_TRUE(database_->purge_entity("demo", "product", "p1001"));
  EXPECT_EQ(database_->entity("demo", "product", "p1001").code(), Code::not_found);
}

TEST_P(DatabaseTest, cursors_never_move_back_and_outbox_rows_are_once) {
  const InstanceKey instance{"demo", "email", ""};
  const std::vector<OutboxRow> effects{{7, instance, "mail", 100, 0, every_byte()},
                                       {8, instance, "mail", 900, 0, "later"}};
  EXPECT_FALSE(database_->effects_cursor(instance)->has_value());
  for (const std::uint64_t sequence : {50U, 40U}) {
    auto transaction = database_->begin();
    ASSERT_TRUE(transaction);
    ASSERT_TRUE((*transaction)->set_effects_cursor(instance, sequence));
    ASSERT_TRUE((*transaction)->add_outbox(effects));
    ASSERT_TRUE((*transaction)->commit());
  }
  EXPECT_EQ(database_->effects_cursor(instance)->value(), 50U);
  EXPECT_EQ(*database_->outbox_size(instance), 2U);
  auto due = database_->due_outbox(500, 10, {});
  ASSERT_TRUE(due);
  ASSERT_EQ(due->size(), 1U);
  EXPECT_EQ(due->front().payload, every_byte());
  const std::vector<OutboxAttempt> attempts{{7, 1, 2'000}, {99, 1, 2'000}};
  ASSERT_TRUE(database_->outbox_attempted(attempts)) << "one of them is not there any more";
  EXPECT_TRUE(database_->due_outbox(500, 10, {})->empty());
  EXPECT_EQ(database_->due_outbox(5'000, 10, {})->back().attempts, 1U);
  const std::vector<InstanceKey> others{{"other", "email", ""}, instance};
  EXPECT_TRUE(database_->due_outbox(5'000, 10, others)->empty());
  EXPECT_EQ(database_->due_outbox(5'000, 10, std::span(others).first(1))->size(), 2U);
  ASSERT_TRUE(end_effects(*database_, {{7, {}}}));
  EXPECT_EQ(*database_->outbox_size(instance), 1U);
}

TEST_P(DatabaseTest, dead_letters_are_listed_newest_first) {
  for (std::uint64_t i = 1; i <= 3; ++i) {
    ASSERT_TRUE(database_->add_dead_letter(
        {0, {"demo", "x", ""}, "event", i, 5, "reason " + std::to_string(i), every_byte()}));
  }
  ASSERT_TRUE(database_->add_dead_letter({0, {"other", "x", ""}, "timer", 9, 5, "elsewhere", ""}));
  auto letters = database_->dead_letters("demo", 0, 2);
  ASSERT_TRUE(letters);
  ASSERT_EQ(letters->size(), 2U);
  EXPECT_EQ(letters->front().reason, "reason 3");
  EXPECT_EQ(database_->dead_letters("demo", letters->back().id, 2)->front().reason, "reason 1");
  EXPECT_EQ(database_->dead_letters("", 0, 10)->size(), 4U);
  EXPECT_EQ(database_->dead_letter(letters->front().id)->payload, every_byte());
  ASSERT_TRUE(database_->remove_dead_letter(letters->front().id));
  EXPECT_EQ(database_->dead_letter(letters->front().id).code(), Code::not_found);
}

TEST_P(DatabaseTest, facts_survive_reopening) {
  EXPECT_EQ(database_->fact("enabled/demo/x").code(), Code::not_found);
  EXPECT_EQ(database_->set_fact("big", std::string(65'537, 'x')).code(), Code::invalid_argument);
  ASSERT_TRUE(database_->set_fact("enabled/demo/x", "yes"));
  ASSERT_TRUE(database_->set_fact("enabled/demo/x", every_byte()));
  reopen();
  EXPECT_EQ(*database_->fact("enabled/demo/x"), every_byte());
}

TEST_P(DatabaseTest, sessions_that_died_unseen_are_replaced) {
  ASSERT_TRUE(append(*database_, {row(1, 10)}));
  if (GetParam() == Engine::mysql) {
    // What a restart of the server does to every connection that is open.
    auto session = test_database_->session();
    std::vector<long long> ids(100);
    *session << "SELECT id FROM information_schema.processlist"
                " WHERE db = DATABASE() AND id <> CONNECTION_ID()",
        soci::into(ids);
    for (const long long id : ids)
      *session << "KILL " << id;
  }
  EXPECT_EQ(database_->log_bounds("demo")->last_sequence, 10U);
  Status status = append(*database_, {row(11, 1)});
  if (!status.ok()) status = append(*database_, {row(11, 1)});
  EXPECT_TRUE(status.ok()) << status.message();
}

TEST(DatabaseOpen, says_what_is_wrong_with_the_place) {
  EXPECT_EQ(Database::open({.url = "sqlite:///nowhere/at/all/souk.db"}).code(), Code::unavailable);
  EXPECT_EQ(Database::open({.url = "mysql://root@127.0.0.1:1/souk"}).code(), Code::unavailable);
  EXPECT_EQ(Database::open({.url = "oracle://x"}).code(), Code::invalid_argument);
}

TEST_P(DatabaseTest, an_effect_becomes_a_letter_once_and_not_after_it_was_erased) {
  const InstanceKey email{"demo", "email", ""};
  auto transaction = database_->begin();
  const std::vector<OutboxRow> rows{{5, email, "mail", 0, 0, "one"}};
  ASSERT_TRUE((*transaction)->add_outbox(rows));
  ASSERT_TRUE((*transaction)->commit());
  transaction->reset();
  const DeadLetterRow letter{0, email, "effect", 0, 1, "gone", "one"};
  EXPECT_TRUE(end_effects(*database_, {{6, letter}}));
  EXPECT_TRUE(database_->dead_letters("demo", 0, 9)->empty()) << "there is no such effect";
  EXPECT_TRUE(end_effects(*database_, {{5, letter}, {7, {}}}));
  EXPECT_TRUE(end_effects(*database_, {{5, letter}}));
  EXPECT_EQ(database_->dead_letters("demo", 0, 9)->size(), 1U);
  EXPECT_EQ(*database_->outbox_size(email), 0U);
}

TEST_P(DatabaseTest, letters_are_erased_from_one_store_and_page_after_page) {
  const InstanceKey own{"demo", "email", ""};
  const InstanceKey other{"other", "email", ""};
  std::vector<OutboxRow> rows;
  for (std::uint64_t i = 0; i < 600; ++i) {
    // Ids use all 64 bits: half of them are negative in the table.
    rows.push_back({i * 0x9e3779b97f4a7c15U, i % 10 == 9 ? other : own, "mail", 0, 0,
                    i % 3 == 0 ? "jane" : "bob"});
  }
  auto transaction = database_->begin();
  ASSERT_TRUE((*transaction)->add_outbox(rows));
  ASSERT_TRUE((*transaction)->commit());
  transaction->reset();
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE(database_->add_dead_letter(
        {0, own, "event", 7, 1, i % 2 == 0 ? "jane" : "bob", std::string()}));
  }
  auto erased = database_->erase_letters(
      "demo", [](const OutboxRow& row) { return row.payload == "jane"; },
      [](const DeadLetterRow& row) { return row.reason == "jane" && row.sequence == 7; });
  ASSERT_TRUE(erased) << erased.status().message();
  EXPECT_EQ(erased->size(), 180U);
  EXPECT_EQ(erased->front().instance, own);
  EXPECT_TRUE(erased->front().payload.empty());
  EXPECT_EQ(*database_->outbox_size(own), 360U);
  EXPECT_EQ(*database_->outbox_size(other), 60U);
  EXPECT_EQ(database_->dead_letters("demo", 0, 999)->size(), 150U);
  EXPECT_TRUE(database_->scrub());
}

TEST_P(DatabaseTest, many_rows_are_deleted_and_the_rest_stays) {
  std::vector<EventRow> rows;
  for (std::uint64_t i = 0; i < 1'100; ++i)
    rows.push_back(row(1 + i * 2, 2, "x"));
  ASSERT_TRUE(append(*database_, rows));
  EXPECT_EQ(*database_->delete_events_before("demo", 2), 0U) << "the first row reaches over it";
  EXPECT_EQ(*database_->delete_events_before("demo", 2'100), 1'049U);
  EXPECT_EQ(database_->log_bounds("demo")->first_sequence, 2'099U);
  EXPECT_EQ(*database_->delete_events_before("demo", 2'100), 0U);
}

TEST_P(DatabaseTest, who_opened_it_for_reading_writes_nothing) {
  auto reader = Database::open({.url = test_database_->url(), .exclusive = false});
  ASSERT_TRUE(reader);
  EXPECT_EQ((*reader)->set_fact("a", "b").code(), Code::failed_precondition);
  EXPECT_EQ((*reader)->rewrite_events(std::vector<EventRow>{row(1, 1)}).code(),
            Code::failed_precondition);
}

TEST_P(DatabaseTest, a_daemon_that_lost_its_lock_writes_nothing_until_it_has_it_again) {
  if (GetParam() == Engine::sqlite) return;  // there the lock goes with the process alone
  ASSERT_TRUE(database_->set_fact("a", "1"));
  auto other = test_database_->session();
  std::string name;
  *other << "SELECT DATABASE()", soci::into(name);
  // The server drops this daemon's connections, and another daemon is quicker.
  std::vector<long long> connections(64);
  *other << "SELECT id FROM information_schema.processlist"
            " WHERE db = DATABASE() AND id <> CONNECTION_ID()",
      soci::into(connections);
  ASSERT_GE(connections.size(), 2U);
  for (const long long connection : connections)
    *other << "KILL " + std::to_string(connection);
  int got = 0;
  *other << "SELECT GET_LOCK(CONCAT('souk.', DATABASE()), 10)", soci::into(got);
  ASSERT_EQ(got, 1);
  // The first write meets the dead connection; from then on the lock is asked.
  EXPECT_FALSE(database_->set_fact("a", "2"));
  EXPECT_EQ(database_->set_fact("a", "3").code(), Code::failed_precondition);
  EXPECT_EQ(database_->begin().code(), Code::failed_precondition);
  EXPECT_EQ(database_->fact("a").value(), "1") << "reading does no harm";
  *other << "SELECT RELEASE_LOCK(CONCAT('souk.', DATABASE()))", soci::into(got);
  EXPECT_TRUE(database_->set_fact("a", "4"));
  EXPECT_EQ(database_->fact("a").value(), "4");
}

}  // namespace
}  // namespace souk::storage
