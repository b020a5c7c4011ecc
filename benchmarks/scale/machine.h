// This header defines what stands beside figures: where and when they were taken.
#pragma once

#include <string>

namespace logslice::scale {

// "Xeon …, 2 cores, 23 GB, Linux 6.1, g++ 12.2.0"
std::string machine();

// "2026-11-21", UTC.
std::string date_of_today();

}  // namespace logslice::scale
