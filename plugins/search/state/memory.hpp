// Memory that jobs used and that nobody holds any more, back to the system.
#pragma once

#include <cstdlib>  // says whether this is glibc
#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace souk::search {

/// A merge reads all its products into small pieces and frees them between what stays; glibc keeps
/// such pages: of 100,000 products 400 MiB. Takes tens of milliseconds then, in which others may
/// wait for memory, so only jobs call it that took seconds themselves.
inline void give_back_memory() {
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
}

}  // namespace souk::search
