// Every model: same events, same bytes; loaded and continued is never stopped; faults are errors.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <random>
#include <string>

#include "plugins/recommendations/model/co_purchase.hpp"
#include "plugins/recommendations/model/next_basket.hpp"
#include "plugins/recommendations/model/order_sequences.hpp"
#include "plugins/recommendations/model/repurchase.hpp"
#include "plugins/recommendations/model/session_neighbours.hpp"
#include "plugins/recommendations/model/size_model.hpp"
#include "plugins/recommendations/model/trending.hpp"
#include "plugins/recommendations/tests/model_fixtures.hpp"
#include "plugins/recommendations/tests/purchase_book.hpp"

namespace souk::recommendations {
namespace {
using testing::Book;
using testing::kDay;
using testing::kStart;
using Bytes = std::vector<std::byte>;

/// One model behind what all have in common.
struct Model {
  std::function<void(std::uint32_t from, std::uint32_t to)> fold;
  std::function<Status(ByteSink&)> save;
  std::function<Status(ByteSource&)> load;
};

const std::vector<testing::Click>& clicks() {
  static const auto all = testing::random_clicks(21, 300, 40, 3000);
  return all;
}

template <class T>
Model wrap(std::shared_ptr<T> model, std::function<void(T&, std::uint32_t)> fold_one) {
  return {[model, fold_one](std::uint32_t from, std::uint32_t to) {
            for (std::uint32_t i = from; i < to; ++i)
              fold_one(*model, i);
          },
          [model](ByteSink& sink) { return model->save(sink); },
          [model](ByteSource& source) { return model->load(source); }};
}

Model dictionary() {
  return wrap<ItemDictionary>(std::make_shared<ItemDictionary>(100u),
                              [](ItemDictionary& m, std::uint32_t i) {
                                m.intern("item " + std::to_string(clicks()[i].item * 3));
                                if (i % 100 == 0) m.intern("");
                              });
}

Model neighbours() {
  SessionNeighboursSettings settings;
  settings.limits = {.max_items = 40,
                     .max_sessions = 50,
                     .session_items = 6,
                     .sessions_per_item = 8,
                     .clicks_per_session = 20};
  return wrap<SessionNeighbours>(std::make_shared<SessionNeighbours>(settings),
                                 [](SessionNeighbours& m, std::uint32_t i) {
                                   const auto& c = clicks()[i];
                                   m.observe(c.session, c.item, c.time_us);
                                   if (i % 200 == 0) m.forget(c.session);
                                 });
}

Model co_purchase() {
  const CoPurchaseSettings settings{.max_items = 40, .partners_per_item = 4, .order_items = 5};
  return wrap<CoPurchase>(std::make_shared<CoPurchase>(settings),
                          [](CoPurchase& m, std::uint32_t i) {
                            std::vector<ItemId> order;
                            for (std::uint32_t n = 0; n < i % 7; ++n) {
                              order.push_back(clicks()[(i + n * n) % clicks().size()].item);
                            }
                            m.observe_order(order);
                          });
}

Model trending() {
  const TrendingSettings settings{
      .max_items = 40, .max_categories = 5, .half_life_us = 2'000'000, .top = 7, .category_top = 3};
  return wrap<Trending>(std::make_shared<Trending>(settings), [](Trending& m, std::uint32_t i) {
    const std::vector<CategoryId> categories{clicks()[i].item % 6};
    m.observe(clicks()[i].item, categories, clicks()[i].time_us);
  });
}

/// A shopper's purchases that follow from the number of the event.
Book book_of(std::uint32_t i) {
  Book book;
  for (std::uint32_t n = 0; n < 4; ++n)
    book.order({clicks()[(i + n) % clicks().size()].item, i % 40}, kStart + (i + n * 9) * kDay);
  return book;
}
std::vector<ItemId> order_of(std::uint32_t i) { return {(i * 7) % 40, (i * 7 + 1 + i % 5) % 40}; }
std::uint32_t time_of(std::uint32_t i) { return kStart + (i + 50) * kDay; }

Model order_sequences() {
  const OrderSequencesSettings settings{.max_items = 40, .successors_per_item = 4};
  return wrap<OrderSequences>(std::make_shared<OrderSequences>(settings),
                              [](OrderSequences& m, std::uint32_t i) {
                                m.observe(book_of(i).history(), order_of(i), time_of(i));
                              });
}

Model repurchase() {
  const RepurchaseLimits limits{.max_items = 40, .max_categories = 5};
  return wrap<Repurchase>(std::make_shared<Repurchase>(limits), [](Repurchase& m, std::uint32_t i) {
    m.observe(book_of(i).history(), order_of(i), time_of(i), [](ItemId item) { return item % 6; });
  });
}

Model next_basket() {
  return wrap<NextBasket>(std::make_shared<NextBasket>(), [](NextBasket& m, std::uint32_t i) {
    static const CoPurchase together({.max_items = 40});
    static const OrderSequences sequences({.max_items = 40});
    static const Repurchase repurchase({.max_items = 40});
    BasketScratch scratch;
    m.learn(book_of(i).history(), order_of(i), time_of(i), {together, sequences, repurchase},
            scratch);
  });
}

Model size_model() {
  const SizeModelLimits limits{.max_items = 40, .max_categories = 5, .max_brands = 9};
  return wrap<SizeModel>(std::make_shared<SizeModel>(limits), [](SizeModel& m, std::uint32_t i) {
    SizeEvidence shopper{1, static_cast<float>(i % 4)};
    m.observe({.system = i % 3, .category = i % 6, .brand = i % 10, .item = i % 41}, shopper, i % 5,
              static_cast<SizeOutcome>(i % 3));
  });
}

struct Case {
  const char* name;
  Model (*make)();
};

class Snapshot : public ::testing::TestWithParam<Case> {
 protected:
  static Bytes save(const Model& model) {
    BufferSink sink;
    EXPECT_TRUE(model.save(sink).ok());
    return sink.bytes;
  }
  static Status load(const Model& model, const Bytes& bytes) {
    BufferSource source(bytes);
    return model.load(source);
  }
};

TEST_P(Snapshot, CutAnywhereIsAnError) {
  const Model model = GetParam().make();
  model.fold(0, 600);
  const Bytes bytes = save(model);
  for (std::size_t size = 0; size < bytes.size(); size += 1 + size / 64) {
    const Status status =
        load(GetParam().make(), Bytes(bytes.begin(), bytes.begin() + static_cast<long>(size)));
    EXPECT_EQ(status.code(), Code::data_loss) << "cut at " << size;
  }
}

TEST_P(Snapshot, AChangedByteIsAnError) {
  const Model model = GetParam().make();
  model.fold(0, 600);
  const Bytes bytes = save(model);
  std::mt19937 random(4);
  for (std::size_t at = 0; at < bytes.size(); at += 1 + at / 128) {
    Bytes bad = bytes;
    bad[at] ^= static_cast<std::byte>(1 + random() % 255);
    EXPECT_FALSE(load(GetParam().make(), bad).ok()) << "byte " << at;
  }
}

TEST_P(Snapshot, NoiseIsAnError) {
  std::mt19937 random(5);
  for (int trial = 0; trial < 200; ++trial) {
    Bytes noise(random() % 400);
    for (std::byte& b : noise)
      b = static_cast<std::byte>(random());
    EXPECT_EQ(load(GetParam().make(), noise).code(), Code::data_loss);
  }
}

// The frame and its checksum are right, the fields are not: sizes must be refused, not allocated.
TEST_P(Snapshot, ImpossibleFieldsInASoundFrameAreErrors) {
  const Model model = GetParam().make();
  model.fold(0, 300);
  const Bytes good = save(model);
  const std::string magic(reinterpret_cast<const char*>(good.data()), 4);
  const std::size_t fields = good.size() - 8 - 4 - 4 - 8;  // one chunk: head, length, end, checksum
  ASSERT_LT(fields, 65'536u);
  std::mt19937 random(6);
  for (std::size_t at = 0; at < fields; at += 1 + at / 64) {
    BufferSink sink;
    SnapshotWriter out(sink, magic, 1);
    for (std::size_t i = 0; i < fields; ++i) {
      const bool hit = i >= at && i < at + 4;
      out.u8(hit ? static_cast<std::uint8_t>(0xff - random() % 2)
                 : static_cast<std::uint8_t>(good[12 + i]));
    }
    ASSERT_TRUE(out.finish().ok());
    // Some fields may be any number; then the model must go on working with it.
    const Model other = GetParam().make();
    if (load(other, sink.bytes).ok()) {
      other.fold(300, 900);
      save(other);
    }
  }
}

TEST_P(Snapshot, ASinkThatRefusesIsAnError) {
  struct Refusing : ByteSink {
    bool write(std::span<const std::byte>) override { return false; }
  } sink;
  const Model model = GetParam().make();
  model.fold(0, 10);
  EXPECT_EQ(model.save(sink).code(), Code::data_loss);
}

TEST_P(Snapshot, OnlyAnEmptyModelLoads) {
  const Model model = GetParam().make();
  model.fold(0, 100);
  EXPECT_FALSE(load(model, save(model)).ok());
}

TEST_P(Snapshot, SameEventsSameBytes) {
  const Model a = GetParam().make();
  const Model b = GetParam().make();
  EXPECT_EQ(save(a), save(b));
  a.fold(0, 3000);
  b.fold(0, 1234);
  save(b);  // looking changes nothing
  b.fold(1234, 3000);
  EXPECT_EQ(save(a), save(b));
}

TEST_P(Snapshot, LoadedAndContinuedIsNeverStopped) {
  const Model straight = GetParam().make();
  straight.fold(0, 3000);
  for (const std::uint32_t stop : {0u, 1u, 2u, 77u, 500u, 1999u, 3000u}) {
    const Model before = GetParam().make();
    before.fold(0, stop);
    const Model after = GetParam().make();
    const Bytes bytes = save(before);
    ASSERT_TRUE(load(after, bytes).ok());
    EXPECT_EQ(save(after), bytes);
    after.fold(stop, 3000);
    EXPECT_EQ(save(after), save(straight)) << "stopped at " << stop;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Models, Snapshot,
    ::testing::Values(Case{"dictionary", dictionary}, Case{"neighbours", neighbours},
                      Case{"co_purchase", co_purchase}, Case{"trending", trending},
                      Case{"order_sequences", order_sequences}, Case{"repurchase", repurchase},
                      Case{"next_basket", next_basket}, Case{"size_model", size_model}),
    [](const auto& which) { return std::string(which.param.name); });

TEST(SnapshotSections, StandOneBehindTheOther) {
  ItemDictionary a(10);
  a.intern("x");
  Trending t({.max_items = 10});
  t.observe(3, {}, 5);
  BufferSink sink;
  ASSERT_TRUE(a.save(sink).ok());
  ASSERT_TRUE(t.save(sink).ok());
  BufferSource source(sink.bytes);
  ItemDictionary a2(10);
  Trending t2({.max_items = 10});
  ASSERT_TRUE(a2.load(source).ok());
  ASSERT_TRUE(t2.load(source).ok());
  EXPECT_EQ(a2.find("x"), 0u);
  EXPECT_EQ(t2.events(), 1u);
}

TEST(SnapshotSections, OlderAndForeignFormatsAreNamed) {
  BufferSink sink;
  SnapshotWriter out(sink, "SKID", 7);
  ASSERT_TRUE(out.finish().ok());
  BufferSource source(sink.bytes);
  ItemDictionary dictionary(10);
  const Status status = dictionary.load(source);
  EXPECT_NE(status.message().find("version 7"), std::string::npos) << status.message();
  BufferSource again(sink.bytes);
  Trending trending;
  EXPECT_NE(trending.load(again).message().find("SKTR"), std::string::npos);
}

TEST(SessionNeighboursSnapshot, SurvivesChangedLimits) {
  SessionNeighboursSettings settings;
  settings.limits = {.max_items = 40,
                     .max_sessions = 50,
                     .session_items = 6,
                     .sessions_per_item = 8,
                     .clicks_per_session = 20};
  SessionNeighbours model(settings);
  for (const auto& c : clicks())
    model.observe(c.session, c.item, c.time_us);
  BufferSink sink;
  ASSERT_TRUE(model.save(sink).ok());
  for (const std::uint32_t scale : {1u, 2u, 5u}) {
    for (const bool larger : {true, false}) {
      const auto change = [&](std::uint32_t n) { return larger ? n * scale : n / scale; };
      SessionNeighboursSettings other;
      other.limits = {.max_items = 40,
                      .max_sessions = change(50),
                      .session_items = change(6),
                      .sessions_per_item = change(8),
                      .clicks_per_session = 20};
      SessionNeighbours loaded(other);
      BufferSource source(sink.bytes);
      ASSERT_TRUE(loaded.load(source).ok());
      for (const auto& c : clicks())
        loaded.observe("later " + c.session, c.item, c.time_us);
      EXPECT_EQ(loaded.index().drops().clicks_without_memory, 0u);
      PredictScratch scratch;
      std::vector<Candidate> out;
      loaded.predict(std::vector<ItemId>{1, 2}, 10, scratch, out);
      EXPECT_FALSE(out.empty());
    }
  }
  settings.limits.max_items = 10;
  SessionNeighbours narrow(settings);
  BufferSource source(sink.bytes);
  const Status status = narrow.load(source);
  EXPECT_NE(status.message().find("max_items"), std::string::npos) << status.message();
}

}  // namespace
}  // namespace souk::recommendations
