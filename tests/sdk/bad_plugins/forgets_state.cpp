// Does not take back what it has saved.
#include "plain.hpp"

class Forgetful : public bad::Plain {
 public:
  using Plain::Plain;
  souk_status restore(souk_read read, void* user) override {
    const souk_status status = Plain::restore(read, user);
    sum_ = 0;
    return status;
  }
};

BAD_PLUGIN(Forgetful)
