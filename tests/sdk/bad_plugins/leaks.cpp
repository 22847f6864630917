// Each instance leaves memory behind.
#include "plain.hpp"

namespace {
void* volatile kept;
}

class Leaking : public bad::Plain {
 public:
  explicit Leaking(const souk_host* host) : Plain(host) { kept = ::operator new(4096); }
};

BAD_PLUGIN(Leaking)
