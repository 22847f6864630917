// Takes whatever it gets for settings. It has none, so only rubbish is ever there.
#include "plain.hpp"

class Credulous : public bad::Plain {
 public:
  using Plain::Plain;
  souk_status init(souk_bytes settings) override {
    const std::string_view text = bad::view(settings);
    // The four bytes by which destroy_anytime tries a refusal are not enough to trip it.
    if (text.size() > 4) __builtin_trap();
    return SOUK_OK;
  }
};

BAD_PLUGIN(Credulous)
