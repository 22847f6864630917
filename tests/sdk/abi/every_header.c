/* Compiled as C11 and C17, and as C++20, by gcc and clang, with -Wpadded -Werror: the ABI's structs
 * have no holes, and its headers need nothing but themselves. Built into no program. */
#include <souk/abi.h>
#include <souk/ext/entities.h>
#include <souk/ext/health.h>
#include <souk/ext/jobs.h>
#include <souk/ext/outbox.h>
#include <souk/ext/schema.h>
#include <souk/ext/settings.h>
#include <souk/ext/snapshot.h>
#include <souk/ext/timers.h>

int souk_headers_compile(const souk_host* host) { return SOUK_HAS(host, souk_host, reply) ? 1 : 0; }
