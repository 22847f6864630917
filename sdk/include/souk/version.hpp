// The version of this SDK. It follows semantic versioning by itself; what a plugin and a daemon
// must agree on is the ABI (abi.h).
#pragma once

#define SOUK_SDK_VERSION "0.1.0"
