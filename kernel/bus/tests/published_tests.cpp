#include "kernel/bus/published.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace souk::bus {
namespace {

struct Value {
  Value(int a, std::atomic<int>& counter) : first(a), second(a), alive(counter) { ++alive; }
  ~Value() {
    first = -1;
    --alive;
  }
  int first;
  int second;
  std::atomic<int>& alive;
};

TEST(PublishedTest, ReadersSeeWholeValuesAndOldOnesGo) {
  std::atomic<int> alive{0};
  std::atomic<bool> stop{false};
  {
    Published<Value> published(std::make_unique<const Value>(0, alive));
    std::vector<std::thread> readers;
    for (int i = 0; i < 3; ++i) {
      readers.emplace_back([&] {
        int last = 0;
        while (!stop) {
          const auto value = published.read();
          EXPECT_EQ(value->first, value->second);
          EXPECT_GE(value->first, last);
          last = value->first;
        }
      });
    }
    for (int i = 1; i <= 300; ++i) {
      published.publish(std::make_unique<const Value>(i, alive));
      EXPECT_EQ(alive, 1);
    }
    stop = true;
    for (std::thread& reader : readers)
      reader.join();
  }
  EXPECT_EQ(alive, 0);
}

}  // namespace
}  // namespace souk::bus
