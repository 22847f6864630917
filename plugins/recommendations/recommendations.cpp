// The plugin's life: settings, start, snapshots.
#include "plugins/recommendations/recommendations.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <string>
#include <utility>

namespace souk::recommendations {
namespace {

constexpr std::size_t kPiece = 64 * 1024;

/// The models' bytes as texts of at most 64 KiB, an empty one at the end.
class WriterSink final : public ByteSink {
 public:
  explicit WriterSink(souk::Writer& writer) : writer_(writer) { piece_.reserve(kPiece); }
  [[nodiscard]] bool write(std::span<const std::byte> bytes) override {
    while (!bytes.empty()) {
      const std::size_t part = std::min(bytes.size(), kPiece - piece_.size());
      piece_.append(reinterpret_cast<const char*>(bytes.data()), part);
      bytes = bytes.subspan(part);
      if (piece_.size() == kPiece) flush();
    }
    return writer_.status().ok();
  }
  void end() {
    if (!piece_.empty()) flush();
    writer_.text({});
  }

 private:
  void flush() {
    writer_.text(piece_);
    piece_.clear();
  }
  souk::Writer& writer_;
  std::string piece_;
};

class ReaderSource final : public ByteSource {
 public:
  explicit ReaderSource(souk::Reader& reader) : reader_(reader) {}
  [[nodiscard]] std::size_t read(std::span<std::byte> into) override {
    if (used_ == piece_.size()) next();
    const std::size_t part = std::min(into.size(), piece_.size() - used_);
    std::memcpy(into.data(), piece_.data() + used_, part);
    used_ += part;
    return part;
  }
  /// Whether nothing but the empty piece is left.
  [[nodiscard]] bool at_end() {
    if (used_ == piece_.size()) next();
    return ended_;
  }

 private:
  void next() {
    if (ended_) return;
    piece_ = reader_.text(kPiece);
    used_ = 0;
    ended_ = piece_.empty();
  }
  souk::Reader& reader_;
  std::string piece_;
  std::size_t used_ = 0;
  bool ended_ = false;
};

}  // namespace

Status Recommendations::configure(const v1::Settings& settings) {
  if (Status status = validate(settings); !status.ok()) return status;
  const StateLimits limits = state_limits(settings);
  if (state_ == nullptr || !(limits == limits_)) {
    auto next = std::make_unique<StoreState>(limits);
    if (state_ != nullptr) {
      // Through a snapshot: what the new limits do not allow any more is left out, and answers come
      // from the old state meanwhile.
      BufferSink sink;
      if (Status status = state_->save(sink); !status.ok()) return status;
      BufferSource source(sink.bytes);
      if (Status status = next->load(source); !status.ok()) {
        return Status(Code::failed_precondition,
                      "what is known does not fit the new limits: " + status.message());
      }
    }
    if (state_ != nullptr) next->take_trained(*state_);
    state_ = next.get();
    view_.publish(std::move(next));
    limits_ = limits;
  }
  visit_gap_s_ = visit_gap_s(settings);
  attribution_window_s_ = attribution_window_s(settings);
  traffic_limits_ = traffic_limits(settings);
  currency_ = settings.currency();
  apply_fold_settings();
  train_settings_ = train_settings(settings);
  return {};
}

/// What the fold's parts are told anew when settings change and when a snapshot has been restored.
void Recommendations::apply_fold_settings() {
  state_->attribution.set_window(attribution_window_s_);
  state_->guard.set_limits(traffic_limits_);
}

Status Recommendations::configure_account(std::string_view, const v1::Settings& settings) {
  return validate(settings);
}

Status Recommendations::start() {
  metrics_ = Metrics(host(), *state_);
  record_metrics();
  // Snapshots hold no trained model: it is made again from what they hold.
  train_when_due(host().now_us());
  return {};
}

void Recommendations::snapshot(souk::Writer& writer) const {
  WriterSink sink(writer);
  if (const Status status = state_->save(sink); !status.ok()) host().error(status.message());
  sink.end();
}

Status Recommendations::restore(souk::Reader& reader) {
  auto next = std::make_unique<StoreState>(limits_);
  ReaderSource source(reader);
  if (Status status = next->load(source); !status.ok()) return status;
  if (!source.at_end()) return Status(Code::data_loss, "the snapshot is longer than its state");
  state_ = next.get();
  apply_fold_settings();
  view_.publish(std::move(next));
  return {};
}

void Recommendations::folded(const EventInfo& info) {
  event_segments_.clear();
  state_->last_sequence.store(info.sequence(), std::memory_order_release);
  last_us_ = info.received_us();
  live_ = info.effects();
}

void Recommendations::on_batch_end() {
  constexpr std::uint32_t kMetricsEvery = 64;  // batches
  constexpr std::chrono::seconds kMemoryEvery{15};
  state_->trending.publish();
  state_->segments.publish();
  state_->arrivals.publish();
  if (batches_++ % kMetricsEvery == 0) record_metrics();
  if (live_) train_when_due(last_us_);
  // Some parts have no running sum and are walked through. Operators wait in real time, whatever
  // the log's clock says.
  const auto now = std::chrono::steady_clock::now();
  if (now < memory_due_) return;
  memory_due_ = now + kMemoryEvery;
  metrics_.record_memory(*state_);
}

void Recommendations::record_metrics() {
  state_->counts.stock_dropped.store(state_->stock.dropped(), std::memory_order_relaxed);
  metrics_.record(*state_);
}

}  // namespace souk::recommendations

SOUK_PLUGIN(souk::recommendations::Recommendations);
