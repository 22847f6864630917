// Built for an ABI that this daemon does not have.
#include "plain.hpp"

constexpr bad::Manifest kFuture{.abi_major = 99};
BAD_NOTE(kFuture)
BAD_ENTRY(bad::Plain, (souk_bytes{bad_note.bytes, bad_note.bytes_size}))
