#include "souk/view.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace {

/// Counts its objects, and says by its own content whether it is whole.
struct Tracked {
  explicit Tracked(std::uint64_t n) { values.fill(n), ++alive; }
  ~Tracked() {
    values.fill(~std::uint64_t{0});
    --alive;
  }
  Tracked(const Tracked&) = delete;
  Tracked& operator=(const Tracked&) = delete;
  [[nodiscard]] bool whole() const {
    for (const std::uint64_t value : values) {
      if (value != values[0] || value == ~std::uint64_t{0}) return false;
    }
    return true;
  }
  std::array<std::uint64_t, 16> values;
  static inline std::atomic<int> alive{0};
};

std::unique_ptr<const Tracked> make(std::uint64_t n) { return std::make_unique<const Tracked>(n); }

TEST(View, EmptyUntilPublished) {
  souk::View<Tracked> view;
  EXPECT_FALSE(view.read());
  view.publish(make(1));
  EXPECT_EQ(view.read()->values[0], 1u);
}

TEST(View, AHeldObjectOutlivesItsSuccessorAndNoLonger) {
  {
    souk::View<Tracked> view(make(1));
    auto held = view.read();
    view.publish(make(2));
    view.publish(make(3));
    EXPECT_EQ(held->values[0], 1u);
    EXPECT_EQ(Tracked::alive, 2) << "2 was nobody's and is gone";
    EXPECT_EQ(view.retired(), 1u);
    held = {};
    view.publish(make(4));
    EXPECT_EQ(Tracked::alive, 1);
    EXPECT_EQ(view.retired(), 0u);
  }
  EXPECT_EQ(Tracked::alive, 0);
}

TEST(View, AReadingMovesToAnotherThread) {
  souk::View<Tracked> view(make(7));
  auto held = view.read();
  std::thread reader([held = std::move(held)] { EXPECT_EQ(held->values[0], 7u); });
  view.publish(make(8));
  reader.join();
  view.publish(make(9));
  EXPECT_EQ(view.retired(), 0u);
}

TEST(View, MoreReadingsThanSlotsInABlock) {
  souk::View<Tracked> view(make(1));
  std::vector<souk::Reading<Tracked>> held;
  for (std::uint64_t n = 2; n < 300; ++n) {
    held.push_back(view.read());
    view.publish(make(n));
  }
  for (std::size_t i = 0; i < held.size(); ++i)
    EXPECT_EQ(held[i]->values[0], i + 1);
  EXPECT_EQ(view.retired(), held.size());
  held.clear();
  view.publish(make(1000));
  EXPECT_EQ(view.retired(), 0u);
}

TEST(View, ReadersNeverSeeAReleasedOrOlderObject) {
  constexpr std::uint64_t kPublications = 20'000;
  {
    souk::View<Tracked> view(make(1));
    std::atomic<bool> done{false};
    std::atomic<int> reading{0};
    std::vector<std::thread> readers;
    for (int i = 0; i < 4; ++i) {
      readers.emplace_back([&] {
        std::uint64_t last = 0;
        ++reading;
        while (!done.load(std::memory_order_relaxed)) {
          const auto now = view.read();
          ASSERT_TRUE(now->whole());
          ASSERT_GE(now->values[0], last);
          last = now->values[0];
        }
      });
    }
    while (reading < 4)
      std::this_thread::yield();
    std::thread second_writer([&] {
      for (int i = 0; i < 100; ++i)
        static_cast<void>(view.retired());
    });
    for (std::uint64_t n = 2; n <= kPublications; ++n)
      view.publish(make(n));
    done = true;
    second_writer.join();
    for (auto& reader : readers)
      reader.join();
    view.publish(make(kPublications + 1));
    EXPECT_EQ(view.retired(), 0u);
  }
  EXPECT_EQ(Tracked::alive, 0);
}

}  // namespace
