// Needs a symbol that no library it names defines: it hopes that the daemon has it.
#include "plain.hpp"

extern "C" int souk_daemon_internal(void);

class Hopeful : public bad::Plain {
 public:
  using Plain::Plain;
  souk_status start() override { return souk_daemon_internal(); }
};

BAD_PLUGIN(Hopeful)
