#include <souk/souk.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "my_plugin/v1/my_plugin.souk.hpp"

namespace my_plugin {

using Ranking = std::vector<v1::TopProduct>;

class MyPlugin : public souk::Plugin<MyPlugin, v1::Settings> {
 public:
  static constexpr souk::PluginInfo identity{
      .id = "my-plugin", .version = "0.1.0", .description = "Products in the order of their views"};
  using Services = souk::Types<v1::MyPluginService>;

  // Events: one thread at a time, in log order, history and present alike.
  void on(const souk::v1::ProductViewed& event, const souk::EventInfo&) {
    if (views_.size() < kMostProducts || views_.contains(event.product_id())) {
      ++views_[event.product_id()];
    }
  }

  // After each batch of events: what calls see from now on.
  void on_batch_end() {
    Ranking ranking;
    for (const auto& [id, views] : views_) {
      v1::TopProduct& product = ranking.emplace_back();
      product.set_product_id(id);
      product.set_views(views);
    }
    const auto most_viewed = [](const v1::TopProduct& a, const v1::TopProduct& b) {
      return a.views() != b.views() ? a.views() > b.views() : a.product_id() < b.product_id();
    };
    const std::size_t shown = std::min<std::size_t>(ranking.size(), 100);
    std::partial_sort(ranking.begin(), ranking.begin() + static_cast<std::ptrdiff_t>(shown),
                      ranking.end(), most_viewed);
    ranking.resize(shown);
    ranking_.publish(std::move(ranking));
  }

  // Questions: any thread, several at a time, beside the events. Read from the view.
  souk::Result<v1::TopReply> top(const v1::TopRequest& request, const souk::CallInfo& info) {
    const auto ranking = ranking_.read();
    const std::uint32_t limit =
        request.limit() > 0 ? request.limit() : settings(info.account_id())->limit();
    v1::TopReply reply;
    for (std::size_t i = 0; ranking && i < std::min<std::size_t>(limit, ranking->size()); ++i) {
      *reply.add_products() = (*ranking)[i];
    }
    return reply;
  }

  // State: what survives a restart. The same events must give the same bytes.
  void snapshot(souk::Writer& out) const {
    out.map(views_, [](souk::Writer& writer, const std::string& id, std::uint64_t views) {
      writer.text(id);
      writer.count(views);
    });
  }
  void restore(souk::Reader& in) {
    in.map(kMostProducts, [this](souk::Reader& reader) {
      std::string id = reader.text(256);
      views_[std::move(id)] = reader.count();
    });
    on_batch_end();
  }

 private:
  static constexpr std::size_t kMostProducts = 1'000'000;

  std::unordered_map<std::string, std::uint64_t> views_;  // the fold's own
  souk::View<Ranking> ranking_;                           // what calls read
};

}  // namespace my_plugin

SOUK_PLUGIN(my_plugin::MyPlugin);
