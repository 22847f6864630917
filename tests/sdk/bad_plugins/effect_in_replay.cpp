// Calls out to the world from the fold, whether the event is history or not.
#include <sys/socket.h>
#include <unistd.h>

#include "plain.hpp"

class Outgoing : public bad::Plain {
 public:
  using Plain::Plain;
  souk_status fold(const souk_event& event) override {
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd >= 0) close(fd);
    return Plain::fold(event);
  }
};

BAD_PLUGIN(Outgoing)
