// One template, many threads: what is shared (the program, translations, zones, filters) is only
// read.
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "plugins/email/template/default_templates.hpp"

namespace souk::email {
namespace {

TEST(TemplateConcurrency, ManyThreadsRenderOneTemplate) {
  CompileOptions compile;
  compile.loader = default_loader();
  const Result<Template> made =
      Template::compile("cart", *default_file("abandoned_cart.html"), compile);
  ASSERT_TRUE(made.ok()) << made.status().message();
  std::vector<std::string> seen(4);
  std::vector<std::thread> threads;
  for (std::string& out : seen) {
    threads.emplace_back([&out, page = *made] {
      ValueArena arena;
      const Result<Value> context = parse_json(
          R"({"cart":{"items":[{"title":"A & B","price":1999}]},"coupon":{"code":"X","expires_at":1773500000}})",
          arena);
      RenderOptions options;
      options.locale = "de";
      options.zone = find_time_zone("Europe/Berlin");
      options.translations = &default_translations();
      for (int i = 0; i < 20; ++i)
        if (!page.render(*context, options, out).ok()) out = "failed";
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  for (const std::string& out : seen)
    EXPECT_EQ(out, seen[0]);
  EXPECT_NE(seen[0].find("A &amp; B"), std::string::npos);
}

}  // namespace
}  // namespace souk::email
