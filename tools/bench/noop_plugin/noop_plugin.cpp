// A plugin that reads product views and does nothing with them: what the kernel and the SDK cost by
// themselves. tools/bench/run copies the library under other ids (equally long, replaced in the
// file) where it needs several.
#include <souk/souk.hpp>

namespace {

class NoopPlugin : public souk::Plugin<NoopPlugin> {
 public:
  static constexpr souk::PluginInfo identity{.id = "bench-noop-00",
                                             .version = "1.0.0",
                                             .description = "Does nothing, for benchmarks",
                                             .vendor = "Souk",
                                             .license = "Apache-2.0"};
  void on(const souk::v1::ProductViewed& /*event*/, const souk::EventInfo& /*info*/) {}
};

}  // namespace

SOUK_PLUGIN(NoopPlugin);
