// The session model on real click-streams: folded click by click, then every prefix of every test
// session is predicted. Needs SOUK_DATA (its folder sessions/diginetica), else it is skipped.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "plugins/recommendations/model/session_neighbours.hpp"

namespace souk::recommendations {
namespace {

struct Session {
  std::string id;
  std::vector<ItemId> items;
};

// session_id,item_id,timestamp; the clicks of a session stand together.
std::vector<Session> read_sessions(const std::string& path, ItemDictionary& names) {
  std::vector<Session> out;
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    const std::size_t first = line.find(',');
    const std::size_t second = line.find(',', first + 1);
    const std::string id = line.substr(0, first);
    if (out.empty() || out.back().id != id) out.push_back({id, {}});
    out.back().items.push_back(names.intern(line.substr(first + 1, second - first - 1)));
  }
  return out;
}

struct Figures {
  double hits = 0, reciprocal_ranks = 0, examples = 0;
};

Figures evaluate(const SessionNeighbours& model, const std::vector<Session>& sessions,
                 std::size_t first, std::size_t step) {
  Figures f;
  PredictScratch scratch;
  std::vector<Candidate> out;
  for (std::size_t s = first; s < sessions.size(); s += step) {
    const auto& items = sessions[s].items;
    for (std::size_t p = 1; p < items.size(); ++p) {
      model.predict(std::span(items).first(p), 20, scratch, out);
      f.examples += 1;
      for (std::size_t rank = 0; rank < out.size(); ++rank) {
        if (out[rank].item != items[p]) continue;
        f.hits += 1;
        f.reciprocal_ranks += 1.0 / static_cast<double>(rank + 1);
      }
    }
  }
  return f;
}

TEST(Diginetica, ReachesTheFiguresItIsMeantTo) {
  const char* data = std::getenv("SOUK_DATA");
  if (data == nullptr) GTEST_SKIP() << "SOUK_DATA is not set";
  const std::string folder = std::string(data) + "/sessions/diginetica/";
  ItemDictionary names(100'000);
  const std::vector<Session> train = read_sessions(folder + "train.csv", names);
  const std::vector<Session> test = read_sessions(folder + "test.csv", names);
  if (train.empty() || test.empty()) GTEST_SKIP() << folder << " holds no train.csv and test.csv";
  SessionNeighbours model;
  std::int64_t time_us = 0;
  for (const Session& session : train) {
    for (const ItemId item : session.items)
      ASSERT_TRUE(model.observe(session.id, item, ++time_us));
  }
  std::array<Figures, 2> parts;
  std::thread other([&] { parts[1] = evaluate(model, test, 1, 2); });
  parts[0] = evaluate(model, test, 0, 2);
  other.join();
  const double examples = parts[0].examples + parts[1].examples;
  const double precision = 100 * (parts[0].hits + parts[1].hits) / examples;
  const double mrr = 100 * (parts[0].reciprocal_ranks + parts[1].reciprocal_ranks) / examples;
  std::printf("Diginetica: P@20 %.2f, MRR@20 %.2f over %.0f predictions\n", precision, mrr,
              examples);
  EXPECT_EQ(examples, 60'858);
  // What the defaults reach, less a margin for another compiler's arithmetic.
  EXPECT_GE(precision, 54.7);
  EXPECT_GE(mrr, 19.7);
}

}  // namespace
}  // namespace souk::recommendations
