// The note and the entry say different things.
#include "plain.hpp"

constexpr bad::Manifest kNoted{};
BAD_NOTE(kNoted)
constexpr bad::Manifest kTold{.id = "other-plugin"};
constexpr auto kToldNote = bad::note<kTold>();
BAD_ENTRY(bad::Plain, (souk_bytes{kToldNote.bytes, kToldNote.bytes_size}))
