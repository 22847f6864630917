// The figures of the session model, through the plugin's own library: the clicks are folded as
// events, every prefix of every test visit is a request. Needs SOUK_DATA (its folder
// sessions/diginetica), else it is skipped.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "plugins/recommendations/tests/lean_host.hpp"
#include "souk/v1/commerce.pb.h"
#include "souk/v1/recommendations.pb.h"

namespace souk::recommendations::testing {
namespace {

struct Visit {
  std::string id;
  std::vector<std::string> items;
};

// session_id,item_id,timestamp; the clicks of a session stand together.
std::vector<Visit> read_visits(const std::string& path) {
  std::vector<Visit> out;
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    const std::size_t first = line.find(',');
    const std::size_t second = line.find(',', first + 1);
    const std::string id = line.substr(0, first);
    if (out.empty() || out.back().id != id) out.push_back({id, {}});
    out.back().items.push_back(line.substr(first + 1, second - first - 1));
  }
  return out;
}

bool fold_all(LeanHost& host, const std::vector<Visit>& visits) {
  const std::uint32_t viewed = host.subscription("souk.v1.ProductViewed");
  souk::v1::ProductViewed event;
  for (const Visit& visit : visits) {
    std::vector<std::string> payloads;
    for (const std::string& item : visit.items) {
      event.set_product_id(item);
      payloads.push_back(event.SerializeAsString());
    }
    std::vector<souk_event> events;
    for (const std::string& payload : payloads)
      events.push_back(host.event(viewed, payload, {}, visit.id));
    if (!host.fold(events)) return false;
  }
  return true;
}

TEST(Diginetica, ThePluginAnswersWhatTheModelPredicts) {
  const char* data = std::getenv("SOUK_DATA");
  if (data == nullptr) GTEST_SKIP() << "SOUK_DATA is not set";
  const std::string folder = std::string(data) + "/sessions/diginetica/";
  const std::vector<Visit> train = read_visits(folder + "train.csv");
  const std::vector<Visit> test = read_visits(folder + "test.csv");
  if (train.empty() || test.empty()) GTEST_SKIP() << folder << " holds no train.csv and test.csv";
  LeanHost host(SOUK_PLUGIN_LIBRARY);
  ASSERT_TRUE(host.ready());
  ASSERT_TRUE(fold_all(host, train));
  double hits = 0, reciprocal_ranks = 0, examples = 0;
  souk::v1::RecommendReply reply;
  for (const Visit& visit : test) {
    souk::v1::RecommendRequest request;
    request.set_limit(20);
    request.set_include_seen(true);
    for (std::size_t position = 1; position < visit.items.size(); ++position) {
      request.add_session_items(visit.items[position - 1]);
      const std::string_view bytes = host.ask(request.SerializeAsString());
      ASSERT_TRUE(reply.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
      examples += 1;
      for (int rank = 0; rank < reply.items_size(); ++rank) {
        if (reply.items(rank).product_id() != visit.items[position]) continue;
        hits += 1;
        reciprocal_ranks += 1.0 / (rank + 1);
      }
    }
  }
  const double precision = 100 * hits / examples;
  const double mrr = 100 * reciprocal_ranks / examples;
  std::printf("Diginetica through the plugin: P@20 %.2f, MRR@20 %.2f over %.0f requests\n",
              precision, mrr, examples);
  EXPECT_EQ(examples, 60'858);
  EXPECT_GE(precision, 54.7);
  EXPECT_GE(mrr, 19.7);
}

}  // namespace
}  // namespace souk::recommendations::testing
