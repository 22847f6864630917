// Reads a type that its schema does not define.
#include "plain.hpp"

constexpr bad::Manifest kUnknown{.reads = "nobody.v1.Unheard"};
BAD_NOTE(kUnknown)
BAD_ENTRY(bad::Plain, (souk_bytes{bad_note.bytes, bad_note.bytes_size}))
