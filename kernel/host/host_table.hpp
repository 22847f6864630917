// The souk_host that an instance's plugin gets: C functions that lead to the Instance, and the host
// side of every extension.
#pragma once

#include <souk/abi.h>

namespace souk::host {

class Instance;

/// Fills the table. It is valid as long as the instance.
void fill_host_table(souk_host& table, Instance& instance);
/// The host's extension of this id, or nullptr. Static.
const void* host_extension(const char* id);

}  // namespace souk::host
