// Never comes back from stop().
#include <unistd.h>

#include "plain.hpp"

class Hanging : public bad::Plain {
 public:
  using Plain::Plain;
  souk_status stop() override {
    for (;;)
      pause();
  }
};

BAD_PLUGIN(Hanging)
