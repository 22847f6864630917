#include <souk/souk.hpp>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "probe/v1/probe.souk.hpp"

namespace probe {

using souk::CallInfo;
using souk::EventInfo;
using souk::Result;
using souk::Status;

/// What calls read: products in order of views, as the fold last published it.
struct Ranking {
  std::vector<std::pair<std::string, std::uint64_t>> items;
  std::uint64_t milestones = 0;
};

/// Counts views of products and uses every part of the SDK on the way.
class Probe : public souk::Plugin<Probe, v1::Settings> {
 public:
  static constexpr souk::PluginInfo identity{.id = "sdk-probe",
                                             .version = "1.0.0",
                                             .description = "Counts views, for the SDK's tests",
                                             .vendor = "Souk",
                                             .license = "Apache-2.0"};
  using CustomEvents = souk::Types<v1::Milestone>;
  using Publishes = souk::Types<v1::Milestone>;
  using Services = souk::Types<v1::ProbeService>;
  using Calls = souk::Types<v1::ProbeService>;
  static constexpr std::array<std::string_view, 1> optional_extensions{SOUK_EXT_JOBS};

  Status configure(const v1::Settings& settings) {
    if (settings.limit() > 100) return {souk::Code::invalid_argument, "limit: at most 100"};
    return {};
  }

  Status start() {
    views_metric_ = host().counter("views", "Views folded");
    ranking_.publish(Ranking());
    return {};
  }

  Status on(const souk::v1::ProductViewed& event, const EventInfo& info) {
    if (event.product_id() == "throw") throw std::runtime_error("told to throw");
    const std::uint64_t views = ++views_[event.product_id()];
    views_metric_.add();
    if (views % 10 == 0) {
      v1::Milestone milestone;
      milestone.set_product_id(event.product_id());
      milestone.set_views(views);
      Status status = publish(milestone, {.shopper_id = info.shopper_id()});
      if (!status.ok()) return status;
    }
    if (!info.shopper_id().empty()) {
      return timers().set(info.shopper_id(), info.received_us() + 60'000'000, event.product_id());
    }
    return {};
  }

  void on(const v1::Milestone&, const EventInfo&) { ++milestones_; }

  Status on_timer(const souk::TimerInfo& timer) {
    return enqueue_effect("remind", std::string(timer.key()) + ":" + std::string(timer.payload()));
  }

  void on_batch_end() {
    Ranking next;
    for (const auto& [id, views] : views_)
      next.items.emplace_back(id, views);
    std::sort(next.items.begin(), next.items.end(), [](const auto& a, const auto& b) {
      return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
    next.milestones = milestones_;
    ranking_.publish(std::move(next));
  }

  void perform(const souk::Effect& effect, souk::EffectDone done) {
    if (effect.attempt == 1) {
      std::move(done).finish({souk::Code::unavailable, "first attempts fail"});
    } else {
      std::move(done).finish({});
    }
  }

  Result<v1::TopReply> top(const v1::TopRequest& request, const CallInfo& info) {
    const auto settings = this->settings(info.account_id());
    const auto ranking = ranking_.read();
    if (!ranking) return {souk::Code::unavailable, "not started yet"};
    const std::uint32_t limit = request.limit() > 0 ? request.limit() : settings->limit();
    v1::TopReply reply;
    for (const auto& [id, views] : ranking->items) {
      if (static_cast<std::uint32_t>(reply.items_size()) == limit) break;
      const auto& hidden = settings->hidden();
      if (std::find(hidden.begin(), hidden.end(), id) != hidden.end()) continue;
      auto* item = reply.add_items();
      item->set_product_id(id);
      item->set_views(views);
    }
    reply.set_milestones(ranking->milestones);
    return reply;
  }

  Status echo(const v1::EchoMessage& request, const CallInfo&, v1::EchoMessage& reply) {
    if (request.text() == "throw") throw std::runtime_error("told to throw");
    reply.set_text(request.text());
    return {};
  }

  void echo_later(const v1::EchoMessage& request, const CallInfo&,
                  souk::Reply<v1::EchoMessage> reply) {
    if (request.text() == "throw") throw std::runtime_error("told to throw");
    if (request.text() == "drop") return;
    auto waiting = std::make_shared<souk::Reply<v1::EchoMessage>>(std::move(reply));
    const Status queued =
        run_job("echo", [waiting, text = request.text()](souk::Job job) -> Status {
          if (job.cancelled()) return {souk::Code::cancelled, "cancelled"};
          v1::EchoMessage message;
          message.set_text(text);
          std::move(*waiting).send(message);
          job.progress(1.0);
          return {};
        });
    if (!queued.ok()) std::move(*waiting).fail(queued);
  }

  void relay(const v1::EchoMessage& request, const CallInfo&, souk::Reply<v1::EchoMessage> reply) {
    auto waiting = std::make_shared<souk::Reply<v1::EchoMessage>>(std::move(reply));
    ask<v1::ProbeService::Echo>(
        request, [waiting](Result<v1::EchoMessage> answer) { std::move(*waiting).finish(answer); });
  }

  Status page(const v1::PageRequest& request, const CallInfo&, souk::v1::HttpBody& reply) {
    if (request.name() == "sentence") return {souk::Code::invalid_argument, "line 1: no such word"};
    reply = request.body();
    if (request.name() == "created") {
      reply.set_status(201);
      auto* header = reply.add_headers();
      header->set_name("Location");
      header->set_value("/v1/probe/pages/1");
    }
    if (request.name() == "forged") {
      auto* header = reply.add_headers();
      header->set_name("Content-Length");
      header->set_value("1");
    }
    return {};
  }

  void health(souk::v1::PluginHealth& health) const {
    const auto ranking = ranking_.read();
    auto* note = health.add_notes();
    note->set_part("ranking");
    note->set_level(souk::v1::HealthNote::OK);
    note->set_text(std::to_string(ranking ? ranking->items.size() : 0) + " products");
  }

  void snapshot(souk::Writer& writer) const {
    writer.count(milestones_);
    writer.map(views_, [](souk::Writer& out, const std::string& id, std::uint64_t views) {
      out.text(id);
      out.count(views);
    });
  }

  void restore(souk::Reader& reader) {
    milestones_ = reader.count();
    reader.map(1'000'000, [&](souk::Reader& in) {
      std::string id = in.text(1024);
      views_[std::move(id)] = in.count();
    });
  }

 private:
  std::unordered_map<std::string, std::uint64_t> views_;
  std::uint64_t milestones_ = 0;
  souk::View<Ranking> ranking_;
  souk::Counter views_metric_;
};

}  // namespace probe

SOUK_PLUGIN(probe::Probe);
