/*
 * souk/abi.h: the boundary between the Souk daemon and a plugin.
 *
 * This header is the specification. It is C11 without a dependency; only fixed-width integers,
 * byte views and function pointers cross. No C++ type, exception, allocator, enum, bool or FILE*.
 *
 * How the two sides meet
 *   1. The library exports one function, souk_plugin_entry(). It imports nothing from the daemon.
 *   2. The daemon reads the manifest from the library's ELF note before it loads the library, and
 *      refuses what it cannot serve by name.
 *   3. souk_entry.create() gets a souk_host (functions the plugin may call) and returns a
 *      souk_plugin (functions the host may call): one pair an instance.
 *   4. Everything else is an extension: an immutable struct of functions fetched by id
 *      ("souk.timers/1"), in either direction, NULL when the other side has none.
 *
 * Rules for every function
 *   - The last comment line is its thread tag:
 *       [control]     one thread at a time for this instance, never together with [event]
 *       [event]       one thread at a time for this instance, events in log order
 *       [call]        any worker thread, concurrently with everything but init and destroy
 *       [any-thread]  any thread at any time between create and destroy
 *   - Inputs are borrowed: they are valid until the function returns, unless it says otherwise.
 *     Nobody frees what the other side allocated.
 *   - Text is UTF-8, not terminated by NUL unless the type is const char *.
 *   - Times are microseconds since 1970-01-01 UTC.
 *   - No function may let an exception or longjmp cross.
 *
 * Growth: souk_entry, souk_host, souk_plugin, souk_event, souk_call and souk_publication begin with
 * struct_size and only ever grow at their end. Read newer members through SOUK_HAS only. Never copy
 * these structs whole, embed them or put them in arrays. Extensions never change; a change is a new
 * id.
 */
/* The comments are laid out by hand and checked by a test. */
/* clang-format off */
#ifndef SOUK_ABI_H
#define SOUK_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A host loads a plugin when the majors are equal and the plugin's minor is not above the host's.
 */
#define SOUK_ABI_MAJOR 1u
#define SOUK_ABI_MINOR 0u

/* Define before including, to see only what this minor of the ABI had. */
#ifndef SOUK_TARGET_MINOR
#define SOUK_TARGET_MINOR SOUK_ABI_MINOR
#endif

/* True when the other side's struct is large enough to hold `member`. */
#define SOUK_HAS(pointer, type, member)                 \
  ((pointer)->struct_size >= (uint32_t)(offsetof(type, member) + sizeof((pointer)->member)))

#if defined(__GNUC__)
#define SOUK_EXPORT __attribute__((visibility("default")))
#else
#define SOUK_EXPORT
#endif

/* A view of bytes. data may be NULL when size is 0. */
typedef struct souk_bytes {
  const char *data;
  uint64_t size;
} souk_bytes;

/* What a function came to. The numbers are contract. */
typedef int32_t souk_status;
#define SOUK_OK 0
#define SOUK_E_INVALID_ARGUMENT 1    /* the input is wrong; the same input will fail again */
#define SOUK_E_NOT_FOUND 2           /* what the input names does not exist */
#define SOUK_E_ALREADY_EXISTS 3      /* it exists and may not be made twice */
#define SOUK_E_PERMISSION_DENIED 4   /* the caller may not do this */
#define SOUK_E_UNAUTHENTICATED 5     /* the caller is not known */
#define SOUK_E_FAILED_PRECONDITION 6 /* not in this state; the sentence says what must come first */
#define SOUK_E_RESOURCE_EXHAUSTED 7  /* a limit is reached; later it may work */
#define SOUK_E_UNAVAILABLE 8         /* the other side is not there now; later it may work */
#define SOUK_E_DEADLINE_EXCEEDED 9   /* the time was over first */
#define SOUK_E_CANCELLED 10          /* the caller gave up */
#define SOUK_E_DATA_LOSS 11          /* stored data does not verify */
#define SOUK_E_INTERNAL 12           /* a defect of the side that answers */
#define SOUK_E_UNSUPPORTED 13        /* this side does not have that function */

typedef int32_t souk_log_level;
#define SOUK_LOG_DEBUG 0
#define SOUK_LOG_INFO 1
#define SOUK_LOG_WARNING 2
#define SOUK_LOG_ERROR 3

typedef int32_t souk_metric_kind;
#define SOUK_METRIC_COUNTER 0   /* metric_record adds; only values >= 0 */
#define SOUK_METRIC_GAUGE 1     /* metric_record sets */
#define SOUK_METRIC_HISTOGRAM 2 /* metric_record observes, in seconds */

/* Bits of souk_event.flags. */
#define SOUK_EVENT_EFFECTS_OFF 1u        /* history: fold it; what is published is ignored */
#define SOUK_EVENT_NO_PERSONALIZATION 2u /* the person declined personalisation for this event */
#define SOUK_EVENT_NO_MARKETING 4u       /* the person declined marketing for this event */
#define SOUK_EVENT_NO_ANALYTICS 8u       /* the person declined analytics for this event */

/* One event of the store's log, as the plugin meets it. Borrowed until events() returns. */
typedef struct souk_event {
  uint32_t struct_size;
  uint32_t flags;         /* SOUK_EVENT_* */
  uint64_t sequence;      /* position in the store's log, from 1, rising, with gaps */
  int64_t time_us;        /* when it happened, as its sender says */
  int64_t received_us;    /* when the log took it; never falls along the log */
  uint32_t subscription;  /* index into the manifest's `reads` */
  uint32_t payload_field; /* field number of the payload in souk.v1.Event; 15 for custom events */
  souk_bytes id;          /* unique in the store */
  souk_bytes shopper_id;  /* may be empty, as each of the following four */
  souk_bytes session_id;
  souk_bytes account_id;
  souk_bytes attribution_token;
  souk_bytes type;     /* full name of the payload's message: "souk.v1.ProductViewed" */
  souk_bytes payload;  /* the payload's wire bytes */
  souk_bytes envelope; /* wire bytes of the whole souk.v1.Event, for what is not repeated here */
} souk_event;

/* One question to a plugin. Valid until it is replied to. */
typedef struct souk_call {
  uint32_t struct_size;
  uint32_t method;      /* index: the manifest's services in order, their methods in order */
  uint64_t handle;      /* names this call in souk_host.reply */
  int64_t deadline_us;  /* host clock; a later reply is dropped: the caller has its error */
  souk_bytes request;   /* wire bytes of the method's input message */
  souk_bytes account_id; /* empty, or the account on whose behalf the question is asked */
  souk_bytes request_id; /* for logs; follows the question through other plugins */
  souk_bytes caller;     /* id of the plugin that asks; empty when it came over HTTP */
} souk_call;

/* One event that a plugin publishes. */
typedef struct souk_publication {
  uint32_t struct_size;
  uint32_t channel;      /* a souk.v1.Event.Channel: where it happened; 0: not said */
  int64_t time_us;       /* 0: the time of the event that is being handled, else the host clock */
  souk_bytes type;       /* full name of a message that the manifest lists under `publishes` */
  souk_bytes payload;    /* its wire bytes, at most 1 MiB */
  souk_bytes shopper_id; /* may be empty, as the following two */
  souk_bytes session_id;
  souk_bytes account_id;
} souk_publication;

/*
 * The answer to souk_host.call. `reply` are the wire bytes of the method's output message when
 * status is SOUK_OK; `error` is a sentence otherwise. Both are borrowed until this returns. Called
 * exactly once, possibly before call() returns, on the thread of whoever answers.
 * [any-thread]
 */
typedef void (*souk_on_reply)(void *user, souk_status status, souk_bytes reply, souk_bytes error);

/*
 * Receives bytes piece by piece; `piece` is borrowed until this returns. Returns SOUK_OK to go on;
 * anything else asks the writer to stop. Called on the thread, and during the call, of whoever was
 * given it.
 */
typedef souk_status (*souk_write)(void *user, souk_bytes piece);

/*
 * Gives the next piece of a byte stream: at most `capacity` bytes into `buffer`, which stays the
 * caller's (borrowed until this returns). Returns the count, 0 at the end, negative souk_status on
 * failure. Called on the thread, and during the call, of whoever was given it.
 */
typedef int64_t (*souk_read)(void *user, char *buffer, uint64_t capacity);

/*
 * What the host offers one instance. Valid from create() until destroy() returns; owned by the
 * host.
 */
typedef struct souk_host {
  uint32_t struct_size;
  uint32_t abi_minor; /* the host's SOUK_ABI_MINOR */
  void *host_data;    /* the host's; the plugin does not touch it */

  /*
   * Returns the host's extension of this id, or NULL when the host has none. The pointer is valid
   * as long as the host pointer; the struct behind it is defined in souk/ext/.
   * [any-thread]
   */
  const void *(*get_extension)(const struct souk_host *host, const char *id);

  /*
   * Writes one line to the daemon's log, tagged with store and plugin. The host copies the text,
   * cuts it at 8 KiB and drops lines beyond 1,000 a second (it says how many).
   * [any-thread]
   */
  void (*log)(const struct souk_host *host, souk_log_level level, souk_bytes text);

  /*
   * The only clock: microseconds since 1970, never falling. While events are handled it is the time
   * of the event (received_us), so that a replay sees what the live run saw.
   * [any-thread]
   */
  int64_t (*now_us)(const struct souk_host *host);

  /*
   * Leaves a sentence for people beside the status that the plugin is about to return from a
   * souk_plugin function on this thread. The host copies the text.
   * [any-thread]
   */
  void (*set_error)(const struct souk_host *host, souk_bytes text);

  /*
   * Registers a metric of this instance (Prometheus name without prefix: "model_items"), or finds
   * the one of that name. Returns its id, or 0 when the name is malformed or 256 are registered.
   * The host copies both texts.
   * [any-thread]
   */
  uint32_t (*metric)(const struct souk_host *host, souk_metric_kind kind, souk_bytes name,
                     souk_bytes help);

  /*
   * Adds to, sets or observes the metric. An unknown id is ignored.
   * [any-thread]
   */
  void (*metric_record)(const struct souk_host *host, uint32_t metric, double value);

  /*
   * Publishes an event to the store's log; it comes back to subscribers (this instance too, if it
   * reads the type) in log order. The host copies everything. While an event or timer is handled,
   * the id derives from (plugin, instance, input sequence, ordinal), so handling it again publishes
   * nothing new; with SOUK_EVENT_EFFECTS_OFF the call returns SOUK_OK and nothing is published.
   * SOUK_E_INVALID_ARGUMENT: a type the manifest does not publish, an unknown channel, or malformed
   * bytes.
   * SOUK_E_RESOURCE_EXHAUSTED: 10,000 publications of this instance wait; try after the next event.
   * [any-thread]
   */
  souk_status (*publish)(const struct souk_host *host, const souk_publication *publication);

  /*
   * Asks another plugin of the same store: `method` is "souk.v1.Recommendations/Recommend".
   * on_reply is called exactly once with the answer, or with SOUK_E_UNAVAILABLE (nobody serves it
   * here), SOUK_E_DEADLINE_EXCEEDED, or the error of the other side. The host keeps `request` no
   * longer than the call lasts: it must stay valid until on_reply has been called. timeout_us <= 0
   * means 1 second; the deadline of the question being answered bounds it. With effects off, calls
   * are answered SOUK_E_FAILED_PRECONDITION from the event thread: a fold must not depend on
   * another's present.
   * [any-thread]
   */
  void (*call)(const struct souk_host *host, souk_bytes method, souk_bytes request,
               souk_bytes account_id, int64_t timeout_us, souk_on_reply on_reply, void *user);

  /*
   * Answers the question `handle`, exactly once, before or after souk_plugin.call returns. The host
   * uses the bytes before this returns. `reply` with SOUK_OK, `error` (a sentence) otherwise.
   * Replies to unknown, answered or expired handles are counted and dropped.
   * [any-thread]
   */
  void (*reply)(const struct souk_host *host, uint64_t handle, souk_status status, souk_bytes reply,
                souk_bytes error);
} souk_host;

/* What an instance offers the host. Owned by the plugin; valid until destroy() returns. */
typedef struct souk_plugin {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */
  void *plugin_data; /* the plugin's; the host does not touch it */

  /*
   * Returns the plugin's extension of this id, or NULL. May be asked before init. The pointer is
   * valid until destroy() returns.
   * [any-thread]
   */
  const void *(*get_extension)(const struct souk_plugin *plugin, const char *id);

  /*
   * Validates the settings (wire bytes of the manifest's settings message, defaults filled in) and
   * prepares. No I/O, no thread, no publication. Called once. On failure the instance is destroyed
   * and reported as failed_settings with the text of set_error.
   * [control]
   */
  souk_status (*init)(const struct souk_plugin *plugin, souk_bytes settings);

  /*
   * Called once, after restore (if there was a snapshot) and before the first event. May do I/O. On
   * failure the host tries again with back-off (failed_retry).
   * [control]
   */
  souk_status (*start)(const struct souk_plugin *plugin);

  /*
   * Ends all work; returns when no thread of the plugin runs. The host has drained calls and jobs
   * and delivers nothing afterwards. On failure the instance is left failed_stop and not destroyed.
   * [control]
   */
  souk_status (*stop)(const struct souk_plugin *plugin);

  /*
   * Frees everything, the souk_plugin included. Called exactly once, in any state.
   * [control]
   */
  void (*destroy)(const struct souk_plugin *plugin);

  /*
   * Folds `count` events in order; all of them are borrowed until this returns. Sets *done to the
   * number folded. When it returns anything but SOUK_OK, events[*done] failed: the host offers that
   * event again (3 tries with back-off), then dead-letters it with the text of set_error and goes
   * on with the next. May be NULL when the manifest reads nothing.
   * [event]
   */
  souk_status (*events)(const struct souk_plugin *plugin, const souk_event *const *events,
                        uint32_t count, uint32_t *done);

  /*
   * Answers a question through souk_host.reply, now or later. Must not block on I/O. `call` and the
   * bytes in it stay valid until the reply. May be NULL when the manifest has no service.
   * [call]
   */
  void (*call)(const struct souk_plugin *plugin, const souk_call *call);
} souk_plugin;

/* What the library is. Static: valid as long as the library is mapped. */
typedef struct souk_entry {
  uint32_t struct_size;
  uint32_t abi_major; /* SOUK_ABI_MAJOR it was built with */
  uint32_t abi_minor; /* the lowest minor it needs: SOUK_TARGET_MINOR */
  uint32_t reserved;  /* 0 */
  souk_bytes manifest; /* wire bytes of souk.v1.PluginManifest, equal to the ELF note's */

  /*
   * Makes an instance. Stores `host` and calls nothing of it but get_extension. Returns NULL when
   * memory is short. The instance is released by its destroy().
   * [control]
   */
  const souk_plugin *(*create)(const souk_host *host);
} souk_entry;

/*
 * The ELF notes by which a library is read without being loaded: owner "souk",
 * type 1: the manifest (souk.v1.PluginManifest), type 2: its google.protobuf.FileDescriptorSet.
 */
#define SOUK_NOTE_OWNER "souk"
#define SOUK_NOTE_MANIFEST 1u
#define SOUK_NOTE_SCHEMA 2u

/*
 * The one symbol of a plugin library. Returns a pointer to static data, never NULL. Runs no other
 * code.
 * [any-thread]
 */
SOUK_EXPORT const souk_entry *souk_plugin_entry(void);

#ifdef __cplusplus
}
#endif

#endif /* SOUK_ABI_H */
