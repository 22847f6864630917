// Takes a subscription that it does not know for a fault. It has tables of its own, because the
// shared ones leave such events out.
#include "plain.hpp"

namespace {

const souk_plugin* create(const souk_host* host) {
  const souk_plugin* made = bad::create<bad::Plain>(host);
  auto* table = const_cast<souk_plugin*>(made);
  static const auto plain_events = table->events;
  table->events = [](const souk_plugin* t, const souk_event* const* events, std::uint32_t count,
                     std::uint32_t* done) -> souk_status {
    if (count > 0 && events[0]->subscription != 0) {
      *done = 0;
      return SOUK_E_INVALID_ARGUMENT;
    }
    return plain_events(t, events, count, done);
  };
  return made;
}

constexpr bad::Manifest kManifest{};

}  // namespace

BAD_NOTE(kManifest)

extern "C" SOUK_EXPORT const souk_entry* souk_plugin_entry(void) {
  static const souk_entry kEntry{
      sizeof(souk_entry), SOUK_ABI_MAJOR, 0, 0, {bad_note.bytes, bad_note.bytes_size}, &create};
  return &kEntry;
}
