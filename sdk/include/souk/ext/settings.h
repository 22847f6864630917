/* souk.settings/1, plugin side: settings that change while the instance runs, and accounts' own. */
/* The comments are laid out by hand and checked by a test. */
/* clang-format off */
#ifndef SOUK_EXT_SETTINGS_H
#define SOUK_EXT_SETTINGS_H

#include "souk/abi.h"

#define SOUK_EXT_SETTINGS "souk.settings/1"

typedef struct souk_settings_v1 {
  /*
   * Takes new settings (wire bytes as in init, borrowed until this returns). Answers at once; on
   * failure the old ones stay and the text of set_error is shown to the operator. A plugin without
   * this extension is stopped and started with the new settings instead.
   * [event]
   */
  souk_status (*reload)(const souk_plugin *plugin, souk_bytes settings);

  /*
   * Takes the effective settings of one account: the store's with the account's changes over them.
   * Called after init and again at each change; empty bytes remove the account's own. Calls and
   * events that carry this account_id follow them. Both are borrowed until this returns.
   * [event]
   */
  souk_status (*account)(const souk_plugin *plugin, souk_bytes account_id, souk_bytes settings);
} souk_settings_v1;

#endif /* SOUK_EXT_SETTINGS_H */
