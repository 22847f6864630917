#include "kernel/host/snapshot_format.hpp"

namespace souk::host {
namespace {

constexpr std::string_view kMagic = "SOUKSNP1";

}  // namespace

std::string begin_snapshot(const bus::TimerQueue& timers) {
  std::string bytes(kMagic);
  timers.save(bytes);
  return bytes;
}

Result<std::string_view> open_snapshot(std::string_view bytes, bus::TimerQueue& timers) {
  if (!bytes.starts_with(kMagic)) {
    return Status(Code::data_loss, "the snapshot does not begin with SOUKSNP1");
  }
  return timers.load(bytes.substr(kMagic.size()));
}

}  // namespace souk::host
