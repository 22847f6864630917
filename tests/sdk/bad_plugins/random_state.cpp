// Its state holds something that is not in the events.
#include <random>

#include "plain.hpp"

class Moody : public bad::Plain {
 public:
  explicit Moody(const souk_host* host) : Plain(host) { sum_ = std::random_device()(); }
};

BAD_PLUGIN(Moody)
