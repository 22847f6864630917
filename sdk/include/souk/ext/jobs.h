/* souk.jobs/1, host side: long work (training, re-indexing) on the host's background threads. */
/* The comments are laid out by hand and checked by a test. */
/* clang-format off */
#ifndef SOUK_EXT_JOBS_H
#define SOUK_EXT_JOBS_H

#include "souk/abi.h"

#define SOUK_EXT_JOBS "souk.jobs/1"

/* A running job, as its function sees it. Valid until the function returns; owned by the host. */
typedef struct souk_job {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */
  void *job_data;    /* the host's */

  /*
   * 1 when the job should return soon (SOUK_E_CANCELLED), else 0. Ask at least every 100 ms.
   * [any-thread]
   */
  int32_t (*cancelled)(const struct souk_job *job);

  /*
   * Says how far it is, from 0 to 1, for the operator's eyes.
   * [any-thread]
   */
  void (*progress)(const struct souk_job *job, double fraction);
} souk_job;

/*
 * The work itself. `user` is the plugin's and valid until its release; `job` is the host's and
 * valid until this returns. Its return value is logged and counted; nothing is retried.
 * [any-thread]
 */
typedef souk_status (*souk_job_run)(void *user, const souk_job *job);

/*
 * Called exactly once when the job is over or was never begun, so that `user` can be freed.
 * [any-thread]
 */
typedef void (*souk_job_release)(void *user);

typedef struct souk_jobs_v1 {
  /*
   * Queues a job; `name` (copied) is what operators see. Jobs of an instance run one after another;
   * a second one of a name is SOUK_E_ALREADY_EXISTS, more than 16 waiting ones are
   * SOUK_E_RESOURCE_EXHAUSTED. When the result is not SOUK_OK, neither function is called. stop()
   * comes only after every job of the instance is over.
   * [any-thread]
   */
  souk_status (*run)(const souk_host *host, souk_bytes name, souk_job_run run,
                     souk_job_release release, void *user);

  /*
   * Asks the job of this name (borrowed) to end; SOUK_E_NOT_FOUND when there is none.
   * [any-thread]
   */
  souk_status (*cancel)(const souk_host *host, souk_bytes name);
} souk_jobs_v1;

#endif /* SOUK_EXT_JOBS_H */
