/* Where a test plugin puts its note. clang's AddressSanitizer would pad what it watches, and so
 * break it. */
#pragma once

#ifdef __clang__
#define NOTE_SECTION section(".note.souk"), used, aligned(4), no_sanitize("address")
#else
#define NOTE_SECTION section(".note.souk"), used, aligned(4)
#endif
