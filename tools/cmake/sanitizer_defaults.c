// Defaults of the sanitizer runtimes, compiled into every program of a sanitizer build so that they
// hold when a test starts the daemon as well as when a person starts a test.

#define _GNU_SOURCE 1  // the pthread functions that take a clock

#if defined(SOUK_SANITIZE_address)

const char* __asan_default_options(void);
const char* __ubsan_default_options(void);
const char* __lsan_default_suppressions(void);

// Plugins carry the same hidden generated code at different sizes, which the one-definition check
// takes for a fault: hidden symbols of two libraries never meet.
const char* __asan_default_options(void) {
  return "detect_odr_violation=0:detect_stack_use_after_return=1:strict_string_checks=1:"
         "check_initialization_order=0:allocator_may_return_null=1";
}

const char* __ubsan_default_options(void) { return "print_stacktrace=1:halt_on_error=1"; }

// Memory that the client libraries of databases and TLS keep for the life of the process.
const char* __lsan_default_suppressions(void) {
  return "leak:mysql_server_init\nleak:libmariadb\nleak:OPENSSL_init_crypto\n";
}

#elif defined(SOUK_SANITIZE_thread)

#include <pthread.h>
#include <time.h>

const char* __tsan_default_options(void);
const char* __tsan_default_suppressions(void);

const char* __tsan_default_options(void) {
  return "halt_on_error=1:second_deadlock_stack=1:history_size=4";
}

// Debian's libraries are not instrumented: TSan sees the memory they touch through intercepted
// calls but not their atomics, and reports races that the atomics rule out. A report is ignored
// only when one of these libraries is on a racing stack. (Not called_from_lib: it would also hide
// the locks these libraries take for us, and make races of code that is correct.)
const char* __tsan_default_suppressions(void) {
  return "race:libprotobuf.so\n"
         "race:libprotobuf-lite.so\n"
         "race:libsoci_core.so\n"
         "race:libsoci_sqlite3.so\n"
         "race:libsoci_mysql.so\n"
         "race:libmariadb.so\n"
         "race:libsqlite3.so\n"
         "race:libspdlog.so\n"
         "race:libprometheus-cpp-core.so\n"
         "race:libssl.so\n"
         "race:libcrypto.so\n";
}

// gcc 12's TSan does not know the locks that take a clock, which std::timed_mutex uses: it would
// see an unlock of what was never locked. These end in calls that it knows.
static struct timespec on_real_clock(clockid_t clock, const struct timespec* deadline) {
  struct timespec now, real;
  clock_gettime(clock, &now);
  clock_gettime(CLOCK_REALTIME, &real);
  const long second = 1000000000L;
  long nanoseconds = real.tv_nsec + deadline->tv_nsec - now.tv_nsec;
  real.tv_sec += deadline->tv_sec - now.tv_sec + (nanoseconds >= second) - (nanoseconds < 0);
  real.tv_nsec = (nanoseconds + second) % second;
  return real;
}

int pthread_mutex_clocklock(pthread_mutex_t* mutex, clockid_t clock,
                            const struct timespec* deadline) {
  const struct timespec real = on_real_clock(clock, deadline);
  return pthread_mutex_timedlock(mutex, &real);
}

int pthread_rwlock_clockrdlock(pthread_rwlock_t* lock, clockid_t clock,
                               const struct timespec* deadline) {
  const struct timespec real = on_real_clock(clock, deadline);
  return pthread_rwlock_timedrdlock(lock, &real);
}

int pthread_rwlock_clockwrlock(pthread_rwlock_t* lock, clockid_t clock,
                               const struct timespec* deadline) {
  const struct timespec real = on_real_clock(clock, deadline);
  return pthread_rwlock_timedwrlock(lock, &real);
}

#endif

// A translation unit must not be empty.
extern const int souk_sanitizer_defaults_linked;
const int souk_sanitizer_defaults_linked = 1;
