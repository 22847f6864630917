// The kernel's error type is the SDK's: one vocabulary of codes from a plugin to an HTTP answer.
#pragma once

#include <souk/result.hpp>
